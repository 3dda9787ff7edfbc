import { nextStamp, type ReplicaId } from '@topgun/core/clock';
import { opToWire, type PatchOp, type RaisedFields } from '@topgun/core/crdt';
import { APPLIED, type SegmentEntry } from '../persistence/segment.js';
import type { StateView } from './state-view.js';

/** RS-3: who writes what a resolver makes of an op that is older than what is there, with sequences of its own. */
export const RESOLVERS_REPLICA = '.resolvers' as ReplicaId;

/** The server's own write of these fields: just after what they hold, which is all the stamp is for. Pure. */
export function raiseFields(
  state: StateView,
  partition: number,
  { map, key }: { readonly map: string; readonly key: string },
  { fields, after }: RaisedFields,
): PatchOp {
  const stamp = nextStamp(after, 0, RESOLVERS_REPLICA);
  const seq = state.decided(partition, RESOLVERS_REPLICA) + 1;
  return { kind: 'patch', replica: RESOLVERS_REPLICA, seq, stamp, map, key, fields };
}

export const raisedEntry = (partition: number, op: PatchOp): SegmentEntry => ({
  partition,
  replica: op.replica,
  ops: [[opToWire(op), APPLIED]],
});
