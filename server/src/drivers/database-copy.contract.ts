import { EMPTY_RECORD } from '@topgun/core/crdt';
import type { StoredSnapshot } from '../ports/snapshot-store.js';
import { SnapshotWriter, wholeSnapshot } from '../services/layout/snapshot-layout.js';
import type { Result } from '@topgun/core/primitives';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ColdRow } from '../ports/cold-store.js';
import type { DatabaseReading } from '../ports/database-reading.js';
import type { DatabaseRestoring } from '../ports/database-restoring.js';
import type { DatabaseError } from '../prisma/database-error.js';
import type { DurableStore } from './durable-store.js';

/** One database, and another that nobody has used. */
export interface CopyPlaces {
  open(): Promise<DurableStore>;
  read(): Promise<Result<DatabaseReading, DatabaseError>>;
  readOther(): Promise<Result<DatabaseReading, DatabaseError>>;
  restoreOther(): Promise<Result<DatabaseRestoring, DatabaseError>>;
  destroy(): Promise<void>;
}

/** Keys in the order of their bytes; the driver of SQLite ends a text at its first NUL, and PostgreSQL's text holds none. */
const KEYS = ['', '\u0000', '\u0000\u0001', '\u0001', '\u0001\u0001x', 'a', 'a\u0000b', 'b', 'é', '\uffff', '😀'];

const rowAt = (map: string, key: string): ColdRow => ({
  map,
  key,
  value: key === 'b' ? null : '{"a":"\\u0000"}',
  state: '[]',
  deleted: key === 'b',
  position: 2,
});

async function all<T>(chunks: AsyncIterable<readonly T[]>): Promise<T[]> {
  const found: T[] = [];
  for await (const chunk of chunks) found.push(...chunk);
  return found;
}

