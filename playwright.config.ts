import { chromium, defineConfig } from '@playwright/test';

import { chromiumLaunchOptions, installedChoices } from './scripts/chromium.mjs';

const executablePath = process.env['TOPGUN_CHROMIUM'] ?? installedChoices(chromium.executablePath())[0]?.executablePath;

// Every test starts a server process of its own on a free port and an SQLite file of its own, so there is no web server here.
export default defineConfig({
  testDir: 'tests/e2e',
  outputDir: 'test-results/e2e',
  fullyParallel: true,
  workers: 2,
  retries: 0,
  forbidOnly: process.env['CI'] !== undefined,
  timeout: 180_000,
  expect: { timeout: 30_000 },
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    launchOptions: chromiumLaunchOptions(executablePath),
    // A trace of every test would be a third of the time that all take: `--trace on` makes one of a test that is looked into.
    trace: 'off',
    screenshot: 'only-on-failure',
    video: 'off',
  },
});
