import type { FacetCounts } from './count-facets.js';
import type { TextRange } from '../query/index.js';

/** One record that was found. */
export interface SearchHit {
  readonly key: string;
  /** How well it fits, for an order among the hits of one search. BM25+, to six decimals; with a `vector` the sum of 1 / (60 + rank) by text and by nearness. */
  readonly score: number;
  /** The terms of the record that were found, as they are looked up: without case and accents. In order of their text. */
  readonly terms: readonly string[];
  /** The cosine of the angle to `vector`, to six decimals, where the record is one of the nearest. */
  readonly similarity?: number;
  /** Where they are, by field: ranges of text that is a string, as `String.slice` counts. With `highlight` only. */
  readonly highlights?: Readonly<Record<string, readonly TextRange[]>>;
}

export interface SearchAnswer {
  /** The best first, those of one score by key; as many as the limit allows. */
  readonly hits: readonly SearchHit[];
  /** How many are found in all, before limit and cursor. */
  readonly total: number;
  /** Counted over all that are found. */
  readonly facets: FacetCounts;
  /** The place of the last hit, as the `cursor` of a search for what comes after it; `null` when nothing does. */
  readonly nextCursor: string | null;
  /** With a `vector`: a record that is farther away than that cosine is not one of the nearest. */
  readonly reach?: number;
}

export const NOTHING_FOUND: SearchAnswer = { hits: [], total: 0, facets: {}, nextCursor: null };