function must<T>(result: Result<T, DatabaseError>): T {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

function snapshotOf(partition: number): StoredSnapshot {
  const place = { partition, position: 9, lineage: 'name', forgottenThrough: 0 };
  const writer = new SnapshotWriter({ ...place, types: new Map(), progress: new Map(), marks: [] });
  writer.section('m');
  writer.record(`of ${partition}`, EMPTY_RECORD, null);
  return { partition, position: 9, ...writer.finish() };
}

/** PI-40: what tools read of a database, and put into one. */
export function databaseCopyContract(driver: string, createPlaces: () => Promise<CopyPlaces>): void {
  describe(`database copy contract: ${driver}`, () => {
    let places: CopyPlaces;
    const opened: { close(): Promise<void> }[] = [];
    beforeEach(async () => {
      places = await createPlaces();
    });
    afterEach(async () => {
      for (const each of opened.splice(0)) await each.close();
      await places.destroy();
    });

    async function filled(): Promise<DurableStore> {
      const store = await places.open();
      const { epoch } = await store.ledger.claim();
      for (let i = 1; i <= 20; i += 1) await store.ledger.append(new TextEncoder().encode(`segment ${i}`));
      const snapshots = [3, 0, 270].map(snapshotOf);
      await store.snapshots.write(epoch, snapshots, { through: 8, lineage: 'name' });
      await store.ledger.trim(8);
      const maps = ['a', 'm', 'z'];
      await store.coldStore.write(
        [
          ...maps.flatMap((map) => KEYS.filter((key) => key !== '').map((key) => rowAt(map, key))),
          rowAt('counters', ''),
        ],
        5,
      );
      await store.coldStore.write([], 6);
      return store;
    }

    async function read(how = places.read): Promise<DatabaseReading> {
      const reading = must(await how());
      opened.push(reading);
      return reading;
    }

    test('PI-40: reads all that is there, in order', async () => {
      await filled();
      const reading = await read();
      expect(await reading.owner()).toEqual({ epoch: 1, lineage: expect.stringMatching(/./) });
      expect(await reading.extent()).toEqual({ segments: 12, snapshots: 3, rows: 31, position: 20 });
      const segments = await all(reading.segments());
      expect(segments.map(({ position }) => position)).toEqual(Array.from({ length: 12 }, (_, i) => i + 9));
      expect(segments[1]).toEqual({ position: 10, epoch: 1, bytes: new TextEncoder().encode('segment 10') });
      expect(await reading.snapshotProgress()).toEqual({ through: 8, lineage: 'name' });
      const snapshots = await all(reading.snapshots());
      expect(snapshots.map(({ partition, position }) => [partition, position])).toEqual([
        [0, 9],
        [3, 9],
        [270, 9],
      ]);
      for (const { partition, bytes } of snapshots) {
        const { head, records } = snapshotOf(partition);
        expect(Buffer.compare(bytes, wholeSnapshot(head, records))).toBe(0);
      }
      expect(await reading.through()).toBe(6);
    });

    test('PI-40: reads the rows of all maps or of one by the bytes of their keys, whatever characters these have', async () => {
      await filled();
      const reading = await read();
      const rows = await all(reading.rows());
      expect(rows.map(({ map }) => map).filter((map, i, maps) => map !== maps[i - 1])).toEqual([
        'a',
        'counters',
        'm',
        'z',
      ]);
      expect(rows.filter(({ map }) => map === 'm')).toEqual(KEYS.slice(1).map((key) => rowAt('m', key)));
      expect(await all(reading.rows('z'))).toEqual(KEYS.slice(1).map((key) => rowAt('z', key)));
      expect(await all(reading.rows('counters'))).toEqual([rowAt('counters', '')]);
      expect(await all(reading.rows('none'))).toEqual([]);
    });

    test('PI-40: shows one moment, whatever a server writes meanwhile, and holds it up in nothing', async () => {
      const store = await filled();
      const reading = await read();
      expect(await store.ledger.append(new TextEncoder().encode('later'))).toEqual({
        type: 'committed',
        position: 21,
      });
      await store.ledger.trim(18);
      await store.coldStore.write([{ ...rowAt('m', 'new'), position: 21 }], 21);
      expect(await reading.extent()).toEqual({ segments: 12, snapshots: 3, rows: 31, position: 20 });
      expect((await all(reading.segments())).at(0)?.position).toBe(9);
      expect(await all(reading.rows('m'))).toHaveLength(KEYS.length - 1);
      expect(await reading.through()).toBe(6);
    });

    test('PI-40: says that there is no database where there is none, and makes none', async () => {
      const wanted = { ok: false, error: { code: 'no-database' } };
      expect(await places.readOther()).toMatchObject(wanted);
      expect(await places.readOther()).toMatchObject(wanted);
    });

    test('PI-40: what was put into another database is all that is in it, after the commit', async () => {
      await filled();
      const reading = await read();
      const given = must(await places.restoreOther());
      expect(given.target).toEqual({ isEmpty: true, epoch: 0, lineage: '' });
      await given.writeOwner({ epoch: 4, lineage: 'theirs' });
      await given.close();
      const restoring = must(await places.restoreOther());
      expect(restoring.target.isEmpty).toBe(true);
      await restoring.writeOwner({ epoch: 5, lineage: 'mine' });
      await restoring.writeSnapshotProgress({ through: 8, lineage: 'name' });
      for await (const chunk of reading.snapshots()) await restoring.writeSnapshots(chunk);
      for await (const chunk of reading.segments()) await restoring.writeSegments(chunk);
      await restoring.commit();
      await restoring.close();
      const other = must(await places.readOther());
      expect(await other.owner()).toEqual({ epoch: 5, lineage: 'mine' });
      expect(await other.extent()).toEqual({ segments: 12, snapshots: 3, rows: 0, position: 20 });
      expect(await other.snapshotProgress()).toEqual({ through: 8, lineage: 'name' });
      expect(await all(other.segments())).toEqual(await all(reading.segments()));
      expect(await all(other.snapshots())).toEqual(await all(reading.snapshots()));

      await other.close();

      const again = must(await places.restoreOther());
      expect(again.target).toEqual({ isEmpty: false, epoch: 5, lineage: 'mine' });
      await again.clear();
      await again.writeOwner({ epoch: 6, lineage: 'else' });
      await again.commit();
      await again.close();
      const last = await read(places.readOther);
      expect(await last.extent()).toEqual({ segments: 0, snapshots: 0, rows: 0, position: 0 });
      expect(await last.snapshotProgress()).toBeNull();
    });
  });
}
