import type { Value } from '../primitives/index.js';
import { compareStrings, compareValues } from './compare-values.js';
import type { PathReader } from './compile-path.js';
import { compileSortPath, type Ordering } from './compile-sort-path.js';
import type { Entry } from './entry.js';
import { compileSort, type SortRows } from './sorting/sort-rows.js';
import { KEY_FIELD, type Direction, type Path, type SortKey } from './query.js';

/** Negative when `a` comes first. Zero only for entries of one key, so rows have one order everywhere. */
export type EntryComparator = (a: Entry, b: Entry) => number;

/** An entry with what it is sorted by read out, so that comparing it again costs no path. */
export interface Ranked {
  readonly entry: Entry;
  /** The value of the first sort level, which decides most comparisons. */
  readonly lead: Value | undefined;
  /** The values of the further levels. */
  readonly rest: readonly (Value | undefined)[];
}

/** A sort order for entries that are compared many times. `compare` orders as `compileComparator` does. */
export interface Ranking {
  rank(entry: Entry): Ranked;
  compare(a: Ranked, b: Ranked): number;
  /** Many at once, without ranking them. */
  readonly sort: SortRows;
}

/** A sort order in two parts: the first value decides nearly all comparisons, and is read without the others. */
export interface LeadOrder {
  readonly path: Path;
  readonly direction: Direction;
  readonly read: PathReader;
  /** Of two such values: negative when the row of `a` comes first, zero when it takes more to tell. */
  readonly compareLeads: (a: Value | undefined, b: Value | undefined) => number;
  /** Of entries with equal ones. */
  readonly breakTie: EntryComparator;
}

/**
 * Turns a sort order into a total order of entries. `desc` reverses `compareValues` whole, rows without a
 * value included; ties of all sort keys are broken by the key, ascending.
 */
export function compileComparator(order: Ordering): EntryComparator {
  const levels = order.sort.map((level) => compileLevel(level, order));
  return (a, b) => {
    for (const level of levels) {
      const order = level(a, b);
      if (order !== 0) return order;
    }
    return compareStrings(a.key, b.key);
  };
}

/** The same order for entries of which most are compared once. */
export function compileLead(order: Ordering): LeadOrder {
  const [[path, direction], ...others] = hasLevels(order.sort) ? order.sort : BY_KEY;
  return {
    path,
    direction,
    read: compileSortPath(path, order),
    compareLeads: direction === 'asc' ? compareValues : (a, b) => compareValues(b, a),
    breakTie: compileComparator({ ...order, sort: others }),
  };
}

/** The same order for entries that stay: what they are sorted by is read once per entry, not per comparison. */
export function compileRanking(order: Ordering): Ranking {
  const [[path, direction], ...others] = hasLevels(order.sort) ? order.sort : BY_KEY;
  const read = compileSortPath(path, order);
  const readers = others.map(([place]) => compileSortPath(place, order));
  const signs = others.map((level) => (level[1] === 'asc' ? 1 : -1));
  const leadSign = direction === 'asc' ? 1 : -1;
  return {
    rank: (entry) => ({
      entry,
      lead: read(entry.key, entry.value),
      rest: readers.length === 0 ? NOTHING : readers.map((readNext) => readNext(entry.key, entry.value)),
    }),
    compare(a, b) {
      const byLead = compareValues(a.lead, b.lead);
      if (byLead !== 0) return byLead * leadSign;
      for (let i = 0; i < signs.length; i++) {
        const byNext = compareValues(a.rest[i], b.rest[i]);
        if (byNext !== 0) return byNext * (signs[i] as number);
      }
      return compareStrings(a.entry.key, b.entry.key);
    },
    sort: compileSort(order),
  };
}

const NOTHING: readonly never[] = [];

const BY_KEY: NonEmpty = [[[KEY_FIELD], 'asc']];

type NonEmpty = readonly [SortKey, ...SortKey[]];

const hasLevels = (sort: readonly SortKey[]): sort is NonEmpty => sort.length > 0;

function compileLevel([path, direction]: SortKey, of: Ordering): EntryComparator {
  const read = compileSortPath(path, of);
  if (direction === 'asc') {
    return (a, b) => compareValues(read(a.key, a.value), read(b.key, b.value));
  }
  return (a, b) => compareValues(read(b.key, b.value), read(a.key, a.value));
}
