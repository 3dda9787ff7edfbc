import { err, isPlainObject, ok, type Result } from '../../primitives/index.js';
import { parseEach, wrongType } from './parse-parts.js';
import type { QueryError, QueryErrorPath } from './query-error.js';

/** Reads every item of a list of bounded length. */
export function listOf<T>(
  input: unknown,
  at: QueryErrorPath,
  max: number,
  parse: (item: unknown, path: QueryErrorPath) => Result<T, QueryError>,
): Result<T[], QueryError> {
  if (!Array.isArray(input)) return wrongType(at, 'a list');
  if (input.length > max) return err({ code: 'too-many-values', path: at, max });
  return parseEach(input, at, parse);
}

/** The object's own members, when it has these and no others. */
export function exactMembers(
  input: unknown,
  at: QueryErrorPath,
  names: readonly string[],
): Result<{ readonly [name: string]: unknown }, QueryError> {
  if (!isPlainObject(input)) return wrongType(at, 'an object');
  for (const option of Object.keys(input)) {
    if (!names.includes(option)) return err({ code: 'unknown-option', path: at, option });
  }
  for (const name of names) {
    if (!Object.hasOwn(input, name)) return wrongType([...at, name], 'present');
  }
  return ok(input);
}
