import { canonicalJson, decodeBase64url, encodeBase64url } from '../primitives/index.js';
import type { SearchPlace } from './search-query.js';

/** A place as a text for apps to keep, which says nothing to them. */
export function encodeSearchCursor(shape: string, { score, key }: SearchPlace): string {
  const json = canonicalJson([shape, score, key]);
  const ascii = json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return encodeBase64url(Uint8Array.from(ascii, (character) => character.charCodeAt(0)));
}

/** Reads it for a search of that shape; `null` when it is none of that. */
export function decodeSearchCursor(token: unknown, shape: string): SearchPlace | null {
  const bytes = typeof token === 'string' ? decodeBase64url(token) : null;
  if (bytes === null || !bytes.ok) return null;
  try {
    const parts: unknown = JSON.parse(Array.from(bytes.value, (byte) => String.fromCharCode(byte)).join(''));
    if (!Array.isArray(parts) || parts.length !== 3) return null;
    const [told, score, key] = parts as readonly unknown[];
    return told === shape && typeof score === 'number' && typeof key === 'string' ? { score, key } : null;
  } catch {
    return null;
  }
}
