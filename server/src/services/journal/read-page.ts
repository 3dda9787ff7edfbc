import type { Access } from '@topgun/core/rules';
import { seenEvent } from './journal-event.js';
import type { SegmentEvent } from '../persistence/segment.js';
import { encodeEvent } from './journal-part.js';
import type { JournalCommit } from './recent-commits.js';
import { endOf, placeOf, sequenceOf } from './sequence.js';

export interface JournalRequest {
  /** The sequence after which reading begins. */
  readonly after: number;
  readonly limit: number;
  /** Of other maps nothing is told; `null`: of all. */
  readonly maps: ReadonlySet<string> | null;
}

export interface JournalPage {
  readonly events: readonly SequencedEvent[];
  /** Everything up to this sequence has been read; the next page begins after it. */
  readonly through: number;
  /** There may be more just now. */
  readonly more: boolean;
}

export type SequencedEvent = SegmentEvent & { readonly sequence: number };

/** One page, at most, has about so many characters of values. */
export const MAX_PAGE_CHARS = 512 * 1024;
/** So many events are looked at for one page, whoever may see how few of them. */
export const MAX_LOOKED_AT = 8_192;

/**
 * JO-3: a page of the events after `request.after`, from commits in the order of their positions, the first of which is that commit or a later one.
 * `latest`: the last position there is; what is later does not count yet.
 */
export async function readPage(
  { after, limit, maps }: JournalRequest,
  commits: AsyncIterable<JournalCommit> | Iterable<JournalCommit>,
  latest: number,
  access: Access | null,
): Promise<JournalPage> {
  const start = placeOf(after);
  const events: SequencedEvent[] = [];
  let chars = 0;
  let looked = 0;
  for await (const { position, events: all } of commits) {
    if (position > latest) break;
    for (let index = position === start.position ? start.index + 1 : 0; index < all.length; index += 1) {
      const sequence = sequenceOf({ position, index });
      const event = all[index]!;
      looked += 1;
      const isAsked = maps === null || maps.has(event.map);
      const seen = !isAsked ? null : access === null ? event : seenEvent(event, access.of(event.map));
      if (seen !== null) {
        const wire = { sequence, ...encodeEvent(seen) };
        chars += JSON.stringify(wire).length;
        // One that is larger than a page is a page.
        if (chars > MAX_PAGE_CHARS && events.length > 0) return { events, through: sequence - 1, more: true };
        events.push(wire);
      }
      if (events.length === limit || looked >= MAX_LOOKED_AT) return { events, through: sequence, more: true };
    }
  }
  return { events, through: Math.max(after, endOf(latest)), more: false };
}
