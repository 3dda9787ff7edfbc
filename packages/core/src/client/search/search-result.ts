import type { TopGunError } from '../../primitives/index.js';
import type { FacetCounts, SearchInput, SuggestInput, Suggestion, TextRange } from '../../search/index.js';

/** How an app searches. */
export interface SearchOptions extends SearchInput {
  /**
   * How long a handle must have had a subscriber before anything is asked: one that is given up earlier, for another text, costs nothing. 0 by default; the
   * hooks wait for 150.
   */
  readonly debounceMs?: number | undefined;
}

/** How an app asks for completions. */
export interface SuggestOptions extends SuggestInput {
  readonly debounceMs?: number | undefined;
}

/** Where an answer is from: the records held here, those of the server, or both. */
export type SearchSource = 'local' | 'server' | 'both';

/** One record that was found. Keeps its identity while nothing about it changes. */
export interface SearchResult<T> {
  readonly key: string;
  readonly value: T;
  /** How well it fits: an order among the results of one search. */
  readonly score: number;
  /** With `vector`, where the record is one of the nearest: the cosine of the angle to it. */
  readonly similarity?: number;
  /** The words of the record that were found, without case and accents. */
  readonly matchedTerms: readonly string[];
  /** With `highlight`: by field, where in its text the words are, as `String.slice` counts. Ranges, never HTML. */
  readonly highlights?: Readonly<Record<string, readonly TextRange[]>>;
  readonly source: 'local' | 'server';
}

/** A completion, and whose count it is. */
export interface SuggestedText extends Suggestion {
  readonly source: SearchSource;
}

/** What is known of an answer beside the results. */
export interface SearchMeta {
  /** How many there are in all. */
  readonly total: number;
  /** Counts for each of `facets`, over all that is found. */
  readonly facets: FacetCounts;
  /** Of what `total` and `facets` are counts: of what is held here, of all that the user may see, or of that with what was written here since. */
  readonly counted: SearchSource;
  /** The place of the last result, as the `cursor` of a search for what comes after it; `null` when nothing does. */
  readonly nextCursor: string | null;
}

/** The results, the best first, with what is known beside them. */
export type SearchResults<T> = readonly SearchResult<T>[] & SearchMeta;

/** What a live search shows. The object, `results` and each result keep their identity while nothing about them changes. */
export interface SearchState<T> extends SearchMeta {
  readonly results: readonly SearchResult<T>[];
  /** Nothing is known yet: `results` is empty and says nothing. */
  readonly loading: boolean;
  readonly error: TopGunError | null;
  readonly source: SearchSource;
}

/** What completions stand at. */
export interface SuggestState {
  readonly suggestions: readonly SuggestedText[];
  readonly loading: boolean;
  readonly error: TopGunError | null;
}

/** What one change did to the results of a live search. One that merely moved, or whose score alone changed, has none. */
export type SearchChange<T> =
  | { readonly type: 'enter' | 'update'; readonly key: string; readonly result: SearchResult<T> }
  | { readonly type: 'leave'; readonly key: string };

const NO_META: SearchMeta = { total: 0, facets: {}, counted: 'local', nextCursor: null };

/** Nothing is searched for: nothing is found. */
export const EMPTY_SEARCH: SearchState<never> = {
  ...NO_META,
  results: [],
  loading: false,
  error: null,
  source: 'local',
};
export const LOADING_SEARCH: SearchState<never> = { ...EMPTY_SEARCH, loading: true };
export const EMPTY_SUGGEST: SuggestState = { suggestions: [], loading: false, error: null };
export const LOADING_SUGGEST: SuggestState = { ...EMPTY_SUGGEST, loading: true };
