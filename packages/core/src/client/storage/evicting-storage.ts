import { err, ok, type Result } from '../../primitives/index.js';
import type { Eviction, Storage, StorageError } from '../ports/storage.js';
import type { TabGroup } from '../ports/tabs.js';
import { boundStorage } from './bound-storage.js';
import { evictUnused } from './evict-unused.js';
import { planEviction, sumOf } from './plan-eviction.js';

export interface EvictingStorageOptions {
  readonly storage: Storage;
  /** The database's, which its locks begin with. */
  readonly name: string;
  readonly group: Pick<TabGroup, 'isExclusive' | 'tryLock'>;
  /** What was written after all: whoever asked hears of no error. */
  readonly told: (issue: StorageError) => void;
  /** Making room ended in a way that nobody has foreseen. The write goes on as if there were no room. */
  readonly failed: (error: unknown) => void;
}

type Room = Pick<Eviction, 'maps' | 'freedBytes'>;

const NO_ROOM: Room = { maps: [], freedBytes: 0 };

/**
 * CL-8: storage that makes room where there is none, and tries once more. What goes are confirmed records of maps that no tab uses, that have no
 * undecided and no refused write: the server has them. To whoever uses such a map again it is one that this device has never fetched.
 *
 * Where no lock tells what other tabs use, nothing is evicted.
 */
export function createEvictingStorage({ storage, name, group, told, failed }: EvictingStorageOptions): Storage {
  let making: Promise<Room> | null = null;

  /** Several who found no room at once share what one makes. */
  function makeRoom(): Promise<Room> {
    making ??= evict()
      .catch((error: unknown) => {
        failed(error);
        return NO_ROOM;
      })
      .finally(() => (making = null));
    return making;
  }

  async function evict(): Promise<Room> {
    const evicted = await evictUnused({ storage, name, group }, planEviction);
    return { maps: evicted.map(({ map }) => map), freedBytes: sumOf(evicted) };
  }

  async function write<T>(attempt: () => Promise<Result<T, StorageError>>): Promise<Result<T, StorageError>> {
    const first = await attempt();
    if (first.ok || first.error.code !== 'quota') return first;
    const room = await makeRoom();
    const again = room.maps.length === 0 ? first : await attempt();
    if (!again.ok && again.error.code !== 'quota') return again;
    const issue = issueOf({ ...room, isWritten: again.ok, lostWrites: 0 });
    if (!again.ok) return err(issue);
    told(issue);
    return ok(again.value);
  }

  return {
    ...boundStorage(storage),
    // Nobody would miss a kept view or a saved index: no room is made for them.
    commit: (commit) => write(() => storage.commit(commit)),
    lease: (request) => write(() => storage.lease(request)),
    takeLead: () => write(() => storage.takeLead()),
  };
}

function issueOf(eviction: Eviction): StorageError {
  const { maps, freedBytes, isWritten } = eviction;
  const room =
    maps.length === 0
      ? 'Nothing that is stored here could make way.'
      : `${sizeText(freedBytes)} of records that the server has made way, and will be fetched again when they are used.`;
  const rest = isWritten
    ? 'What was written is stored, and nothing unsent was lost.'
    : 'Nothing unsent is lost, but the latest changes are in this page alone: keep it open until there is room.';
  return {
    code: 'quota',
    message: `This device has no room left for the data of this site. ${room} ${rest}`,
    eviction,
  };
}

const sizeText = (bytes: number): string =>
  bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} kB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
