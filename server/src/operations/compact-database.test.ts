import type { Hash64 } from '@topgun/core/primitives';
import { beforeAll, expect, test } from 'vitest';
import { loadXxhash } from '../adapters/xxhash.js';
import type { DurableStore } from '../drivers/durable-store.js';
import { createMemoryColdStore } from '../drivers/memory-cold-store.js';
import { copyMemoryDisk, createMemoryDisk, lastPosition, type MemoryDisk } from '../drivers/memory-disk.js';
import { createMemoryLedger } from '../drivers/memory-ledger.js';
import { createMemorySnapshotStore } from '../drivers/memory-snapshot-store.js';
import type { Timers } from '../ports/environment.js';
import { decodeSegment, encodeSegment } from '../services/persistence/segment-codec.js';
import { livedDisk, shownBy } from '../testing/lived-disk.js';
import { memoryReading } from '../testing/memory-database.js';
import { compactDatabase } from './compact-database.js';
import { verifyDatabase } from './verify-database.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const timers: Timers = {
  after(_delayMs, run) {
    const immediate = setImmediate(run);
    return () => clearImmediate(immediate);
  },
};

const storeOn = (disk: MemoryDisk): DurableStore => ({
  ledger: createMemoryLedger(disk),
  coldStore: createMemoryColdStore(disk),
  snapshots: createMemorySnapshotStore(disk),
  trouble: null,
  close: async () => undefined,
});

async function lateDisk(): Promise<MemoryDisk> {
  const lived = await livedDisk(hash);
  await lived.live(90);
  const disk = copyMemoryDisk(lived.disk);
  expect(disk.segments.length).toBeGreaterThan(3);
  return disk;
}

test('PI-43: what was late is written, all is in snapshots, one segment is left, and nothing is other than before', async () => {
  const disk = await lateDisk();
  disk.coldRows.clear();
  disk.coldThrough = 0;
  const before = await shownBy(copyMemoryDisk(disk), hash);
  const position = lastPosition(disk);
  expect(await compactDatabase({ store: storeOn(disk), timers })).toEqual({ position });
  expect(disk.segments.map((segment) => segment.position)).toEqual([position]);
  expect(disk.snapshotProgress).toEqual({ through: position, lineage: 'memory' });
  expect(disk.coldThrough).toBe(position);
  const findings: unknown[] = [];
  await verifyDatabase({ reading: memoryReading(disk), hash, onFinding: (finding) => findings.push(finding) });
  expect(findings).toEqual([]);
  expect(await shownBy(disk, hash)).toEqual(before);
});

test('PI-43: of what is compact already, and of nothing, it makes nothing else', async () => {
  const disk = await lateDisk();
  await compactDatabase({ store: storeOn(disk), timers });
  const once = copyMemoryDisk(disk);
  await compactDatabase({ store: storeOn(disk), timers });
  expect({ ...disk, epoch: 0, trimmed: [] }).toEqual({ ...once, epoch: 0, trimmed: [] });
  expect(await compactDatabase({ store: storeOn(createMemoryDisk()), timers })).toEqual({ position: 0 });
});

test('PI-43: says so when it could not: a damaged log, a server that took over', async () => {
  const damaged = await lateDisk();
  damaged.segments.at(-2)!.bytes.fill(0);
  await expect(compactDatabase({ store: storeOn(damaged), timers })).rejects.toThrow(/damaged at position/);
  const taken = await lateDisk();
  const store = storeOn(taken);
  const snapshots = { ...store.snapshots, write: async () => ((taken.epoch += 1), false) };
  await expect(compactDatabase({ store: { ...store, snapshots }, timers })).rejects.toThrow('could not be written');
  expect(taken.segments.length).toBeGreaterThan(3);
});

test('PI-43, JO-1: of a log in which a journal is, that stays', async () => {
  const disk = await lateDisk();
  const at = disk.segments.length - 3;
  const stored = disk.segments[at]!;
  const segment = decodeSegment(stored.bytes);
  if (!segment.ok) throw new Error(segment.error.reason);
  disk.segments[at] = { ...stored, bytes: encodeSegment({ ...segment.value, journal: { at: 1, events: [] } }) };
  await compactDatabase({ store: storeOn(disk), timers });
  expect(disk.segments[0]?.position).toBe(stored.position);
  expect(disk.segments).toHaveLength(3);
});
