export { queriesOf, QueryBuilder, type RelationBy, type RowOf } from './builder/query-builder.js';
export { canonicalQuery } from './language/canonical-query.js';
export { compareStrings, compareValues } from './compare-values.js';
export { compileComparator, compileLead, type EntryComparator, type LeadOrder } from './compile-comparator.js';
export { compilePath, readField, type PathReader } from './compile-path.js';
export { foldText } from './text/fold-text.js';
export { splitWords, type TextRange, type WordSplitter } from './text/split-words.js';
export { FUZZY_MIN_LENGTH, MAX_EDITS, termWeight, type TermWeight } from './text/term-weight.js';
export { textOf } from './text/text-of.js';
export { cutTerm, eachTerm, TERM_LENGTH, textTerms, WORDS_TEXT_LENGTH } from './text/text-words.js';
export { compilePredicate, compilePredicateOn, type RowTest } from './predicate/compile-predicate.js';
export type { Change, Entry } from './entry.js';
export { compileRowTest } from './cursor/compile-row-test.js';
export { cursorAt } from './cursor/cursor-at.js';
export { CURSOR_MAX_AGE_MS, decodeCursor, encodeCursor, type CursorStatus } from './cursor/cursor-token.js';
export { evaluate, evaluateShown, type EvaluationWorld } from './evaluate/evaluate.js';
export { groupKey } from './group/group-key.js';
export { parseQuery, type ParseOptions, type QuerySource } from './parse-query.js';
export { flattenQuery, stripForWire, type WireQuery } from './relation/flatten-query.js';
export { pinnedEqualities, type PinnedEquality } from './predicate/pinned-equalities.js';
export { Predicates } from './language/predicates.js';
export { describeQueryError, type QueryError, type QueryErrorPath } from './language/query-error.js';
export type {
  AggregateInput,
  ConditionInput,
  OperatorInput,
  PairInput,
  PathInput,
  PathsInput,
  QueryInput,
  RangeInput,
  RelationInput,
  RowsInput,
  SortInput,
  WhereFields,
  WhereInput,
} from './query-input.js';
export { QUERY_LIMITS } from './language/query-limits.js';
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
  type TextSearch,
  type VectorSearch,
  type Within,
} from './query.js';
export type {
  AggregatesAsked,
  AskedAnyhow,
  AskedGroups,
  AskedRows,
  FieldsAsked,
  RelationsAsked,
  RelationsFor,
  RowFilterFor,
  ShapedFilter,
} from './types/asked-query-types.js';
export type { ConditionFor, OperatorsFor, WhereFor } from './types/condition-for.js';
export type { IsAny, NumberPathOf, PathOf, ValueAt } from './types/path-types.js';
export type {
  GroupPathsFor,
  GroupQueryFor,
  MapOf,
  PathsFor,
  QueryFor,
  RelationFor,
  RowQueryFor,
} from './types/query-for.js';
export type { ResultRow } from './types/result-row.js';
export { orderDescending } from './sorting/order-numbers.js';
export { validateQuery } from './language/validate-query.js';
export { valueText } from './operators/value-text.js';
export { createFirstEntries, type FirstEntries } from './views/first-entries.js';
export { applySteps, type ViewDiff, type ViewStep } from './view-diff.js';
export { createView, type View } from './views/create-view.js';
export type { ViewLoad } from './views/view.js';
export { isWholeMap, WHOLE_MAP, windowSize, windowSlack } from './views/window.js';
export { createIncludeView, mapsOf, type IncludeView } from './views/include-view.js';
export type { RowChange } from './operators/operator.js';
export type { JoinOptions, LoadFrom } from './operators/join.js';
export {
  KeyedViews,
  type KeyedDiff,
  type KeyedQuery,
  type LoadRelated,
  type OpeningValues,
} from './operators/keyed-views.js';
export { RelatedRows, type RelatedQuery } from './operators/related-rows.js';
export type { IndexKind, WantedOrder } from './indexes/access.js';
export { explainPlan, type PlanExplanation, type RelatedExplanation } from './indexes/explain-plan.js';
export { INDEX_LIMITS, type IndexLimits } from './indexes/index-policy.js';
export type { Plan } from './indexes/plan-query.js';
export { RecordIndexes, type RecordSet, type Selection, type TakeSteps } from './indexes/record-indexes.js';
export { takeAll } from './all-steps.js';
export { beyondTexts, matchedPaths } from './predicate/matched-texts.js';
export { compilePredicateSteps } from './predicate/predicate-steps.js';
export { StepWork } from './step-work.js';
export { openView, type OpenedView, type ViewExplanation } from './views/open-view.js';
export {
  HeldRowsView,
  wantedOrder,
  type EachRecord,
  type FindRecords,
  type FoundRecords,
} from './views/held-rows-view.js';
