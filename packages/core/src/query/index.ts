export { canonicalQuery } from './canonical-query.js';
export { compareStrings, compareValues } from './compare-values.js';
export { compileComparator, type EntryComparator } from './compile-comparator.js';
export { compilePredicate, type MatchCompiler, type RowTest } from './compile-predicate.js';
export type { Change, Entry } from './entry.js';
export { evaluate } from './evaluate.js';
export { groupKey } from './group/group-key.js';
export { parseQuery } from './parse-query.js';
export { pinnedEqualities, type PinnedEquality } from './predicate/pinned-equalities.js';
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
  type Aggregate,
  type AggregateFunction,
  type Cursor,
  type CursorValue,
  type Direction,
  type GroupBy,
  type Literal,
  type MatchPredicate,
  type Path,
  type Predicate,
  type Query,
  type RangeLiteral,
  type RangeType,
  type Relation,
  type SortKey,
  type Within,
} from './query.js';
export { validateQuery } from './validate-query.js';
export { applySteps, type ViewDiff, type ViewStep } from './view-diff.js';
export { createView, type View } from './view.js';
export { isWholeMap, WHOLE_MAP, windowSize, windowSlack } from './window.js';
