import type { Value } from '../primitives/index.js';
import type { SearchDefinition } from './search-definition.js';
import { FUZZY_MIN_LENGTH, SEARCH_LIMITS } from './search-limits.js';
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
  const tests = query.terms.map((term) => termTest(term, query));
  const { combineWith } = query;
  return (key, value) => {
    if (tests.length === 0) return false;
    const terms = new Set<string>();
    textsOf(key, value).forEach((text, field) => {
      if (text !== undefined && query.boosts.has(field)) for (const term of words.indexed(text)) terms.add(term);
    });
    const has = (test: (term: string) => boolean): boolean => {
      for (const term of terms) if (test(term)) return true;
      return false;
    };
    return combineWith === 'AND' ? tests.every(has) : tests.some(has);
  };
}

function termTest(wanted: string, { prefix, fuzzy }: SearchQuery): (term: string) => boolean {
  const share = fuzzy < 1 ? Math.min(SEARCH_LIMITS.edits, Math.round(wanted.length * fuzzy)) : fuzzy;
  const edits = wanted.length < FUZZY_MIN_LENGTH ? 0 : share;
  return (term) =>
    term === wanted ||
    (prefix && term.startsWith(wanted)) ||
    (edits > 0 && Math.abs(term.length - wanted.length) <= edits && isWithin(wanted, term, edits));
}

/** Whether so many changes, insertions and removals of code units make one word of the other. */
function isWithin(a: string, b: string, edits: number): boolean {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const distance = Math.min(changed, (row[j] as number) + 1, (next[j - 1] as number) + 1);
      next.push(distance);
      if (distance < least) least = distance;
    }
    if (least > edits) return false;
    row = next;
  }
  return (row[b.length] as number) <= edits;
}
