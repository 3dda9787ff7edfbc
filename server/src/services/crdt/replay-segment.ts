import { applyDecided, EMPTY_RECORD, typeOfOp, wireToOp } from '@topgun/core/crdt';
import { err, ok, type Result } from '@topgun/core/primitives';
import { APPLIED, SUPERSEDED, type Segment } from '../persistence/segment.js';
import { forget, markFromWire } from './forget-mark.js';
import type { MutableState } from './state-view.js';

/** Keys were judged by the limits of the day they were taken. */
const ANY_KEY = { keyBytes: Number.MAX_SAFE_INTEGER, allowsEmptyPatch: true };

/** Does again to `state` what one committed segment did: decisions and all. Damage is told by its place. */
export function replaySegment(segment: Segment, state: MutableState): Result<void, string> {
  for (const { partition, replica, ops, forgotten } of segment.entries) {
    for (const [wire, verdict] of ops) {
      const seq = wire[0];
      if (seq <= state.decided(partition, replica)) {
        return err(`op ${seq} of replica ${replica} in partition ${partition} is there twice`);
      }
      if (verdict !== APPLIED && verdict !== SUPERSEDED) {
        state.decide(partition, replica, seq, { code: verdict[0], reason: verdict[1] });
        continue;
      }
      const decoded = wireToOp(replica, wire, ANY_KEY);
      if (!decoded.ok) return err(`op ${seq} of replica ${replica}: ${decoded.error.message}`);
      const { map, key } = decoded.value;
      state.fixMapType(map, typeOfOp(decoded.value));
      const before = state.record(partition, map, key);
      const after = applyDecided(before, decoded.value);
      // What changed nothing made no record either.
      if (after !== (before ?? EMPTY_RECORD)) state.putRecord(partition, map, key, after);
      state.decide(partition, replica, seq);
    }
    if (forgotten === undefined) continue;
    for (const mark of forgotten.marks) {
      if (!forget(state, markFromWire(partition, mark))) return err(`${mark[1]} in ${mark[0]} was not there to forget`);
    }
    state.forgetThrough(forgotten.through);
  }
  return ok(undefined);
}
