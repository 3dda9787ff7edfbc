import { STORES, type StoreName } from '../../storage/stored-rows.js';
import { requested } from '../indexed-db.js';
import { keptAlive } from './kept-alive.js';
import type { Fields } from './row-bytes.js';
import type { RowCodec } from './row-codec.js';

/** The number that the browser will give to the next row of a store, as far as this tab knows. */
export type NextIds = Map<StoreName, number>;

type Query = IDBValidKey | IDBKeyRange | null;

/** What `requested` uses of an `IDBRequest`. */
class SealedRequest<T> {
  onsuccess: (() => void) | null = null;
  onerror: (() => void) | null = null;
  result: T | undefined;
  error: DOMException | null = null;

  succeed(value: T): void {
    this.result = value;
    this.onsuccess?.();
  }

  fail(error: unknown): void {
    this.error = error as DOMException;
    this.onerror?.();
  }
}

/** An operation that is over when its last request has been made: the next one need not wait for the answer. */
interface Asked<T> {
  readonly asked: IDBRequest<T>;
}

/**
 * A transaction over sealed rows. Its operations take effect in call order, one after the other; while one of them seals or opens a row, the
 * transaction is kept alive. What fails in it fails the transaction, as with any other.
 */
export class SealedTransaction {
  oncomplete: (() => void) | null = null;
  onabort: (() => void) | null = null;
  readonly codec: RowCodec;
  readonly nextIds: NextIds;
  readonly #native: IDBTransaction;
  #failure: unknown = null;
  #last: Promise<unknown> = Promise.resolve();

  constructor(native: IDBTransaction, codec: RowCodec, nextIds: NextIds) {
    this.#native = native;
    this.codec = codec;
    this.nextIds = nextIds;
    native.oncomplete = () => this.oncomplete?.();
    native.onabort = () => this.onabort?.();
  }

  get error(): unknown {
    return this.#native.error ?? this.#failure;
  }

  abort(): void {
    this.#native.abort();
  }

  objectStore(name: StoreName): SealedStore {
    return new SealedStore(this, this.#native.objectStore(name));
  }

  /** After all operations before it, and before those after it. */
  run<T>(operation: (request: SealedRequest<T>) => Promise<T>): SealedRequest<T> {
    const request = new SealedRequest<T>();
    this.#last = this.#last
      .then(() => operation(request))
      .then(
        (value) => request.succeed(value),
        (error: unknown) => this.#fail(request, error),
      );
    return request;
  }

  ask<T>(operation: () => Promise<Asked<T>>): SealedRequest<T> {
    const request = new SealedRequest<T>();
    const hear = ({ asked }: Asked<T>): void => {
      asked.onsuccess = () => request.succeed(asked.result);
      asked.onerror = () => this.#fail(request, asked.error);
    };
    this.#last = this.#last.then(operation).then(hear, (error: unknown) => this.#fail(request, error));
    return request;
  }

  #fail(request: SealedRequest<unknown>, error: unknown): void {
    this.#failure ??= error;
    request.fail(error);
    try {
      this.#native.abort();
    } catch {
      // Over already.
    }
  }
}

/** What the code of storage uses of an `IDBObjectStore`. */
class SealedStore {
  readonly #transaction: SealedTransaction;
  readonly #native: IDBObjectStore;
  readonly #name: StoreName;

  constructor(transaction: SealedTransaction, native: IDBObjectStore) {
    this.#transaction = transaction;
    this.#native = native;
    this.#name = native.name as StoreName;
  }

  get(query: Query): unknown {
    return this.#transaction.run(async () => {
      const stored = await requested(this.#native.get((await this.#sealed(query)) as IDBValidKey));
      return stored === undefined ? undefined : ((await this.#opened(stored)) ?? undefined);
    });
  }

  getAll(query?: Query, count?: number): unknown {
    return this.#allOf(this.#native, query, count);
  }

  getAllKeys(query?: Query, count?: number): unknown {
    return this.#transaction.run(async () => {
      const keys = await requested(this.#native.getAllKeys(await this.#sealed(query), count));
      return this.#alive(this.#transaction.codec.openKeys(this.#name, keys));
    });
  }

