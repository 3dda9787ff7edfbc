import type { StoredSnapshot } from '../ports/snapshot-store.js';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { Hash64 } from '@topgun/core/primitives';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadXxhash } from '../adapters/xxhash.js';
import { copyMemoryDisk, createMemoryDisk, lastPosition, type MemoryDisk } from '../drivers/memory-disk.js';
import { decodeSegment, encodeSegment } from '../services/persistence/segment-codec.js';
import { livedDisk, shownBy, type LivedDisk } from '../testing/lived-disk.js';
import { memoryReading, memoryRestoring } from '../testing/memory-database.js';
import { BackupError, type RunningSum } from './backup-format.js';
import { readBackup } from './read-backup.js';
import { restoreBackup, type RestoreOptions } from './restore-backup.js';
import { DamagedError, writeBackup } from './write-backup.js';

let hash: Hash64;
let lived: LivedDisk;
beforeAll(async () => {
  hash = await loadXxhash();
  lived = await livedDisk(hash);
  await lived.live(120);
});

const sum = (): RunningSum => {
  const running = createHash('sha256');
  return { add: (bytes) => void running.update(bytes), digest: () => running.digest('hex') };
};

async function backupOf(disk: MemoryDisk): Promise<Buffer> {
  const content = await writeBackup({ reading: memoryReading(disk), now: 5, sum: sum() });
  if (content === null) throw new Error('there was nothing to back up');
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* inPieces(bytes: Uint8Array, size: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function restored(
  bytes: Uint8Array,
  onto: MemoryDisk = createMemoryDisk('empty'),
  options: Partial<RestoreOptions> = {},
): Promise<MemoryDisk> {
  const backup = await readBackup(inPieces(bytes, 1_000), sum());
  const restoring = memoryRestoring(onto);
  await restoreBackup({ backup, restoring, mint: () => 'minted', replace: 'nothing', ...options });
  return restoring.disk;
}

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'nothing failed',
    (error: unknown) => (error instanceof BackupError ? error.code : error),
  );

describe('a backup', () => {
  test('PI-40: restored, it is what the database was: records, sets, counters, and how far each replica is decided', async () => {
    const disk = await restored(await backupOf(lived.disk));
    expect(disk.snapshots.size).toBeGreaterThan(20);
    expect(disk.segments.length).toBeLessThan(lastPosition(disk));
    expect(disk.coldRows.size).toBe(0);
    expect(await shownBy(disk, hash)).toEqual(await shownBy(copyMemoryDisk(lived.disk), hash));
    // The rows for other programs are made again by the start.
    expect(disk.epoch).toBeGreaterThan(lived.disk.epoch);
  });

  test('PI-40: is of one moment, whatever is written while it is taken', async () => {
    const before = copyMemoryDisk(lived.disk);
    const content = await writeBackup({ reading: memoryReading(lived.disk), now: 5, sum: sum() });
    const chunks: Uint8Array[] = [];
    for await (const chunk of content!) {
      chunks.push(chunk);
      if (chunks.length === 4) await lived.live(3);
    }
    const disk = await restored(Buffer.concat(chunks));
    expect(lastPosition(disk)).toBe(lastPosition(before) + 1);
  });

  test('PI-40: is the same however its bytes come, in pieces of any size', async () => {
    const bytes = await backupOf(lived.disk);
    const whole = await restored(bytes);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5_000 }), async (size) => {
        const backup = await readBackup(inPieces(bytes, size), sum());
        const restoring = memoryRestoring(createMemoryDisk());
        await restoreBackup({ backup, restoring, mint: () => 'minted', replace: 'nothing' });
        expect(restoring.disk.segments).toEqual(whole.segments);
        expect(restoring.disk.snapshots).toEqual(whole.snapshots);
      }),
      { numRuns: 8 },
    );
  });

  test('PI-40: cut anywhere it is refused, and the target is as it was', async () => {
    const bytes = await backupOf(lived.disk);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: bytes.length - 1 }), async (length) => {
        const target = createMemoryDisk('empty');
        const code = await failureOf(restored(bytes.subarray(0, length), target));
        expect(['truncated', 'not-a-backup']).toContain(code);
        expect(target).toEqual(createMemoryDisk('empty'));
      }),
      { numRuns: 60 },
    );
  });

  test('PI-40: with any byte changed it is refused', async () => {
    const bytes = await backupOf(lived.disk);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: bytes.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        async (at, by) => {
          const changed = Buffer.from(bytes);
          changed[at]! ^= by;
          expect(await failureOf(restored(changed))).toMatch(/^(damaged|truncated|not-a-backup|newer-format)$/);
        },
      ),
      { numRuns: 150 },
    );
  });

  test('PI-40: of a later format, and what is no backup at all, are told apart', async () => {
    const text = (await backupOf(lived.disk)).toString('latin1');
    const later = Buffer.from(text.replace('"version":1', '"version":9'), 'latin1');
    expect(await failureOf(restored(later))).toBe('newer-format');
    expect(await failureOf(restored(Buffer.from('{"a":1}\n')))).toBe('not-a-backup');
    expect(await failureOf(restored(Buffer.alloc(200_000, 'x')))).toBe('damaged');
  });

  test('PI-40: is not taken of a database from which it could not be restored', async () => {
    const short = copyMemoryDisk(lived.disk);
    expect(short.segments.length).toBeGreaterThan(3);
    short.segments.splice(1, 1);
    await expect(backupOf(short)).rejects.toThrow(DamagedError);
    const flipped = copyMemoryDisk(lived.disk);
    const [[partition, snapshot]] = [...flipped.snapshots] as [[number, StoredSnapshot]];
    const records = snapshot.records.slice();
    records[records.length >> 1]! ^= 1;
    flipped.snapshots.set(partition, { ...snapshot, records });
    await expect(backupOf(flipped)).rejects.toThrow(`snapshot of partition ${partition}`);
  });

  test('PI-40: of a database that no server has used there is none', async () => {
    expect(await writeBackup({ reading: memoryReading(createMemoryDisk()), now: 5, sum: sum() })).toBeNull();
  });
});

