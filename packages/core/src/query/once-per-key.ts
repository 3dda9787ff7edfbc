import type { Change } from './entry.js';

/** Keeps only the last change of each key: what a batch passes through on the way is nobody's to see. */
export function oncePerKey(changes: readonly Change[]): Iterable<Change> {
  if (changes.length < 2) return changes;
  const lastByKey = new Map<string, Change>();
  for (const change of changes) lastByKey.set(change.key, change);
  return lastByKey.values();
}
