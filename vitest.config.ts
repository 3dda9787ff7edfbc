import { availableParallelism } from 'node:os';

import { playwright } from '@vitest/browser-playwright';
import { chromium } from 'playwright';
import { defaultClientConditions, defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

import { chromiumLaunchOptions, installedChoices } from './scripts/chromium.mjs';

// Tests run against the sources, so that nothing has to be built first. Worker threads are the exception: they run what is built.
const source = 'topgun-source';
// As Node has them, which loads packages itself: it knows no `module`.
const nodeConditions = [source, ...defaultServerConditions.filter((condition) => condition !== 'module')];
const excluded = ['**/node_modules/**', '**/dist/**', '**/dist-types/**'];
const browserTests = '**/*.browser.test.{ts,tsx}';
/** They put modules in the place of others, so each needs a process in which nobody has loaded those yet. */
const mockedTests = '**/*.mocked.test.{ts,tsx}';

/** `npm test` names the browser it has tried; a run of vitest alone takes the first that is there. */
const executablePath = process.env['TOPGUN_CHROMIUM'] ?? installedChoices(chromium.executablePath())[0]?.executablePath;

/** The same every time, unless `npm run fuzz` says another. */
const propertySeed = Number(process.env['TOPGUN_PROPERTY_SEED'] ?? 20_261_126);
const setupFiles = ['tests/property-seed.ts'];

const cores = availableParallelism();

export default defineConfig({
  test: {
    passWithNoTests: true,
    // Two at least: many tests wait for a disk or for another process, and one file after the other would leave half of two cores idle.
    maxWorkers: Math.max(2, cores - 1),
    projects: [
      {
        resolve: { conditions: nodeConditions },
        ssr: { resolve: { conditions: nodeConditions } },
        test: {
          name: 'node',
          globalSetup: ['tests/postgres-setup.ts'],
          setupFiles,
          provide: { propertySeed },
          environment: 'node',
          // A process for each file, which loads everything anew, takes as long as what is tested.
          isolate: false,
          include: [
            'packages/*/src/**/*.test.{ts,tsx}',
            'server/src/**/*.test.ts',
            'examples/*/src/**/*.test.{ts,tsx}',
            'scripts/**/*.test.mjs',
            'tests/{architecture,convergence,protocol,docs,crash,hostile,migrations}/**/*.test.{ts,tsx}',
          ],
          exclude: [...excluded, browserTests, mockedTests],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        resolve: { conditions: nodeConditions },
        ssr: { resolve: { conditions: nodeConditions } },
        test: {
          name: 'mocked',
          setupFiles,
          provide: { propertySeed },
          include: [`packages/*/src/${mockedTests}`],
          exclude: excluded,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        resolve: { conditions: [source, ...defaultClientConditions] },
        // Known beforehand: a dependency found while tests run makes Vite reload the page under them.
        optimizeDeps: {
          include: [
            'dexie',
            'fast-check',
            'minisearch/SearchableMap',
            'socket.io-client',
            'socket.io-parser',
            'xxhash-wasm',
            'zod/mini',
            'zustand/vanilla',
          ],
        },
        test: {
          name: 'browser',
          setupFiles,
          provide: { propertySeed },
          include: [`packages/*/src/${browserTests}`, `examples/*/src/${browserTests}`],
          exclude: excluded,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            fileParallelism: cores > 2,
            provider: playwright({ launchOptions: chromiumLaunchOptions(executablePath) }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
