import type { JointId } from '../ports/ledger.js';
import type { Identity } from '../ports/identity.js';
import type { Overlay } from '../services/crdt/overlay.js';
import type { DecideCall } from '../services/procedures/decide-call.js';
import { createOpSession } from './op-session.js';
import type { Journaling } from './stage.js';
import {
  passOn,
  type Called,
  type CalledPart,
  type Frame,
  type JointPart,
  type Staged,
  type StagedFrame,
} from './stages.js';

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

/** PR-9: of a call over several hosts. */
export function takeCallPart(joint: JointId, part: JointPart, identity: Identity | null): CalledPart {
  const session = { ...createOpSession('call'), identity };
  return passOn<'called', Frame & { readonly joint: JointId; readonly part: JointPart }>({
    session,
    bytes: 0,
    joint,
    part,
  });
}

/** PR-9: the ledger takes it with the parts of other hosts, or none of them. */
export function stageCallPart(
  { session, bytes, joint, part }: CalledPart,
  overlay: Overlay,
  journaling: Journaling | null,
): Staged | null {
  const decided = part.write(overlay);
  if (decided === null) return null;
  const { entries, events } = decided;
  const journal = journaling === null ? {} : { journal: { at: journaling.now, events } };
  const together = part.isWriting ? { joint, isAwaited: true as const } : {};
  return passOn<'staged', StagedFrame>({ session, bytes, entries, verdicts: [], ...together, ...journal });
}
