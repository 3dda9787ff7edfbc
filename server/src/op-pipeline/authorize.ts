import { err, ok, type Hash64, type Result } from '@topgun/core/primitives';
import { bindReplica, ownerOf, placeOfOwner } from '../services/crdt/replica-owners.js';
import type { Overlay } from '../services/crdt/overlay.js';
import type { SegmentEntry } from '../services/persistence/segment.js';
import { passOn, type Authorized, type CheckedFrame, type SessionFault, type Validated } from './stages.js';

export interface Authorization {
  readonly hash: Hash64;
  /** The server's wall time, in ms since 1970. */
  readonly now: number;
  /** CR-2: whether it is known here whose the replica is. */
  readonly owns: (partition: number) => boolean;
}

/**
 * A session submits for the replicas it has announced and for no other, each replica's ops in sequence order within a
 * partition (PI-11). An op that comes after a later one would be taken for decided and be lost without a word, so it
 * ends the session instead. CR-2: a replica is the principal's that used it first, and no other's.
 */
export function authorize(
  frame: Validated,
  overlay: Overlay,
  authorization: Authorization,
): Result<Authorized, SessionFault> {
  const fault = orderFault(frame) ?? ownerFault(frame, overlay, authorization);
  if (fault !== null) return err(fault);
  const bindings = bindUnowned(frame, overlay, authorization);
  return ok(passOn<'authorized', CheckedFrame & Pick<Authorized, 'bindings'>>({ ...frame, bindings }));
}

function orderFault({ session, batches }: CheckedFrame): SessionFault | null {
  for (const { replica, partition, ops } of batches) {
    if (!session.replicas.has(replica)) {
      return { code: 'unknown-replica', reason: `This connection has not announced the replica ${replica}.` };
    }
    let sent = session.sent.get(replica);
    if (sent === undefined) session.sent.set(replica, (sent = new Map()));
    let last = sent.get(partition) ?? 0;
    for (const { seq } of ops) {
      if (seq <= last) {
        return {
          code: 'out-of-order',
          reason: `Op ${seq} of replica ${replica} came after op ${last} in partition ${partition}.`,
        };
      }
      last = seq;
    }
    sent.set(partition, last);
  }
  return null;
}

/** It was looked at when the replica was announced; another principal may have used it since. */
function ownerFault(
  { session, batches }: CheckedFrame,
  overlay: Overlay,
  { hash, owns }: Authorization,
): SessionFault | null {
  if (session.identity === null) return null;
  for (const replica of new Set(batches.map((batch) => batch.replica))) {
    if (!owns(placeOfOwner(hash, replica))) continue;
    const owner = ownerOf(overlay, hash, replica);
    if (owner === undefined || owner === session.identity.principal) continue;
    return { code: 'unknown-replica', reason: `The replica ${replica} is another principal's.` };
  }
  return null;
}

function bindUnowned(
  { session, batches }: CheckedFrame,
  overlay: Overlay,
  { hash, now, owns }: Authorization,
): readonly SegmentEntry[] {
  if (session.identity === null) return [];
  const { principal } = session.identity;
  const unowned = [...new Set(batches.map(({ replica }) => replica))].filter(
    (replica) => owns(placeOfOwner(hash, replica)) && ownerOf(overlay, hash, replica) === undefined,
  );
  return unowned.map((replica) => bindReplica(overlay, hash, replica, principal, now));
}
