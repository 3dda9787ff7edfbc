// one append to the ledger on PostgreSQL, and one write of 200 records: the driver's beside Prisma's and the bare statement

import { randomBytes } from 'node:crypto';

import pg from 'pg';

import { openPostgresStore } from '../../server/dist/drivers/postgres/open-postgres-store.js';
import { openPostgres } from '../../server/dist/prisma/postgresql/open-postgres.js';
import { readArguments } from '../method/arguments.mjs';
import { loadAverage, printConditions } from '../method/conditions.mjs';
import { interleave } from '../method/interleave.mjs';
import { createReport } from '../method/report.mjs';

const { isQuick, json } = readArguments();
const rounds = isQuick ? 2 : 40;
const perTurn = isQuick ? 3 : 25;
const url = process.env['TOPGUN_TEST_POSTGRES'] ?? 'postgresql://postgres@127.0.0.1:5432/postgres';
const report = createReport('postgres');

const admin = new pg.Client({ connectionString: url });
await admin.connect();
const [{ fsync }] = (await admin.query('SHOW fsync')).rows;
const [{ server_version: version }] = (await admin.query('SHOW server_version')).rows;
printConditions({ postgres: `${version}, fsync ${fsync}` });
if (fsync !== 'on') throw new Error('with fsync off there is nothing to measure');

const name = `topgun_bench_${randomBytes(4).toString('hex')}`;
await admin.query(`CREATE DATABASE ${name}`);
const address = new URL(url);
address.pathname = name;
const schemaOf = (schema) => {
  address.searchParams.set('schema', schema);
  return address.href;
};
const opened = async (opening) => {
  const result = await opening;
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
};

const APPEND = (schema) => `
  WITH mine AS MATERIALIZED (SELECT epoch FROM ${schema}.ledger_owner WHERE id = 1 AND epoch = $1 FOR SHARE)
  INSERT INTO ${schema}.ledger_segment (position, epoch, bytes, created_at)
  SELECT (SELECT coalesce(max(position), 0) + 1 FROM ${schema}.ledger_segment), mine.epoch, $2, 0 FROM mine RETURNING position`;
const ROWS = (schema) => `
  INSERT INTO ${schema}.record AS old (map, key, value, state, deleted, position, updated_at)
  SELECT map, key, value, state, false, position, 0
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[]) AS row (map, key, value, state, position)
  ON CONFLICT (map, key) DO UPDATE SET value = excluded.value, state = excluded.state, position = excluded.position
  WHERE excluded.position > old.position`;
const columnsOf = (rows) =>
  ['map', 'key', 'value', 'state', 'position'].map((column) => rows.map((row) => row[column]));

/** The tables of a schema, made as a server makes them. */
async function claimed(schema) {
  const store = await opened(openPostgresStore(schemaOf(schema)));
  await store.ledger.claim();
  return store;
}

async function bare() {
  await (await claimed('bare')).close();
  const client = new pg.Client({ connectionString: address.href.split('?')[0] });
  await client.connect();
  return {
    append: (bytes) => client.query({ name: 'append', text: APPEND('bare'), values: [1, bytes] }),
    write: (rows) => client.query({ name: 'rows', text: ROWS('bare'), values: columnsOf(rows) }),
    close: () => client.end(),
  };
}

async function topgun() {
  const store = await claimed('topgun');
  return {
    append: (bytes) => store.ledger.append(bytes),
    write: (rows, through) => store.coldStore.write(rows, through),
    close: () => store.close(),
  };
}

async function prisma() {
  await (await claimed('prisma')).close();
  const database = await opened(openPostgres(schemaOf('prisma')));
  return {
    append: (bytes) => database.prisma.$queryRawUnsafe(APPEND('prisma'), 1, bytes),
    write: (rows) => database.prisma.$executeRawUnsafe(ROWS('prisma'), ...columnsOf(rows)),
    close: () => database.close(),
  };
}

const subjects = [
  { subject: 'floor', ...(await bare()) },
  { subject: 'topgun', ...(await topgun()) },
  { subject: 'prisma', ...(await prisma()) },
];

async function measure(what, n, run) {
  const samples = new Map(subjects.map(({ subject }) => [subject, []]));
  const warm = 2;
  await interleave(subjects, rounds + warm, async (each, round) => {
    for (let i = 0; i < perTurn; i += 1) {
      const start = performance.now();
      await run(each, round * perTurn + i);
      if (round >= warm) samples.get(each.subject).push(performance.now() - start);
    }
  });
  for (const [subject, of] of samples) {
    report.add({ case: `postgres/${what}`, n, subject, metric: 'latency', unit: 'ms' }, of);
  }
}

try {
  for (const size of [250, 12_000, 200_000]) {
    // Text that resembles what is written: random bytes would not be worth compressing.
    const text = Array.from(
      { length: Math.ceil(size / 60) },
      () => `{"id":"${randomBytes(12).toString('hex')}","done":false,"rank":17}`,
    );
    const bytes = Buffer.from(text.join(',').slice(0, size));
    await measure('append', size, (each) => each.append(bytes));
  }
  await measure('records', 200, (each, turn) => {
    const rows = Array.from({ length: 200 }, (_, i) => ({
      map: 'todos',
      key: `todo-${(turn * 200 + i) % 5_000}`,
      value: `{"done":false,"text":"${'x'.repeat(80)}","turn":${turn}}`,
      state: `["${'s'.repeat(200)}"]`,
      deleted: false,
      position: turn * 200 + i + 1,
    }));
    return each.write(rows, turn + 1);
  });
  for (const { subject } of subjects) {
    const schema = subject === 'floor' ? 'bare' : subject;
    const reader = new pg.Client({ connectionString: address.href.split('?')[0] });
    await reader.connect();
    const counts = await reader.query(
      `SELECT (SELECT count(*)::int FROM ${schema}.ledger_segment) AS segments, (SELECT count(*)::int FROM ${schema}.record) AS records`,
    );
    await reader.end();
    const expected = { segments: 3 * (rounds + 2) * perTurn, records: Math.min(5_000, (rounds + 2) * perTurn * 200) };
    if (JSON.stringify(counts.rows[0]) !== JSON.stringify(expected)) {
      throw new Error(`${subject} has ${JSON.stringify(counts.rows[0])}, not ${JSON.stringify(expected)}`);
    }
  }
} finally {
  await Promise.all(subjects.map(({ close }) => close()));
  await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
  await admin.end();
}
report.print();
console.log(`\n  load at the end ${loadAverage()}`);
report.write(json);
