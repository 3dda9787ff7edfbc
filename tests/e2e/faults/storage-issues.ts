import type { Page } from '@playwright/test';

import type { TodoWindow } from '../todo-page.js';

type IssueWindow = TodoWindow & { issues: string[] };

/** From now on the page keeps the codes of what it is told of its storage. */
export function noteStorageIssues(page: Page): Promise<void> {
  return page.evaluate(() => {
    const issues: string[] = [];
    (window as IssueWindow).issues = issues;
    (window as TodoWindow).topgun.onStorageIssue(({ code }) => issues.push(code));
  });
}

export const storageIssues = (page: Page): Promise<string[]> => page.evaluate(() => (window as IssueWindow).issues);
