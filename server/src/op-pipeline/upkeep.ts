import { Overlay, type RecordChange } from '../services/crdt/overlay.js';
import type { JournalPart } from '../services/journal/journal-part.js';
import { eventOf } from '../services/journal/journal-event.js';
import type { DecideUpkeep } from '../services/retention/upkeep.js';
import { createOpSession } from './op-session.js';
import type { Journaling } from './stage.js';
import { passOn, type Frame, type Staged, type StagedFrame, type Upkeep } from './stages.js';

/** Upkeep as a frame among those of the clients. It comes from nobody, so there is nobody to authorize or to answer. */
export function takeUpkeep(decide: DecideUpkeep, bytes: number): Upkeep {
  const session = createOpSession('upkeep');
  return passOn<'upkeep', Frame & { readonly decide: DecideUpkeep }>({ session, bytes, decide });
}

export function stageUpkeep(frame: Upkeep, overlay: Overlay, journaling: Journaling | null): Staged {
  const { session, bytes } = frame;
  if (journaling === null) {
    return passOn<'staged', StagedFrame>({ session, bytes, entries: frame.decide(overlay), verdicts: [] });
  }
  const trial = new Overlay(overlay);
  const entries = frame.decide(trial);
  const journal = upkeepPart(trial.applyTo(overlay), journaling);
  return passOn<'staged', StagedFrame>({ session, bytes, entries, verdicts: [], journal });
}

/** JO-1: what ends with time is removed by nobody in particular. */
function upkeepPart(changes: readonly RecordChange[], { keeps, now }: Journaling): JournalPart {
  const events = changes.flatMap(({ map, key, before, after }) => {
    const stamp = after?.existence?.stamp;
    const event = stamp === undefined || !keeps(map) ? null : eventOf({ map, key, stamp }, before, after, null);
    return event ?? [];
  });
  return { at: now, events };
}
