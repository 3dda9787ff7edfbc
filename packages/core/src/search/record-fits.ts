import type { Value } from '../primitives/index.js';
import { termWeight, type TermWeight } from '../query/index.js';
import type { SearchDefinition } from './search-definition.js';
import type { SearchQuery } from './search-query.js';
import { compileTexts } from './searched-texts.js';
import type { TextTerms } from './text-terms.js';

/** Whether a record has the words of a search: what an index would say of it, found out without one. Its conditions are another matter. */
export function compileFits(
  { fields }: SearchDefinition,
  words: TextTerms,
  query: SearchQuery,
): (key: string, value: Value) => boolean {
  const textsOf = compileTexts(fields);
  const tests = query.terms.map((term) => termWeight(term, query));
  const { combineWith } = query;
  return (key, value) => {
    if (tests.length === 0) return false;
    const terms = new Set<string>();
    textsOf(key, value).forEach((text, field) => {
      if (text !== undefined && query.boosts.has(field)) for (const term of words.indexed(text)) terms.add(term);
    });
    const has = (weight: TermWeight): boolean => {
      for (const term of terms) if (weight(term) > 0) return true;
      return false;
    };
    return combineWith === 'AND' ? tests.every(has) : tests.some(has);
  };
}
