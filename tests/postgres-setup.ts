// Before the tests: a PostgreSQL that suites may make databases in. The one that is named or answers on the usual port, else
// one started for this run.
import type { TestProject } from 'vitest/node';

import { answers, findPostgresBinaries, startPostgres } from '../server/src/testing/postgres-process.js';

const USUAL = 'postgresql://postgres@127.0.0.1:5432/postgres';

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const named = process.env['TOPGUN_TEST_POSTGRES'];
  const binaries = findPostgresBinaries();
  if (binaries === null)
    missed('those that start and stop one', 'no initdb was found (TOPGUN_POSTGRES_BIN names its folder)');
  const there = named ?? USUAL;
  if (await answers(there)) {
    project.provide('postgresUrl', there);
    return undefined;
  }
  if (binaries !== null && named === undefined) {
    const started = await startPostgres(binaries);
    project.provide('postgresUrl', started.url);
    return started.destroy;
  }
  missed('all of them', named === undefined ? 'none answers on port 5432' : 'none answers at TOPGUN_TEST_POSTGRES');
  project.provide('postgresUrl', null);
  return undefined;
}

function missed(which: string, why: string): void {
  if (process.env['TOPGUN_REQUIRE_SERVICES'] === '1') throw new Error(`PostgreSQL is required to test: ${why}.`);
  console.log(`topgun: PostgreSQL suites are skipped, ${which}: ${why}.`);
}
