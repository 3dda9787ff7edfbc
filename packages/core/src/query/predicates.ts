import type { Value } from '../primitives/index.js';
import type { OperatorInput, PathInput, RangeInput, WhereInput } from './query-input.js';

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
  in: (path: PathInput, values: readonly Value[]): WhereInput => condition(path, { $in: values }),
  and: (...all: readonly WhereInput[]): WhereInput => ({ $and: all }),
  or: (...any: readonly WhereInput[]): WhereInput => ({ $or: any }),
  not: (negated: WhereInput): WhereInput => ({ $not: negated }),
} as const;
