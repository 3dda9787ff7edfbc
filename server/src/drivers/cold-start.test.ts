import type { Op } from '@topgun/core/crdt';
import { partitionOf, type Hash64 } from '@topgun/core/primitives';
import { parseQuery, WHOLE_MAP, type Query, type QueryInput } from '@topgun/core/query';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { loadXxhash } from '../adapters/xxhash.js';
import { OpAuthor } from '../testing/op-author.js';
import { settle, startTestHost, type TestHost } from '../testing/test-host.js';
import { createMemoryDisk, type MemoryDisk } from './memory-disk.js';

const snapshotPolicy = { ops: 1_000_000, bytes: 1_000_000_000 };
const KEYS = Array.from({ length: 12 }, (_, i) => `k${i}`);

let hash: Hash64;
let disk: MemoryDisk;
let author: OpAuthor;
beforeAll(async () => {
  hash = await loadXxhash();
});

const queryOf = (input: QueryInput): Query => {
  const query = parseQuery(input);
  if (!query.ok) throw new Error('no query');
  return query.value;
};

async function rest({ timers }: TestHost, turns = 20): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) {
    await settle();
    timers.runAll();
  }
  await settle();
}

/** A disk on which every record is in a snapshot, and one of them changed after it. */
beforeEach(async () => {
  disk = createMemoryDisk();
  author = new OpAuthor('r.0', hash);
  const first = await startTestHost({ disk, hash, snapshotPolicy: { ops: 1, bytes: 1 } });
  first.host.send({ type: 'announce', session: 's', replicas: [[author.replica, 0]] });
  for (const [n, key] of KEYS.entries()) {
    submit(first, author.create('m', key, { n }));
    await settle();
  }
  const partitions = new Set(KEYS.map((key) => partitionOf(hash, 'm', key))).size;
  await rest(first, 150);
  expect([disk.snapshots.size, disk.snapshotProgress?.through]).toEqual([partitions, KEYS.length]);
  const second = await startTestHost({ disk, hash, snapshotPolicy });
  second.host.send({ type: 'announce', session: 's', replicas: [[author.replica, author.issued]] });
  submit(second, author.patch('m', 'k3', { n: 30 }));
  await rest(second);
});

function submit({ host }: TestHost, ...ops: readonly Op[]): void {
  host.send({ type: 'submit', session: 's', batches: author.batches(...ops), bytes: 100 });
}

const restarted = async (): Promise<TestHost> => {
  const hosted = await startTestHost({ disk, hash, snapshotPolicy });
  hosted.host.send({ type: 'announce', session: 's', replicas: [[author.replica, author.issued]] });
  return hosted;
};

const verdicts = (hosted: TestHost): unknown =>
  hosted.of('committed').flatMap(({ verdicts: told }) => told.map(({ accepted, rejected }) => [accepted, rejected]));

test('PI-7: a start knows how far replicas are decided, and reads no records', async () => {
  const hosted = await restarted();
  expect(hosted.of('announced')).toMatchObject([{ decided: [[author.replica, author.issued]] }]);
  hosted.host.send({ type: 'open-view', session: 's', sub: 1, map: 'm', query: WHOLE_MAP });
  await settle();
  expect(hosted.of('view-opened')).toEqual([]);
});

test('PI-7: an op on a cold partition is judged by the record that is there, and after what the log has of it', async () => {
  const hosted = await restarted();
  submit(hosted, author.patch('m', 'k5', { n: 50 }));
  submit(hosted, author.patch('m', 'k3', { more: true }));
  submit(hosted, author.patch('m', 'nowhere', { n: 1 }));
  await rest(hosted);
  const [fifth, third, none] = [author.issued - 2, author.issued - 1, author.issued];
  expect(verdicts(hosted)).toEqual([
    [[[fifth, 'applied']], []],
    [[[third, 'applied']], []],
    [[], [expect.objectContaining({ seq: none, code: 'record-absent' })]],
  ]);
  hosted.host.send({ type: 'open-view', session: 's', sub: 1, map: 'm', query: queryOf({ where: { _key: 'k3' } }) });
  await rest(hosted);
  const record = hosted.of('view-opened')[0]?.rows[0]?.record;
  expect(new Map([...record!.fields].map(([name, { value }]) => [name, value]))).toEqual(
    new Map<string, unknown>([
      ['n', 30],
      ['more', true],
    ]),
  );
});

