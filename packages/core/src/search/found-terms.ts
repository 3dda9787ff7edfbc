import type { Value } from '../primitives/index.js';
import { StepWork, termWeight } from '../query/index.js';
import type { SearchDefinition } from './search-definition.js';
import type { Lookup } from './search-query.js';
import { WORDS_PER_STEP } from './search-limits.js';
import { compileTexts } from './searched-texts.js';
import type { TextTerms } from './text-terms.js';

/** Reads records as an index of that definition does. */
export interface RecordReader {
  readonly definition: SearchDefinition;
  readonly words: TextTerms;
}

/** For each term of a record that a search finds, the numbers of the fields that have it. In steps: a text may be long, and records many. */
export type FoundTerms = (key: string, value: Value) => Generator<void, ReadonlyMap<string, readonly number[]>>;

/** What an index would say of one record, found out without one: of most that are found nobody asks. `work`: what is done in a step of other things, too. */
export function compileFoundTerms(
  { definition, words }: RecordReader,
  query: Lookup,
  work = new StepWork(WORDS_PER_STEP),
): FoundTerms {
  const textsOf = compileTexts(definition.fields);
  const weights = query.terms.map((term) => termWeight(term, query));
  return function* (key, value) {
    const fieldsByTerm = new Map<string, number[]>();
    for (const [field, text] of textsOf(key, value).entries()) {
      if (text === undefined || !query.boosts.has(field)) continue;
      if (work.isTextDue(text)) yield;
      const met = new Set<string>();
      for (const term of words.indexed(text)) {
        // To compare a term with one that is looked for takes about as long as to read it.
        if (work.isDue(met.has(term) ? 1 : 1 + weights.length)) yield;
        if (met.has(term)) continue;
        met.add(term);
        if (!weights.some((weight) => weight(term) > 0)) continue;
        const fields = fieldsByTerm.get(term);
        if (fields === undefined) fieldsByTerm.set(term, [field]);
        else fields.push(field);
      }
    }
    return fieldsByTerm;
  };
}
