import { Dexie } from 'dexie';

import type { ReplicaId } from '../../clock/index.js';
import { err, ok, type Result } from '../../primitives/index.js';
import type { Random } from '../ports/environment.js';
import type {
  EarlyReading,
  KeptView,
  LeaseRequest,
  ReadAhead,
  SavedIndexes,
  Storage,
  StorageAdapter,
  StorageCommit,
  StorageError,
  StorageIdentity,
} from '../ports/storage.js';
import { droppedRows, viewToRow } from '../storage/kept-view.js';
import { STORES } from '../storage/stored-rows.js';
import { encodeCommit, writeCommit } from './indexed-db-commit.js';
import { compactJournal } from './indexed-db-compaction.js';
import { openError, transactionError } from './indexed-db-error.js';
import { connect, type Connected, statedLayoutsOnly } from './indexed-db-format.js';
import { evictMaps, noteUse, storedMaps } from './indexed-db-eviction.js';
import { type Loaded, loadOutbox, loadRejections } from './indexed-db-load.js';
import { compactKept, loadKept, loadKeptThrough } from './indexed-db-kept.js';
import { latestLead, takeLead } from './indexed-db-lead.js';
import { loadMap } from './indexed-db-map.js';
import { joinOutbox, type OutboxPlace } from './indexed-db-outbox.js';
import { type Prepared, PreparedConnections, unprepared } from './prepared-connections.js';
import { repairMap } from './indexed-db-repair.js';
import { leaseReplica, releaseReplica } from './indexed-db-lease.js';
import { loadIndex, writeIndex } from './indexed-db-search.js';
import { dropFromViews, forgetView, loadView, writeView } from './indexed-db-views.js';
import { plainRows } from './plain-rows.js';
import type { RowLayer } from './row-layer.js';
import type { RowsAhead } from './rows-ahead.js';
import { systemRandom } from './system-random.js';

/**
 * IndexedDB storage for browsers. The only importer of Dexie, which lays out and deletes the database: one that is laid out is connected to as it is.
 */
export class DexieAdapter implements StorageAdapter {
  readonly #random: Random;
  readonly #prepared = new PreparedConnections();

  constructor(options: { readonly random?: Random } = {}) {
    this.#random = options.random ?? systemRandom;
  }

  prepare(name: string, reading?: EarlyReading): () => void {
    return this.#prepared.begin(name, reading);
  }

