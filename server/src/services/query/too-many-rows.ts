import { QUERY_LIMITS, windowSize, type Query } from '@topgun/core/query';
import type { ViewRefusal } from '../../ports/partition-host.js';
import { pinnedKeys } from './pinned-keys.js';

/** QU-47: related rows shown together at most, where each value has its limit: as many as the largest window of one query. */
export const MAX_RELATED_ROWS = windowSize({ limit: QUERY_LIMITS.limit });

interface Measured {
  readonly query: Query;
  readonly size: number;
  readonly matching: number;
}

/** PI-8: why a view may not be so large; `null`: it may. */
export function tooManyRows({ query, size, matching }: Measured, wholeMapRows: number): ViewRefusal | null {
  // Those that are named by their keys are no more than these, of which a query has a thousand at most.
  if (query.limit === null && matching > wholeMapRows && pinnedKeys(query.where) === null) {
    const message = `At least ${matching} rows match; without a limit at most ${wholeMapRows} may (limits.wholeMapRows).`;
    return { code: 'too-many-rows', message };
  }
  if (query.within !== undefined && size > MAX_RELATED_ROWS) {
    return { code: 'too-many-rows', message: `At least ${size} related rows match; at most ${MAX_RELATED_ROWS} may.` };
  }
  return null;
}

/** QU-47: a view of related rows ends with the one it stands on. */
export const refusalOfParent = ({ code, message }: ViewRefusal): ViewRefusal => ({
  code,
  message: `The rows it is related to: ${message}`,
});
