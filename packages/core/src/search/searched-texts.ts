import type { Value } from '../primitives/index.js';
import { compilePath } from '../query/index.js';
import type { SearchField } from './search-definition.js';
import { SEARCH_LIMITS } from './search-limits.js';

/** The text of each field of a record, by the field's number; `undefined` where it has none. */
export type SearchedTexts = readonly (string | undefined)[];

/** Reads what of a record is searched. No more of it than one step of building an index may cost. */
export function compileTexts(fields: readonly SearchField[]): (key: string, value: Value) => SearchedTexts {
  const readers = fields.map(({ path }) => compilePath(path));
  return (key, value) => {
    let left: number = SEARCH_LIMITS.textLength;
    return readers.map((read) => {
      const text = textOf(read(key, value))?.slice(0, left);
      left -= text?.length ?? 0;
      return text;
    });
  };
}

function textOf(value: Value | undefined): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (!Array.isArray(value)) return undefined;
  // A line each: no word goes over from one to the next.
  const parts = (value as readonly Value[]).filter((item) => typeof item === 'string' || typeof item === 'number');
  return parts.length === 0 ? undefined : parts.join('\n');
}

export function sameTexts(a: SearchedTexts, b: SearchedTexts): boolean {
  return a.every((text, i) => text === b[i]);
}
