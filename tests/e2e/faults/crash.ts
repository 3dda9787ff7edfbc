import type { Page } from '@playwright/test';

/** The renderer process of the page dies where it is, as it does when it runs out of memory. */
export async function crash(page: Page): Promise<void> {
  const crashed = page.waitForEvent('crash');
  const session = await page.context().newCDPSession(page);
  // There is nobody left to answer.
  session.send('Page.crash').catch(() => {});
  await crashed;
  await page.close();
}
