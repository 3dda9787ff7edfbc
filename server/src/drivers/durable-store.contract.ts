import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { ColdRow } from '../ports/cold-store.js';
import type { DurableStore } from './durable-store.js';

/** One database. Each `open` is another process that uses it. */
export interface DurableStorePlace {
  open(): Promise<DurableStore>;
  /** Runs SQL as another program would; `record` is the table. */
  sql(statement: string): Promise<readonly Record<string, unknown>[]>;
  /** As JSON is taken apart in this database: the text of a value's field. */
  textOf(column: string, field: string): string;
  destroy(): Promise<void>;
}

const rowAt = (key: string, position: number, part: Partial<ColdRow> = {}): ColdRow => ({
  map: 'm',
  key,
  value: '{"text":"hi","customer":"c1"}',
  state: '[]',
  deleted: false,
  position,
  ...part,
});

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What ledger and cold store of one database keep together. */
export function durableStoreContract(driver: string, createPlace: () => Promise<DurableStorePlace>): void {
  describe(`durable store contract: ${driver}`, () => {
    let place: DurableStorePlace;
    let store: DurableStore;
    beforeEach(async () => {
      place = await createPlace();
      store = await place.open();
    });
    afterEach(() => place.destroy());

    it('PI-4: a write with a row that cannot be stored leaves neither rows nor progress', async () => {
      await store.coldStore.write([rowAt('a', 1)], 1);
      const broken = { ...rowAt('c', 3), deleted: null } as unknown as ColdRow;
      await expect(store.coldStore.write([rowAt('b', 2), broken], 3)).rejects.toThrow(
        /NOT NULL|not-null|Null constraint/i,
      );
      expect(await store.coldStore.rows('m')).toEqual([rowAt('a', 1)]);
      expect(await store.coldStore.through()).toBe(1);
      // The connection is out of the failed transaction.
      await store.coldStore.write([rowAt('b', 2)], 2);
      expect(await store.coldStore.through()).toBe(2);
    });

    it('closing one of ledger and cold store leaves the other open', async () => {
      await store.ledger.claim();
      await store.coldStore.close();
      expect((await store.ledger.append(bytesOf('a'))).type).toBe('committed');
      await store.ledger.close();
      await store.close();
      const next = await place.open();
      await next.ledger.close();
      expect(await next.coldStore.through()).toBe(0);
    });

    it('is in no trouble while it is open', () => {
      expect(store.trouble).toBe(null);
    });

    it('PI-4: other programs read the records with SQL, and join them with tables of their own', async () => {
      const deleted = rowAt('b', 2, { value: null, deleted: true });
      await store.coldStore.write([rowAt('a', 1), deleted], 2);
      await place.sql('CREATE TABLE customer (id TEXT PRIMARY KEY, name TEXT)');
      await place.sql(`INSERT INTO customer VALUES ('c1', 'Ada')`);
      const rows = await place.sql(
        `SELECT record.key, ${place.textOf('value', 'text')} AS text, customer.name FROM record
         JOIN customer ON customer.id = ${place.textOf('value', 'customer')} WHERE record.map = 'm' AND NOT deleted`,
      );
      expect(rows.map((row) => ({ ...row }))).toEqual([{ key: 'a', text: 'hi', name: 'Ada' }]);
    });
  });
}
