import type { Value } from '../primitives/index.js';
import { StepWork, termWeight } from '../query/index.js';
import type { SearchDefinition } from './search-definition.js';
import { WORDS_PER_STEP } from './search-limits.js';
import type { SearchQuery } from './search-query.js';
import { compileTexts } from './searched-texts.js';
import type { TextTerms } from './text-terms.js';

/**
 * Whether a record has the words of a search: what an index would say of it, found out without one. Its conditions are another matter. In steps: a text may be long, and records many. No more of
 * one is read than it takes to know. `work`: what is done in a step of other things, too.
 */
export function compileFits(
  { fields }: SearchDefinition,
  words: TextTerms,
  query: SearchQuery,
  work = new StepWork(WORDS_PER_STEP),
): (key: string, value: Value) => Generator<void, boolean> {
  const textsOf = compileTexts(fields);
  const tests = query.terms.map((term) => termWeight(term, query));
  const { combineWith } = query;
  return function* (key, value) {
    let missing = tests;
    const met = new Set<string>();
    for (const [field, text] of textsOf(key, value).entries()) {
      if (text === undefined || !query.boosts.has(field)) continue;
      if (work.isTextDue(text)) yield;
      for (const term of words.indexed(text)) {
        if (work.isDue(met.has(term) ? 1 : 1 + missing.length)) yield;
        if (met.has(term)) continue;
        met.add(term);
        if (!missing.some((weight) => weight(term) > 0)) continue;
        missing = missing.filter((weight) => weight(term) === 0);
        if (combineWith === 'OR' || missing.length === 0) return true;
      }
    }
    return false;
  };
}
