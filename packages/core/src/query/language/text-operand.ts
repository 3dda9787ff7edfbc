import { err, ok, type Result } from '../../primitives/index.js';
import { wrongType } from './parse-parts.js';
import type { QueryError, QueryErrorPath } from './query-error.js';
import { QUERY_LIMITS } from './query-limits.js';
import { checkRegex } from '../regex/compile-regex.js';
import { readLike } from '../text/like-pattern.js';
import { textTerms } from '../text/text-words.js';

/** Reads a text that values are held against: a string of bounded length. */
export function readText(input: unknown, at: QueryErrorPath): Result<string, QueryError> {
  if (typeof input !== 'string') return wrongType(at, 'a string');
  if (input.length > QUERY_LIMITS.textLength) {
    return err({ code: 'too-long', path: at, max: QUERY_LIMITS.textLength });
  }
  return ok(input);
}

/** Reads words to look for: each is compared with each word of a record. */
export function readMatchText(input: unknown, at: QueryErrorPath): Result<string, QueryError> {
  const text = readText(input, at);
  if (!text.ok || new Set(textTerms(text.value)).size <= QUERY_LIMITS.matchTerms) return text;
  return err({ code: 'too-many-values', path: at, max: QUERY_LIMITS.matchTerms });
}

/** Reads a pattern of `%`, `_` and `\`. */
export function readLikePattern(input: unknown, at: QueryErrorPath): Result<string, QueryError> {
  const text = readText(input, at);
  if (!text.ok || readLike(text.value) !== null) return text;
  return err({ code: 'bad-pattern', path: at, reason: 'ends with a backslash that escapes nothing' });
}

/** Reads a regular expression whose cost is bounded. */
export function readRegexPattern(
  input: unknown,
  caseInsensitive: boolean,
  at: QueryErrorPath,
): Result<string, QueryError> {
  const text = readText(input, at);
  if (!text.ok) return text;
  const checked = checkRegex(text.value, caseInsensitive, QUERY_LIMITS.regexSteps);
  return checked.ok ? text : err({ code: 'bad-pattern', path: at, reason: checked.error.reason });
}
