import { expect, test } from 'vitest';
import { SERVER_REPLICA } from '@topgun/core/crdt';
import { createManualTimers } from '../../testing/manual-timers.js';
import { createRecordedLog } from '../../testing/recorded-log.js';
import { encodeSegment } from '../../services/persistence/segment-codec.js';
import { settle } from '../../testing/test-host.js';
import { createMemoryColdStore } from '../memory-cold-store.js';
import { createMemoryDisk } from '../memory-disk.js';
import { createMemoryLedger } from '../memory-ledger.js';
import { createMemorySnapshotStore } from '../memory-snapshot-store.js';
import { createSharedLedger } from './shared-ledger.js';
import { createSharedStores } from './shared-stores.js';

async function setUp(
  logBytes = 1_000_000,
  trimmable?: (through: number) => Promise<number>,
  disk = createMemoryDisk(),
) {
  const ledger = createMemoryLedger(disk);
  const shared = createSharedLedger({ ledger, timers: createManualTimers(), log: createRecordedLog().log });
  const asked: number[] = [];
  const [first, second] = createSharedStores({
    ledger,
    shared,
    coldStore: createMemoryColdStore(disk),
    snapshots: createMemorySnapshotStore(disk),
    members: 2,
    askForSnapshots: (member) => asked.push(member),
    logBytes,
    ...(trimmable === undefined ? {} : { trimmable }),
  });
  await first!.coldStore.through();
  const { lineage } = await shared.claim();
  shared.begin(lineage);
  const append = (store: NonNullable<typeof first>) => store.ledger.append(encodeSegment({ lineage, entries: [] }));
  const snapshot = (store: NonNullable<typeof first>, through: number) =>
    store.snapshots!.write(1, [], { through, lineage });
  const rename = (name: string) => shared.append([{ partition: 0, replica: SERVER_REPLICA, ops: [], lineage: name }]);
  return { disk, asked, rename, first: first!, second: second!, append, snapshot };
}

test('PI-50: the cold store is as far as the host that is least far, and one with nothing to write is as far as the log', async () => {
  const { disk, first, second, append } = await setUp();
  await append(first);
  await append(second);
  await second.coldStore.write([], 2);
  expect(disk.coldThrough).toBe(0);
  await first.coldStore.write([], 1);
  expect(disk.coldThrough).toBe(2);
  await append(first);
  await append(first);
  await first.coldStore.write([], 3);
  expect(disk.coldThrough).toBe(3);
});

test('PI-50: snapshots are said to be as far as all of them, and not ahead of the cold store; the log is trimmed behind that', async () => {
  const { disk, first, second, append, snapshot } = await setUp();
  await append(first);
  await append(second);
  await append(second);
  await snapshot(second, 3);
  await second.ledger.trim(3);
  expect([disk.snapshotProgress?.through, disk.segments.length]).toEqual([0, 3]);
  await snapshot(first, 1);
  expect(disk.snapshotProgress?.through).toBe(0);
  await first.coldStore.write([], 1);
  await second.coldStore.write([], 3);
  await snapshot(first, 1);
  await first.ledger.trim(1);
  expect([disk.snapshotProgress?.through, disk.segments.map(({ position }) => position)]).toEqual([3, [3]]);
});

test('SY-2, PI-50: snapshots say the name that the history had there, though hosts have not heard of it yet', async () => {
  const { disk, first, second, append, rename, snapshot } = await setUp();
  await append(first);
  await rename('later');
  await append(second);
  await append(first);
  await first.coldStore.write([], 4);
  await second.coldStore.write([], 3);
  // By the name that each knows.
  await snapshot(second, 3);
  await snapshot(first, 3);
  expect(disk.snapshotProgress).toEqual({ through: 3, lineage: 'later' });
});

test('PI-50: the host for which alone the log is kept is asked for snapshots, and once until it is further', async () => {
  const { asked, first, second, append, snapshot } = await setUp(100);
  await append(first);
  for (let i = 0; i < 5; i += 1) await append(second);
  await snapshot(second, 6);
  expect(asked).toEqual([0]);
  await append(second);
  expect(asked).toEqual([0]);
});

test('PI-14, PI-50: what a start has read of the log counts, so one that starts often asks, too', async () => {
  const before = await setUp();
  for (const store of [before.first, before.second, before.second, before.second]) await before.append(store);
  const { asked, first, second, append } = await setUp(200, undefined, before.disk);
  for (const { ledger } of [first, second]) for await (const segments of ledger.read(0)) void segments;
  expect(asked).toEqual([]);
  await append(second);
  expect(asked).toEqual([0]);
});

test('JO-5, PI-50: hosts trim one after the other, and no further than the journal is kept', async () => {
  const looked: ((through: number) => void)[] = [];
  const { disk, first, second, append, snapshot } = await setUp(undefined, () => {
    return new Promise((resolve) => void looked.push(resolve));
  });
  for (const store of [first, second, second]) await append(store);
  await first.coldStore.write([], 1);
  await second.coldStore.write([], 3);
  await snapshot(second, 3);
  await snapshot(first, 1);
  const trims = [first.ledger.trim(1), second.ledger.trim(3)];
  await settle();
  // How far the journal is kept is looked up in the log: what was found for one is not to be put back by what was found before for another.
  expect(looked).toHaveLength(1);
  looked[0]!(1);
  await settle();
  expect([looked.length, disk.segments.map(({ position }) => position)]).toEqual([2, [2, 3]]);
  looked[1]!(2);
  await Promise.all(trims);
  expect(disk.segments.map(({ position }) => position)).toEqual([3]);
});
