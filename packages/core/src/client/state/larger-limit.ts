import { QUERY_LIMITS } from '../../query/index.js';

/** The limit of a window that has grown by another page; `null` when it cannot: it has no limit, or the greatest there is. */
export function largerLimit(page: number | null, limit: number | null): number | null {
  if (page === null || limit === null || limit >= QUERY_LIMITS.limit) return null;
  return Math.min(limit + page, QUERY_LIMITS.limit);
}
