import { canonicalQuery, type Query } from '../../query/index.js';
import type { SubscriptionKey } from '../ports/tab-events.js';

/** The same in every tab for the same map and query, whatever way the query was written. Map names hold no NUL. */
export function subscriptionKey(map: string, query: Query): SubscriptionKey {
  return `${map}\0${canonicalQuery(query)}`;
}
