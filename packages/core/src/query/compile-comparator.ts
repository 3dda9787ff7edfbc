import type { Value } from '../primitives/index.js';
import { compareStrings, compareValues } from './compare-values.js';
import { compilePath, type PathReader } from './compile-path.js';
import type { Entry } from './entry.js';
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
export function compileComparator(sort: readonly SortKey[]): EntryComparator {
  const levels = sort.map(compileLevel);
  return (a, b) => {
    for (const level of levels) {
      const order = level(a, b);
      if (order !== 0) return order;
    }
    return compareStrings(a.key, b.key);
  };
}

/** The same order for entries of which most are compared once. */
export function compileLead(sort: readonly SortKey[]): LeadOrder {
  const [[path, direction], ...others] = hasLevels(sort) ? sort : BY_KEY;
  return {
    path,
    direction,
    read: compilePath(path),
    compareLeads: direction === 'asc' ? compareValues : (a, b) => compareValues(b, a),
    breakTie: compileComparator(others),
  };
}

/** The same order for entries that stay: what they are sorted by is read once per entry, not per comparison. */
export function compileRanking(sort: readonly SortKey[]): Ranking {
  const [[path, direction], ...others] = hasLevels(sort) ? sort : BY_KEY;
  const read = compilePath(path);
  const readers = others.map(([place]) => compilePath(place));
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
        const order = compareValues(a.rest[i], b.rest[i]);
        if (order !== 0) return order * (signs[i] as number);
      }
      return compareStrings(a.entry.key, b.entry.key);
    },
  };
}

const NOTHING: readonly never[] = [];

const BY_KEY: NonEmpty = [[[KEY_FIELD], 'asc']];

type NonEmpty = readonly [SortKey, ...SortKey[]];

const hasLevels = (sort: readonly SortKey[]): sort is NonEmpty => sort.length > 0;

function compileLevel([path, direction]: SortKey): EntryComparator {
  const read = compilePath(path);
  if (direction === 'asc') {
    return (a, b) => compareValues(read(a.key, a.value), read(b.key, b.value));
  }
  return (a, b) => compareValues(read(b.key, b.value), read(a.key, a.value));
}
