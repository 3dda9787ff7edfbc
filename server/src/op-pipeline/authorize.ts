import { err, ok, type Result } from '@topgun/core/primitives';
import { passOn, type Authorized, type CheckedFrame, type SessionFault, type Validated } from './stages.js';

/**
 * A session submits for the replicas it has announced and for no other, each replica's ops in sequence order within a
 * partition (PI-11). An op that comes after a later one would be taken for decided and be lost without a word, so it
 * ends the session instead.
 */
export function authorize(frame: Validated): Result<Authorized, SessionFault> {
  const { session, batches } = frame;
  for (const { replica, partition, ops } of batches) {
    if (!session.replicas.has(replica)) {
      return err({ code: 'unknown-replica', reason: `This connection has not announced the replica ${replica}.` });
    }
    let sent = session.sent.get(replica);
    if (sent === undefined) session.sent.set(replica, (sent = new Map()));
    let last = sent.get(partition) ?? 0;
    for (const { seq } of ops) {
      if (seq <= last) {
        return err({
          code: 'out-of-order',
          reason: `Op ${seq} of replica ${replica} came after op ${last} in partition ${partition}.`,
        });
      }
      last = seq;
    }
    sent.set(partition, last);
  }
  return ok(passOn<'authorized', CheckedFrame>(frame));
}
