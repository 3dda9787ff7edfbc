import { canonicalJson, decodeBase64url, encodeBase64url } from '../../primitives/index.js';
import { canonicalForm } from '../language/canonical-query.js';
import type { Entry } from '../entry.js';
import { validateAfter } from '../language/validate-after.js';
import type { Cursor, Query } from '../query.js';
import { cursorAt } from './cursor-at.js';
import { queryShape } from './query-shape.js';

/** How long a cursor is good for, unless told otherwise: a day. */
export const CURSOR_MAX_AGE_MS = 24 * 60 * 60 * 1000;

/** What a token says: a place in the rows of this query, none any more, or nothing. */
export type CursorStatus =
  | { readonly status: 'valid'; readonly cursor: Cursor }
  | { readonly status: 'expired' }
  | { readonly status: 'invalid' };

/**
 * The place of a row of the query as a text for apps to keep, which says nothing to them: base64url of the canonical
 * JSON of the query's shape, the values the row is sorted by, its key, and when this was.
 */
export function encodeCursor(query: Query, row: Entry, nowMillis: number): string {
  const { values, key } = cursorAt(canonicalForm(query), row);
  return encodeBase64url(asciiBytes(canonicalJson([queryShape(query), values, key, nowMillis])));
}

/** Reads a token for a query with the same conditions, order and groups; what is shown, and how much, may differ. */
export function decodeCursor(
  token: unknown,
  query: Query,
  nowMillis: number,
  maxAgeMs: number = CURSOR_MAX_AGE_MS,
): CursorStatus {
  const parts = typeof token === 'string' ? readParts(token) : null;
  if (parts === null || parts.length !== 4) return INVALID;
  const [shape, values, key, millis] = parts;
  if (shape !== queryShape(query) || typeof millis !== 'number') return INVALID;
  const cursor = validateAfter({ values, key }, [], canonicalForm(query).sort.length);
  if (!cursor.ok) return INVALID;
  return nowMillis - millis > maxAgeMs ? { status: 'expired' } : { status: 'valid', cursor: cursor.value };
}

const INVALID: CursorStatus = { status: 'invalid' };

function readParts(token: string): readonly unknown[] | null {
  const bytes = decodeBase64url(token);
  if (!bytes.ok) return null;
  try {
    const parts: unknown = JSON.parse(Array.from(bytes.value, (byte) => String.fromCharCode(byte)).join(''));
    return Array.isArray(parts) ? parts : null;
  } catch {
    return null;
  }
}

/** JSON text with what is not ASCII escaped, so that every character is a byte. */
function asciiBytes(json: string): Uint8Array {
  const ascii = json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return Uint8Array.from(ascii, (character) => character.charCodeAt(0));
}
