import type { Value } from '../../primitives/index.js';
import type { OperatorInput, PathInput, RangeInput, WhereInput } from '../query-input.js';

const condition = (path: PathInput, operators: OperatorInput): WhereInput => [
  typeof path === 'string' ? path.split('.') : path,
  operators,
];

/**
 * Builds conditions as function calls, for `predicate` or anywhere inside a `where`. A path is dotted, or
 * an array of field names. Nothing is checked here: `parseQuery` does that, with the place in the query.
 */
export const Predicates = {
  equal: (path: PathInput, value: Value): WhereInput => condition(path, { $eq: value }),
  notEqual: (path: PathInput, value: Value): WhereInput => condition(path, { $ne: value }),
  greaterThan: (path: PathInput, value: RangeInput): WhereInput => condition(path, { $gt: value }),
  greaterThanOrEqual: (path: PathInput, value: RangeInput): WhereInput => condition(path, { $gte: value }),
  lessThan: (path: PathInput, value: RangeInput): WhereInput => condition(path, { $lt: value }),
  lessThanOrEqual: (path: PathInput, value: RangeInput): WhereInput => condition(path, { $lte: value }),
  between: (path: PathInput, from: RangeInput, to: RangeInput): WhereInput => condition(path, { $between: [from, to] }),
  in: (path: PathInput, values: readonly Value[]): WhereInput => condition(path, { $in: values }),
  notIn: (path: PathInput, values: readonly Value[]): WhereInput => condition(path, { $nin: values }),
  exists: (path: PathInput): WhereInput => condition(path, { $exists: true }),
  isNull: (path: PathInput): WhereInput => condition(path, { $isNull: true }),
  isNotNull: (path: PathInput): WhereInput => condition(path, { $isNull: false }),
  startsWith: (path: PathInput, prefix: string): WhereInput => condition(path, { $startsWith: prefix }),
  like: (path: PathInput, pattern: string): WhereInput => condition(path, { $like: pattern }),
  ilike: (path: PathInput, pattern: string): WhereInput => condition(path, { $ilike: pattern }),
  regex: (path: PathInput, pattern: string | RegExp): WhereInput => condition(path, { $regex: pattern }),
  contains: (path: PathInput, value: Value): WhereInput => condition(path, { $contains: value }),
  containsAny: (path: PathInput, values: readonly Value[]): WhereInput => condition(path, { $containsAny: values }),
  containsAll: (path: PathInput, values: readonly Value[]): WhereInput => condition(path, { $containsAll: values }),
  match: (path: PathInput, text: string): WhereInput => condition(path, { $match: text }),
  and: (...all: readonly WhereInput[]): WhereInput => ({ $and: all }),
  or: (...any: readonly WhereInput[]): WhereInput => ({ $or: any }),
  not: (negated: WhereInput): WhereInput => ({ $not: negated }),
} as const;
