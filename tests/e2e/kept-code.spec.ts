import { chromium } from '@playwright/test';

import { expect, test } from './fixtures.js';

interface TraceEvent {
  readonly name: string;
  readonly args?: { readonly data?: { readonly url?: string; readonly consumedCacheSize?: number } };
}

/** It is kept when a file has been run for the second time, and used from the next visit on. */
const VISITS = 3;

test('PI-62: what the browser has compiled of the app it need not compile again at the third visit', async ({
  app,
  launchOptions,
}, info) => {
  const context = await chromium.launchPersistentContext(info.outputPath('profile'), launchOptions);
  try {
    const consumed: number[] = [];
    for (let visit = 1; visit <= VISITS; visit += 1) {
      const page = await context.newPage();
      const session = await context.newCDPSession(page);
      const events: TraceEvent[] = [];
      session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
      await session.send('Tracing.start', {
        transferMode: 'ReportEvents',
        traceConfig: { includedCategories: ['v8', 'devtools.timeline', 'disabled-by-default-v8.compile'] },
      });
      await page.goto(app.url);
      await expect(page.getByRole('textbox', { name: 'New todo' })).toBeVisible();
      // The code is kept a moment after it has run.
      if (visit < VISITS) await page.waitForTimeout(2_000);
      const isOver = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
      await session.send('Tracing.end');
      await isOver;
      const compiled = events.find(
        ({ name, args }) => name.startsWith('v8.compile') && args?.data?.url?.startsWith(`${app.url}/assets/index-`),
      );
      expect(compiled, 'the trace shows how the app was compiled').toBeDefined();
      consumed.push(compiled?.args?.data?.consumedCacheSize ?? 0);
      await page.close();
    }
    expect(consumed.slice(0, VISITS - 1)).toEqual([0, 0]);
    expect(consumed[VISITS - 1]).toBeGreaterThan(100_000);
  } finally {
    await context.close();
  }
});
