import type { Value } from '../primitives/index.js';
import { compilePath, textOf } from '../query/index.js';
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
