import type { Entry } from '../../query/index.js';
import type { MapStore } from './map-store.js';
import type { Subscription } from './subscription.js';

/** The records of one map that count for a query, going by its subscriptions to that map. */
export interface ConfirmedMap {
  readonly store: MapStore;
  readonly subscriptions: readonly Subscription[];
}

/**
 * SY-5: whether a record counts. Before the server's first answer all visible ones do; `areSettled` says that it is there. After it those that
 * the server named, and what this client has pending or has had acked beyond where the answers are complete.
 */
export function isCandidate({ store, subscriptions }: ConfirmedMap, areSettled: boolean, key: string): boolean {
  if (!areSettled) return true;
  for (const { members, through } of subscriptions) {
    if (members.has(key) || store.acks.isAfter(key, through)) return true;
  }
  return store.overlay.isPending(key);
}

/** Keys of all that count once the server has answered; others may be among them that are not visible. */
export function candidateKeys({ store, subscriptions }: ConfirmedMap): Set<string> {
  const keys = new Set<string>(store.overlay.pendingKeys());
  for (const { members, through } of subscriptions) {
    for (const key of members) keys.add(key);
    for (const key of store.acks.keysAfter(through)) keys.add(key);
  }
  return keys;
}

/** All that count once the server has answered. */
export function* candidates(map: ConfirmedMap): Iterable<Entry> {
  const { values } = map.store;
  for (const key of candidateKeys(map)) {
    const value = values.get(key);
    if (value !== undefined) yield { key, value };
  }
}
