/**
 * The canonical form of a query: what is hashed, sent over the wire, compiled and evaluated.
 *
 * Plain JSON without a single user-chosen object key: paths are arrays of field names, and literals that
 * are more than a scalar travel as canonical JSON text. So `__proto__`, bytes and escaped names need no
 * care from whoever encodes a query.
 */

/**
 * A place in a record: own field names from the outside in, through plain objects only (never into
 * arrays or bytes). The path `['_key']` is the record's key.
 */
export type Path = readonly string[];

/** The path segment that, alone, names the record's key. */
export const KEY_FIELD = '_key';

/** The path segment that, alone in a sort order, names how well a row meets the query's `$match` conditions. */
export const SCORE_FIELD = '_score';

/** A constant in a query; arrays, objects and bytes as their canonical JSON text. */
export type Literal = null | boolean | number | string | { readonly json: string };

/** Constants that have a place among others of their type; bytes as their canonical JSON text. */
export type RangeLiteral = Exclude<Literal, null>;

export type Direction = 'asc' | 'desc';

/** One level of a sort order, the most significant first. The key breaks the last ties, ascending. */
export type SortKey = readonly [path: Path, direction: Direction];

/**
 * A condition on one row. `and` of nothing is true, `or` of nothing is false.
 *
 * Where the path is missing in a row, only `ne`, `nin`, `exists: false` and `isNull: true` hold. Nothing
 * equals a missing value, `null` included. `gt`, `gte`, `lt` and `lte` hold only between two booleans, two
 * numbers, two strings or two byte strings. `like`, `regex` and `startsWith` hold only for strings, `match` for what has words (strings, numbers, lists of them),
 * the `contains` family only for strings and arrays. `not` is plain negation, so `not (a > 1)` holds where `a` is missing.
 */
export type Predicate =
  | { readonly type: 'and' | 'or'; readonly of: readonly Predicate[] }
  | { readonly type: 'not'; readonly of: Predicate }
  | { readonly type: 'eq' | 'ne'; readonly path: Path; readonly value: Literal }
  | { readonly type: RangeType; readonly path: Path; readonly value: RangeLiteral }
  | { readonly type: 'in' | 'nin'; readonly path: Path; readonly values: readonly Literal[] }
  | { readonly type: 'exists'; readonly path: Path; readonly exists: boolean }
  /** `isNull: true` holds where there is `null` or nothing. */
  | { readonly type: 'isNull'; readonly path: Path; readonly isNull: boolean }
  | { readonly type: 'startsWith'; readonly path: Path; readonly prefix: string }
  /** The whole string fits the pattern: `%` is any run of characters, `_` one character, `\` takes the next as it is. */
  | { readonly type: 'like'; readonly path: Path; readonly pattern: string; readonly caseInsensitive: boolean }
  /** Some part of the string fits the pattern, which the grammar of `core/query/regex` can read. */
  | { readonly type: 'regex'; readonly path: Path; readonly pattern: string; readonly caseInsensitive: boolean }
  /** An item of the array equals the value, or the string has it, a string, somewhere, letter case aside as in `like`. */
  | { readonly type: 'contains'; readonly path: Path; readonly value: Literal }
  /** As `contains`, with one of the values, with each of them. */
  | { readonly type: 'containsAny' | 'containsAll'; readonly path: Path; readonly values: readonly Literal[] }
  | MatchPredicate;

export type RangeType = 'gt' | 'gte' | 'lt' | 'lte';

/** The text at the path has all words of `text`: as they are, going on, or with a typing error. Of no words nothing is met. */
export type MatchPredicate = {
  readonly type: 'match';
  readonly path: Path;
  readonly text: string;
};

/** A value of a row as a constant, or that the row has none. */
export type CursorValue = Literal | { readonly missing: true };

/** A place in the full order of rows, whether or not a row is there. */
export type Cursor = {
  /** One for each level of the query's sort order. */
  readonly values: readonly CursorValue[];
  readonly key: string;
};

