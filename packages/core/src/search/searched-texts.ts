import type { Value } from '../primitives/index.js';
import { compilePath, textOf } from '../query/index.js';
import type { SearchDefinition, SearchField } from './search-definition.js';
import { SEARCH_LIMITS } from './search-limits.js';

/** The text of each field of a record, by the field's number; `undefined` where it has none. */
export type SearchedTexts = readonly (string | undefined)[];

/** Where a text is in a record. */
export type TextPlace = Pick<SearchField, 'path'>;

/** Of so many characters that are no ASCII the words are read in a millisecond. */
export const LONG_TEXT = 1_024;

/** SE-13: whether to read the words of a record takes longer than others may be made to wait for. Those of ASCII cost a tenth. */
export function compileIsLong({
  fields,
  hasFunctions,
}: Pick<SearchDefinition, 'hasFunctions'> & { readonly fields: readonly TextPlace[] }): (
  key: string,
  value: Value,
) => boolean {
  const textsOf = compileTexts(fields);
  return (key, value) => {
    let characters = 0;
    for (const text of textsOf(key, value)) {
      if (text === undefined) continue;
      for (let i = 0; i < text.length; i++) if (hasFunctions || text.charCodeAt(i) > 0x7f) characters++;
    }
    return characters > LONG_TEXT;
  };
}

/** Reads what of a record is searched. No more of it than one step of building an index may cost. */
export function compileTexts(fields: readonly TextPlace[]): (key: string, value: Value) => SearchedTexts {
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
