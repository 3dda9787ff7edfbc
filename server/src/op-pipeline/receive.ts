import type { ReplicaId } from '@topgun/core/clock';
import { err, ok, type Result } from '@topgun/core/primitives';
import type { HostCommand } from '../ports/partition-host.js';
import type { OpSession } from './op-session.js';
import { passOn, type Received, type SessionFault } from './stages.js';

type Submit = Extract<HostCommand, { type: 'submit' }>;

/**
 * Takes a submit message in, or drops it, `null`: of a session that is unknown or revoked nothing can be decided. CL-5: of
 * one replica a session has at most `windowOps` ops undecided, so that a resend finds every refusal still kept (PI-11).
 */
export function receive(
  { batches, bytes, transaction, joint }: Submit,
  session: OpSession | undefined,
  windowOps: number,
): Result<Received, SessionFault> | null {
  if (session === undefined || session.revoked) return null;
  for (const [replica, ops] of opsByReplica(batches)) {
    const undecided = (session.undecided.get(replica) ?? 0) + ops;
    if (undecided > windowOps) {
      const reason = `More than ${windowOps} ops of replica ${replica} were sent before earlier ones were decided.`;
      return err({ code: 'window-exceeded', reason });
    }
    session.undecided.set(replica, undecided);
  }
  return ok(passOn<'received', Omit<Received, symbol>>({ session, batches, bytes, transaction, joint }));
}

/** How many ops there are of each replica, of one after the other: a message has many batches, mostly of one replica. */
function* opsByReplica(batches: Submit['batches']): Iterable<readonly [ReplicaId, number]> {
  let ops = 0;
  for (let i = 0; i < batches.length; i += 1) {
    const batch = batches[i]!;
    ops += batch.ops.length;
    if (batches[i + 1]?.replica === batch.replica) continue;
    yield [batch.replica, ops];
    ops = 0;
  }
}
