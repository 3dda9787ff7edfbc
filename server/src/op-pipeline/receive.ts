import type { HostCommand } from '../ports/partition-host.js';
import type { OpSession } from './op-session.js';
import { passOn, type Received } from './stages.js';

type Submit = Extract<HostCommand, { type: 'submit' }>;

/** Takes a submit message in, or drops it: of a session that is unknown or revoked nothing can be decided. */
export function receive(submit: Submit, session: OpSession | undefined): Received | null {
  if (session === undefined || session.revoked) return null;
  return passOn<'received', Omit<Received, symbol>>({
    session,
    batches: submit.batches,
    bytes: submit.bytes,
  });
}
