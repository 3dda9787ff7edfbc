import type { Applied } from '../op-pipeline/stages.js';
import type { Committed } from '../ports/partition-host.js';
import type { GridState } from '../services/crdt/grid-state.js';
import { encodeEvent, eventsOf } from '../services/journal/journal-part.js';

/** What a host that is one of several says of a commit besides, for who makes one host of them. */
export function toldToPeers(
  { frames }: Pick<Applied, 'frames'>,
  { forgottenThrough }: Pick<GridState, 'forgottenThrough'>,
): Pick<Committed, 'forgottenThrough' | 'journal'> {
  const events = eventsOf(frames);
  return { forgottenThrough, ...(events.length === 0 ? {} : { journal: events.map(encodeEvent) }) };
}
