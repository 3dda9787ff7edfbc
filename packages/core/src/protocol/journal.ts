import * as z from 'zod/mini';
import { once } from '../primitives/once.js';
import type { Sent } from './immutable.js';
import { count, reason } from './scalars.js';

/** JO-3: the most events one page is asked to have. */
export const MAX_JOURNAL_LIMIT = 1_000;
/** JO-3: so many maps may be named. */
export const MAX_JOURNAL_MAPS = 100;

/** JO-3: asks for the page of events after a sequence. */
export const readJournalSchema = once(() =>
  z.object({
    type: z.literal('read-journal'),
    /** Names the question within the connection; the answer says it. */
    id: count(),
    /** Absent: from now on; then the answer has no events, and says where that is. */
    after: z.exactOptional(count()),
    limit: z.int().check(z.gte(1), z.lte(MAX_JOURNAL_LIMIT)),
    /** Absent: the events of all maps. */
    maps: z.exactOptional(z.array(z.string().check(z.maxLength(128))).check(z.maxLength(MAX_JOURNAL_MAPS))),
    /** The answer waits until there is something to say. */
    wait: z.exactOptional(z.literal(true)),
  }),
);

/** The question needs no answer any more. */
export const endJournalSchema = once(() => z.object({ type: z.literal('end-journal'), id: count() }));

const journalEventSchema = once(() =>
  z.object({
    sequence: count(),
    type: z.enum(['add', 'update', 'remove']),
    map: z.string(),
    key: z.string(),
    value: z.exactOptional(z.unknown()),
    previous: z.exactOptional(z.unknown()),
    author: z.nullable(z.string()),
    stamp: z.string(),
  }),
);

export const journalSchema = once(() =>
  z.object({
    type: z.literal('journal'),
    id: count(),
    events: z.array(journalEventSchema()),
    /** Everything up to this sequence has been read; the next question says it as `after`. */
    through: count(),
    /** There may be more just now. */
    more: z.boolean(),
  }),
);

/** A question that has no other answer. */
export const journalRefusedSchema = once(() =>
  z.object({
    type: z.literal('journal-refused'),
    id: count(),
    code: z.enum(['no-journal', 'journal-trimmed', 'overloaded', 'internal']),
    reason: reason(),
    /** With `journal-trimmed`: reading may go on after this sequence. */
    through: z.exactOptional(count()),
  }),
);

export type ReadJournalMessage = Sent<typeof readJournalSchema>;
export type EndJournalMessage = Sent<typeof endJournalSchema>;
export type JournalMessage = Sent<typeof journalSchema>;
export type JournalRefusedMessage = Sent<typeof journalRefusedSchema>;
export type JournalRefusal = JournalRefusedMessage['code'];
