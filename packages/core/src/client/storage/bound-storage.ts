import type { Storage } from '../ports/storage.js';

/** The same storage as plain functions: what stands before one takes some of them over, and spreads the rest. */
export function boundStorage(storage: Storage): Storage {
  return {
    identity: storage.identity,
    loadOutbox: () => storage.loadOutbox(),
    loadMap: (map) => storage.loadMap(map),
    loadRejections: () => storage.loadRejections(),
    keptThrough: () => storage.keptThrough(),
    loadKept: () => storage.loadKept(),
    loadView: (key) => storage.loadView(key),
    keepView: (view) => storage.keepView(view),
    ...(storage.savedIndexes === undefined ? {} : { savedIndexes: storage.savedIndexes }),
    commit: (commit) => storage.commit(commit),
    lease: (request) => storage.lease(request),
    release: (replica, holder) => storage.release(replica, holder),
    takeLead: () => storage.takeLead(),
    latestLead: () => storage.latestLead(),
    compact: (keptSince) => storage.compact(keptSince),
    noteUse: (map, now) => storage.noteUse(map, now),
    storedMaps: () => storage.storedMaps(),
    evict: (maps) => storage.evict(maps),
    onLost: (listener) => storage.onLost(listener),
    onCorrupt: (listener) => storage.onCorrupt(listener),
    close: () => storage.close(),
    destroy: () => storage.destroy(),
  };
}
