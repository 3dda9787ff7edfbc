import type { ReplicaId, Stamp } from '@topgun/core/clock';
import { applyDecided, opToWire, type LwwRecord, type Op } from '@topgun/core/crdt';
import { isPlainObject, partitionOf, type Hash64, type Value } from '@topgun/core/primitives';
import type { MutableState, StateView } from '../crdt/state-view.js';
import { APPLIED, type SegmentEntry } from '../persistence/segment.js';
import { refusedCall, type CallOutcome } from './call-outcome.js';

/** PR-4: what calls have come to, by caller: a record like any other, so it is in the commit of what they wrote and in whatever is made of that. */
export const CALLS_MAP = '.topgun/calls';

/** Who writes what procedures write, and that map, with sequences of its own. */
export const CALLS_REPLICA = '.calls' as ReplicaId;

/** Of one caller so many are kept: four times as many as may be without an answer. */
export const KEPT_CALLS = 64;
/** So long after the caller's last one. */
export const KEPT_CALLS_MS = 86_400_000;

/** Whose calls are kept together: those of a local database, for one principal. A caller has no slash in its name. */
export const callerKey = (caller: string, principal: string | null): string =>
  principal === null ? caller : `${caller}/${principal}`;

export interface KeptCall {
  readonly call: string;
  readonly name: string;
  readonly outcome: CallOutcome;
}

/** What is kept of a call; `undefined`: nothing. */
export function findCall(state: StateView, hash: Hash64, caller: string, call: string): KeptCall | undefined {
  const record = state.record(partitionOf(hash, CALLS_MAP, caller), CALLS_MAP, caller);
  for (const { value } of record?.fields.values() ?? []) {
    if (isPlainObject(value) && value['call'] === call) return toKeptCall(value);
  }
  return undefined;
}

/** PR-4: keeps it in the place of the caller's oldest one, when there are as many as may be. Changes the state, and returns what the ledger has to hold of that. */
export function keepCall(
  state: MutableState,
  hash: Hash64,
  caller: string,
  kept: KeptCall,
  { stamp, now }: { readonly stamp: (after: LwwRecord | undefined) => Stamp; readonly now: number },
): SegmentEntry {
  const partition = partitionOf(hash, CALLS_MAP, caller);
  const record = state.record(partition, CALLS_MAP, caller);
  const op: Op = {
    kind: 'create',
    replica: CALLS_REPLICA,
    seq: state.decided(partition, CALLS_REPLICA) + 1,
    stamp: stamp(record),
    map: CALLS_MAP,
    key: caller,
    fields: [{ name: placeIn(record), value: toValue(kept) }],
    restart: false,
    expiresAt: now + KEPT_CALLS_MS,
  };
  state.fixMapType(CALLS_MAP, 'record');
  state.putRecord(partition, CALLS_MAP, caller, applyDecided(record, op));
  state.decide(partition, CALLS_REPLICA, op.seq);
  return { partition, replica: CALLS_REPLICA, ops: [[opToWire(op), APPLIED]] };
}

function placeIn(record: LwwRecord | undefined): string {
  const places = record?.fields;
  if (places === undefined || places.size < KEPT_CALLS) return String(places?.size ?? 0);
  let oldest: readonly [name: string, stamp: Stamp] | null = null;
  for (const [name, { stamp }] of places) if (oldest === null || stamp < oldest[1]) oldest = [name, stamp];
  return oldest![0];
}

function toValue({ call, name, outcome }: KeptCall): Value {
  if (outcome.type === 'returned') {
    const { result } = outcome;
    return { call, name, ...(result === undefined ? {} : { result }) };
  }
  const { reason, data } = outcome;
  return { call, name, refused: reason, ...(data === undefined ? {} : { data }) };
}

function toKeptCall({ call, name, refused, result, data }: { readonly [field: string]: Value }): KeptCall {
  const outcome: CallOutcome =
    refused === undefined
      ? { type: 'returned', result }
      : { ...refusedCall('refused', text(refused)), ...(data === undefined ? {} : { data }) };
  return { call: text(call), name: text(name), outcome };
}

const text = (value: Value | undefined): string => (typeof value === 'string' ? value : '');
