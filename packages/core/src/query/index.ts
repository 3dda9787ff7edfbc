export { canonicalQuery } from './canonical-query.js';
export { compareStrings, compareValues } from './compare-values.js';
export { compileComparator, type EntryComparator } from './compile-comparator.js';
export { compilePredicate, type RowTest } from './compile-predicate.js';
export type { Change, Entry } from './entry.js';
export { evaluate } from './evaluate.js';
export { parseQuery } from './parse-query.js';
export { Predicates } from './predicates.js';
export { describeQueryError, type QueryError, type QueryErrorPath } from './query-error.js';
export type {
  ConditionInput,
  OperatorInput,
  PairInput,
  PathInput,
  QueryInput,
  RangeInput,
  SortInput,
  WhereFields,
  WhereInput,
} from './query-input.js';
export { QUERY_LIMITS } from './query-limits.js';
export {
  KEY_FIELD,
  type Direction,
  type Literal,
  type Path,
  type Predicate,
  type Query,
  type RangeLiteral,
  type RangeType,
  type SortKey,
} from './query.js';
export { validateQuery } from './validate-query.js';
export { applySteps, type ViewDiff, type ViewStep } from './view-diff.js';
export { createView, type View } from './view.js';
export { isWholeMap, WHOLE_MAP, windowSize, windowSlack } from './window.js';
