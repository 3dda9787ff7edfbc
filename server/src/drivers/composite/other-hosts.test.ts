import type { ReplicaId } from '@topgun/core/clock';
import type { Op } from '@topgun/core/crdt';
import { partitionOf, type Hash64 } from '@topgun/core/primitives';
import { beforeAll, expect, test } from 'vitest';
import { loadXxhash } from '../../adapters/xxhash.js';
import { decodeSegment } from '../../services/persistence/segment-codec.js';
import type { SegmentEntry } from '../../services/persistence/segment.js';
import type { ManualTimers } from '../../testing/manual-timers.js';
import { OpAuthor } from '../../testing/op-author.js';
import { startTestComposite } from '../../testing/test-composite.js';
import { settle, startTestHost } from '../../testing/test-host.js';
import { createMemoryDisk, type MemoryDisk } from '../memory-disk.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const R = 'r.0' as ReplicaId;

/** A key of the map in a partition of this host of two. */
function keyIn(member: number): string {
  for (let i = 0; ; i += 1) if (partitionOf(hash, 'm', `k${i}`) % 2 === member) return `k${i}`;
}

const entriesOn = ({ segments }: MemoryDisk): SegmentEntry[] =>
  segments.flatMap(({ bytes }) => {
    const segment = decodeSegment(bytes);
    if (!segment.ok) throw new Error(segment.error.reason);
    return segment.value.entries;
  });

/** What two hosts have written of one replica, the later op first, as it was when the earlier one was on its way to its host. */
async function lateOnly(): Promise<{ disk: MemoryDisk; author: OpAuthor; ops: readonly Op[] }> {
  const disk = createMemoryDisk();
  const { host } = await startTestComposite({ disk, hash, members: 2 });
  const author = new OpAuthor(R, hash);
  const ops = [author.create('m', keyIn(0), { n: 1 }), author.create('m', keyIn(1), { n: 2 })];
  host.send({ type: 'announce', session: 's', replicas: [[R, 0]] });
  await settle();
  host.send({ type: 'submit', session: 's', batches: author.batches(ops[1]!), bytes: 10 });
  await settle();
  return { disk, author, ops };
}

/** Until what is written behind is written: rows, and snapshots, a piece at a time. */
async function writtenBehind(timers: ManualTimers): Promise<void> {
  for (let turn = 0; turn < 60; turn += 1) {
    await settle();
    timers.runAll();
  }
}

test('SY-2, PI-50: one host that reads what two have written says of a backup that earlier ops may be missing, and takes each once', async () => {
  const { disk, author, ops } = await lateOnly();
  const restored = await startTestHost({ disk, hash });
  const introduce = (session: string, lineage: string): void =>
    restored.host.send({ type: 'announce', session, replicas: [[R, 2, 2]], lineage });
  introduce('same', disk.lineage);
  await settle();
  introduce('from elsewhere', 'elsewhere');
  await settle();
  expect(restored.of('announced').map(({ session, decided, gaps }) => [session, decided, gaps])).toEqual([
    ['same', [[R, 2]], undefined],
    ['from elsewhere', [[R, 2]], true],
  ]);
  restored.host.send({ type: 'submit', session: 'from elsewhere', batches: author.batches(...ops), bytes: 20 });
  await settle();
  const verdicts = restored.of('committed').flatMap((event) => event.verdicts);
  expect(verdicts.flatMap(({ accepted }) => accepted).toSorted()).toEqual([
    [1, 'applied'],
    [2, 'applied'],
  ]);
  expect(entriesOn(disk).flatMap((entry) => entry.ops.map(([op]) => op[0]))).toEqual([2, 1]);
});

test('SY-2, PI-14, PI-50: also when the log is trimmed and only snapshots are left of it', async () => {
  const { disk, author } = await lateOnly();
  const stored = { disk, hash, snapshotPolicy: { ops: 1, bytes: 1_000_000 } };
  const between = await startTestHost(stored);
  between.host.send({ type: 'announce', session: 's', replicas: [[R, 2]] });
  await settle();
  const batches = author.batches(author.create('m', keyIn(1), { n: 3 }));
  between.host.send({ type: 'submit', session: 's', batches, bytes: 10 });
  await writtenBehind(between.timers);
  expect(entriesOn(disk).map(({ severalHosts }) => severalHosts)).toEqual([undefined]);
  const restored = await startTestHost(stored);
  restored.host.send({ type: 'announce', session: 'from elsewhere', replicas: [[R, 3, 3]], lineage: 'elsewhere' });
  await settle();
  expect(restored.of('announced')).toMatchObject([{ decided: [[R, 3]], gaps: true }]);
});

test('SY-2, PI-50: snapshots that one of several hosts has taken say so, whatever the log says', async () => {
  const disk = createMemoryDisk();
  const stored = { disk, hash, snapshotPolicy: { ops: 1, bytes: 1_000_000 } };
  const { host, timers } = await startTestComposite({ ...stored, members: 2 });
  const author = new OpAuthor(R, hash);
  host.send({ type: 'announce', session: 's', replicas: [[R, 0]] });
  await settle();
  for (const n of [1, 2, 3]) {
    host.send({
      type: 'submit',
      session: 's',
      batches: author.batches(author.create('m', keyIn(0), { n })),
      bytes: 10,
    });
    await writtenBehind(timers);
  }
  expect(entriesOn(disk).map(({ severalHosts }) => severalHosts)).toEqual([undefined]);
  const restored = await startTestHost(stored);
  restored.host.send({ type: 'announce', session: 'from elsewhere', replicas: [[R, 3, 3]], lineage: 'elsewhere' });
  await settle();
  expect(restored.of('announced')).toMatchObject([{ decided: [[R, 3]], gaps: true }]);
});

test('SY-2: one host that reads what one has written knows by the last op of a replica what is missing', async () => {
  const disk = createMemoryDisk();
  const author = new OpAuthor(R, hash);
  const first = await startTestHost({ disk, hash });
  first.host.send({ type: 'announce', session: 's', replicas: [[R, 0]] });
  first.host.send({
    type: 'submit',
    session: 's',
    batches: author.batches(author.create('m', 'a', { n: 1 })),
    bytes: 10,
  });
  await settle();
  const restored = await startTestHost({ disk, hash });
  restored.host.send({ type: 'announce', session: 'from elsewhere', replicas: [[R, 2, 2]], lineage: 'elsewhere' });
  await settle();
  expect(restored.of('announced').map(({ decided, gaps }) => [decided, gaps])).toEqual([[[[R, 1]], undefined]]);
});
