import type { Stamp } from '@topgun/core/clock';
import { canonicalRecord, type LwwRecord } from '@topgun/core/crdt';
import { sameDigest } from '@topgun/core/merkle';
import { partitionOf, type Hash64 } from '@topgun/core/primitives';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadXxhash } from '../adapters/xxhash.js';
import { copyMemoryDisk, createMemoryDisk, lastPosition, type MemoryDisk } from '../drivers/memory-disk.js';
import { RecordReader } from '../services/layout/record-reader.js';
import { indexAll } from '../services/layout/index-records.js';
import {
  readSnapshot,
  SnapshotWriter,
  wholeSnapshot,
  type PartitionSnapshot,
} from '../services/layout/snapshot-layout.js';
import { toColdRow } from '../services/persistence/cold-row.js';
import { decodeSegment, encodeSegment } from '../services/persistence/segment-codec.js';
import type { Segment, SegmentEntry } from '../services/persistence/segment.js';
import { livedDisk, type LivedDisk } from '../testing/lived-disk.js';
import { memoryReading } from '../testing/memory-database.js';
import type { Finding } from './finding.js';
import { verifyDatabase, type Verified } from './verify-database.js';

let hash: Hash64;
let lived: LivedDisk;
beforeAll(async () => {
  hash = await loadXxhash();
  lived = await livedDisk(hash);
  await lived.live(150);
});

async function verify(disk: MemoryDisk): Promise<{ findings: readonly Finding[]; verified: Verified }> {
  const findings: Finding[] = [];
  const verified = await verifyDatabase({
    reading: memoryReading(disk),
    hash,
    onFinding: (each) => findings.push(each),
  });
  return { findings, verified: verified! };
}

/** What is wrong with the lived disk once it is damaged so. */
async function findingsAfter(damage: (disk: MemoryDisk) => void): Promise<readonly Finding[]> {
  const disk = copyMemoryDisk(lived.disk);
  damage(disk);
  return (await verify(disk)).findings;
}

const codes = (findings: readonly Finding[]): string[] => [...new Set(findings.map(({ code }) => code))].sort();

/** A record whose row is not deleted, and the place of that row. */
function someRow(disk: MemoryDisk, map: string): string {
  const found = [...disk.coldRows].find(([, row]) => row.map === map && !row.deleted);
  if (found === undefined) throw new Error(`${map} has no row`);
  return found[0];
}

function rewrite(disk: MemoryDisk, at: number, change: (segment: Segment) => Segment): void {
  const stored = disk.segments[at]!;
  const decoded = decodeSegment(stored.bytes);
  if (!decoded.ok) throw new Error(decoded.error.reason);
  disk.segments[at] = { ...stored, bytes: encodeSegment(change(decoded.value)) };
}

/** The snapshot of some partition with records written anew, with a checksum that is right. */
function resnap(
  disk: MemoryDisk,
  change: (snapshot: PartitionSnapshot, records: [string, string, LwwRecord][]) => [string, string, LwwRecord][],
  suits: (snapshot: PartitionSnapshot) => boolean = ({ sections }) => sections.length > 0,
): number {
  for (const [partition, stored] of disk.snapshots) {
    const read = readSnapshot(wholeSnapshot(stored.head, stored.records));
    if (!read.ok || !suits(read.value)) continue;
    const records = read.value.sections.flatMap((section) => {
      const indexed = indexAll(section);
      if (!indexed.ok) throw new Error(indexed.error.reason);
      return [...indexed.value].map(([key, at]): [string, string, LwwRecord] => {
        const record = new RecordReader(section.bytes).record(at);
        if (record === null) throw new Error(`the record of ${key} cannot be read`);
        return [section.map, key, record];
      });
    });
    const changed = change(read.value, records);
    const maps = [...new Set(changed.map(([map]) => map))].sort();
    const writer = new SnapshotWriter(read.value);
    for (const map of maps) {
      writer.section(map);
      for (const [of, key, record] of changed) if (of === map) writer.record(key, record, null);
    }
    disk.snapshots.set(partition, { ...stored, ...writer.finish() });
    return partition;
  }
  throw new Error('no snapshot suits');
}

