import { LargeMap, type Value } from '../primitives/index.js';
import { compareValues, compilePath } from '../query/index.js';
import { SEARCH_LIMITS } from './search-limits.js';
import type { Facet } from './search-query.js';

/** A value of a field, and how many of the records found have it. */
export interface FacetCount {
  readonly value: null | boolean | number | string;
  readonly count: number;
}

/** So many values are looked at in one step. */
export const VALUES_PER_STEP = 1_024;
/** Of more texts than this their map is in parts. */
const SPLIT_AT = 4_096;

/** Counts of each facet by its name, the most frequent value first. */
export type FacetCounts = Readonly<Record<string, readonly FacetCount[]>>;

/** Of each facet, in their order, every value with its count; plain data. */
export type AllCounts = readonly (readonly (readonly [value: FacetCount['value'], count: number])[])[];

/** How many records have each value. Texts, of which there may be one a record, lie where no map of all of them stops to copy itself. */
class ValueCounts {
  readonly #texts = new LargeMap<number>(SPLIT_AT);
  readonly #others = new Map<FacetCount['value'], number>();

  get(value: FacetCount['value']): number | undefined {
    return typeof value === 'string' ? this.#texts.get(value) : this.#others.get(value);
  }

  set(value: FacetCount['value'], count: number): void {
    if (typeof value === 'string') this.#texts.set(value, count);
    else this.#others.set(value, count);
  }

  *[Symbol.iterator](): Iterator<readonly [value: FacetCount['value'], count: number]> {
    yield* this.#others;
    yield* this.#texts;
  }
}

/** Counts scalars, and those in lists: a record counts once for each value that it has. */
export class FacetCounter {
  readonly #facets: readonly {
    readonly name: string;
    readonly read: ReturnType<typeof compilePath>;
    readonly counts: ValueCounts;
    readonly isCut: boolean;
  }[];

  /** `known`: what has been counted elsewhere. Of a facet of which that may not be all, no further values are counted. */
  constructor(facets: readonly Facet[], known: FacetCounts = {}) {
    this.#facets = facets.map(({ name, path }) => {
      const before = (Object.hasOwn(known, name) ? known[name] : undefined) ?? [];
      const counts = new ValueCounts();
      for (const { value, count } of before) counts.set(value, count);
      return { name, read: compilePath(path), counts, isCut: before.length >= SEARCH_LIMITS.facetValues };
    });
  }

  /** `by`: 1, or -1 for a record that was counted and is found no longer. */
  add(key: string, value: Value, by = 1): void {
    for (const { counts, isCut, read } of this.#facets) {
      const at = read(key, value);
      const values: Iterable<Value | undefined> = Array.isArray(at) ? new Set(at as readonly Value[]) : [at];
      for (const one of values) {
        if (!isScalar(one)) continue;
        const before = counts.get(one);
        if (before !== undefined || !isCut) counts.set(one, (before ?? 0) + by);
      }
    }
  }

  /** Adds what has been counted of other records, by facet. */
  take(counted: AllCounts): void {
    for (const [at, { counts }] of this.#facets.entries()) {
      for (const [value, count] of counted[at] ?? []) counts.set(value, (counts.get(value) ?? 0) + count);
    }
  }

  /** Every value, the rare ones too, by facet, in steps. */
  *all(): Generator<void, AllCounts> {
    const told: (readonly [FacetCount['value'], number])[][] = [];
    let passed = 0;
    for (const { counts } of this.#facets) {
      const values: (readonly [FacetCount['value'], number])[] = [];
      for (const each of counts) {
        if (++passed % VALUES_PER_STEP === 0) yield;
        values.push(each);
      }
      told.push(values);
    }
    return told;
  }

  /** In steps: a facet may have a value for each record. */
  *counts(): Generator<void, FacetCounts> {
    const told: (readonly [string, readonly FacetCount[]])[] = [];
    for (const { counts, name } of this.#facets) told.push([name, yield* mostFrequent(counts)]);
    // By definition of own properties: a facet may be named `__proto__`.
    return Object.fromEntries(told);
  }
}

function* mostFrequent(counts: ValueCounts): Generator<void, readonly FacetCount[]> {
  const { facetValues } = SEARCH_LIMITS;
  let most: FacetCount[] = [];
  let least = 1;
  let passed = 0;
  for (const [value, count] of counts) {
    if (++passed % VALUES_PER_STEP === 0) yield;
    if (count < least) continue;
    most.push({ value, count });
    if (most.length < 8 * facetValues) continue;
    most = most.toSorted(compareCounts).slice(0, facetValues);
    least = most.at(-1)?.count ?? 1;
  }
  return most.toSorted(compareCounts).slice(0, facetValues);
}

const compareCounts = (a: FacetCount, b: FacetCount): number => b.count - a.count || compareValues(a.value, b.value);

function isScalar(value: Value | undefined): value is FacetCount['value'] {
  return value === null || ['boolean', 'number', 'string'].includes(typeof value);
}
