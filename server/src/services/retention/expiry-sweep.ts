import { expiresAt, ExpiryIndex, SERVER_REPLICA } from '@topgun/core/crdt';
import { PARTITION_COUNT } from '@topgun/core/primitives';
import type { GridState } from '../crdt/grid-state.js';
import type { RecordChange } from '../crdt/overlay.js';
import { expireDue } from './expire-due.js';
import { parsePlace, placeText } from './record-place.js';
import { coldOf } from './some-cold.js';
import type { Sweep } from './sweeper.js';
import type { Upkeep } from './upkeep.js';

/** Records of one commit at most: thousands that end at once take turns with what clients send. */
export const EXPIRE_SLICE = 500;

export interface ExpirySweep extends Sweep {
  /** PI-7: the records of the partition are here. */
  opened(partition: number): void;
  /** What a commit has changed, once it is the state. */
  note(changes: readonly RecordChange[]): void;
}

/** About what one removal takes in a segment. */
const REMOVAL_BYTES = 100;

/** CR-9: when which record ends. Holds the times of the committed state, nothing of the records; what is cold is brought in when its end is due (PI-48). */
export function createExpirySweep(options: {
  readonly state: GridState;
  readonly upkeep: Upkeep;
  readonly need: (partitions: Iterable<number>) => Promise<unknown> | null;
  /** Nothing falls due before. */
  readonly isReady: () => boolean;
}): ExpirySweep {
  const { state, upkeep, need, isReady } = options;
  const index = new ExpiryIndex<string>();
  let seq = state.decidedAnywhere(SERVER_REPLICA);

  const opened = (partition: number): void => {
    for (const [map, key, at] of state.ends(partition)) index.set(placeText(partition, map, key), at);
  };
  for (let partition = 0; partition < PARTITION_COUNT; partition += 1) if (state.isHot(partition)) opened(partition);

  return {
    opened,
    next: () => (isReady() ? index.next() : null),
    note(changes) {
      for (const { partition, map, key, before, after } of changes) {
        const hasEnd = after !== undefined && after.expiry !== null;
        if (!hasEnd && (before === undefined || before.expiry === null)) continue;
        index.set(placeText(partition, map, key), expiresAt(after));
      }
    },
    async run(now) {
      const taken = index.take(now, EXPIRE_SLICE);
      const parsed = taken.map(parsePlace);
      const cold = coldOf(state, parsed);
      // PI-48: the rest is due still.
      const later = (i: number): boolean => !cold.has(parsed[i]!.partition) && !state.isHot(parsed[i]!.partition);
      taken.forEach((text, i) => {
        if (later(i)) index.set(text, now);
      });
      const texts = taken.filter((_text, i) => !later(i));
      const places = parsed.filter((_place, i) => !later(i));
      for (let wait = need(cold); wait !== null; wait = need(cold)) {
        if ((await wait) === null) continue;
        for (const text of texts) index.set(text, now);
        return false;
      }
      const written = await upkeep(
        (overlay) => expireDue(places, overlay, now, () => ++seq),
        places.length * REMOVAL_BYTES,
      );
      // Whatever became of it, the state says when each of them ends.
      places.forEach(({ partition, map, key }, i) =>
        index.set(texts[i]!, expiresAt(state.record(partition, map, key))),
      );
      return written;
    },
  };
}
