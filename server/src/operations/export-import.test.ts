import fc from 'fast-check';
import type { MapType } from '@topgun/core/crdt';
import type { Hash64 } from '@topgun/core/primitives';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadXxhash } from '../adapters/xxhash.js';
import { createMemoryDisk, copyMemoryDisk, lastPosition, type MemoryDisk } from '../drivers/memory-disk.js';
import { createMemoryLedger } from '../drivers/memory-ledger.js';
import { decodeSegment } from '../services/persistence/segment-codec.js';
import { livedDisk, shownBy, type LivedDisk } from '../testing/lived-disk.js';
import { memoryReading } from '../testing/memory-database.js';
import { startTestHost } from '../testing/test-host.js';
import { exportRecords, type ExportOptions } from './export-records.js';
import { importRecords, type ImportOptions } from './import-records.js';
import { RecordLines } from './record-line.js';
import { surveyDatabase } from './survey-database.js';
import { textLines } from './text-lines.js';
import { verifyDatabase } from './verify-database.js';

const NOW = 1_700_000_900_000;

let hash: Hash64;
let lived: LivedDisk;
beforeAll(async () => {
  hash = await loadXxhash();
  lived = await livedDisk(hash);
  await lived.live(150);
});

async function exported(disk: MemoryDisk, options: Partial<ExportOptions> = {}): Promise<string[]> {
  const lines: string[] = [];
  const reading = memoryReading(disk);
  for await (const line of exportRecords({ reading, maps: null, removed: false, ...options })) lines.push(line);
  return lines;
}

async function imported(disk: MemoryDisk, text: string, options: Partial<ImportOptions> = {}): Promise<number> {
  const ledger = createMemoryLedger(disk);
  const { epoch, position, lineage: begun } = await ledger.claim();
  const { types, lineage, findings } = await surveyDatabase(memoryReading(disk), { epoch, lineage: begun });
  expect(findings).toEqual([]);
  const bytes = Buffer.from(text);
  async function* chunks(): AsyncIterable<Uint8Array> {
    for (let at = 0; at < bytes.length; at += 777) yield bytes.subarray(at, at + 777);
  }
  return importRecords({
    lines: textLines(chunks()),
    ledger,
    position,
    lineage,
    types,
    hash,
    now: NOW,
    fresh: false,
    maps: null,
    ...options,
  });
}

const whole = { removed: true };

/** What an export says of each record, without its stamps. */
const valuesIn = (lines: readonly string[]): unknown[] =>
  lines.map((line) => {
    const { state: _stamps, ...rest } = JSON.parse(line) as Record<string, unknown>;
    return rest;
  });

describe('an export', () => {
  test('PI-42: is every record that shows as a line, by map and key, with its value and its stamps', async () => {
    const lines = await exported(lived.disk);
    const places = lines.map((line) => JSON.parse(line) as { map: string; key: string; value: unknown });
    expect(places.map(({ map, key }) => `${map} ${key}`)).toEqual(
      [...lived.disk.coldRows.values()]
        .filter(({ deleted }) => !deleted)
        .map(({ map, key }) => `${map} ${key}`)
        .sort(),
    );
    for (const { map, key, value } of places) {
      expect(value).toEqual(JSON.parse(lived.disk.coldRows.get(`${map}\0${key}`)!.value!));
    }
    expect(lines.join('')).toContain('"type":"set"');
    expect(lines.join('')).toContain('"type":"counter"');
    expect((await exported(lived.disk, whole)).length).toBeGreaterThan(lines.length);
  });

  test('PI-42: is of some maps where these are named', async () => {
    const maps = (await exported(lived.disk, { maps: ['likes', 'tags', 'none'] })).map(
      (line) => (JSON.parse(line) as { map: string }).map,
    );
    expect([...new Set(maps)]).toEqual(['likes', 'tags']);
  });

  test('PI-42, PI-4: is the same however far the rows are behind, and is refused where they lack what the log has given up', async () => {
    const young = await livedDisk(hash, 'young');
    const outcomes = new Set<string>();
    for (let moment = 0; moment < 14; moment += 1) {
      const before = copyMemoryDisk(young.disk);
      await young.live(moment % 7 === 6 ? 90 : 1 + moment);
      const behind = { ...copyMemoryDisk(young.disk), coldRows: before.coldRows, coldThrough: before.coldThrough };
      const lines = await exported(behind, whole).catch((error: Error) => error.message);
      if (typeof lines === 'string') {
        expect(behind.snapshotProgress!.through).toBeGreaterThan(behind.coldThrough);
        expect(lines).toContain('start the server');
        outcomes.add('refused');
      } else {
        expect(lines.toSorted()).toEqual((await exported(young.disk, whole)).toSorted());
        outcomes.add('same');
      }
    }
    expect([...outcomes].sort()).toEqual(['refused', 'same']);
  });
});

