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

  constructor(facets: readonly Facet[]) {
    this.#facets = facets.map(({ name, path }) => ({ name, read: compilePath(path) }));
    this.#counts = facets.map(() => new Map());
  }

  add(key: string, value: Value): void {
    this.#facets.forEach(({ read }, i) => {
      const counts = this.#counts[i] as Map<FacetCount['value'], number>;
      const at = read(key, value);
      const values: Iterable<Value | undefined> = Array.isArray(at) ? new Set(at as readonly Value[]) : [at];
      for (const one of values) if (isScalar(one)) counts.set(one, (counts.get(one) ?? 0) + 1);
    });
  }

  counts(): FacetCounts {
    // By definition of own properties: a facet may be named `__proto__`.
    return Object.fromEntries(this.#facets.map(({ name }, i) => [name, this.#countsOf(i)]));
  }

  #countsOf(i: number): readonly FacetCount[] {
    const counts = Array.from(this.#counts[i] ?? [], ([value, count]) => ({ value, count }));
    counts.sort((a, b) => b.count - a.count || compareValues(a.value, b.value));
    return counts.slice(0, SEARCH_LIMITS.facetValues);
  }
}

function isScalar(value: Value | undefined): value is FacetCount['value'] {
  return value === null || ['boolean', 'number', 'string'].includes(typeof value);
}
