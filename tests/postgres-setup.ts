// Before the tests: a PostgreSQL that suites may make databases in. One that is there already, else one started for this run.
import type { TestProject } from 'vitest/node';

import { answers, findPostgresBinaries, startPostgres } from '../server/src/testing/postgres-process.js';

const USUAL = 'postgresql://postgres@127.0.0.1:5432/postgres';

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const named = process.env['TOPGUN_TEST_POSTGRES'];
  for (const url of [named, USUAL]) {
    if (url === undefined || !(await answers(url))) continue;
    project.provide('postgresUrl', url);
    return undefined;
  }
  const binaries = findPostgresBinaries();
  if (binaries !== null && named === undefined) {
    const started = await startPostgres(binaries);
    project.provide('postgresUrl', started.url);
    return started.destroy;
  }
  const missing =
    named === undefined
      ? 'none answers on port 5432, and no initdb was found (TOPGUN_POSTGRES_BIN names its folder)'
      : 'none answers at TOPGUN_TEST_POSTGRES';
  if (process.env['TOPGUN_REQUIRE_SERVICES'] === '1') throw new Error(`PostgreSQL is required to test: ${missing}.`);
  console.log(`topgun: the PostgreSQL suites are skipped: ${missing}.`);
  project.provide('postgresUrl', null);
  return undefined;
}
