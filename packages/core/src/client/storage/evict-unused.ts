import type { Storage, StoredMap } from '../ports/storage.js';
import type { TabGroup } from '../ports/tabs.js';

/** CL-8: shared by all tabs that use the map, and taken alone by the one that evicts it. */
export const lockOfUse = (name: string, map: string): string => `${name}:uses:${map}`;

export interface StoredMaps {
  readonly storage: Pick<Storage, 'evict' | 'loadOutbox' | 'loadRejections' | 'storedMaps'>;
  /** The database's, which its locks begin with. */
  readonly name: string;
  readonly group: Pick<TabGroup, 'isExclusive' | 'tryLock'>;
}

/**
 * CL-8: forgets the confirmed records of maps that nobody needs: that no tab uses, and that have no undecided and no refused write. `plan` says which of
 * them. What went; nothing where storage fails, or where no lock tells what other tabs use.
 */
export async function evictUnused<T extends StoredMap>(
  { storage, name, group }: StoredMaps,
  plan: (mayGo: readonly StoredMap[], stored: readonly StoredMap[]) => readonly T[],
): Promise<readonly T[]> {
  const stored = group.isExclusive ? await storage.storedMaps() : null;
  if (stored?.ok !== true) return [];
  const locks: { release(): void }[] = [];
  try {
    const unused: StoredMap[] = [];
    for (const each of stored.value) {
      const lock = await group.tryLock(lockOfUse(name, each.map));
      if (lock === null) continue;
      locks.push(lock);
      unused.push(each);
    }
    // Once nobody uses them nobody writes to them either.
    const needed = await mapsOfWrites(storage);
    if (needed === null) return [];
    const planned = plan(
      unused.filter(({ map }) => !needed.has(map)),
      stored.value,
    );
    const evicted = planned.length === 0 ? null : await storage.evict(planned.map(({ map }) => map));
    return evicted?.ok === true ? planned : [];
  } finally {
    for (const lock of locks) lock.release();
  }
}

/** Their users look at what they have written, or tried to, and at the record it is of. */
async function mapsOfWrites(
  storage: Pick<Storage, 'loadOutbox' | 'loadRejections'>,
): Promise<ReadonlySet<string> | null> {
  const [outbox, rejections] = await Promise.all([storage.loadOutbox(), storage.loadRejections()]);
  if (!outbox.ok || !rejections.ok) return null;
  return new Set([...outbox.value, ...rejections.value].map(({ op }) => op.map));
}
