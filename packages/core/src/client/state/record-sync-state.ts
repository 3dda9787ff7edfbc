import type { Rejections } from '../outbox/rejections.js';

/**
 * How one record stands (CL-9). `synced`: the server has decided everything about it that this device knows. `pending`: some write
 * of it is undecided. `rejected`: a write of it was refused, and nobody has retried or discarded that. `local-only`: there is no server.
 */
export type RecordSyncState = 'synced' | 'pending' | 'rejected' | 'local-only';

/** The record's map: a `MapStore`, where there is one. */
export interface SyncStateMap {
  readonly name: string;
  readonly overlay: { isPending(key: string): boolean };
}

/** What the state of a record is told by. */
export interface SyncStateSource {
  readonly isLocalOnly: boolean;
  readonly rejections: Pick<Rejections, 'has'>;
}

export function recordSyncState(source: SyncStateSource, store: SyncStateMap, key: string): RecordSyncState {
  if (source.isLocalOnly) return 'local-only';
  if (source.rejections.has(store.name, key)) return 'rejected';
  return store.overlay.isPending(key) ? 'pending' : 'synced';
}
