import type { Identity } from '../ports/identity.js';
import type { Overlay } from '../services/crdt/overlay.js';
import type { DecideCall } from '../services/procedures/decide-call.js';
import { createOpSession } from './op-session.js';
import type { Journaling } from './stage.js';
import { passOn, type Called, type Frame, type Staged, type StagedFrame } from './stages.js';

/** A call as a frame among the ops of clients. It is the server's own work: nobody's session ends with it. */
export function takeCall(run: DecideCall, bytes: number, identity: Identity | null): Called {
  const session = { ...createOpSession('call'), identity };
  return passOn<'called', Frame & { readonly run: DecideCall }>({ session, bytes, run });
}

/** PR-2: what it wrote, and what is kept of it, in the one segment of its commit. */
export function stageCall({ session, bytes, run }: Called, overlay: Overlay, journaling: Journaling | null): Staged {
  const { entries, events } = run(overlay);
  const journal = journaling === null ? {} : { journal: { at: journaling.now, events } };
  return passOn<'staged', StagedFrame>({ session, bytes, entries, verdicts: [], ...journal });
}
