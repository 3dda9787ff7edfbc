import { ROW_VERSION, type StoreName } from '../../storage/stored-rows.js';
import type { DatabaseKeys } from './database-keys.js';
import { type Fields, packRow, unpackRow } from './row-bytes.js';
import { createSealedNames, type SealedNames } from './sealed-names.js';
import { seal, toLetters, unseal } from './sealing.js';

/** A counter of the database is not as it was written: going on by a lower one could write over what was never sent. */
export class DamagedDatabaseError extends Error {
  override readonly name = 'DamagedDatabaseError';
}

/** What is stored of a row: by what it is found, and the rest sealed. */
export type StoredRow = Fields & { readonly sealed: Uint8Array };

type Later<T> = T | Promise<T>;
type Query = IDBValidKey | IDBKeyRange | null;

interface StoreForm {
  /** Fields that stay as they are: numbers, and names that this library makes. Everything else is sealed. */
  readonly open: readonly string[];
  /** Fields that hold names of the app's, by which rows are found too (EN-3). */
  readonly named: readonly string[];
  /** What a row that does not open has in the place of what it held: what whoever reads it takes for unreadable, as any corrupt row (CL-8). */
  readonly unreadable: (row: Fields) => Fields;
}

const FORMS: Readonly<Record<StoreName, StoreForm>> = {
  meta: { open: [], named: ['id'], unreadable: () => ({}) },
  outbox: {
    open: ['id', 'replica', 'last'],
    named: [],
    unreadable: ({ last }) => ({ first: last, count: 0, entries: '' }),
  },
  journal: { open: ['id'], named: ['map'], unreadable: () => ({ changes: '' }) },
  pages: { open: [], named: ['map', 'first'], unreadable: () => ({ keys: ['(unreadable)'], records: [''] }) },
  rejections: { open: ['id'], named: [], unreadable: () => ({ rejection: '' }) },
  kept: { open: ['id'], named: [], unreadable: () => ({ replica: '', last: 0, count: 0, at: 0, entries: '' }) },
};

/** Ids in `meta` that say no more than which replica, or nothing at all. */
const OPEN_KINDS: readonly string[] = ['issued', 'lease'];
/** Those of them that must not go back. */
const isCounter = (id: unknown): boolean => id === 'lead' || (typeof id === 'string' && id.startsWith('issued:'));

/**
 * EN-1, EN-3: rows as the code of storage knows them, and as they are stored. Where a row is found is part of what seals it, so that none opens in
 * another's place.
 */
export class RowCodec {
  readonly #values: CryptoKey;
  readonly #names: SealedNames;

  constructor(keys: DatabaseKeys) {
    this.#values = keys.values;
    this.#names = createSealedNames(keys);
  }

