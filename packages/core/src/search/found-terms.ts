import type { Value } from '../primitives/index.js';
import { termWeight } from '../query/index.js';
import type { SearchDefinition } from './search-definition.js';
import type { Lookup } from './search-query.js';
import { compileTexts } from './searched-texts.js';
import type { TextTerms } from './text-terms.js';

/** Reads records as an index of that definition does. */
export interface RecordReader {
  readonly definition: SearchDefinition;
  readonly words: TextTerms;
}

/** For each term of a record that a search finds, the numbers of the fields that have it. */
export type FoundTerms = (key: string, value: Value) => ReadonlyMap<string, readonly number[]>;

/** What an index would say of one record, found out without one: of most that are found nobody asks. */
export function compileFoundTerms({ definition, words }: RecordReader, query: Lookup): FoundTerms {
  const textsOf = compileTexts(definition.fields);
  const weights = query.terms.map((term) => termWeight(term, query));
  return (key, value) => {
    const fieldsByTerm = new Map<string, number[]>();
    textsOf(key, value).forEach((text, field) => {
      if (text === undefined || !query.boosts.has(field)) return;
      for (const term of new Set(words.indexed(text))) {
        if (!weights.some((weight) => weight(term) > 0)) continue;
        const fields = fieldsByTerm.get(term);
        if (fields === undefined) fieldsByTerm.set(term, [field]);
        else fields.push(field);
      }
    });
    return fieldsByTerm;
  };
}