  count(query?: Query): unknown {
    return this.#transaction.ask(async () => ({
      asked: this.#native.count((await this.#sealed(query)) ?? undefined),
    }));
  }

  delete(query: Query): unknown {
    return this.#transaction.ask(async () => ({
      asked: this.#native.delete((await this.#sealed(query)) as IDBValidKey),
    }));
  }

  clear(): unknown {
    return this.#transaction.ask(() => Promise.resolve({ asked: this.#native.clear() }));
  }

  put(row: Fields): unknown {
    if (STORES[this.#name].startsWith('++') && row['id'] === undefined) return this.add(row);
    const sealing = this.#seal(row);
    return this.#transaction.ask(async () => ({ asked: this.#native.put(await this.#alive(sealing)) }));
  }

  /**
   * Of a store that numbers its rows. The number is part of what seals a row, and known only once the row is there: it is guessed, and where
   * another tab has added some meanwhile the row is sealed once more.
   */
  add(row: Fields): unknown {
    const { nextIds, codec } = this.#transaction;
    const guess = nextIds.get(this.#name) ?? 1;
    nextIds.set(this.#name, guess + 1);
    const sealing = this.#seal({ ...row, id: guess });
    return this.#transaction.run(async () => {
      const { id: _, ...unnumbered } = await this.#alive(sealing);
      const id = (await requested(this.#native.add(unnumbered))) as number;
      if (id !== guess) {
        nextIds.set(this.#name, id + 1);
        await requested(this.#native.put(await this.#alive(codec.seal(this.#name, { ...row, id }))));
      }
      return id;
    });
  }

  index(name: string): { getAll(query?: Query, count?: number): unknown; getAllKeys(query?: Query): unknown } {
    const index = this.#native.index(name);
    return {
      getAll: (query, count) => this.#allOf(index, query, count),
      // Of the indexed stores the keys are numbers.
      getAllKeys: (query) =>
        this.#transaction.ask(async () => ({ asked: index.getAllKeys(await this.#sealed(query)) })),
    };
  }

  openCursor(): unknown {
    return this.#transaction.run<unknown>(
      (request) =>
        new Promise((resolve, reject) => {
          const cursing = this.#native.openCursor();
          const show = async (cursor: IDBCursorWithValue): Promise<void> => {
            const value = await this.#opened(cursor.value as Fields);
            if (value === null) cursor.continue();
            else request.succeed({ value, continue: () => cursor.continue() });
          };
          cursing.onsuccess = () => {
            if (cursing.result === null) resolve(null);
            else show(cursing.result).catch(reject);
          };
          cursing.onerror = () => reject(cursing.error ?? new DOMException('The request failed.', 'UnknownError'));
        }),
    );
  }

  #allOf(source: IDBObjectStore | IDBIndex, query?: Query, count?: number): unknown {
    return this.#transaction.run(async () => {
      const stored = (await requested(source.getAll(await this.#sealed(query), count))) as Fields[];
      const rows = await this.#alive(Promise.all(stored.map((row) => this.#transaction.codec.open(this.#name, row))));
      return rows.filter((row) => row !== null);
    });
  }

  #sealed(query: Query | undefined): Query | undefined | Promise<Query | undefined> {
    return this.#alive(this.#transaction.codec.sealQuery(this.#name, query));
  }

  #opened(stored: Fields): Fields | null | Promise<Fields | null> {
    return this.#alive(this.#transaction.codec.open(this.#name, stored));
  }

  /** Begins at once, while others are written. */
  #seal(row: Fields): Promise<Fields> {
    const sealing = this.#transaction.codec.seal(this.#name, row);
    // Heard of by the operation, unless one before it has failed.
    sealing.catch(() => {});
    return sealing;
  }

  #alive<T>(awaited: T | Promise<T>): T | Promise<T> {
    return keptAlive(this.#native, awaited);
  }
}
