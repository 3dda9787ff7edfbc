import type { LwwRecord } from '@topgun/core/crdt';
import type { Value } from '@topgun/core/primitives';
import { beyondTexts, compilePredicate, matchedPaths, takeAll, type Predicate } from '@topgun/core/query';
import { compileFits, compileIsLong, compileSimilarity } from '@topgun/core/search';
import type { CheckedSearch } from '../search/searches.js';
import type { ReadRecord } from './read-record.js';
import { shownValue } from './shown-value.js';

/** What a search finds among records as their readers see them. */
export interface FoundValues {
  /**
   * Whether a record, as its readers see it, is one of those that are looked for: it has the words, or is as near as `reach`. What is said of a long text, by the search or by its
   * conditions, is taken to be so (SE-13): a commit waits for the answer, and whoever looks in steps finds out.
   */
  readonly mayBeFound: (record: LwwRecord | undefined, key: string, reach?: number) => boolean;
  /** The same of the record that is there now. */
  readonly mayBeFoundNow: (key: string, reach?: number) => boolean;
  /** Whether conditions are about the words of a long text of a record: to look whether it meets them takes steps. */
  readonly isLongToMatch: (record: LwwRecord | undefined, key: string) => boolean;
  /** As its readers see it, whatever it has. */
  readonly seenValueOf: (key: string) => Value | undefined;
}

/** `read` gives records as the readers see them. */
export function foundValues({ index, query }: CheckedSearch, read: ReadRecord): FoundValues {
  const meets = compilePredicate(query.where);
  const mayMeet = compilePredicate(beyondTexts(query.where));
  const isMatchLong = compileIsMatchLong(query.where);
  const fits = compileFits(index.reader.definition, index.reader.words, query);
  const similarity = compileSimilarity(index.reader.definition, query);
  const isLong = compileIsLong(index.reader.definition);
  const mayBeFound = (record: LwwRecord | undefined, key: string, reach = -1): boolean => {
    const value = record && shownValue(record);
    if (value === undefined || !(isMatchLong(key, value) ? mayMeet : meets)(key, value)) return false;
    return isLong(key, value) || takeAll(fits(key, value)) || (similarity(key, value) ?? -Infinity) >= reach;
  };
  return {
    mayBeFound,
    mayBeFoundNow: (key, reach) => mayBeFound(read(key), key, reach),
    isLongToMatch(record, key) {
      const value = record && shownValue(record);
      return value !== undefined && isMatchLong(key, value);
    },
    seenValueOf(key) {
      const record = read(key);
      return record && shownValue(record);
    },
  };
}

function compileIsMatchLong(where: Predicate): (key: string, value: Value) => boolean {
  const tests = matchedPaths(where).map((path) => compileIsLong({ fields: [{ path }], hasFunctions: false }));
  return (key, value) => tests.some((isLong) => isLong(key, value));
}
