/** What a query may ask at most. Anything beyond is a typed error before anything runs. */
export const QUERY_LIMITS = {
  /** Levels of `and`, `or`, `not` and the condition at the end together; also of a path. */
  depth: 16,
  /** Conditions and connectives in a predicate together. */
  nodes: 256,
  /** Values of one `$in` or `$nin`. */
  values: 1000,
  /** Levels of a sort order. */
  sortKeys: 16,
  /** Characters of a pattern, a prefix or a text to match. */
  textLength: 512,
  /** Different words of a text to match. */
  matchTerms: 32,
  /** Steps of a regular expression, written out without counts: each character of a text costs at most so many. */
  regexSteps: 1000,
  /** Paths of `fields`. */
  fields: 64,
  /** Paths of `groupBy` or `distinct`. */
  groupPaths: 16,
  aggregates: 32,
  /** Relations in one query, those within relations included. */
  relations: 8,
  /** How many relations deep `include` may go. */
  includeDepth: 4,
  /** Characters of a text that is searched for, as a search takes them. */
  searchLength: 1_024,
  /** Fields that are searched. */
  searchFields: 16,
  /** Numbers of a vector that is searched for. */
  vectorDimensions: 4_096,
  /** The greatest `limit` of a search. */
  searchLimit: 1_000,
  /** The greatest `limit`. */
  limit: 100_000,
} as const;
