import type { Value } from '../primitives/index.js';
import { compareValues, compilePath } from '../query/index.js';
import { SEARCH_LIMITS } from './search-limits.js';
import type { Facet } from './search-query.js';

/** A value of a field, and how many of the records found have it. */
export interface FacetCount {
  readonly value: null | boolean | number | string;
  readonly count: number;
}

/** Counts of each facet by its name, the most frequent value first. */
export type FacetCounts = Readonly<Record<string, readonly FacetCount[]>>;

/** Counts scalars, and those in lists: a record counts once for each value that it has. */
export class FacetCounter {
  readonly #facets: readonly { readonly name: string; readonly read: ReturnType<typeof compilePath> }[];
  readonly #counts: Map<FacetCount['value'], number>[];
  readonly #isCut: readonly boolean[];

  /** `known`: what has been counted elsewhere. Of a facet of which that may not be all, no further values are counted. */
  constructor(facets: readonly Facet[], known: FacetCounts = {}) {
    this.#facets = facets.map(({ name, path }) => ({ name, read: compilePath(path) }));
    this.#counts = facets.map(
      ({ name }) => new Map((Object.hasOwn(known, name) ? known[name] : [])?.map(({ value, count }) => [value, count])),
    );
    this.#isCut = this.#counts.map(({ size }) => size >= SEARCH_LIMITS.facetValues);
  }

  /** `by`: 1, or -1 for a record that was counted and is found no longer. */
  add(key: string, value: Value, by = 1): void {
    this.#facets.forEach(({ read }, i) => {
      const counts = this.#counts[i] as Map<FacetCount['value'], number>;
      const at = read(key, value);
      const values: Iterable<Value | undefined> = Array.isArray(at) ? new Set(at as readonly Value[]) : [at];
      for (const one of values) {
        if (isScalar(one) && (counts.has(one) || this.#isCut[i] !== true)) counts.set(one, (counts.get(one) ?? 0) + by);
      }
    });
  }

  counts(): FacetCounts {
    // By definition of own properties: a facet may be named `__proto__`.
    return Object.fromEntries(this.#facets.map(({ name }, i) => [name, this.#countsOf(i)]));
  }

  #countsOf(i: number): readonly FacetCount[] {
    const all = Array.from(this.#counts[i] ?? [], ([value, count]) => ({ value, count }));
    const counts = all.filter(({ count }) => count > 0);
    counts.sort((a, b) => b.count - a.count || compareValues(a.value, b.value));
    return counts.slice(0, SEARCH_LIMITS.facetValues);
  }
}

function isScalar(value: Value | undefined): value is FacetCount['value'] {
  return value === null || ['boolean', 'number', 'string'].includes(typeof value);
}
