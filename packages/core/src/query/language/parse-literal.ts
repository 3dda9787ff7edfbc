import {
  checkValue,
  decodeValue,
  err,
  isBytes,
  isPlainObject,
  MAX_VALUE_DEPTH,
  ok,
  type Result,
  type Value,
  type ValueError,
} from '../../primitives/index.js';
import { valueToLiteral } from '../literal.js';
import type { Literal, RangeLiteral } from '../query.js';
import { wrongType } from './parse-parts.js';
import type { QueryError, QueryErrorPath } from './query-error.js';

const RANGE_OPERAND = 'a boolean, a number, a string or bytes';

/** Reads a constant as an app writes it. `-0` becomes `0`, and fields that are `undefined` are absent. */
export function parseLiteral(input: unknown, at: QueryErrorPath): Result<Literal, QueryError> {
  const checked = checkValue(input);
  return checked.ok ? ok(valueToLiteral(checked.value)) : notAValue(checked.error, at);
}

/** The same for the operand of a range: a value that has a place among others of its type. */
export function parseRangeLiteral(input: unknown, at: QueryErrorPath): Result<RangeLiteral, QueryError> {
  if (input === null || (typeof input === 'object' && !isBytes(input))) return wrongType(at, RANGE_OPERAND);
  const literal = parseLiteral(input, at);
  if (!literal.ok) return literal;
  return literal.value === null ? wrongType(at, RANGE_OPERAND) : ok(literal.value);
}

/** Checks a constant of a canonical query and writes it canonically, whether or not it was. */
export function validateLiteral(input: unknown, at: QueryErrorPath): Result<Literal, QueryError> {
  if (typeof input !== 'object' || input === null) return parseLiteral(input, at);
  const value = validateEncoded(input, at);
  if (!value.ok) return value;
  // A scalar wrapped as text would compare as a literal of its own: it has one form only.
  return ok(valueToLiteral(value.value));
}

export function validateRangeLiteral(input: unknown, at: QueryErrorPath): Result<RangeLiteral, QueryError> {
  if (typeof input !== 'object' || input === null) return parseRangeLiteral(input, at);
  const value = validateEncoded(input, at);
  return value.ok ? parseRangeLiteral(value.value, at) : value;
}

function validateEncoded(input: object, at: QueryErrorPath): Result<Value, QueryError> {
  const text = isPlainObject(input) && Object.keys(input).length === 1 ? input['json'] : undefined;
  if (typeof text !== 'string') return wrongType(at, 'a scalar, or an object with the one member json');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return wrongType([...at, 'json'], 'JSON text');
  }
  const value = decodeValue(json);
  return value.ok ? value : notAValue(value.error, [...at, 'json']);
}

function notAValue(error: ValueError, path: QueryErrorPath): Result<never, QueryError> {
  if (error.code === 'too-deep') return err({ code: 'too-deep', path, max: MAX_VALUE_DEPTH });
  return err({ code: 'not-a-value', path, reason: `${error.path}: ${error.message}` });
}