  open(name: string, ahead?: ReadAhead): Promise<Result<Storage, StorageError>> {
    const prepared = this.#prepared.take(name);
    return openDexieStorage({ name, layer: plainRows(name), random: this.#random, prepared, ahead });
  }
}

export interface DexieOpening {
  /** Under which the browser has the database. */
  readonly name: string;
  readonly layer: RowLayer;
  readonly random: Random;
  /** The connection to it, where that has begun. */
  readonly prepared?: Prepared;
  readonly ahead?: ReadAhead | undefined;
}

export async function openDexieStorage(opening: DexieOpening): Promise<Result<Storage, StorageError>> {
  const { name, layer, random, prepared = unprepared(name), ahead } = opening;
  let native: IDBDatabase | null = null;
  try {
    native = await openLaidOut(name, prepared.connecting);
    const corrupt: string[] = [];
    const { idb, identity, rows } = await layer.over(native, {
      mint: () => random.id(12),
      found: (place) => corrupt.push(place),
      ahead: ahead ?? {},
      begun: ahead === undefined ? null : await prepared.reading,
    });
    if (identity === null) throw new Error('the database has no identity');
    return ok(new DexieStorage({ name, native, idb, layer, identity, rows, corrupt }));
  } catch (error) {
    native?.close();
    return err(openError(error));
  }
}

/** More than it ever takes: who lays it out first may be another tab, and who deletes it a third. */
const OPENING_ATTEMPTS = 4;

/** @throws NewerFormatError, and leaves the database as it is */
async function openLaidOut(name: string, first: Promise<Connected>): Promise<IDBDatabase> {
  let connecting = first;
  for (let attempt = 1; ; attempt++) {
    const connected = await connecting.catch((error: unknown) => {
      // Of which Chromium's first answer may be that something unknown went wrong.
      if (attempt === OPENING_ATTEMPTS || !isNamed(error, 'UnknownError')) throw error;
      return null;
    });
    if (connected !== null && 'idb' in connected) return connected.idb;
    if (connected !== null) {
      await layOut(name, connected.missing).catch((error: unknown) => {
        if (attempt === OPENING_ATTEMPTS || !isNamed(error, 'VersionError')) throw error;
      });
    }
    connecting = connect(name);
  }
}

async function layOut(name: string, layout: number): Promise<void> {
  const dexie = new Dexie(name, { autoOpen: false, cache: 'disabled', indexedDB: statedLayoutsOnly });
  dexie.version(layout).stores(STORES);
  try {
    await dexie.open();
  } finally {
    dexie.close();
  }
}

const isNamed = (error: unknown, name: string): boolean =>
  (error instanceof Error || error instanceof DOMException) && error.name === name;

const CLOSED: StorageError = { code: 'failed', message: 'This storage has been closed.' };
const DELETED: StorageError = { code: 'lost', message: 'The local database was deleted.' };

interface OpenDatabase {
  readonly name: string;
  readonly native: IDBDatabase;
  readonly idb: IDBDatabase;
  readonly layer: RowLayer;
  readonly identity: StorageIdentity;
  readonly rows: RowsAhead;
  readonly corrupt: readonly string[];
}

class DexieStorage implements Storage {
  readonly identity: StorageIdentity;
  readonly #name: string;
  readonly #layer: RowLayer;
  readonly #ahead: RowsAhead;
  /** `null`: closed, for now. */
  #native: IDBDatabase | null;
  /** What there is over the connection. */
  #idb: IDBDatabase;
  /** Found before anybody could listen. */
  #corruptBefore: readonly string[];
  /** Why nothing can be done any more: closed by us, or lost for good. */
  #unusable: StorageError | null = null;
  #reopening: Promise<boolean> | null = null;
  /** Where the joining of outbox rows goes on; `null`: from the beginning. */
  #joinedTo: OutboxPlace | null = null;
  /** What comes before the journal's turn is done with. */
  #isFolding = false;
  /** Commits take effect in call order: each begins when the one before has ended. */
  #lastCommit: Promise<unknown> = Promise.resolve();
  readonly #lostListeners = new Set<(error: StorageError) => void>();
  readonly #corruptListeners = new Set<(error: StorageError) => void>();

  constructor({ name, native, idb, layer, identity, rows, corrupt }: OpenDatabase) {
    this.#name = name;
    this.#layer = layer;
    this.#ahead = rows;
    this.#native = native;
    this.#idb = idb;
    this.#corruptBefore = corrupt;
    this.identity = identity;
    this.#watch(native);
  }

  loadOutbox(): ReturnType<Storage['loadOutbox']> {
    const read = this.#ahead.takeOutbox();
    return this.#load((idb) => loadOutbox(idb, read));
  }

  loadMap(map: string): ReturnType<Storage['loadMap']> {
    const read = this.#ahead.takeMap(map);
    return this.#load(
      (idb) => read ?? loadMap(idb, map),
      (idb) => repairMap(idb, map),
    );
  }

  loadRejections(): ReturnType<Storage['loadRejections']> {
    const read = this.#ahead.takeRejections();
    return this.#load((idb) => loadRejections(idb, read));
  }

  keptThrough(): ReturnType<Storage['keptThrough']> {
    return this.#load(loadKeptThrough);
  }

  loadKept(): ReturnType<Storage['loadKept']> {
    return this.#load(loadKept);
  }

  async loadView(key: string): ReturnType<Storage['loadView']> {
    const read = this.#ahead.takeView(key);
    const loaded = await this.#attempt((idb) => loadView(idb, key, read));
    if (!loaded.ok) return loaded;
    if (loaded.value !== 'corrupt') return ok(loaded.value);
    // Nothing is lost by it: the map has all that was in it.
    void this.#inOrder((idb) => forgetView(idb, key));
    return ok(null);
  }

  keepView(view: KeptView): Promise<Result<void, StorageError>> {
    const row = viewToRow(view);
    return this.#inOrder((idb) => writeView(idb, row));
  }

  readonly savedIndexes: SavedIndexes = {
    load: (map, name) => this.#attempt((idb) => loadIndex(idb, map, name)),
    keep: (map, name, parts) => this.#inOrder((idb) => writeIndex(idb, map, name, parts)),
  };

  commit(commit: StorageCommit): Promise<Result<void, StorageError>> {
    const encoded = encodeCommit(commit);
    const written = this.#inOrder((idb) => writeCommit(idb, encoded));
    const dropped = droppedRows(commit);
    if (dropped.size > 0) void this.#inOrder((idb) => dropFromViews(idb, dropped));
    return written;
  }

  lease(request: LeaseRequest): ReturnType<Storage['lease']> {
    return this.#inOrder((idb) => leaseReplica(idb, request));
  }

  release(replica: ReplicaId, holder: string): ReturnType<Storage['release']> {
    return this.#inOrder((idb) => releaseReplica(idb, replica, holder));
  }

  takeLead(): ReturnType<Storage['takeLead']> {
    return this.#inOrder(takeLead);
  }

  latestLead(): ReturnType<Storage['latestLead']> {
    return this.#attempt(latestLead);
  }

  noteUse(map: string, now: number): Promise<Result<void, StorageError>> {
    return this.#inOrder((idb) => noteUse(idb, map, now));
  }

  storedMaps(): ReturnType<Storage['storedMaps']> {
    return this.#attempt(storedMaps);
  }

  evict(maps: readonly string[]): Promise<Result<void, StorageError>> {
    return this.#inOrder((idb) => evictMaps(idb, maps));
  }

  async compact(keptSince?: number): Promise<Result<boolean, StorageError>> {
    if (keptSince !== undefined) {
      const kept = await this.#attempt((idb) => compactKept(idb, keptSince));
      if (!kept.ok) return kept;
    }
    if (!this.#isFolding) {
      const from = this.#joinedTo;
      const joined = await this.#attempt((idb) => joinOutbox(idb, from));
      if (!joined.ok) return joined;
      this.#joinedTo = joined.value;
      if (joined.value !== null) return ok(true);
    }
    const journal = await this.#attempt(compactJournal);
    if (!journal.ok) return journal;
    this.#reportCorrupt(journal.value.corrupt);
    this.#isFolding = journal.value.more;
    return ok(journal.value.more);
  }

  onLost(listener: (error: StorageError) => void): () => void {
    this.#lostListeners.add(listener);
    return () => this.#lostListeners.delete(listener);
  }

  onCorrupt(listener: (error: StorageError) => void): () => void {
    this.#corruptListeners.add(listener);
    this.#reportCorrupt(this.#corruptBefore);
    this.#corruptBefore = [];
    return () => this.#corruptListeners.delete(listener);
  }

  async close(): Promise<void> {
    // What was asked for before is still written.
    await this.#lastCommit;
    this.#unusable ??= CLOSED;
    this.#disconnect();
  }

  async destroy(): Promise<Result<void, StorageError>> {
    await this.#lastCommit;
    if (this.#unusable !== null) return err(this.#unusable);
    this.#unusable = CLOSED;
    this.#disconnect();
    try {
      await Dexie.delete(this.#name);
      return ok(undefined);
    } catch (error) {
      return err({ ...transactionError(error), code: 'failed' });
    }
  }

  /** `repair`: takes out what could not be read; when it fails the next load finds it again. */
  async #load<T>(
    read: (idb: IDBDatabase) => Promise<Loaded<T>>,
    repair?: (idb: IDBDatabase) => Promise<void>,
  ): Promise<Result<T, StorageError>> {
    const loaded = await this.#attempt(read);
    if (!loaded.ok) return loaded;
    const { corrupt } = loaded.value;
    if (corrupt.length > 0 && repair !== undefined) void this.#inOrder(repair);
    this.#reportCorrupt(corrupt);
    return ok(loaded.value.value);
  }

  /** After all that was to be written before. */
  #inOrder<T>(work: (idb: IDBDatabase) => Promise<T>): Promise<Result<T, StorageError>> {
    this.#ahead.drop();
    const done = this.#lastCommit.then(() => this.#attempt(work));
    this.#lastCommit = done;
    return done;
  }

  /** Runs a transaction; when its connection turns out to be gone, once more on a new one (CL-8). */
  async #attempt<T>(work: (idb: IDBDatabase) => Promise<T>): Promise<Result<T, StorageError>> {
    let failure: StorageError = DELETED;
    for (let attempt = 0; attempt < 2; attempt++) {
      if (this.#unusable !== null) return err(this.#unusable);
      if (this.#connection() === null && !(await this.#reopen())) return err(this.#unusable ?? failure);
      const idb = this.#connection();
      if (idb === null) continue;
      try {
        return ok(await work(idb));
      } catch (error) {
        failure = transactionError(error);
        if (failure.code !== 'lost') return err(failure);
        // Unless another attempt has put a new one in its place meanwhile.
        if (this.#connection() === idb) this.#disconnect();
      }
    }
    return err(failure);
  }

  #connection(): IDBDatabase | null {
    return this.#native === null ? null : this.#idb;
  }

  #disconnect(): void {
    this.#native?.close();
    this.#native = null;
  }

  /** A new connection to the same database. A database that was deleted is not created again: that would be another one. */
  #reopen(): Promise<boolean> {
    this.#reopening ??= this.#openAgain().finally(() => (this.#reopening = null));
    return this.#reopening;
  }