  async seal(store: StoreName, row: Fields): Promise<StoredRow> {
    const { open, named } = FORMS[store];
    const found: Record<string, unknown> = {};
    const rest: Record<string, unknown> = {};
    for (const [field, value] of Object.entries(row)) {
      if (open.includes(field)) found[field] = value;
      else if (named.includes(field)) found[field] = await this.#sealName(store, field, value as string);
      else rest[field] = value;
    }
    return { ...found, sealed: await seal(this.#values, packRow(rest), placeOf(store, found)) };
  }

  /**
   * The row that was sealed. One that does not open has what makes it unreadable, and what is stored of it, to be set aside. `null`: it does not
   * open, and nothing is lost by it: it is made again. @throws DamagedDatabaseError
   */
  async open(store: StoreName, stored: Fields): Promise<Fields | null> {
    if (store === 'meta' && stored['id'] === 'identity') {
      return { id: 'identity', v: ROW_VERSION, databaseId: stored['databaseId'] };
    }
    const { sealed, ...found } = stored;
    const plain = await unseal(this.#values, sealed, placeOf(store, found));
    const row: Record<string, unknown> = {};
    for (const [field, value] of Object.entries(found)) {
      row[field] = FORMS[store].named.includes(field) ? await this.#openName(store, field, value) : value;
    }
    if (plain !== null) return { ...row, ...unpackRow(plain) };
    if (store === 'meta') {
      if (isCounter(row['id'])) throw new DamagedDatabaseError('The local database has been changed.');
      return null;
    }
    const kept = sealed instanceof Uint8Array ? toLetters(sealed) : null;
    return { ...row, v: ROW_VERSION, ...FORMS[store].unreadable(row), sealed: kept };
  }

  /** The key, of the store or of one of its indexes, as it is stored. */
  sealKey(store: StoreName, key: IDBValidKey): Later<IDBValidKey> {
    return this.#eachName(store, key, (field, name) => this.#sealName(store, field, name));
  }

  openKeys(store: StoreName, keys: readonly IDBValidKey[]): Later<IDBValidKey[]> {
    const open = (field: string, name: string): Later<string> => this.#openName(store, field, name);
    return together(keys.map((key) => this.#eachName(store, key, open)));
  }

  sealQuery(store: StoreName, query: Query | undefined): Later<Query | undefined> {
    if (query === null || query === undefined || FORMS[store].named.length === 0) return query;
    if (!(query instanceof IDBKeyRange)) return this.sealKey(store, query);
    const { lowerOpen, upperOpen } = query;
    // Absent where the range has no such end, whatever the type says.
    const ends = [query.lower, query.upper] as readonly (IDBValidKey | undefined)[];
    const sealed = ends.map((end) => (end === undefined ? end : this.sealKey(store, end)));
    return then(together(sealed), ([lower, upper]) => {
      if (lower === undefined) return IDBKeyRange.upperBound(upper, upperOpen);
      return upper === undefined
        ? IDBKeyRange.lowerBound(lower, lowerOpen)
        : IDBKeyRange.bound(lower, upper, lowerOpen, upperOpen);
    });
  }

  /** Keys of a store whose rows are found by names are these names, in the order of the store's fields. */
  #eachName(
    store: StoreName,
    key: IDBValidKey,
    work: (field: string, name: string) => Later<string>,
  ): Later<IDBValidKey> {
    const { named } = FORMS[store];
    const [first = ''] = named;
    if (named.length === 0) return key;
    if (typeof key === 'string') return work(first, key);
    if (!Array.isArray(key)) return key;
    const parts = key.map((part, index) => (typeof part === 'string' ? work(named[index] ?? '', part) : part));
    return together<IDBValidKey>(parts);
  }

  #sealName(store: StoreName, field: string, name: string): Later<string> {
    const kind = `${store}.${field}`;
    if (store !== 'meta') return this.#names.seal(kind, name);
    const { before, inside, after } = partsOfId(name);
    return inside === '' ? name : then(this.#names.seal(kind + before, inside), (sealed) => before + sealed + after);
  }

  #openName(store: StoreName, field: string, sealed: unknown): Later<string> {
    if (typeof sealed !== 'string') return '';
    const kind = `${store}.${field}`;
    if (store !== 'meta') return this.#names.open(kind, sealed);
    const { before, inside, after } = partsOfId(sealed);
    return inside === '' ? sealed : then(this.#names.open(kind + before, inside), (name) => before + name + after);
  }
}

/**
 * What of an id in `meta` is the app's: of `kind:name` the name, without the number of a part (`search:map`, NUL, number). The ends of ranges over a kind have none.
 */
function partsOfId(id: string): { readonly before: string; readonly inside: string; readonly after: string } {
  const colon = id.indexOf(':');
  const kind = id.slice(0, colon);
  if (colon < 0 || OPEN_KINDS.includes(kind)) return { before: id, inside: '', after: '' };
  const rest = id.slice(colon + 1);
  const nul = kind === 'search' ? rest.indexOf('\0') : -1;
  const inside = nul < 0 ? rest : rest.slice(0, nul);
  if (inside === '\uffff') return { before: id, inside: '', after: '' };
  return { before: `${kind}:`, inside, after: nul < 0 ? '' : rest.slice(nul) };
}

/** The same for the same fields, in whatever order they are. */
const placeOf = (store: StoreName, found: Fields): string =>
  JSON.stringify([store, ...Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1))]);

function then<T, U>(value: Later<T>, next: (value: T) => U): Later<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** At once where none of them is late. */
function together<T>(values: readonly Later<T>[]): Later<T[]> {
  return values.some((value) => value instanceof Promise) ? Promise.all(values) : (values as T[]);
}
