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
 * Where the path is missing in a row, only `ne`, `nin` and `exists: false` hold. Nothing equals a missing
 * value, `null` included. `gt`, `gte`, `lt` and `lte` hold only between two booleans, two numbers, two
 * strings or two byte strings. `not` is plain negation, so `not (a > 1)` holds where `a` is missing.
 */
export type Predicate =
  | { readonly type: 'and' | 'or'; readonly of: readonly Predicate[] }
  | { readonly type: 'not'; readonly of: Predicate }
  | { readonly type: 'eq' | 'ne'; readonly path: Path; readonly value: Literal }
  | { readonly type: RangeType; readonly path: Path; readonly value: RangeLiteral }
  | { readonly type: 'in' | 'nin'; readonly path: Path; readonly values: readonly Literal[] }
  | { readonly type: 'exists'; readonly path: Path; readonly exists: boolean };

export type RangeType = 'gt' | 'gte' | 'lt' | 'lte';

/** A query in canonical form. Made by `parseQuery` or, from the wire, by `validateQuery`. */
export type Query = {
  readonly where: Predicate;
  readonly sort: readonly SortKey[];
  /** How many rows at most; `null` for all. */
  readonly limit: number | null;
};

/** Holds for every row, and for none. */
export const ALWAYS: Predicate = { type: 'and', of: [] };
export const NEVER: Predicate = { type: 'or', of: [] };