  async #openAgain(): Promise<boolean> {
    if (this.#unusable !== null) return false;
    this.#disconnect();
    let next: IDBDatabase | null = null;
    let idb: IDBDatabase | null = null;
    let isSame = false;
    try {
      const connected = await connect(this.#name);
      if ('idb' in connected) {
        next = connected.idb;
        const layered = await this.#layer.over(next, { mint: null, found: () => {}, ahead: {}, begun: null });
        idb = layered.idb;
        isSame = layered.identity?.databaseId === this.identity.databaseId;
      }
    } catch (error) {
      next?.close();
      this.#lose(
        openError(error).code === 'quota' ? openError(error) : { ...DELETED, message: openError(error).message },
      );
      return false;
    }
    // Closed or told of a deletion while it opened.
    if (!isSame || next === null || idb === null || this.#unusable !== null) {
      next?.close();
      this.#lose(DELETED);
      return false;
    }
    this.#native = next;
    this.#idb = idb;
    this.#watch(next);
    return true;
  }

  #watch(native: IDBDatabase): void {
    native.onversionchange = ({ newVersion }) => {
      // Never in the way of another tab that deletes the database or lays out a newer one.
      native.close();
      if (this.#native !== native) return;
      this.#native = null;
      if (newVersion === null) this.#lose(DELETED);
    };
    // The browser closed it (site data cleared, disk trouble).
    native.onclose = () => {
      if (this.#native !== native) return;
      this.#native = null;
      void this.#reopen();
    };
  }

  #lose(error: StorageError): void {
    if (this.#unusable !== null) return;
    this.#unusable = error;
    this.#disconnect();
    for (const listener of this.#lostListeners) listener(error);
  }

  #reportCorrupt(places: readonly string[]): void {
    for (const place of places) {
      const message = `The local database could not read ${place}; it was set aside.`;
      for (const listener of this.#corruptListeners) listener({ code: 'corrupt', message });
    }
  }
}
