import { countLiving, derivedOf } from './rank-steps.js';
import type { Lookup } from './search-query.js';
import type { TermIndex } from './term-index.js';
import { joinShares, type IndexShare, type TermShare } from './index-share.js';

/** What the index has of what a search is scored by, in steps. What is left over of documents that are gone does not count. Records may be put between the steps: those may count as they were, or not. */
export function* shareSteps(index: TermIndex, lookup: Lookup): Generator<void, IndexShare> {
  const fields = [...lookup.boosts.keys()];
  const progress = { postings: 0 };
  const terms: TermShare[][] = [];
  for (const term of fields.length === 0 ? [] : lookup.terms) {
    const shares: TermShare[] = [];
    for (const derived of yield* derivedOf(index, term, lookup)) {
      const having: [number, number][] = [];
      for (const field of fields) {
        const postings = derived.fields.get(field);
        const living = postings === undefined ? 0 : yield* countLiving(index, postings, progress);
        if (living > 0) having.push([field, living]);
      }
      if (having.length > 0) shares.push([derived.term, derived.weight, having]);
    }
    terms.push(shares);
  }
  const lengths = fields.map((field) => [field, index.totalLength(field)] as const);
  return joinShares([{ documents: index.documents.size, lengths, terms }]);
}
