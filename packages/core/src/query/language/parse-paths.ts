import { err, type Result } from '../../primitives/index.js';
import { parseDottedPath, parseEach, wrongType } from './parse-parts.js';
import type { QueryError, QueryErrorPath } from './query-error.js';
import type { Path } from '../query.js';

/** Reads one dotted path, or a list of paths: a list of strings is several paths, each with its own dots. */
export function parsePaths(input: unknown, at: QueryErrorPath, max: number): Result<Path[], QueryError> {
  if (typeof input === 'string') return parsePaths([input], at, max);
  if (!Array.isArray(input)) return wrongType(at, 'a path, or a list of paths');
  if (input.length > max) return err({ code: 'too-many-values', path: at, max });
  return parseEach(input, at, parseDottedPath);
}