describe('a restore', () => {
  test('PI-40, SY-2: has the history go on under another name, under a claim newer than any', async () => {
    const disk = await restored(await backupOf(lived.disk));
    const last = decodeSegment(disk.segments.at(-1)!.bytes);
    expect(last).toMatchObject({ ok: true, value: { lineage: 'memory', entries: [{ lineage: 'minted' }] } });
    expect(disk.lineage).toBe('memory');
    const occupied = { ...copyMemoryDisk(lived.disk), epoch: 90 };
    const replaced = await restored(await backupOf(lived.disk), occupied, { replace: 'same-history' });
    expect(replaced.epoch).toBe(91);
    expect(replaced.coldRows.size).toBe(0);
  });

  test('PI-40: of what was restored can be restored again, and of an only just begun one too', async () => {
    const once = await restored(await backupOf(lived.disk));
    const twice = await restored(await backupOf(once), undefined, { mint: () => 'again' });
    expect(await shownBy(twice, hash)).toEqual(await shownBy(once, hash));
    const young = createMemoryDisk('young');
    young.epoch = 1;
    expect((await restored(await backupOf(young))).segments).toHaveLength(1);
  });

  test('PI-40: leaves what is not empty alone, unless it is meant, and another history unless that is', async () => {
    const bytes = await backupOf(lived.disk);
    const mine = copyMemoryDisk(lived.disk);
    const others = { ...copyMemoryDisk(lived.disk), lineage: 'another' };
    await expect(restored(bytes, mine)).rejects.toThrow('--replace');
    await expect(restored(bytes, others, { replace: 'same-history' })).rejects.toThrow(/another database.*another\)/);
    expect((await restored(bytes, others, { replace: 'any-history' })).lineage).toBe('memory');
  });

  test('PI-40: of a backup whose parts are of several histories does nothing', async () => {
    const mixed = copyMemoryDisk(lived.disk);
    const at = mixed.segments.length - 1;
    const segment = decodeSegment(mixed.segments[at]!.bytes);
    if (!segment.ok) throw new Error(segment.error.reason);
    const bytes = encodeSegment({ ...segment.value, lineage: 'elsewhere' });
    mixed.segments[at] = { ...mixed.segments[at]!, bytes };
    await expect(backupOf(mixed)).rejects.toThrow('history elsewhere');
  });
});
