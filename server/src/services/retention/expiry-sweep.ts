import { expiresAt, ExpiryIndex, SERVER_REPLICA } from '@topgun/core/crdt';
import { PARTITION_COUNT } from '@topgun/core/primitives';
import type { GridState } from '../crdt/grid-state.js';
import type { RecordChange } from '../crdt/overlay.js';
import { expireDue } from './expire-due.js';
import { parsePlace, placeText } from './record-place.js';
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

/** CR-9: when which record ends. Holds the times of the committed state, nothing of the records; what is cold ends when it is brought in. */
export function createExpirySweep(options: {
  readonly state: GridState;
  readonly upkeep: Upkeep;
  /** Nothing falls due before. */
  readonly isReady: () => boolean;
}): ExpirySweep {
  const { state, upkeep, isReady } = options;
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
      const texts = index.take(now, EXPIRE_SLICE);
      const places = texts.map(parsePlace);
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
