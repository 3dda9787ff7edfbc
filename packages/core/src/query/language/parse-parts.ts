import { err, ok, type Result } from '../../primitives/index.js';
import type { QueryError, QueryErrorPath } from './query-error.js';
import { QUERY_LIMITS } from './query-limits.js';
import type { Path } from '../query.js';

/** The query as a whole. */
export const ROOT: QueryErrorPath = [];

export function wrongType(path: QueryErrorPath, expected: string): Result<never, QueryError> {
  return err({ code: 'wrong-type', path, expected });
}

/** Reads every item of a list, or returns the first error. */
export function parseEach<T>(
  list: readonly unknown[],
  path: QueryErrorPath,
  parse: (item: unknown, path: QueryErrorPath) => Result<T, QueryError>,
): Result<T[], QueryError> {
  const parsed: T[] = [];
  // By index: holes of a sparse array are `undefined` items here, not skipped ones.
  for (let i = 0; i < list.length; i++) {
    const item = parse(list[i], [...path, i]);
    if (!item.ok) return item;
    parsed.push(item.value);
  }
  return ok(parsed);
}

/** Field names, one or more. */
export function parsePath(input: unknown, at: QueryErrorPath): Result<Path, QueryError> {
  if (!Array.isArray(input) || input.length === 0) {
    return wrongType(at, 'a list of one or more field names');
  }
  if (input.length > QUERY_LIMITS.depth) {
    return err({ code: 'too-deep', path: at, max: QUERY_LIMITS.depth });
  }
  return parseEach(input, at, (name, path) => (typeof name === 'string' ? ok(name) : wrongType(path, 'a field name')));
}

/** Field names joined by dots, or as a list. */
export function parseDottedPath(input: unknown, at: QueryErrorPath): Result<Path, QueryError> {
  return parsePath(typeof input === 'string' ? input.split('.') : input, at);
}