test('PI-7: a query waits for the records it is about: those of keys it names, otherwise all of its map', async () => {
  const hosted = await restarted();
  const ask = (sub: number, query: Query, map = 'm'): void =>
    hosted.host.send({ type: 'open-view', session: 's', sub, map, query });
  ask(1, WHOLE_MAP);
  ask(2, queryOf({ where: { _key: 'k3' } }));
  ask(3, WHOLE_MAP, 'another');
  await settle();
  // Of that map no partition has anything.
  expect(hosted.of('view-opened').map(({ sub }) => sub)).toEqual([3]);
  await rest(hosted, 80);
  expect(hosted.of('view-opened').map(({ sub, rows }) => [sub, rows.length])).toEqual([
    [3, 0],
    [2, 1],
    [1, KEYS.length],
  ]);
});

test('PI-7: one that is ended while it waits is not opened', async () => {
  const hosted = await restarted();
  hosted.host.send({ type: 'open-view', session: 's', sub: 1, map: 'm', query: WHOLE_MAP });
  hosted.host.send({ type: 'open-view', session: 's', sub: 2, map: 'm', query: WHOLE_MAP });
  hosted.host.send({ type: 'close-view', session: 's', sub: 1 });
  await rest(hosted, 80);
  expect(hosted.of('view-opened').map(({ sub }) => sub)).toEqual([2]);
});

test('PI-7: what cannot be read is a typed answer, for an op and for a query; and is read again later', async () => {
  const hosted = await restarted();
  const partition = partitionOf(hash, 'm', 'k5');
  const snapshot = disk.snapshots.get(partition)!;
  disk.snapshots.delete(partition);
  submit(hosted, author.patch('m', 'k5', { n: 50 }));
  hosted.host.send({ type: 'open-view', session: 't', sub: 1, map: 'm', query: WHOLE_MAP });
  await rest(hosted);
  expect(hosted.of('session-error')).toMatchObject([{ session: 's', code: 'commit-failed' }]);
  expect(hosted.of('view-refused')).toMatchObject([{ session: 't', sub: 1, error: { code: 'overloaded' } }]);
  disk.snapshots.set(partition, snapshot);
  hosted.host.send({ type: 'open-view', session: 't', sub: 2, map: 'm', query: WHOLE_MAP });
  await rest(hosted, 80);
  expect(hosted.of('view-opened').map(({ rows }) => rows.length)).toEqual([KEYS.length]);
});

test('PI-7, PI-10: records that are damaged stop the server with a sentence; a head that is keeps it from starting', async () => {
  const hosted = await restarted();
  const partition = partitionOf(hash, 'm', 'k5');
  const snapshot = disk.snapshots.get(partition)!;
  snapshot.records[5]! ^= 1;
  await rest(hosted, 80);
  expect(hosted.of('ledger-damaged')[0]?.message).toMatch(
    new RegExp(
      `^The snapshot of partition ${partition} is damaged \\(the checksum .*restore the database from a backup`,
    ),
  );
  snapshot.head[20]! ^= 1;
  await expect(restarted()).rejects.toMatchObject({ code: 'ledger-damaged' });
});

test('PI-4, PI-7: the cold store gets what the log has for partitions that come in later', async () => {
  disk.coldThrough = KEYS.length;
  disk.coldRows.delete('m\0k3');
  const hosted = await restarted();
  submit(hosted, author.create('m', 'late', { n: 1 }));
  await rest(hosted, 80);
  expect(disk.coldRows.get('m\0k3')).toMatchObject({ position: KEYS.length + 1, value: '{"n":30}' });
  expect(disk.coldThrough).toBe(KEYS.length + 2);
});
