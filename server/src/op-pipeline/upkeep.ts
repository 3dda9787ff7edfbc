import type { Overlay } from '../services/crdt/overlay.js';
import type { DecideUpkeep } from '../services/retention/upkeep.js';
import { createOpSession } from './op-session.js';
import { passOn, type Frame, type Staged, type StagedFrame, type Upkeep } from './stages.js';

/** Upkeep as a frame among those of the clients. It comes from nobody, so there is nobody to authorize or to answer. */
export function takeUpkeep(decide: DecideUpkeep, bytes: number): Upkeep {
  const session = createOpSession('upkeep');
  return passOn<'upkeep', Frame & { readonly decide: DecideUpkeep }>({ session, bytes, decide });
}

export function stageUpkeep(frame: Upkeep, overlay: Overlay): Staged {
  const entries = frame.decide(overlay);
  return passOn<'staged', StagedFrame>({ session: frame.session, bytes: frame.bytes, entries, verdicts: [] });
}
