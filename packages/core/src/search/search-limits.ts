import { MAX_EDITS, QUERY_LIMITS, TERM_LENGTH, WORDS_TEXT_LENGTH } from '../query/index.js';

/** What a search may ask and an index may hold at most. Anything beyond is a typed error, or is left out where a rule says so. */
export const SEARCH_LIMITS = {
  /** Characters of what is searched for. */
  queryLength: 1_024,
  /** Different words of what is searched for. */
  queryTerms: 32,
  /** Fields of one index. */
  fields: 16,
  stopWords: 1_000,
  /** Numbers of a vector. */
  dimensions: QUERY_LIMITS.vectorDimensions,
  /** So many of the nearest records take part in a search, or as many as its `limit` says if that is more. */
  nearest: 100,
  /** Characters of one record's text that are indexed: what one step of building an index costs is bounded by it. */
  textLength: WORDS_TEXT_LENGTH,
  /** Characters of a word that count. */
  termLength: TERM_LENGTH,
  /** The greatest `limit`. */
  limit: 1_000,
  /** The greatest `boost`. */
  boost: 1_000,
  /** Edits that a word may be away, at most. */
  edits: MAX_EDITS,
  facets: 8,
  /** Values of one facet that are told of, the most frequent ones. */
  facetValues: 100,
  /** Ranges highlighted in one field. */
  ranges: 100,
  /** The greatest `limit` of completions. */
  suggestions: 50,
} as const;

/** So many words of a text are read in one step, or so many terms put into an index: a third of a millisecond, whatever the script. */
export const WORDS_PER_STEP = 128;
/** To look at a record costs as much as to read so many. */
export const WORDS_PER_RECORD = 2;