describe('verify', () => {
  test('PI-41: finds nothing where nothing is wrong, and says what is there', async () => {
    const { findings, verified } = await verify(lived.disk);
    expect(findings).toEqual([]);
    expect(verified).toMatchObject({
      epoch: 1,
      lineage: 'memory',
      position: lastPosition(lived.disk),
      snapshots: lived.disk.snapshots.size,
    });
    expect(verified.maps.map(({ map }) => map).sort()).toEqual(['likes', 'tags', 'todos']);
    for (const { records, rows, lagging } of verified.maps) {
      expect(records.count + lagging).toBeGreaterThan(2);
      expect(sameDigest(records, rows)).toBe(true);
    }
    // The log still holds what snapshots say too, so that the two were compared.
    expect(verified.segments).toBeGreaterThan(5);
    expect(verified.progress!.through).toBeLessThan(verified.position);
  });

  test('PI-41: takes rows that are not written yet for what they are, at any moment of a life', async () => {
    const young = await livedDisk(hash, 'young');
    for (let moment = 0; moment < 12; moment += 1) {
      await young.live(9);
      // As it is found in the midst of writing behind: older rows, and the progress of that time.
      const disk = copyMemoryDisk(young.disk);
      young.author.create('todos', `late ${moment}`);
      disk.coldThrough = Math.max(0, disk.coldThrough - moment);
      for (const [place, row] of disk.coldRows) if (row.position > disk.coldThrough) disk.coldRows.delete(place);
      expect((await verify(disk)).findings).toEqual([]);
    }
  });

  test('PI-41: finds nothing wrong with a database that was emptied of rows, or has none yet', async () => {
    expect(await findingsAfter((disk) => (disk.coldRows.clear(), (disk.coldThrough = 0)))).toEqual([]);
    const begun = createMemoryDisk();
    begun.epoch = 1;
    expect((await verify(begun)).findings).toEqual([]);
    expect(await verifyDatabase({ reading: memoryReading(createMemoryDisk()), hash, onFinding: () => {} })).toBeNull();
  });
});

describe('verify, of a ledger', () => {
  test('PI-41: names a segment that is missing', async () => {
    let gone = 0;
    const findings = await findingsAfter((disk) => {
      gone = disk.segments.splice(disk.segments.length - 3, 1)[0]!.position;
    });
    expect(findings.map(({ message }) => message)).toContain(`Segment ${gone} is missing from the ledger.`);
  });

  test('PI-41: names its beginning and its end when they are missing', async () => {
    expect(codes(await findingsAfter((disk) => disk.segments.splice(0, disk.segments.length - 2)))).toContain(
      'ledger-start',
    );
    const cut = await findingsAfter((disk) => (disk.segments.length = 1));
    expect(codes(cut)).toEqual(expect.arrayContaining(['row-ahead']));
    expect(codes(await findingsAfter((disk) => (disk.segments.length = 0)))).toEqual(
      expect.arrayContaining(['ledger-gap']),
    );
  });

  test.each([
    ['bytes that are no segment', (disk: MemoryDisk) => void disk.segments.at(-2)!.bytes.fill(120), 'segment-damaged'],
    [
      'a claim that nobody has made',
      (disk: MemoryDisk) => (disk.segments[1] = { ...disk.segments[1]!, epoch: 7 }),
      'segment-epoch',
    ],
    [
      'another history',
      (disk: MemoryDisk) => rewrite(disk, 2, (segment) => ({ ...segment, lineage: 'x' })),
      'segment-lineage',
    ],
    [
      'a segment in the place of another',
      (disk: MemoryDisk) => (disk.segments[1] = { ...disk.segments[1]!, bytes: disk.segments[0]!.bytes }),
      'segment-damaged',
    ],
    ['the same place twice', (disk: MemoryDisk) => void disk.segments.push(disk.segments.at(-1)!), 'ledger-gap'],
  ])('PI-41: names %s', async (_what, damage, code) => {
    expect(codes(await findingsAfter(damage))).toContain(code);
  });

  test('PI-41: names the record of an op that reads otherwise, whether snapshots have it too or not', async () => {
    const forge = (disk: MemoryDisk, isCovered: boolean): void => {
      const suits = ({ partition, ops }: SegmentEntry, position: number): boolean =>
        position <= (disk.snapshots.get(partition)?.position ?? 0) === isCovered &&
        /"todo \d/.test(JSON.stringify(ops));
      for (const [at, { position }] of disk.segments.entries()) {
        rewrite(disk, at, (segment) => ({
          ...segment,
          entries: segment.entries.map((entry) =>
            suits(entry, position)
              ? (JSON.parse(JSON.stringify(entry).replaceAll('"todo ', '"zorro ')) as SegmentEntry)
              : entry,
          ),
        }));
      }
    };
    expect(codes(await findingsAfter((disk) => forge(disk, false)))).toEqual(['row-differs']);
    expect(codes(await findingsAfter((disk) => forge(disk, true)))).toEqual(['snapshot-lacks']);
  });
});

