import type { Clock } from '../ports/environment.js';
import type { Storage, StoredMap } from '../ports/storage.js';
import { evictUnused, lockOfUse, type StoredMaps } from './evict-unused.js';
import { planSweep, type CacheLimits, type SweptMap } from './plan-sweep.js';

export interface CacheSweep extends StoredMaps {
  readonly storage: StoredMaps['storage'] & Pick<Storage, 'noteUse'>;
  readonly clock: Clock;
  readonly limits: CacheLimits;
}

/**
 * SY-6: forgets confirmed records that nobody has used for too long, and what is too much. What is in use just now is noted as used: its tab has noted it when it
 * began. What storage refuses is left for another time.
 */
export async function sweepCache(sweep: CacheSweep): Promise<readonly SweptMap[]> {
  const { storage, group, clock, limits } = sweep;
  const stored = group.isExclusive ? await storage.storedMaps() : null;
  if (stored?.ok !== true) return [];
  const now = clock.now();
  const plan = (mayGo: readonly StoredMap[], all: readonly StoredMap[]): readonly SweptMap[] => {
    const names = new Set(mayGo.map(({ map }) => map));
    return planSweep(all, (map) => names.has(map), limits, now);
  };
  for (const each of stored.value) if (await isToNote(sweep, each, now)) await storage.noteUse(each.map, now);
  // Nearly always nothing is to go, and then nobody has to wait for a lock.
  return plan(stored.value, stored.value).length === 0 ? [] : evictUnused(sweep, plan);
}

/** What nobody has noted, or a wrong clock has, is of an age from now on. */
async function isToNote({ name, group }: StoredMaps, { map, usedAt }: StoredMap, now: number): Promise<boolean> {
  const lock = await group.tryLock(lockOfUse(name, map));
  lock?.release();
  return lock === null || usedAt === 0 || usedAt > now;
}
