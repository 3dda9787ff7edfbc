import type { StorageError } from '@topgun/core';
import type { Page } from '@playwright/test';

import type { TodoWindow } from '../todo-page.js';

type IssueWindow = TodoWindow & { issues: StorageError[] };

/** From now on the page keeps what it is told of its storage. */
export function noteStorageIssues(page: Page): Promise<void> {
  return page.evaluate(() => {
    const issues: StorageError[] = [];
    (window as IssueWindow).issues = issues;
    (window as TodoWindow).topgun.onStorageIssue((issue) => issues.push(issue));
  });
}

export const storageIssues = (page: Page): Promise<StorageError[]> =>
  page.evaluate(() => (window as IssueWindow).issues);

export const issueCodes = async (page: Page): Promise<string[]> => (await storageIssues(page)).map(({ code }) => code);
