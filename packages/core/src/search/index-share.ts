import { compareStrings } from '../query/index.js';

/** A term that one of a search stands for, how much it counts, and of each field how many documents have it there. */
export type TermShare = readonly [
  term: string,
  weight: number,
  having: readonly (readonly [field: number, documents: number])[],
];

/**
 * What one index has of what scores are made of, for one search; plain data. Several of them together are that of an index of all their documents, so whoever ranks by it gives the
 * scores of that one.
 */
export interface IndexShare {
  readonly documents: number;
  /** Of each field that is searched, how many different terms its documents have, added up. */
  readonly lengths: readonly (readonly [field: number, terms: number])[];
  /** For each term of the search, in its order, all that it stands for, by term. */
  readonly terms: readonly (readonly TermShare[])[];
}

/** The shares of indexes that have no document in common, as that of one: whole numbers, which add up to the same in any order. */
export function joinShares(shares: readonly IndexShare[]): IndexShare {
  const most = Math.max(0, ...shares.map(({ terms }) => terms.length));
  return {
    documents: shares.reduce((sum, { documents }) => sum + documents, 0),
    lengths: added(shares.flatMap(({ lengths }) => lengths)),
    terms: Array.from({ length: most }, (_, at) => joinTerms(shares.map(({ terms }) => terms[at] ?? []))),
  };
}

function joinTerms(lists: readonly (readonly TermShare[])[]): readonly TermShare[] {
  const byTerm = new Map<string, TermShare[]>();
  for (const list of lists) {
    for (const share of list) {
      const before = byTerm.get(share[0]);
      if (before === undefined) byTerm.set(share[0], [share]);
      else before.push(share);
    }
  }
  // In one order everywhere: sums of what is not whole depend on it.
  return [...byTerm]
    .toSorted(([a], [b]) => compareStrings(a, b))
    .map(([term, held]): TermShare => [term, held[0]?.[1] ?? 0, added(held.flatMap(([, , having]) => having))]);
}

function added(counts: readonly (readonly [field: number, count: number])[]): (readonly [number, number])[] {
  const byField = new Map<number, number>();
  for (const [field, count] of counts) byField.set(field, (byField.get(field) ?? 0) + count);
  return [...byField].toSorted(([a], [b]) => a - b);
}
