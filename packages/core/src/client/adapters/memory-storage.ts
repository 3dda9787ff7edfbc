import { err, ok, type Result } from '../../primitives/index.js';
import { systemRandom } from './system-random.js';
import type { Random } from '../ports/environment.js';
import type {
  OutboxEntry,
  ReadAhead,
  Storage,
  StorageAdapter,
  StorageError,
  StoredRejection,
} from '../ports/storage.js';
import {
  applyCommit,
  applyEviction,
  applyLead,
  applyLease,
  applyRelease,
  createMemoryDatabase,
  forgetKept,
  keepView,
  keptOpsOf,
  keptThroughOf,
  type MemoryDatabase,
  noteUse,
  storedMapsOf,
} from '../storage/memory-database.js';
import { isOutdated, OUTDATED } from '../storage/lead.js';
import { compareOpIds, compareRejections } from '../storage/op-id.js';

/**
 * Storage that lasts as long as this object: for Node, for tests, and for a browser that denies IndexedDB.
 * Databases survive being closed and opened again; any number of handles share one.
 */
export class MemoryAdapter implements StorageAdapter {
  readonly #databases = new Map<string, { readonly database: MemoryDatabase; readonly handles: Set<Handle> }>();
  readonly #random: Random;

  constructor(options: { readonly random?: Random } = {}) {
    this.#random = options.random ?? systemRandom;
  }

  open(name: string, ahead?: ReadAhead): Promise<Result<Storage, StorageError>> {
    let entry = this.#databases.get(name);
    if (entry === undefined) {
      entry = { database: createMemoryDatabase(this.#random.id(12)), handles: new Set() };
      this.#databases.set(name, entry);
    }
    const { database, handles } = entry;
    const handle = openHandle(database, ahead ?? {}, {
      closed: () => handles.delete(handle),
      destroyed: () => {
        this.#databases.delete(name);
        for (const other of handles) if (other !== handle) other.lose();
        handles.clear();
      },
    });
    handles.add(handle);
    return Promise.resolve(ok(handle));
  }
}

interface Handle extends Storage {
  lose(): void;
}

const CLOSED: StorageError = { code: 'failed', message: 'This storage has been closed.' };
const DELETED: StorageError = { code: 'lost', message: 'The local database was deleted.' };

const outboxOf = (database: MemoryDatabase): OutboxEntry[] =>
  [...database.outbox.values()].sort((a, b) => compareOpIds(a.op, b.op));

const rejectionsOf = (database: MemoryDatabase): StoredRejection[] =>
  [...database.rejections.values()].sort(compareRejections);

/** CL-2: what is asked for ahead, by what `firstOr` names it. */
function readFirst(database: MemoryDatabase, { views, maps = [] }: ReadAhead): Map<string, unknown> {
  const first = new Map<string, unknown>();
  if (views !== undefined) first.set('outbox', outboxOf(database)).set('rejections', rejectionsOf(database));
  for (const key of views ?? []) first.set(`view ${key}`, database.views.get(key) ?? null);
  for (const map of maps) first.set(`map ${map}`, new Map(database.maps.get(map)));
  return first;
}

function openHandle(
  database: MemoryDatabase,
  ahead: ReadAhead,
  events: { readonly closed: () => void; readonly destroyed: () => void },
): Handle {
  const lostListeners = new Set<(error: StorageError) => void>();
  let unusable: StorageError | null = null;
  const first = readFirst(database, ahead);

  // Always a later microtask, as with any real storage: callers must not come to rely on less.
  function answer<T>(read: () => T): Promise<Result<T, StorageError>> {
    return Promise.resolve(unusable === null ? ok(read()) : err(unusable));
  }

  function write<T>(change: () => T): Promise<Result<T, StorageError>> {
    first.clear();
    return answer(change);
  }

  /** What was read ahead, once. */
  function firstOr<T>(what: string, read: () => T): T {
    if (!first.has(what)) return read();
    const found = first.get(what) as T;
    first.delete(what);
    return found;
  }

  return {
    identity: { databaseId: database.databaseId, issued: new Map(database.issued) },
    loadOutbox: () => answer(() => firstOr('outbox', () => outboxOf(database))),
    loadMap: (map) => answer(() => firstOr(`map ${map}`, () => new Map(database.maps.get(map)))),
    loadRejections: () => answer(() => firstOr('rejections', () => rejectionsOf(database))),
    keptThrough: () => answer(() => keptThroughOf(database)),
    loadKept: () => answer(() => keptOpsOf(database)),
    loadView: (key) => answer(() => firstOr(`view ${key}`, () => database.views.get(key) ?? null)),
    keepView: (view) => write(() => keepView(database, view)),
    savedIndexes: {
      load: (map, name) =>
        answer(() => {
          const kept = database.indexes.get(map);
          return kept?.name === name ? kept.parts : null;
        }),
      keep: (map, name, parts) => write(() => void database.indexes.set(map, { name, parts })),
    },
    commit: (commit) =>
      unusable === null && isOutdated(commit, database.lead)
        ? Promise.resolve(err(OUTDATED))
        : write(() => applyCommit(database, commit)),
    takeLead: () => write(() => applyLead(database)),
    latestLead: () => answer(() => database.lead),
    lease: (request) => write(() => applyLease(database, request)),
    release: (replica, holder) => write(() => applyRelease(database, replica, holder)),
    compact: (keptSince) =>
      answer(() => {
        if (keptSince !== undefined) forgetKept(database, keptSince);
        return false;
      }),
    noteUse: (map, now) => write(() => noteUse(database, map, now)),
    storedMaps: () => answer(() => storedMapsOf(database)),
    evict: (maps) => write(() => applyEviction(database, maps)),
    onLost(listener) {
      lostListeners.add(listener);
      return () => lostListeners.delete(listener);
    },
    onCorrupt: () => () => {},
    close() {
      unusable ??= CLOSED;
      events.closed();
      return Promise.resolve();
    },
    destroy() {
      return answer(() => {
        unusable = CLOSED;
        events.destroyed();
      });
    },
    lose() {
      unusable = DELETED;
      for (const listener of lostListeners) listener(DELETED);
    },
  };
}
