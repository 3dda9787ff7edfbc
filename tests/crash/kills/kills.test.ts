import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@libsql/client';
import type { Hash64 } from '@topgun/core/primitives';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { loadXxhash } from '../../../server/src/adapters/xxhash.js';
import { startS3Server } from '../../../server/src/testing/s3-server.js';
import { testDatabase } from '../../../server/src/testing/test-database.js';
import { startServerProcess, type ServerProcess } from '../server-process.js';
import { runKills } from './kill-run.js';
import { stateOfRows } from './read-state.js';

// `npm run crash` says otherwise.
const KILLS = Number(process.env['TOPGUN_CRASH_KILLS'] ?? 5);
const only = process.env['TOPGUN_CRASH_DRIVER'];
const isAsked = (driver: string): boolean => only === undefined || only === driver;
const timeoutMs = 60_000 + KILLS * 10_000;

const ROWS = 'SELECT map, key, value FROM record WHERE deleted = 0';
const ACKS_EARLY = { NODE_OPTIONS: `--import ${new URL('./ack-before-commit.mjs', import.meta.url).href}` };

const S3_KEYS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };

let hash: Hash64;
const running: ServerProcess[] = [];
beforeAll(async () => {
  hash = await loadXxhash();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.end('SIGKILL')));
});

const starts =
  (database: string, env: Readonly<Record<string, string>> = {}) =>
  async (): Promise<ServerProcess> => {
    const server = await startServerProcess({ database, env, args: ['--log-level', 'error'] });
    running.push(server);
    return server;
  };
const onKill = (line: string): void => {
  if (process.env['TOPGUN_CRASH_KILLS'] !== undefined) console.log(line);
};

describe.skipIf(!isAsked('sqlite'))('SQLite', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'topgun-kills-'));
    file = join(folder, 'topgun.db');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const rows = async (): Promise<ReturnType<typeof stateOfRows>> => {
    const client = createClient({ url: `file:${file}` });
    try {
      return stateOfRows((await client.execute(ROWS)).rows);
    } finally {
      client.close();
    }
  };

  test(
    'PI-1, PI-10, PI-20: killed at random instants under load, nothing acked is missing, no transaction is in part, counters are exact',
    () => runKills({ start: starts(file), rows, kills: KILLS, hash, onKill }),
    timeoutMs,
  );

  test('PI-20: acked before it is committed, an op is missed', async () => {
    const run = runKills({ start: starts(file, ACKS_EARLY), rows, kills: 3, hash });
    await expect(run).rejects.toThrow(/was acked, and only \d+ are there/);
  });
});

const database = isAsked('postgresql') ? testDatabase() : null;
describe.skipIf(database === null)('PostgreSQL', () => {
  test(
    'PI-1, PI-10, PI-20: killed at random instants under load, nothing acked is missing, no transaction is in part, counters are exact',
    async () => {
      const url = database!.place();
      const schema = new URL(url).searchParams.get('schema')!;
      const rows = async (): Promise<ReturnType<typeof stateOfRows>> =>
        stateOfRows(
          await database!.sql(
            ROWS.replace('FROM record', `FROM ${schema}.record`).replace('deleted = 0', 'NOT deleted'),
          ),
        );
      await runKills({ start: starts(url), rows, kills: KILLS, hash, onKill });
    },
    timeoutMs,
  );

  test('PI-20: acked before it is committed, an op is missed', async () => {
    const run = runKills({ start: starts(database!.place(), ACKS_EARLY), rows: async () => new Map(), kills: 3, hash });
    await expect(run).rejects.toThrow(/was acked, and only \d+ are there/);
  });
});

describe.skipIf(!isAsked('s3'))('S3', () => {
  const inBucket = async (run: (url: string) => Promise<void>): Promise<void> => {
    const s3 = await startS3Server(['topgun']);
    try {
      await run(`s3://topgun/kills?endpoint=${s3.endpoint}`);
    } finally {
      await Promise.all(running.splice(0).map((server) => server.end('SIGKILL')));
      await s3.close();
    }
  };

  test(
    'PI-1, PI-10, PI-20: killed at random instants under load, nothing acked is missing, no transaction is in part, counters are exact',
    () => inBucket((url) => runKills({ start: starts(url, S3_KEYS), rows: null, kills: KILLS, hash, onKill })),
    timeoutMs,
  );

  test('PI-20: acked before it is committed, an op is missed', () =>
    inBucket(async (url) => {
      const run = runKills({ start: starts(url, { ...S3_KEYS, ...ACKS_EARLY }), rows: null, kills: 3, hash });
      await expect(run).rejects.toThrow(/was acked, and only \d+ are there/);
    }));
});
