import type { StoredMap } from '../ports/storage.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** At least so much is made free at a time, and so much of what may go. */
export const EVICTED_BYTES = 1024 * 1024;
export const EVICTED_SHARE = 0.25;

/**
 * CL-8: which of the maps that may go are to go for now. Those whose last use is longest ago, by days; of one day the largest first; no more
 * than needed to free a share. There is another time where that was too little: browsers make use of freed room late.
 */
export function planEviction(mayGo: readonly StoredMap[]): readonly StoredMap[] {
  const total = sumOf(mayGo);
  const wanted = Math.max(EVICTED_BYTES, total * EVICTED_SHARE);
  const planned: StoredMap[] = [];
  let freed = 0;
  for (const stored of [...mayGo].sort(compareForEviction)) {
    if (freed >= wanted) break;
    planned.push(stored);
    freed += stored.bytes;
  }
  return planned;
}

export const sumOf = (maps: readonly StoredMap[]): number => maps.reduce((sum, { bytes }) => sum + bytes, 0);

const dayOf = ({ usedAt }: StoredMap): number => Math.floor(usedAt / DAY_MS);

export function compareForEviction(a: StoredMap, b: StoredMap): number {
  return dayOf(a) - dayOf(b) || b.bytes - a.bytes || (a.map < b.map ? -1 : 1);
}

/** A use within the hour, or in a future that a wrong clock has noted, makes no difference that is worth a transaction. */
export const isUseToNote = (before: number | undefined, now: number): boolean =>
  before === undefined || Math.abs(now - before) >= HOUR_MS;
