import type { Applied } from '../op-pipeline/stages.js';
import type { Committed } from '../ports/partition-host.js';
import type { GridState } from '../services/crdt/grid-state.js';
import type { QuotaShare } from '../services/crdt/quota-share.js';
import { encodeEvent, eventsOf } from '../services/journal/journal-part.js';

/** What a host that is one of several says of a commit besides, for who makes one host of them. */
export function toldToPeers(
  { changes, frames }: Pick<Applied, 'changes' | 'frames'>,
  { forgottenThrough }: Pick<GridState, 'forgottenThrough'>,
  share: QuotaShare | null,
): Pick<Committed, 'forgottenThrough' | 'journal' | 'mapBytes'> {
  const events = eventsOf(frames);
  const mapBytes = share === null ? [] : share.news(new Set(changes.map(({ map }) => map)));
  return {
    forgottenThrough,
    ...(events.length === 0 ? {} : { journal: events.map(encodeEvent) }),
    ...(mapBytes.length === 0 ? {} : { mapBytes }),
  };
}
