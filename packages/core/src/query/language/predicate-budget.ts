import { err, ok, type Result } from '../../primitives/index.js';
import type { QueryError, QueryErrorPath } from './query-error.js';
import { QUERY_LIMITS } from './query-limits.js';

/** What one predicate may ask for. Counts its nodes while it is read. */
export interface PredicateBudget {
  /** Called before a node's children are looked at; `depth` is 1 for the outermost. */
  take(path: QueryErrorPath, depth: number): Result<void, QueryError>;
}

export function predicateBudget(): PredicateBudget {
  let nodes = 0;
  return {
    take(path, depth) {
      if (depth > QUERY_LIMITS.depth) {
        return err({ code: 'too-deep', path, max: QUERY_LIMITS.depth });
      }
      nodes += 1;
      if (nodes > QUERY_LIMITS.nodes) {
        return err({ code: 'too-many-nodes', path, max: QUERY_LIMITS.nodes });
      }
      return ok(undefined);
    },
  };
}
