import { expect, test } from 'vitest';
import type { ReplicaId, Stamp } from '../../packages/core/src/clock/index.js';
import type { Op } from '../../packages/core/src/crdt/index.js';
import type { Storage } from '../../packages/core/src/client/ports/storage.js';
import { createSeededRandom } from '../../packages/core/src/client/testing/seeded-random.js';
import { createSharedDatabase, type SharedDatabase } from './shared-database.js';

const replica = 'r' as ReplicaId;
const opOf = (seq: number): Op => ({
  kind: 'remove',
  replica,
  seq,
  stamp: `-NjEtVFB---${seq}` as Stamp,
  map: 'm',
  key: 'k',
});

async function open(database: SharedDatabase): Promise<Storage> {
  const opened = await database.adapter.open('any');
  if (!opened.ok) throw new Error('it does not open');
  return opened.value;
}

async function create(): Promise<SharedDatabase> {
  const database = createSharedDatabase({ random: createSeededRandom(1), moved: () => {} });
  const storage = await open(database);
  for (const seq of [1, 2]) await storage.commit({ putOps: [{ op: opOf(seq), handed: false }] });
  // No op in it: a browser need not have synced it.
  await storage.commit({ removeOps: [opOf(1)] });
  return database;
}

async function seqsIn(database: SharedDatabase): Promise<readonly number[]> {
  const outbox = await (await open(database)).loadOutbox();
  return outbox.ok ? outbox.value.map(({ op }) => op.seq) : [];
}

test('with the power goes what need not be strict, and nothing before it', async () => {
  const database = await create();
  expect(await seqsIn(database)).toEqual([2]);
  expect(database.loseLast(9, 'relaxed')).toEqual([]);
  expect(await seqsIn(database)).toEqual([1, 2]);
});

test('a lost transaction is as if it had never been, and its ops are named', async () => {
  const database = await create();
  expect(database.loseLast(2, 'any')).toEqual([{ replica, seq: 2 }]);
  expect(await seqsIn(database)).toEqual([1]);
  expect((await open(database)).identity.issued.get(replica)?.seq).toBe(1);
});

test('whoever has a deleted database open can do nothing with it, and the next to open it gets another', async () => {
  const database = await create();
  const storage = await open(database);
  const told: string[] = [];
  storage.onLost(({ code }) => told.push(code));
  expect(database.wipe().map(({ seq }) => seq)).toEqual([1, 2]);
  expect(told).toEqual(['lost']);
  expect(await storage.commit({ removeOps: [opOf(2)] })).toMatchObject({ ok: false, error: { code: 'lost' } });
  const next = await open(database);
  expect(next.identity.databaseId).not.toBe(storage.identity.databaseId);
  expect(await seqsIn(database)).toEqual([]);
});
