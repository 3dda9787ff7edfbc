import type { StoredMap } from '../ports/storage.js';
import { compareForEviction, sumOf } from './plan-eviction.js';

/** SY-6: how much of what the server has this device keeps at hand, of maps that no tab uses. */
export interface CacheLimits {
  /** For how long after a map was used last, in ms; `Infinity`: for ever. */
  readonly unusedForMs: number;
  /** How many bytes of confirmed records, about, of all maps together: beyond that, those of maps that nobody uses go; `Infinity`: all there is room for. */
  readonly maxBytes: number;
}

/** What holds where an app says nothing else. */
export const DEFAULT_CACHE_LIMITS: CacheLimits = { unusedForMs: 7 * 86_400_000, maxBytes: 256 * 1024 * 1024 };

/** A map that is to go. `age`: nobody has used it for too long; `size`: there is too much. */
export interface SweptMap extends StoredMap {
  readonly reason: 'age' | 'size';
}

/**
 * SY-6: which maps are to go, of those that may. Those that nobody has used for too long; and of the rest those whose last use is longest ago, by
 * days, of one day the largest, until no more than the limit is left. A use that nobody has noted, or that a wrong clock has noted in the future, is none that is long ago. Pure.
 */
export function planSweep(
  stored: readonly StoredMap[],
  mayGo: (map: string) => boolean,
  { unusedForMs, maxBytes }: CacheLimits,
  now: number,
): readonly SweptMap[] {
  const isOld = ({ usedAt }: StoredMap): boolean => usedAt > 0 && now - usedAt >= unusedForMs;
  const unused = stored.filter(({ map }) => mayGo(map));
  const swept = unused.filter(isOld).map((each): SweptMap => ({ ...each, reason: 'age' }));
  let left = sumOf(stored) - sumOf(swept);
  for (const each of unused.filter((one) => !isOld(one)).sort(compareForEviction)) {
    if (left <= maxBytes) break;
    swept.push({ ...each, reason: 'size' });
    left -= each.bytes;
  }
  return swept;
}
