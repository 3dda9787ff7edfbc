import { nextStamp, type ReplicaId } from '@topgun/core/clock';
import { applyDecided, opToWire, SCALAR_FIELD, type Op } from '@topgun/core/crdt';
import { partitionOf, type Hash64 } from '@topgun/core/primitives';
import { APPLIED, type SegmentEntry } from '../persistence/segment.js';
import type { MutableState, StateView } from './state-view.js';

/** Maps of which the names begin so are the server's own: clients neither read nor write them. */
const SYSTEM_PREFIX = '.topgun/';

export const isSystemMap = (map: string): boolean => map.startsWith(SYSTEM_PREFIX);

/** CR-2: whose replica is whose, by replica: a record like any other, so it is in the ledger and in whatever is made of that. */
export const REPLICAS_MAP = `${SYSTEM_PREFIX}replicas`;

/** Who writes that map, with sequences of its own. */
const OWNERS_REPLICA = '.owners' as ReplicaId;

/** The partition in which it is known whose the replica is. */
export const placeOfOwner = (hash: Hash64, replica: ReplicaId): number => partitionOf(hash, REPLICAS_MAP, replica);

/** CR-2: the principal that first used the replica; `null`: nobody in particular. `undefined`: no one has yet, as far as the server knows. */
export function ownerOf(state: StateView, hash: Hash64, replica: ReplicaId): string | null | undefined {
  const partition = placeOfOwner(hash, replica);
  const value = state.record(partition, REPLICAS_MAP, replica)?.fields.get(SCALAR_FIELD)?.value;
  return value as string | null | undefined;
}

/** CR-2: from now on the replica is this principal's. Changes the state, and returns what the ledger has to hold of that. */
export function bindReplica(
  state: MutableState,
  hash: Hash64,
  replica: ReplicaId,
  principal: string | null,
  now: number,
): SegmentEntry {
  const partition = placeOfOwner(hash, replica);
  const op: Op = {
    kind: 'create',
    replica: OWNERS_REPLICA,
    seq: state.decided(partition, OWNERS_REPLICA) + 1,
    stamp: nextStamp('', now, OWNERS_REPLICA),
    map: REPLICAS_MAP,
    key: replica,
    fields: [{ name: SCALAR_FIELD, value: principal }],
    restart: false,
  };
  state.fixMapType(REPLICAS_MAP, 'record');
  state.putRecord(partition, REPLICAS_MAP, replica, applyDecided(state.record(partition, REPLICAS_MAP, replica), op));
  state.decide(partition, OWNERS_REPLICA, op.seq);
  return { partition, replica: OWNERS_REPLICA, ops: [[opToWire(op), APPLIED]] };
}
