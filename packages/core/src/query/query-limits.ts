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
  /** The greatest `limit`. */
  limit: 100_000,
} as const;
