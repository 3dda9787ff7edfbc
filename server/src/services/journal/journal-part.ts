import { decodeValue, encodeValue, type JsonValue, type Value } from '@topgun/core/primitives';
import type { SegmentEvent, SegmentJournal } from '../persistence/segment.js';
import type { JournalEvent } from './journal-event.js';

/** JO-1: what a segment holds of the journal: the events of its commit, in the order of the ops. It may have none. */
export interface JournalPart {
  /** Server time in ms since 1970. */
  readonly at: number;
  readonly events: readonly JournalEvent[];
}

/** What the frames of a commit have of it, in their order. */
export const eventsOf = (frames: readonly { readonly journal?: JournalPart | undefined }[]): readonly JournalEvent[] =>
  frames.flatMap(({ journal }) => journal?.events ?? []);

/** The parts of a commit's frames as one; `undefined`: no journal is kept. */
export function joinParts(parts: Iterable<JournalPart | undefined>): SegmentJournal | undefined {
  let at: number | null = null;
  const events: SegmentEvent[] = [];
  for (const part of parts) {
    if (part === undefined) continue;
    at = Math.max(at ?? part.at, part.at);
    for (const event of part.events) events.push(encodeEvent(event));
  }
  return at === null ? undefined : { at, events };
}

/** What hosts have staged of the journal, as that of one commit; `undefined`: none is kept. */
export const joinJournals = (parts: readonly SegmentJournal[]): SegmentJournal | undefined =>
  parts.length === 0
    ? undefined
    : { at: Math.max(...parts.map(({ at }) => at)), events: parts.flatMap(({ events }) => events) };

export function encodeEvent({ value, previous, ...event }: JournalEvent): SegmentEvent {
  return {
    ...event,
    ...(value === undefined ? {} : { value: encodeValue(value) }),
    ...(previous === undefined ? {} : { previous: encodeValue(previous) }),
  };
}

/** Of a segment that was checked; throws where a value is none, which is damage. */
export function decodeEvent({ value, previous, ...event }: SegmentEvent): JournalEvent {
  return {
    ...event,
    ...(value === undefined ? {} : { value: decoded(value) }),
    ...(previous === undefined ? {} : { previous: decoded(previous) }),
  };
}

function decoded(json: JsonValue): Value {
  const value = decodeValue(json);
  if (!value.ok) throw new Error(`the journal holds what is no value: ${value.error.message}`);
  return value.value;
}
