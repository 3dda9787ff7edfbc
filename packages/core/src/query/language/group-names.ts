import { err, ok, type Result } from '../../primitives/index.js';
import { wrongType } from './parse-parts.js';
import type { QueryError, QueryErrorPath } from './query-error.js';
import { KEY_FIELD, type Path } from '../query.js';

/** Checks the name of something shown beside a row's own fields: a string that is not the key's. */
export function readShownName(input: unknown, at: QueryErrorPath): Result<string, QueryError> {
  if (typeof input !== 'string' || input === '') return wrongType(at, 'a name');
  return input === KEY_FIELD ? nameTaken(at, input) : ok(input);
}

/** Checks a path of groups: the name under which the key is shown is not for a field. */
export function checkGroupPath(path: Path, at: QueryErrorPath): Result<Path, QueryError> {
  return path[0] === KEY_FIELD ? nameTaken(at, KEY_FIELD) : ok(path);
}

export function nameTaken(path: QueryErrorPath, name: string): Result<never, QueryError> {
  return err({ code: 'name-taken', path, name });
}
