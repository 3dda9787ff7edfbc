import {
  applyDecided,
  decodeRecord,
  EMPTY_RECORD,
  mergeRecords,
  typeOfOp,
  typeOfRecord,
  wireToOp,
} from '@topgun/core/crdt';
import { err, ok, type Result } from '@topgun/core/primitives';
import { APPLIED, SUPERSEDED, type MergedRecord, type Segment } from '../persistence/segment.js';
import { forget, markFromWire } from './forget-mark.js';
import type { MutableState } from './state-view.js';

/** Keys were judged by the limits of the day they were taken. */
export const AS_IT_WAS_TAKEN = { keyBytes: Number.MAX_SAFE_INTEGER, allowsEmptyPatch: true };

/** Does again to `state` what one committed segment did: decisions and all. Damage is told by its place. */
export function replaySegment(segment: Segment, state: MutableState): Result<void, string> {
  for (const { partition, replica, ops, forgotten, merged } of segment.entries) {
    for (const [wire, verdict] of ops) {
      const seq = wire[0];
      if (seq <= state.decided(partition, replica)) {
        return err(`op ${seq} of replica ${replica} in partition ${partition} is there twice`);
      }
      if (verdict !== APPLIED && verdict !== SUPERSEDED) {
        state.decide(partition, replica, seq, { code: verdict[0], reason: verdict[1] });
        continue;
      }
      const decoded = wireToOp(replica, wire, AS_IT_WAS_TAKEN);
      if (!decoded.ok) return err(`op ${seq} of replica ${replica}: ${decoded.error.message}`);
      const { map, key } = decoded.value;
      state.fixMapType(map, typeOfOp(decoded.value));
      const before = state.record(partition, map, key);
      const after = applyDecided(before, decoded.value);
      // What changed nothing made no record either.
      if (after !== (before ?? EMPTY_RECORD)) state.putRecord(partition, map, key, after);
      state.decide(partition, replica, seq);
    }
    for (const record of merged ?? []) {
      const wrong = mergeImported(state, partition, record);
      if (wrong !== null) return err(wrong);
    }
    if (forgotten === undefined) continue;
    for (const mark of forgotten.marks) {
      if (!forget(state, markFromWire(partition, mark))) return err(`${mark[1]} in ${mark[0]} was not there to forget`);
    }
    state.forgetThrough(forgotten.through);
  }
  return ok(undefined);
}

/** PI-42. What is wrong with it, or `null`. */
function mergeImported(state: MutableState, partition: number, [map, key, wire]: MergedRecord): string | null {
  const decoded = decodeRecord(wire);
  if (!decoded.ok) return `${key} in ${map}: ${decoded.error.message}`;
  const type = typeOfRecord(decoded.value);
  if (type !== null) state.fixMapType(map, type);
  const before = state.record(partition, map, key) ?? EMPTY_RECORD;
  const after = mergeRecords(before, decoded.value);
  if (after !== before) state.putRecord(partition, map, key, after);
  return null;
}
