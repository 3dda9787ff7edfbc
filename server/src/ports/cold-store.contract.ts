import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { ColdRow, ColdStore } from './cold-store.js';

/** One durable place. Each `open` is another process that uses it, after the one before has closed. */
export interface ColdStorePlace {
  open(): Promise<ColdStore>;
  destroy(): Promise<void>;
}

const rowAt = (key: string, position: number, part: Partial<ColdRow> = {}): ColdRow => ({
  map: 'todos',
  key,
  value: `{"at":${position}}`,
  state: `["${position}"]`,
  deleted: false,
  position,
  ...part,
});

/** What every cold store driver keeps. `runs`: of the property, whose every run opens a place of its own. */
export function coldStoreContract(driver: string, createPlace: () => Promise<ColdStorePlace>, runs: number): void {
  describe(`cold store contract: ${driver}`, () => {
    let place: ColdStorePlace;
    let store: ColdStore;
    beforeEach(async () => {
      place = await createPlace();
      store = await place.open();
    });
    afterEach(() => place.destroy());

    it('PI-4: rows and progress are there after a restart', async () => {
      expect(await store.through()).toBe(0);
      const deleted = rowAt('b', 2, { value: null, deleted: true });
      await store.write([rowAt('a', 1), deleted], 2);
      await store.close();
      const next = await place.open();
      expect(await next.through()).toBe(2);
      expect(await next.rows('todos')).toEqual([rowAt('a', 1), deleted]);
    });

    it('PI-4: nothing older is written over anything newer', async () => {
      await store.write([rowAt('a', 5)], 5);
      await store.write([rowAt('a', 4), rowAt('b', 6)], 4);
      await store.write([rowAt('a', 5, { value: '"another"' })], 5);
      expect(await store.rows('todos')).toEqual([rowAt('a', 5), rowAt('b', 6)]);
      expect(await store.through()).toBe(5);
      await store.write([rowAt('a', 6, { value: null, deleted: true })], 6);
      expect(await store.rows('todos')).toEqual([rowAt('a', 6, { value: null, deleted: true }), rowAt('b', 6)]);
    });

    it('PI-4, CR-10: what was forgotten does not come back by who writes it late, and what is later than that is written', async () => {
      await store.write([rowAt('a', 1), rowAt('b', 2)], 2);
      await store.write([rowAt('a', 4, { state: null, value: null, deleted: true })], 5);
      // As a server does that failed to write these, and has been replaced since.
      await store.write([rowAt('a', 3), rowAt('b', 3), rowAt('c', 5)], 3);
      expect(await store.rows('todos')).toEqual([rowAt('b', 3)]);
      expect(await store.through()).toBe(5);
      await store.write([rowAt('a', 6), rowAt('c', 7)], 5);
      expect(await store.rows('todos')).toEqual([rowAt('a', 6), rowAt('b', 3), rowAt('c', 7)]);
    });

    it('PI-4: any deliveries of the same writes, repeated and out of order, end in the same rows', async () => {
      const change = fc.record({ key: fc.constantFrom('a', 'b', 'c'), deleted: fc.boolean() });
      const history = fc.array(change, { minLength: 1, maxLength: 12 }).chain((changes) => {
        const rows = changes.map(({ key, deleted }, i) =>
          rowAt(key, i + 1, { deleted, ...(deleted ? { value: null } : {}) }),
        );
        const delivery = fc.shuffledSubarray([...rows, ...rows], { minLength: rows.length * 2 });
        return fc.tuple(fc.constant(rows), delivery, fc.integer({ min: 1, max: 4 }));
      });
      await fc.assert(
        fc.asyncProperty(history, async ([rows, delivery, chunk]) => {
          const own = await createPlace();
          try {
            const target = await own.open();
            // One write holds a key once, as write-behind's do.
            for (let from = 0; from < delivery.length; from += chunk) {
              const byKey = new Map<string, ColdRow>();
              for (const row of delivery.slice(from, from + chunk)) {
                if ((byKey.get(row.key)?.position ?? 0) < row.position) byKey.set(row.key, row);
              }
              await target.write([...byKey.values()], 0);
            }
            const latest = new Map(rows.map((row) => [row.key, row]));
            expect(await target.rows('todos')).toEqual([...latest.values()].sort((a, b) => (a.key < b.key ? -1 : 1)));
          } finally {
            await own.destroy();
          }
        }),
        { numRuns: runs },
      );
    });

    it('CR-10: a forgotten row is gone, but not one that is newer, and may come again', async () => {
      const forgotten = (key: string, position: number, map = 'todos'): ColdRow =>
        rowAt(key, position, { map, state: null, value: null, deleted: true });
      await store.write([rowAt('a', 1), rowAt('b', 2), rowAt('\0', 2), rowAt('a', 1, { map: 'other' })], 2);
      await store.write([forgotten('a', 3), rowAt('c', 3), forgotten('b', 2), forgotten('never', 3)], 3);
      expect((await store.rows('todos')).map(({ key }) => key)).toEqual(['\0', 'b', 'c']);
      expect(await store.rows('other')).toHaveLength(1);
      await store.write([rowAt('a', 4), forgotten('\0', 4), forgotten('a', 4, 'other')], 4);
      await store.close();
      const next = await place.open();
      expect(await next.rows('todos')).toEqual([rowAt('a', 4), rowAt('b', 2), rowAt('c', 3)]);
      expect(await next.rows('other')).toEqual([]);
      expect(await next.through()).toBe(4);
    });

    it('progress can be written alone, and never falls', async () => {
      await store.write([], 7);
      await store.write([], 3);
      expect(await store.through()).toBe(7);
      expect(await store.rows('todos')).toEqual([]);
    });

    it('any key and any text is data, in the order of its UTF-8 bytes', async () => {
      const keys = ['\0', '\0a', ' ', '"', '%', "'; DROP TABLE record; --", 'Z', '\\', '__proto__', 'a', 'a\0', 'a\0b'];
      const later = ['null', 'é', '\u{ffff}', '\u{1f600}'];
      const rows = [...keys, ...later].map((key, i) =>
        rowAt(key, i + 1, { value: JSON.stringify({ [`${key}'"`]: `\0${key}` }) }),
      );
      await store.write(rows.toReversed(), 99);
      expect(await store.rows('todos')).toEqual(rows);
    });

    it('keeps maps apart and gives all the rows of a large one', async () => {
      const rows = Array.from({ length: 1_203 }, (_, i) => rowAt(`k${String(i).padStart(5, '0')}`, i + 1));
      await store.write(rows, 1_203);
      await store.write([rowAt('other', 1_204, { map: 'users' })], 1_204);
      expect(await store.rows('todos')).toEqual(rows);
      expect(await store.rows('users')).toHaveLength(1);
      expect(await store.rows('user')).toEqual([]);
    });

    it('closed, it says so', async () => {
      await store.close();
      await store.close();
      await expect(store.write([rowAt('a', 1)], 1)).rejects.toThrow('closed');
      await expect(store.through()).rejects.toThrow('closed');
      await expect(store.rows('todos')).rejects.toThrow('closed');
    });
  });
}
