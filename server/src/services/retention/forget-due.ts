import { SERVER_REPLICA } from '@topgun/core/crdt';
import type { MutableState, StateView } from '../crdt/state-view.js';
import type { SegmentEntry, WireMark } from '../persistence/segment.js';
import { forget, forgetMark, markToWire, type ForgetMark } from '../crdt/forget-mark.js';

/** A mark, and the ledger position that brought it. */
export interface PlacedMark extends ForgetMark {
  readonly position: number;
}

/** Whether there is still something to forget. */
export function holdsMark(state: StateView, mark: ForgetMark): boolean {
  const record = state.record(mark.partition, mark.map, mark.key);
  return record !== undefined && forgetMark(record, mark) !== record;
}

/** CR-10: forgets these, and says so for the ledger. Pure but for `state`, which it changes. */
export function forgetDue(marks: readonly PlacedMark[], state: MutableState): readonly SegmentEntry[] {
  const byPartition = new Map<number, { through: number; readonly marks: WireMark[] }>();
  for (const mark of marks) {
    if (!forget(state, mark)) continue;
    let forgotten = byPartition.get(mark.partition);
    if (forgotten === undefined) byPartition.set(mark.partition, (forgotten = { through: 0, marks: [] }));
    forgotten.marks.push(markToWire(mark));
    forgotten.through = Math.max(forgotten.through, mark.position);
  }
  return [...byPartition].map(([partition, forgotten]) => {
    state.forgetThrough(forgotten.through);
    return { partition, replica: SERVER_REPLICA, ops: [], forgotten };
  });
}
