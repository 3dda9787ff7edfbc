import type { RecordPlace } from './record-place.js';

/** So many are brought in for one piece of work: more would need room at the same time. */
const MOST = 4;

/** PI-48: the first cold partitions among those of these places: what is to be brought in before anything is done there. */
export function coldOf(
  state: { isHot(partition: number): boolean },
  places: Iterable<Pick<RecordPlace, 'partition'>>,
): ReadonlySet<number> {
  const cold = new Set<number>();
  for (const { partition } of places) {
    if (cold.size === MOST) break;
    if (!state.isHot(partition)) cold.add(partition);
  }
  return cold;
}
