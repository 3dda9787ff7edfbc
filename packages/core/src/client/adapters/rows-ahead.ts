import type { LwwRecord } from '../../crdt/index.js';
import type { ReadAhead, StorageIdentity } from '../ports/storage.js';
import { type OutboxRow, type RejectionRow, type StoreName, viewRowId, type ViewRow } from '../storage/stored-rows.js';
import { identityIn, type Loaded, outboxIn, rejectionsIn } from './indexed-db-load.js';
import { mapIn, recordsOf, type StoredRows } from './indexed-db-map.js';
import { requested, runTransaction } from './indexed-db.js';

/** A database as the first transaction of a connection finds it. */
export interface FirstRead {
  /** `null`: it has none, and nothing else has been read. */
  readonly identity: StorageIdentity | null;
  readonly rows: RowsAhead;
}

/** CL-2: reads the identity, and with it what is asked for ahead, in one transaction. Changes nothing. */
export async function readFirst(idb: IDBDatabase, { views, maps = [] }: ReadAhead): Promise<FirstRead> {
  const stores: StoreName[] = ['meta'];
  if (views !== undefined) stores.push('outbox', 'rejections');
  if (maps.length > 0) stores.push('pages', 'journal');
  return runTransaction(idb, { stores, mode: 'readonly', durability: 'relaxed' }, async (transaction) => {
    const meta = transaction.objectStore('meta');
    const [identity, outbox, rejections, viewRows, mapRows] = await Promise.all([
      identityIn(transaction),
      views === undefined ? null : outboxIn(transaction),
      views === undefined ? null : rejectionsIn(transaction),
      byName(views ?? [], (key) => requested<ViewRow | undefined>(meta.get(viewRowId(key)))),
      byName(maps, (map) => mapIn(transaction, map)),
    ]);
    if (identity === null) return { identity, rows: new RowsAhead() };
    return { identity, rows: new RowsAhead({ outbox, rejections, views: viewRows, maps: mapRows }) };
  });
}

async function byName<T>(names: readonly string[], read: (name: string) => Promise<T>): Promise<Map<string, T>> {
  return new Map(await Promise.all(names.map(async (name) => [name, await read(name)] as const)));
}

interface Rows {
  outbox: readonly OutboxRow[] | null;
  rejections: readonly RejectionRow[] | null;
  readonly views: Map<string, ViewRow | undefined>;
  readonly maps: Map<string, StoredRows>;
}

/** CL-2: what was read ahead, until somebody has asked for it once. */
export class RowsAhead {
  #rows: Rows | null;

  constructor(rows: Rows | null = null) {
    this.#rows = rows;
  }

  /** `null`: it is to be read. */
  takeOutbox(): readonly OutboxRow[] | null {
    const taken = this.#rows?.outbox ?? null;
    if (this.#rows !== null) this.#rows.outbox = null;
    return taken;
  }

  takeRejections(): readonly RejectionRow[] | null {
    const taken = this.#rows?.rejections ?? null;
    if (this.#rows !== null) this.#rows.rejections = null;
    return taken;
  }

  /** In an object: that there is no such row is known too. */
  takeView(key: string): { readonly row: ViewRow | undefined } | null {
    const { views } = this.#rows ?? {};
    if (views?.has(key) !== true) return null;
    const row = views.get(key);
    views.delete(key);
    return { row };
  }

  takeMap(map: string): Promise<Loaded<Map<string, LwwRecord>>> | null {
    const taken = this.#rows?.maps.get(map);
    this.#rows?.maps.delete(map);
    return taken === undefined ? null : recordsOf(map, taken);
  }

  /** Something is written: what was read is of before. */
  drop(): void {
    this.#rows = null;
  }
}
