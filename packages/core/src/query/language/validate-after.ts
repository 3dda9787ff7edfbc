import { isPlainObject, ok, type Result } from '../../primitives/index.js';
import { validateLiteral } from './parse-literal.js';
import { wrongType } from './parse-parts.js';
import type { QueryError, QueryErrorPath } from './query-error.js';
import { QUERY_LIMITS } from './query-limits.js';
import type { Cursor, CursorValue } from '../query.js';
import { exactMembers, listOf } from './validate-parts.js';

/** Checks what claims to be a place in an order of so many levels. */
export function validateAfter(input: unknown, at: QueryErrorPath, levels: number): Result<Cursor, QueryError> {
  const members = exactMembers(input, at, ['values', 'key']);
  if (!members.ok) return members;
  const { key } = members.value;
  const values = listOf(members.value['values'], [...at, 'values'], QUERY_LIMITS.sortKeys, validateCursorValue);
  if (!values.ok) return values;
  if (values.value.length !== levels) return wrongType([...at, 'values'], `a list of ${levels} values`);
  return typeof key === 'string' ? ok({ values: values.value, key }) : wrongType([...at, 'key'], 'a key');
}

function validateCursorValue(input: unknown, at: QueryErrorPath): Result<CursorValue, QueryError> {
  const isMissing = isPlainObject(input) && Object.keys(input).length === 1 && input['missing'] === true;
  return isMissing ? ok({ missing: true }) : validateLiteral(input, at);
}
