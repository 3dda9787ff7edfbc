import { expect, test } from 'vitest';

import { loadSources } from './project-files.js';
import { loadedPackages } from './rules/loaded-packages.js';
import { sample } from './sample.js';

const entries = {
  'the thread of the SQLite file': 'server/src/drivers/sqlite/sqlite-store-worker.ts',
  'the command': 'server/src/main.ts',
};

/** Prisma with its engine, what speaks to databases elsewhere, and drivers and the verifier of tokens, which few have use for. */
const ON_DEMAND = /^(@prisma\/|@libsql\/client$|@aws-sdk\/|pg$|jose$|prom-client$)|\/generated\//;

const sources = loadSources();

for (const [name, entry] of Object.entries(entries)) {
  test(`${name} is started without what it can do without`, () => {
    expect([...loadedPackages(sources, entry)].filter((each) => ON_DEMAND.test(each))).toEqual([]);
  });
}

test('follows what is loaded, and neither types nor what is imported on demand', () => {
  const files = sample({
    'server/src/a.ts': `import { b } from './b.js'; import type { Pool } from 'pg';`,
    'server/src/b.ts': `export { c } from './c.js'; export type { D } from 'jose'; const e = import('@aws-sdk/y');`,
    'server/src/c.ts': `import '@libsql/client/sqlite3'; import { G } from './generated/client.js';`,
  });
  expect([...loadedPackages(files, 'server/src/a.ts')]).toEqual([
    '@libsql/client/sqlite3',
    'server/src/generated/client.ts',
  ]);
});