describe('an import', () => {
  test('PI-42: into an empty database gives what was exported, to the stamp', async () => {
    const disk = createMemoryDisk('fresh');
    const lines = await exported(lived.disk, whole);
    expect(await imported(disk, lines.join(''))).toBe(lines.length);
    expect((await exported(disk, whole)).toSorted()).toEqual(lines.toSorted());
    const { views } = (await shownBy(disk, hash)) as { views: unknown };
    expect(views).toEqual(((await shownBy(copyMemoryDisk(lived.disk), hash)) as { views: unknown }).views);
  });

  test('PI-42, CR-8: again, in another order, or of an older export, it adds nothing', async () => {
    const older = await exported(lived.disk, whole);
    await lived.live(20);
    const lines = await exported(lived.disk, whole);
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([older, lines, lines], { minLength: 2 }), fc.nat(30), async (runs, cut) => {
        const disk = createMemoryDisk('fresh');
        for (const run of runs) await imported(disk, [...run.slice(cut), ...run.slice(0, cut)].join(''));
        const wanted = runs.includes(lines) ? lines : older;
        expect((await exported(disk, whole)).toSorted()).toEqual(wanted.toSorted());
      }),
      { numRuns: 10 },
    );
  });

  test('PI-42: merges with what is there: the later writing of each field stays', async () => {
    const disk = copyMemoryDisk(lived.disk);
    const line = (value: object, at: number) =>
      JSON.stringify({ map: 'todos', key: 'k1', value, ...(at === 0 ? {} : { expiresAt: at }) });
    await imported(disk, `${line({ text: 'now' }, NOW + 5)}\n\n`);
    const [found] = valuesIn((await exported(disk)).filter((each) => each.includes('"k1"'))) as [{ value: object }];
    expect(found).toMatchObject({ map: 'todos', key: 'k1', value: { text: 'now' }, expiresAt: NOW + 5 });
    const old = (await exported(lived.disk)).filter((each) => each.includes('"k1"'));
    await imported(disk, old.join(''));
    expect(valuesIn((await exported(disk)).filter((each) => each.includes('"k1"')))).toMatchObject([
      { value: { text: 'now' } },
    ]);
  });

  test('PI-42: with fresh stamps values win over whatever is there, and counters stay what they count', async () => {
    const lines = await exported(lived.disk);
    const disk = copyMemoryDisk(lived.disk);
    await imported(
      disk,
      `{"map":"todos","key":"k1","value":{"text":"between"}}\n{"map":"todos","key":"k2","removed":true}`,
    );
    await imported(disk, lines.join(''), { fresh: true, now: NOW + 1_000 });
    const found = valuesIn(await exported(disk)) as { map: string; key: string; value: object }[];
    const wanted = valuesIn(lines) as { map: string; key: string; value: object }[];
    for (const each of wanted) {
      const now = found.find(({ map, key }) => map === each.map && key === each.key);
      expect(now).toMatchObject(each);
    }
    const likes = (of: typeof found): typeof found => of.filter(({ map }) => map === 'likes');
    expect(likes(found)).toEqual(likes(wanted));
  });

  test('PI-42: is part of the ledger: a start shows it, snapshots take it in, and verify finds nothing', async () => {
    const disk = createMemoryDisk('fresh');
    await imported(disk, (await exported(lived.disk, whole)).join(''));
    for (const segment of disk.segments) expect(decodeSegment(segment.bytes).ok).toBe(true);
    const findings: string[] = [];
    const verify = () =>
      verifyDatabase({ reading: memoryReading(disk), hash, onFinding: ({ message }) => findings.push(message) });
    await verify();
    const hosted = await startTestHost({ disk, hash, snapshotPolicy: { ops: 10, bytes: 1_000 }, now: NOW });
    for (let turn = 0; turn < 200 && hosted.timers.pending > 0; turn += 1) {
      hosted.timers.runAll();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(disk.coldThrough).toBe(lastPosition(disk));
    await verify();
    expect(findings).toEqual([]);
    expect(disk.coldRows.size).toBe(lived.disk.coldRows.size);
  });

  test('PI-42: takes some hundred records at a time, of some maps where these are named', async () => {
    const disk = createMemoryDisk('fresh');
    const lines = Array.from(
      { length: 1_201 },
      (_, i) => `{"map":"${i % 2 === 0 ? 'a' : 'b'}","key":"${i}","value":${i}}\n`,
    );
    const told: number[] = [];
    expect(await imported(disk, lines.join(''), { onProgress: (records) => told.push(records) })).toBe(1_201);
    expect(disk.segments).toHaveLength(3);
    expect(told).toEqual([500, 1_000, 1_201]);
    expect(await imported(disk, lines.join(''), { maps: ['b'] })).toBe(600);
    expect(await exported(disk)).toHaveLength(1_201);
  });

  test('PI-42: ends at a line that is no record, says which, and what was imported', async () => {
    const disk = createMemoryDisk('fresh');
    const good = '{"map":"a","key":"1","value":1}\n';
    await expect(imported(disk, `${good}\n{"map":"a"}\n`)).rejects.toThrow(
      /Line 3 cannot.*"key".*The one record before it/,
    );
    expect(await exported(disk)).toHaveLength(1);
    await expect(imported(disk, '[]')).rejects.toThrow(/Line 1 cannot.*Nothing was imported/);
    async function* broken(): AsyncIterable<Uint8Array> {
      yield Buffer.concat([Buffer.from(good), Buffer.of(0x22, 0xff, 0x22)]);
    }
    const lines = textLines(broken())[Symbol.asyncIterator]();
    expect(await lines.next()).toEqual({ done: false, value: good.trim() });
    await expect(lines.next()).rejects.toThrow('Line 2 is not UTF-8');
  });

  test('PI-42, PI-3: ends where a server has been started meanwhile', async () => {
    const disk = createMemoryDisk('fresh');
    const lines = Array.from({ length: 600 }, (_, i) => `{"map":"a","key":"${i}","value":1}\n`).join('');
    const onProgress = (): void => void (disk.epoch += 1);
    await expect(imported(disk, lines, { onProgress })).rejects.toThrow('a server has been started');
  });
});

