import type { Value } from '../primitives/index.js';
import { termWeight } from '../query/index.js';
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

/** For each term of a record that a search finds, the numbers of the fields that have it. In steps: a text may be long. */
export type FoundTerms = (key: string, value: Value) => Generator<void, ReadonlyMap<string, readonly number[]>>;

/** What an index would say of one record, found out without one: of most that are found nobody asks. */
export function compileFoundTerms({ definition, words }: RecordReader, query: Lookup): FoundTerms {
  const textsOf = compileTexts(definition.fields);
  const weights = query.terms.map((term) => termWeight(term, query));
  return function* (key, value) {
    const fieldsByTerm = new Map<string, number[]>();
    let work = 0;
    for (const [field, text] of textsOf(key, value).entries()) {
      if (text === undefined || !query.boosts.has(field)) continue;
      const met = new Set<string>();
      for (const term of words.indexed(text)) {
        // To compare a term with one that is looked for takes about as long as to read it.
        work += met.has(term) ? 1 : 1 + weights.length;
        if (work >= WORDS_PER_STEP) {
          work = 0;
          yield;
        }
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
