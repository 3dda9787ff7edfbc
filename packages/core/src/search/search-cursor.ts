import { canonicalJson, decodeBase64url, encodeBase64url } from '../primitives/index.js';
import type { SearchPlace, ShownBefore } from './search-query.js';
import { textSignature } from './text-signature.js';

/** A place as a text for apps to keep, which says nothing to them. */
export function encodeSearchCursor(shape: string, { score, key }: SearchPlace): string {
  const json = canonicalJson([shape, score, key]);
  const ascii = json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return encodeBase64url(Uint8Array.from(ascii, (character) => character.charCodeAt(0)));
}

/** Characters that a record is told by in a cursor: of 1,000 records two are taken for one once in 100,000 times. */
const MARK_LENGTH = 8;

/** What tells a record that was shown from others. */
export const shownMark = (key: string): string => textSignature([key]).slice(-MARK_LENGTH).padStart(MARK_LENGTH, '0');

/** What has been shown as a text for apps to keep: for orders in which places move. */
export function encodeShownCursor(shape: string, { shown }: ShownBefore): string {
  const json = canonicalJson([shape, [...shown].join('')]);
  return encodeBase64url(Uint8Array.from(json, (character) => character.charCodeAt(0)));
}

/** Reads either for a search of that shape; `null` when it is none of that. */
export function decodeSearchCursor(token: unknown, shape: string): SearchPlace | ShownBefore | null {
  const bytes = typeof token === 'string' ? decodeBase64url(token) : null;
  if (bytes === null || !bytes.ok) return null;
  try {
    const parts: unknown = JSON.parse(Array.from(bytes.value, (byte) => String.fromCharCode(byte)).join(''));
    if (!Array.isArray(parts)) return null;
    if (parts.length === 2 && parts[0] === shape && typeof parts[1] === 'string') {
      return { shown: new Set(parts[1].match(/.{8}/g) ?? []) };
    }
    if (parts.length !== 3) return null;
    const [told, score, key] = parts as readonly unknown[];
    return told === shape && typeof score === 'number' && typeof key === 'string' ? { score, key } : null;
  } catch {
    return null;
  }
}