describe('verify, of snapshots', () => {
  test('PI-41: names the snapshot of which one byte is another, whichever', async () => {
    const [partition, { head, records }] = [...lived.disk.snapshots][3]!;
    const bytes = wholeSnapshot(head, records);
    for (let at = 0; at < bytes.length; at += 1 + (bytes.length >> 5)) {
      const findings = await findingsAfter((disk) => {
        const flipped = Uint8Array.from(bytes);
        flipped[at]! ^= 4;
        const parts = { head: flipped.subarray(0, head.length), records: flipped.subarray(head.length) };
        disk.snapshots.set(partition, { ...disk.snapshots.get(partition)!, ...parts });
      });
      expect(findings[0]).toMatchObject({
        code: 'snapshot-damaged',
        message: expect.stringContaining(`snapshot of partition ${partition} is damaged`),
      });
    }
  });

  test('PI-41: names a snapshot that lies in the place of another, or is of something later than there is', async () => {
    const swapped = await findingsAfter((disk) => {
      const [one, other] = [...disk.snapshots.values()];
      disk.snapshots.set(one!.partition, { ...other!, partition: one!.partition });
    });
    expect(codes(swapped)).toContain('snapshot-place');
    const ahead = await findingsAfter((disk) => {
      const [one] = disk.snapshots.values();
      disk.snapshots.set(one!.partition, { ...one!, position: 9_999 });
    });
    expect(codes(ahead)).toContain('snapshot-place');
  });

  test('PI-41: names a record that was changed in a snapshot whose checksum was made right again', async () => {
    let key = '';
    const findings = await findingsAfter((disk) => {
      resnap(
        disk,
        (_snapshot, records) => {
          const [[map, changed, record], ...rest] = records as [[string, string, LwwRecord]];
          key = changed;
          const fields = new Map(record.fields).set('text', { stamp: record.existence!.stamp, value: 'forged' });
          return [[map, changed, { ...record, fields }], ...rest];
        },
        ({ sections }) => sections[0]?.map === 'todos',
      );
    });
    expect(
      findings.map(({ code, message }) => code === 'row-differs' && message.includes(JSON.stringify(key))),
    ).toContain(true);
  });

  test('PI-41: names what the log says and a snapshot lacks', async () => {
    const lacking = await findingsAfter((disk) => {
      for (const partition of [...disk.snapshots.keys()]) {
        const isIt = (each: PartitionSnapshot): boolean => each.partition === partition;
        resnap(disk, () => [], isIt);
      }
    });
    expect(codes(lacking)).toEqual(expect.arrayContaining(['snapshot-lacks', 'row-extra']));
    const gone = await findingsAfter((disk) => {
      for (const partition of [...disk.snapshots.keys()]) disk.snapshots.delete(partition);
    });
    expect(codes(gone)).toEqual(expect.arrayContaining(['row-extra']));
  });

  test('PI-41: names a record in a partition that is not its own', async () => {
    const findings = await findingsAfter((disk) => {
      resnap(disk, ({ partition }, records) => {
        const away = Array.from({ length: 50 }, (_, i) => `stray${i}`).find(
          (key) => partitionOf(hash, 'zzz', key) !== partition,
        )!;
        return [...records, ['zzz', away, records[0]![2]]];
      });
    });
    expect(codes(findings)).toContain('record-misplaced');
  });
});

describe('verify, of rows', () => {
  const changeRow = (
    map: string,
    change: (row: MemoryDisk['coldRows'] extends Map<string, infer Row> ? Row : never) => object,
  ) =>
    findingsAfter((disk) => {
      const place = someRow(disk, map);
      disk.coldRows.set(place, { ...disk.coldRows.get(place)!, ...change(disk.coldRows.get(place)!) });
    });

  test.each(['todos', 'tags', 'likes'])('PI-41: names a row of %s whose value was changed by hand', async (map) => {
    const findings = await changeRow(map, () => ({ value: '"by hand"' }));
    expect(findings).toMatchObject([{ code: 'row-value', message: expect.stringContaining(` of ${map} `) }]);
  });

  test('PI-41: names one that was marked as deleted, and one of a position there is not', async () => {
    expect(codes(await changeRow('todos', () => ({ deleted: true })))).toEqual(['row-value']);
    expect(codes(await changeRow('todos', () => ({ position: 9_999 })))).toEqual(['row-ahead']);
  });

  test('PI-41: names one whose stamps and value were changed together, by the roots too', async () => {
    const record: LwwRecord = {
      existence: { stamp: '00000000001r.9' as Stamp, op: 'create' },
      floor: '',
      fields: new Map(),
      expiry: null,
    };
    const findings = await changeRow('todos', (row) => ({
      ...toColdRow({ map: row.map, key: row.key, after: record }, row.position),
    }));
    expect(findings).toMatchObject([
      { code: 'row-differs', message: expect.stringContaining(canonicalRecord(record)) },
    ]);
    const disk = copyMemoryDisk(lived.disk);
    const place = someRow(disk, 'todos');
    const { map, key, position } = disk.coldRows.get(place)!;
    disk.coldRows.set(place, toColdRow({ map, key, after: record }, position));
    const roots = (await verify(disk)).verified.maps.find((each) => each.map === 'todos')!;
    expect(sameDigest(roots.records, roots.rows)).toBe(false);
  });

  test('PI-41: names rows that are missing, that are too many, and that hold nothing', async () => {
    expect(codes(await findingsAfter((disk) => disk.coldRows.delete(someRow(disk, 'tags'))))).toEqual(['row-missing']);
    const extra = await findingsAfter((disk) => {
      const row = disk.coldRows.get(someRow(disk, 'todos'))!;
      disk.coldRows.set('todos\0extra', { ...row, key: 'extra' });
    });
    expect(extra).toMatchObject([{ code: 'row-extra', message: expect.stringContaining('"extra"') }]);
    expect(codes(await changeRow('todos', () => ({ state: 'nonsense' })))).toEqual(['row-differs']);
    const all = await findingsAfter((disk) => disk.coldRows.clear());
    expect(codes(all)).toEqual(['row-missing']);
  });
});
