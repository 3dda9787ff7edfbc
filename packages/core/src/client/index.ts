/**
 * The client of TopGun: an app's maps in memory, kept on the device and in sync with a server.
 * What is exported here is the public API; everything else is internal.
 */
export { isMapName, TopGunError, type Value } from '../primitives/index.js';
export {
  checkResolver,
  custom,
  defineResolvers,
  firstWriteWins,
  immutable,
  max,
  min,
  union,
  type BrokenLaw,
  type MapResolvers,
  type Resolution,
  type Resolver,
  type Resolvers,
  type ResolversInput,
} from '../crdt/index.js';
export {
  Predicates,
  queriesOf,
  QueryBuilder,
  type ConditionInput,
  type OperatorInput,
  type PathInput,
  type QueryError,
  type QueryInput,
  type QuerySource,
  type ResultRow,
  type RowOf,
  type RowFilterFor,
  type ShapedFilter,
  type SortInput,
  type WhereInput,
} from '../query/index.js';
export {
  allOf,
  anyOf,
  auth,
  defineRules,
  hasClaim,
  hasRole,
  signedIn,
  type Claims,
  type MapRulesInput,
  type Permission,
  type RuleInput,
  type Rules,
  type RulesFor,
  type RulesInput,
} from '../rules/index.js';
export {
  defineSchema,
  SchemaError,
  type MapSchemaInput,
  type Migration,
  type RecordsOf,
  type SchemaDefinition,
  type SchemaInput,
  type SchemaIssue,
  type StandardSchemaV1,
  type WritesOf,
} from '../schema/index.js';
export { DexieAdapter } from './adapters/dexie-storage.js';
export {
  EncryptedDexieAdapter,
  type EncryptedDatabase,
  type EncryptionKeySource,
  type EncryptionOptions,
} from './adapters/encrypted-dexie-storage.js';
export type { EncryptionKey } from './adapters/sealed/app-key.js';
export type { TopGunClientOptions } from './client-options.js';
export { DEFAULT_BACKOFF, type BackoffConfig } from './connection/backoff.js';
export type { ConnectionState } from './connection/connection-state.js';
export { DEFAULT_HEARTBEAT, type HeartbeatConfig } from './connection/heartbeat.js';
export type { AckNote, FaultNote } from './timeline/event-log.js';
export type {
  ConfirmedStamps,
  ConnectionNote,
  MapExplanation,
  PendingExplanation,
  PendingWait,
  Presence,
  RecordExplanation,
  RejectionNote,
  StorageNote,
  SubscriptionNote,
} from './diagnostics/explanation.js';
export type { ClientTimeline, TimelineEvent, TimelineOpStep } from './timeline/client-timeline.js';
export type { MapChange, MapHandle, SetOptions, WriteOptions } from './map-handle.js';
export type { ORMapHandle } from './or-map-handle.js';
export type { AnySchema } from './any-schema.js';
export {
  JournalError,
  type EventJournal,
  type JournalEvent,
  type JournalPage,
  type JournalReadOptions,
  type JournalSubscribeOptions,
} from './event-journal.js';
export { CallError, type AnyCalls, type CallErrorCode, type CallIssue, type CallOptions } from './server-call.js';
export type { PNCounterHandle } from './pn-counter-handle.js';
export type { Attempt, Rejection } from './outbox/rejection.js';
export type { WriteHandle, WriteOutcome } from './outbox/write-handle.js';
export type { Environment } from './ports/environment.js';
export type { Eviction, StorageAdapter, StorageError } from './ports/storage.js';
export type { PlanExplanation, RelatedExplanation } from '../query/index.js';
export type { CursorStatus, PaginationInfo, QueryHandle, QueryMeta, Readiness } from './query-handle.js';
export { QueryOnceError, type QueryOnceOptions } from './query-once.js';
export type { AdoptedWrites } from './session/adopt-anonymous.js';
export type { UnsentWrites } from './session/session.js';
export {
  DEFAULT_BACKPRESSURE,
  OutboxFullError,
  type BackpressureChange,
  type BackpressureConfig,
  type BackpressureLevel,
} from './session/backpressure.js';
export { DEFAULT_CACHE_LIMITS, type CacheLimits } from './storage/plan-sweep.js';
export type { ConnectionChange } from './session/client-runtime.js';
export type {
  FacetCount,
  FacetCounts,
  SearchDefinitionInput,
  SearchError,
  SearchFieldInput,
  SearchVectorsInput,
  Stemmer,
  Suggestion,
  TextRange,
  Tokenizer,
} from '../search/index.js';
export type { AnswerHandle } from './search/answer-handle.js';
export type { SearchHandle, SuggestHandle } from './search/search-handle.js';
export type {
  SearchChange,
  SearchMeta,
  SearchOptions,
  SearchResult,
  SearchResults,
  SearchSource,
  SearchState,
  SuggestOptions,
  SuggestState,
} from './search/search-result.js';
export type { RejectionList } from './session/refused-writes.js';
export type { SyncStatus } from './session/sync-status.js';
export type { TokenProvider } from './session/tokens.js';
export type { ViewState, ViewStatus } from './state/live-view.js';
export type { RecordSyncState } from './state/record-sync-state.js';
export type { Row } from './state/row.js';
export { changesBetween, type ChangeEvent } from './state/row-changes.js';
export type { SyncProgress } from './state/sync-progress.js';
export type { Transaction } from './transaction.js';
export type { TransactionMap } from './transaction-map.js';
export { MemoryAdapter } from './adapters/memory-storage.js';
export type { ConnectionFault } from './ports/tab-events.js';
export { TopGunClient } from './topgun-client.js';
