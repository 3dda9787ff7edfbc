import type { TermIndex } from './term-index.js';

/** A document of a new key, at once. `terms`: of each field, as often as they occur. */
export function addDocument(
  index: TermIndex,
  key: string,
  signature: string,
  terms: readonly (readonly string[])[],
): void {
  const number = index.begin();
  const lengths = terms.map((words, field) => {
    const all = new Set(words);
    for (const term of all) index.addTerm(number, field, term, words.filter((word) => word === term).length);
    return all.size;
  });
  index.finish(number, key, signature, lengths);
}