describe('a line', () => {
  const read = (line: unknown, types: [string, MapType][] = [], fresh = false) =>
    new RecordLines({ fresh, now: NOW, types: new Map(types) }).read(
      typeof line === 'string' ? line : JSON.stringify(line),
    );

  test.each([
    ['not json', 'it is not JSON'],
    ['7', 'a JSON object'],
    [{ key: 'a', value: 1 }, '"map" is not'],
    [{ map: 'a b', key: 'a', value: 1 }, '"map" is not'],
    [{ map: '.topgun/replicas', key: 'a', value: 'me' }, "the server's own"],
    [{ map: 'm', value: 1 }, '"key" is a text'],
    [{ map: 'm', key: '', value: 1 }, '"key" cannot be one'],
    [{ map: 'm', key: 'a' }, '"value" is missing'],
    [{ map: 'm', key: 'a', value: { $bytes: 3 } }, '"value" is'],
    [{ map: 'm', key: 'a', type: 'list', value: 1 }, '"type" is record'],
    [{ map: 'm', key: 'a', type: 'counter', value: 1 }, 'with its "state" only'],
    [{ map: 'm', key: 'a', type: 'set', value: {} }, 'a list that is not empty'],
    [{ map: 'm', key: 'a', value: 1, expiresAt: 'soon' }, '"expiresAt" is a time'],
    [{ map: 'm', key: 'a', state: [1, 2] }, '"state" is not that of a record'],
    [{ map: 'm', key: 'a', state: [`${'z'.repeat(8)}---x.0`, 1, '', []] }, 'yet to come'],
  ])('PI-42: %j is refused with a sentence', (line, why) => {
    expect(read(line)).toEqual({ ok: false, error: expect.stringContaining(why) });
  });

  test('PI-42: of another type than its map is refused, by what is there and by what the lines before it began', () => {
    expect(read({ map: 'm', key: 'a', value: 1 }, [['m', 'set']])).toEqual({
      ok: false,
      error: 'the map m holds sets, and this is one of records',
    });
    const lines = new RecordLines({ fresh: false, now: NOW, types: new Map() });
    expect(lines.read('{"map":"m","key":"a","value":1}').ok).toBe(true);
    expect(lines.read('{"map":"m","key":"b","type":"set","value":[1]}').ok).toBe(false);
  });

  test('PI-42: without stamps is written now, each later than the one before it', () => {
    const lines = new RecordLines({ fresh: false, now: NOW, types: new Map() });
    const stamps = ['a', 'b', 'c'].map((key) => {
      const line = lines.read(JSON.stringify({ map: 'm', key, value: { n: 1 } }));
      return line.ok ? line.value.record.existence!.stamp : '';
    });
    expect(stamps).toEqual([...new Set(stamps)].sort());
    expect(stamps[0]).toMatch(/\.import$/);
  });
});
