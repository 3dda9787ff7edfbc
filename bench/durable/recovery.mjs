// How long a server takes to be ready again: after a kill, by the length of its log, and with a million records.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TopGunClient } from '@topgun/core';

import { keyOf, recordOf } from './closed-loop.mjs';

const command = fileURLToPath(new URL('../../server/bin/topgun-server.js', import.meta.url));

/** What an app waits for is less than a slow machine takes to bring in a million records. */
const PATIENCE_MS = 120_000;

/** The command on a database. Resolves when it listens. */
async function start(database) {
  const startedAt = performance.now();
  const url = database.includes('://') ? database : `file:${database}`;
  const args = [
    command,
    '--host',
    '127.0.0.1',
    '--port',
    '0',
    '--database',
    url,
    '--open-to-everyone',
    '--budgets',
    'off',
  ];
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const address = await new Promise((resolve, reject) => {
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
      const found = /listening on (\S+)\n/.exec(said);
      if (found !== null) resolve(found[1]);
    });
    void ended.then(() => reject(new Error(`the server has ended: ${said}`)));
  });
  return {
    address,
    ms: performance.now() - startedAt,
    memory: () => residentMebibytes(child.pid),
    end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

/** Writes records `from` to `to`, each under a key of its own or, of `keys`, again and again. */
async function write(client, map, from, to, keyOfRecord) {
  const records = client.getMap(map);
  let last;
  for (let n = from; n < to; n += 1) {
    last = records.set(keyOfRecord(n), recordOf(n)).acked;
    if (n % 2_000 === 0) await last;
  }
  await last;
}

/** `n`: ops in the log behind no snapshot when the server was killed. */
export async function measureRecovery({ driver, places, isQuick, report }) {
  for (const n of isQuick ? [1_000] : [1_000, 10_000, 100_000]) {
    const samples = [];
    for (let run = 0; run < (isQuick ? 1 : 3); run += 1) {
      const place = await places.place();
      const server = await start(place);
      const client = new TopGunClient({ serverUrl: server.address });
      await write(client, 'records', 0, n, keyOf);
      await server.end('SIGKILL');
      await client.close();
      const again = await start(place);
      samples.push(again.ms);
      const reader = new TopGunClient({ serverUrl: again.address });
      await expectCount(reader, 'records', Math.min(n, 10_000));
      await reader.close();
      await again.end('SIGKILL');
    }
    report.add({ case: `durable/recovery-${driver}`, n, subject: 'topgun', metric: 'ready', unit: 'ms' }, samples);
  }
}

/** `ready`: from the start of the process until it listens. `hot`: until a question has been answered that needs every record. */
export async function measureMillion({ places, isQuick, report }) {
  const n = isQuick ? 10_000 : 1_000_000;
  const place = await places.place();
  const server = await start(place);
  const client = new TopGunClient({ serverUrl: server.address });
  await write(client, 'million', 0, n, (i) => `r${i}`);
  await client.close();
  await server.end('SIGTERM');
  const samples = { ready: [], hot: [], memory: [] };
  for (let run = 0; run < (isQuick ? 1 : 3); run += 1) {
    const again = await start(place);
    const startedAt = performance.now();
    const reader = new TopGunClient({ serverUrl: again.address });
    await askForNothing(reader, 'million');
    samples.hot.push(again.ms + performance.now() - startedAt);
    samples.ready.push(again.ms);
    samples.memory.push(again.memory());
    if (run === 0) await expectCount(reader, 'million', n);
    await reader.close();
    await again.end('SIGTERM');
  }
  const what = { case: 'durable/start-sqlite', n, subject: 'topgun' };
  report.add({ ...what, metric: 'ready', unit: 'ms' }, samples.ready);
  report.add({ ...what, metric: 'hot', unit: 'ms' }, samples.hot);
  report.add({ ...what, metric: 'rss', unit: 'MiB' }, samples.memory);
}

/** Asks for something that no record has: the server has to look at each. */
async function askForNothing(client, map) {
  const rows = await client.queryOnce(map, { where: { n: -1 }, limit: 1 }, { timeoutMs: PATIENCE_MS });
  if (rows.length !== 0) throw new Error(`${rows.length} records of none`);
}

/** Has the server count all records of a map. */
async function expectCount(client, map, count) {
  const query = { groupBy: 'done', aggregate: { records: 'count' } };
  const groups = await client.queryOnce(map, query, { timeoutMs: PATIENCE_MS });
  const found = groups.reduce((sum, { records }) => sum + records, 0);
  if (found !== count) throw new Error(`${found} records of ${count}`);
}

function residentMebibytes(pid) {
  const [, kibibytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(kibibytes) / 1024;
}
