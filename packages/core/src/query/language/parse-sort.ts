import { err, isPlainObject, ok, type Result } from '../../primitives/index.js';
import { parseDottedPath, parseEach, wrongType } from './parse-parts.js';
import type { QueryError, QueryErrorPath } from './query-error.js';
import { QUERY_LIMITS } from './query-limits.js';
import type { SortKey } from '../query.js';

/** Reads a sort order: an object of paths in order of weight, or a list of `[path, direction]`. */
export function parseSort(input: unknown, at: QueryErrorPath): Result<SortKey[], QueryError> {
  if (input === undefined) return ok([]);
  if (Array.isArray(input)) {
    if (input.length > QUERY_LIMITS.sortKeys) return tooManySortKeys(at);
    return parseEach(input, at, (pair, path) => {
      if (!Array.isArray(pair) || pair.length !== 2) {
        return wrongType(path, "a pair [path, 'asc' | 'desc']");
      }
      return parseSortKey(pair[0], [...path, 0], pair[1], [...path, 1]);
    });
  }
  if (!isPlainObject(input)) {
    return wrongType(at, "an object of 'asc' and 'desc' by path, or a list of pairs");
  }
  const names = Object.keys(input);
  if (names.length > QUERY_LIMITS.sortKeys) return tooManySortKeys(at);
  return parseEach(names, at, (name) => {
    const place = [...at, name as string];
    return parseSortKey(name, place, input[name as string], place);
  });
}

/** Reads a limit; `null` is none. */
export function parseLimit(input: unknown, at: QueryErrorPath): Result<number | null, QueryError> {
  if (input === null) return ok(null);
  const max = QUERY_LIMITS.limit;
  if (typeof input !== 'number' || !Number.isInteger(input) || input < 1 || input > max) {
    return wrongType(at, `an integer from 1 to ${max}`);
  }
  return ok(input);
}

function parseSortKey(
  path: unknown,
  pathAt: QueryErrorPath,
  direction: unknown,
  directionAt: QueryErrorPath,
): Result<SortKey, QueryError> {
  const place = parseDottedPath(path, pathAt);
  if (!place.ok) return place;
  if (direction !== 'asc' && direction !== 'desc') return wrongType(directionAt, "'asc' or 'desc'");
  return ok([place.value, direction] as const);
}

function tooManySortKeys(path: QueryErrorPath): Result<never, QueryError> {
  return err({ code: 'too-many-values', path, max: QUERY_LIMITS.sortKeys });
}
