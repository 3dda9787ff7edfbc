import type { Storage, StorageAdapter } from '../ports/storage.js';

export interface CrashingStorage extends StorageAdapter {
  /** How often storage was asked for something. */
  readonly steps: number;
}

const never = <T>(): Promise<T> => new Promise(() => {});

/**
 * An adapter over another, for a page that ends as it asks storage for something the `last`th time: `before` or `after` that has happened.
 * Nothing is answered from then on.
 */
export function createCrashingStorage(
  inner: StorageAdapter,
  { last, when, crash }: { readonly last: number; readonly when: 'before' | 'after'; readonly crash: () => void },
): CrashingStorage {
  let steps = 0;

  async function step<T>(happen: () => Promise<T>): Promise<T> {
    steps += 1;
    if (steps < last) return happen();
    if (steps === last) {
      crash();
      if (when === 'after') await happen();
    }
    return never();
  }

  const wrap = (storage: Storage): Storage => ({
    identity: storage.identity,
    loadOutbox: () => step(() => storage.loadOutbox()),
    loadMap: (map) => step(() => storage.loadMap(map)),
    loadRejections: () => step(() => storage.loadRejections()),
    keptThrough: () => step(() => storage.keptThrough()),
    loadKept: () => step(() => storage.loadKept()),
    loadView: (key) => step(() => storage.loadView(key)),
    keepView: (view) => step(() => storage.keepView(view)),
    commit: (commit) => step(() => storage.commit(commit)),
    lease: (request) => step(() => storage.lease(request)),
    release: (replica, holder) => step(() => storage.release(replica, holder)),
    takeLead: () => step(() => storage.takeLead()),
    latestLead: () => step(() => storage.latestLead()),
    compact: (keptSince) => storage.compact(keptSince),
    noteUse: (map, now) => storage.noteUse(map, now),
    storedMaps: () => step(() => storage.storedMaps()),
    evict: (maps) => step(() => storage.evict(maps)),
    onLost: (listener) => storage.onLost(listener),
    onCorrupt: (listener) => storage.onCorrupt(listener),
    close: () => step(() => storage.close()),
    destroy: () => step(() => storage.destroy()),
  });

  return {
    get steps() {
      return steps;
    },
    open: (name) =>
      step(async () => {
        const opened = await inner.open(name);
        return opened.ok ? { ok: true, value: wrap(opened.value) } : opened;
      }),
  };
}
