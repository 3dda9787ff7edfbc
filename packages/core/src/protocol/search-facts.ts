import * as z from 'zod/mini';
import { once } from '../primitives/once.js';
import type { Sent } from './immutable.js';
import { count, reason } from './scalars.js';

/** SE-44: so many facets may be counted at once. */
export const MAX_FACETS = 8;
/** SE-44: so many completions may be asked for. */
export const MAX_COMPLETIONS = 50;

/** SE-44: asks how many records a search finds in all, which values they have, and how its last word may go on. */
export const askSearchSchema = once(() =>
  z.object({
    type: z.literal('ask-search'),
    /** Names the question within the connection; the answer says it. */
    id: count(),
    map: z.string(),
    /** A canonical query with `search`. The receiver judges it with `validateQuery`; here it is anything. */
    query: z.unknown(),
    /** The paths whose values are counted. */
    facets: z.exactOptional(z.array(z.string().check(z.maxLength(256))).check(z.maxLength(MAX_FACETS))),
    /** So many completions of the last word. */
    complete: z.exactOptional(z.int().check(z.gte(1), z.lte(MAX_COMPLETIONS))),
    /** The answer waits until it is another than the one of that mark. */
    unless: z.exactOptional(z.string().check(z.maxLength(64))),
  }),
);

/** The question needs no answer any more. */
export const endSearchSchema = once(() => z.object({ type: z.literal('end-search'), id: count() }));

export const searchFactsSchema = once(() =>
  z.object({
    type: z.literal('search-facts'),
    id: count(),
    /** The ledger position that the records were read at, or later. */
    through: count(),
    /** How many records are found. */
    total: count(),
    /** For each facet that was asked, in that order, values and how many of the records have them, the most frequent first. */
    facets: z.array(z.array(z.tuple([z.unknown(), count()]))),
    /** The text as it may go on, and how many of the records have it so. */
    completions: z.array(z.tuple([z.string(), count()])),
    /** The same for the same facts: the next question says it as `unless`. */
    mark: z.string(),
  }),
);

/** A question that has no other answer. */
export const searchRefusedSchema = once(() =>
  z.object({
    type: z.literal('search-refused'),
    id: count(),
    code: z.enum(['bad-query', 'overloaded', 'internal']),
    reason: reason(),
  }),
);

export type AskSearchMessage = Sent<typeof askSearchSchema>;
export type EndSearchMessage = Sent<typeof endSearchSchema>;
export type SearchFactsMessage = Sent<typeof searchFactsSchema>;
export type SearchRefusedMessage = Sent<typeof searchRefusedSchema>;
