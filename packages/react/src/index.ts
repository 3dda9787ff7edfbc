/** The hooks of TopGun. The client is exported from here too, so an app imports from one place. */
export * from '@topgun/core';
export type { Falsy } from './falsy.js';
export { hooksOf, type SchemaHooks } from './hooks-of.js';
export { TopGunProvider, type TopGunProviderProps } from './top-gun-provider.js';
export { useClient } from './use-client.js';
export { useConnectionState } from './use-connection-state.js';
export { useEventJournal, type UseEventJournalOptions, type UseEventJournalResult } from './use-event-journal.js';
export { useEntry } from './use-entry.js';
export {
  DEFAULT_PAGE_SIZE,
  useInfiniteQuery,
  type UseInfiniteQueryOptions,
  type UseInfiniteQueryResult,
} from './use-infinite-query.js';
export { useMap } from './use-map.js';
export { useMutation, type Mutation } from './use-mutation.js';
export { useORMap } from './use-or-map.js';
export { usePNCounter, type PNCounter } from './use-pn-counter.js';
export { useQuery, type UseQueryOptions, type UseQueryResult } from './use-query.js';
export { useSearch, type UseSearchResult } from './use-search.js';
export { useSearchSuggestions } from './use-search-suggestions.js';
export { useSuspenseQuery, type UseSuspenseQueryOptions } from './use-suspense-query.js';
export { useSyncProgress } from './use-sync-progress.js';
export { useSyncState } from './use-sync-state.js';
export { useSyncStatus } from './use-sync-status.js';
export {
  useWriteRejections,
  type UseWriteRejectionsOptions,
  type UseWriteRejectionsResult,
} from './use-write-rejections.js';
