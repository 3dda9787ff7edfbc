import { materialize, pendingCounterValue, typeOfRecord } from '../../crdt/index.js';
import type { CountOp, LwwRecord, Op } from '../../crdt/index.js';
import type { Value } from '../../primitives/index.js';

/**
 * What shows of a record into which these pending ops are merged. A counter with deltas pending is no state that a record could hold;
 * anything else is.
 */
export function shownValue(record: LwwRecord | undefined, ops: readonly Op[] | undefined): Value | undefined {
  if (ops?.[0]?.kind !== 'count' || !isCounterOrNothing(record)) return materialize(record);
  return pendingCounterValue(record, ops.filter(isCount));
}

const isCount = (op: Op): op is CountOp => op.kind === 'count';

function isCounterOrNothing(record: LwwRecord | undefined): boolean {
  const type = record === undefined ? null : typeOfRecord(record);
  return type === null || type === 'counter';
}
