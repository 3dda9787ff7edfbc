import type { ReplicaId, Stamp } from '../../clock/index.js';
import type { Environment, Hash64 } from '../ports/environment.js';
import type { ReadAhead, Storage, StorageError } from '../ports/storage.js';
import type { TabGroup } from '../ports/tabs.js';
import { MemoryAdapter } from '../adapters/memory-storage.js';
import { createEvictingStorage } from '../storage/evicting-storage.js';
import { watchAnswers, watchedStorage } from '../storage/watched-storage.js';
import { hearEarly } from '../tabs/hear-early.js';
import { placeLocks } from '../tabs/place-lock.js';

/** One principal's local database, open. Nothing but its identity has been read. */
export interface OpenDatabase {
  readonly name: string;
  readonly group: TabGroup;
  readonly storage: Storage;
  /** CR-2: who this tab is in it. */
  readonly replica: ReplicaId;
  readonly issued: { readonly seq: number; readonly stamp: Stamp | '' };
  /** Storage could not be had: nothing survives the page (CL-8). */
  readonly isInMemory: boolean;
  /** Gives the tab's place and the group up. Closing `storage` (or destroying it) is left to the caller. */
  leave(): void;
}

export interface OpenDatabaseOptions {
  /** Hears of its faults, but for those that an answer tells. */
  readonly told: (error: StorageError) => void;
  /** CL-8: what is confirmed can be had again, and may make way. */
  readonly evicts: boolean;
  /** CL-2: what is asked of it first. */
  readonly ahead?: ReadAhead;
}

/** A database that is likely to be opened soon: what that takes and changes nothing has begun. */
export interface PreparedDatabase {
  readonly name: string;
  readonly group: TabGroup;
  readonly place: Promise<Place>;
  /** It is not opened after all. */
  abandon(): void;
}

/**
 * Begins what is waited for elsewhere: the connection, the tab's place, and, where `ahead` says what, the first reading. That comes after the place, as the opening
 * does; siblings are heard of from here on.
 */
export function prepareDatabase(environment: Environment, name: string, ahead?: () => ReadAhead): PreparedDatabase {
  const group = hearEarly(environment.tabs.join(name));
  const place = claimPlace(environment, group, name);
  const end = environment.storage.prepare?.(name, ahead === undefined ? undefined : { after: place, ahead });
  // Whoever opens it hears of what went wrong.
  place.catch(() => {});
  return {
    name,
    group,
    place,
    abandon() {
      end?.();
      place
        .then((claimed) => claimed.release())
        .catch(() => {})
        .finally(() => group.leave());
    },
  };
}

/**
 * Opens the database of that name. Without storage it goes on in memory, alone: `told` hears why. The tab's place is claimed
 * *before* the database is opened: what the place's last holder issued is then read, never something older.
 */
export async function openDatabase(
  environment: Environment,
  { name, group, ...prepared }: PreparedDatabase,
  { told, evicts, ahead }: OpenDatabaseOptions,
): Promise<OpenDatabase> {
  // One that could not be had at all: that is told by whoever starts.
  const place = await prepared.place.catch((error: unknown) => {
    prepared.abandon();
    throw error;
  });
  const watch = watchAnswers(environment, told);
  const opened = await watch(environment.storage.open(name, ahead));
  if (opened.ok) {
    const watched = watchedStorage(opened.value, watch);
    const failed = (error: unknown): void =>
      environment.log('error', 'Making room in the local database failed.', error);
    const storage = evicts ? createEvictingStorage({ storage: watched, name, group, told, failed }) : watched;
    return databaseOf(name, group, place, storage, false);
  }
  told(opened.error);
  place.release();
  group.leave();
  return openInMemory(environment, name);
}

/** CL-8: where there is no storage. Alone: a tab whose records nobody else can read is no sibling. */
export async function openInMemory(environment: Environment, name: string): Promise<OpenDatabase> {
  const memoryName = `${name}:memory:${environment.random.id(12)}`;
  const group = environment.tabs.join(memoryName);
  const place = await claimPlace(environment, group, memoryName);
  const opened = await new MemoryAdapter({ random: environment.random }).open(memoryName);
  if (!opened.ok) throw new Error(`memory storage refused to open: ${opened.error.message}`);
  return databaseOf(memoryName, group, place, opened.value, true);
}

/** What rows are compared by with the server's: nothing that shows waits for it. Where it cannot be had the database is let go of. */
export async function loadHashFor(environment: Environment, { storage, leave }: OpenDatabase): Promise<Hash64> {
  try {
    return await environment.loadHash();
  } catch (error) {
    await storage.close();
    leave();
    throw error;
  }
}

function databaseOf(name: string, group: TabGroup, place: Place, storage: Storage, isInMemory: boolean): OpenDatabase {
  const { databaseId, issued } = storage.identity;
  const replica = `${databaseId}.${place.id}` as ReplicaId;
  return {
    name,
    group,
    storage,
    replica,
    issued: issued.get(replica) ?? { seq: 0, stamp: '' },
    isInMemory,
    leave() {
      place.release();
      group.leave();
    },
  };
}

export interface Place {
  readonly id: string;
  release(): void;
}

/**
 * CR-2: the first place no other tab holds, so that replica ids are reused and stay few. Where locks exclude nobody, a place of
 * this session's own.
 */
async function claimPlace(environment: Environment, group: TabGroup, name: string): Promise<Place> {
  if (!group.isExclusive) return { id: environment.random.id(12), release() {} };
  for (let number = 0; ; number++) {
    const lock = await group.tryLock(`${placeLocks(name)}${number}`);
    if (lock !== null) return { id: String(number), release: () => lock.release() };
  }
}
