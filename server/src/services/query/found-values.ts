import type { LwwRecord } from '@topgun/core/crdt';
import type { Value } from '@topgun/core/primitives';
import { compilePredicate } from '@topgun/core/query';
import { compileFits } from '@topgun/core/search';
import type { CheckedSearch } from '../search/searches.js';
import type { ReadRecord } from './read-record.js';
import { shownValue } from './shown-value.js';

/** What a search finds among records as their readers see them. */
export interface FoundValues {
  /** Whether a record, as its readers see it, is one of those that are looked for. */
  readonly isFound: (record: LwwRecord | undefined, key: string) => boolean;
  /** PI-9: of what a reader does not see nothing is found, be it a record or a word of a field. */
  readonly valueOf: (key: string) => Value | undefined;
}

/** `read` gives records as the readers see them; `isRestricted`: that is less than the index has. */
export function foundValues({ index, query }: CheckedSearch, read: ReadRecord, isRestricted: boolean): FoundValues {
  const meets = compilePredicate(query.where);
  const fits = compileFits(index.reader.definition, index.reader.words, query);
  const has = (key: string, value: Value): boolean => meets(key, value) && fits(key, value);
  return {
    isFound(record, key) {
      const value = record && shownValue(record);
      return value !== undefined && has(key, value);
    },
    valueOf(key) {
      const record = read(key);
      const value = record && shownValue(record);
      return value === undefined || (isRestricted && !has(key, value)) ? undefined : value;
    },
  };
}