/**
 * - `count` counts rows: all of them without a path, else those with a value other than `null` there.
 * - `sum` and `avg` take the numbers at the path. The sum is exact and rounded once to the nearest double, so
 *   no order of rows changes it; `null` where that is out of range. Of no numbers the sum is 0, the average `null`.
 * - `min` and `max` take the values at the path other than `null`, in the order of all values; of none: `null`.
 */
export type AggregateFunction = 'count' | 'sum' | 'avg' | 'min' | 'max';

/** What is shown of a group under this name. Only `count` may have no path. */
export type Aggregate = readonly [name: string, fn: AggregateFunction, path: Path | null];

/**
 * Rows become groups of equal values at `by`; a missing value is a group of its own, other than that of
 * `null`. A group is there while it has rows, also the one group of no `by`. Its key is `groupKey` of the
 * values, its value an object of them at their paths, missing ones absent, and of the aggregates by name.
 * `sort`, `after` and `limit` then are about groups.
 */
export type GroupBy = {
  readonly by: readonly Path[];
  /** Sorted by name. None: the distinct values. */
  readonly aggregates: readonly Aggregate[];
};

/**
 * Rows of another map shown in each row under `name`: those whose value at the second path of `on` equals the
 * row's at the first. Neither a missing value nor `null` relates to anything.
 */
export type Relation = {
  readonly name: string;
  readonly map: string;
  readonly on: readonly [parent: Path, child: Path];
  /** Shows the first related row or `null`, not a list. `query.limit` then is 1. */
  readonly one: boolean;
  /** `where`, `sort`, `limit`, `fields` and `include` of the related rows of one row: the limit counts per parent. */
  readonly query: Query;
};

/**
 * Only rows related to a row of the parent query: for every distinct value at the first path of `on` among
 * those, the rows with an equal value at the second, under this query's conditions, order and limit per value.
 * What `include` becomes on the wire, where each relation is a subscription of its own.
 */
export type Within = {
  readonly map: string;
  readonly query: Query;
  readonly on: readonly [parent: Path, child: Path];
};

/**
 * Only rows that a text search finds: which they are, and which of them come first, is for the search to say that evaluates it. Only on the wire, and
 * only with a limit. Without a `sort`, `after`, `groupBy` or `within`.
 */
export type TextSearch = {
  readonly text: string;
  /** What is searched of the map's records: dotted paths. */
  readonly fields: readonly string[];
  /** Those fields that are searched now, each with how much it counts. */
  readonly boosts: readonly (readonly [field: string, boost: number])[];
  readonly prefix: boolean;
  readonly fuzzy: number;
  readonly combineWith: 'AND' | 'OR';
  /** What is near to it is found, too. */
  readonly near?: VectorSearch;
};

/** What of the map's records is compared with which vector. */
export type VectorSearch = {
  /** A dotted path. */
  readonly field: string;
  /** Numbers of 32 bits, little-endian, in base64url: a quarter of what they take as JSON. */
  readonly vector: string;
  /** A cosine; `null`: however far. */
  readonly minSimilarity: number | null;
};

/**
 * A query in canonical form. Made by `parseQuery` or, from the wire, by `validateQuery`. Members that are not
 * used are absent. The steps: `within` and `where`, then `groupBy`, the order, `after`, `limit`, at last
 * `include` and `fields`. With `groupBy` there is no `include`, `fields` or `within`.
 */
export type Query = {
  readonly where: Predicate;
  readonly sort: readonly SortKey[];
  /** How many rows at most; `null` for all. */
  readonly limit: number | null;
  /** Only rows that come after this place. */
  readonly after?: Cursor;
  /** What is shown of a row besides its key and what it includes. Never on the wire: records travel whole. */
  readonly fields?: readonly Path[];
  readonly groupBy?: GroupBy;
  /** Sorted by name. Not on the wire: see `flattenQuery`. */
  readonly include?: readonly Relation[];
  /** Only on the wire: see `flattenQuery`. */
  readonly within?: Within;
  readonly search?: TextSearch;
};

/** Holds for every row, and for none. */
export const ALWAYS: Predicate = { type: 'and', of: [] };
export const NEVER: Predicate = { type: 'or', of: [] };
