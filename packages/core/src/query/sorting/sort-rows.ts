import type { Value } from '../../primitives/index.js';
import { compareStrings, compareValues } from '../compare-values.js';
import { compilePath, type PathReader } from '../compile-path.js';
import { compileSortPath, type Ordering } from '../compile-sort-path.js';
import type { Entry } from '../entry.js';
import { KEY_FIELD } from '../query.js';
import { isStep, radixOrder, type SortKeys } from './radix-order.js';
import { numberKeys, sharedPrefix, textKeys, turnAround } from './sort-keys.js';

/** So few rows are compared with one another. */
const FEW = 64;
/** Texts that part later than this are compared. */
const MAX_TEXT_DEPTH = 16;
/** Rows that are read, or put in their places, in one step. */
const ROWS_PER_STEP = 8_192;

/** The rows in order, in a new array. Yields after some thousand rows' work. */
export type SortRows = (rows: readonly Entry[]) => Generator<void, Entry[]>;

interface Level {
  readonly read: PathReader;
  readonly isReversed: boolean;
  /** By this level and those behind it. */
  readonly compare: (a: Entry, b: Entry) => number;
}

/**
 * Sorts many rows as `compileComparator` orders them, in O(rows) where what they are sorted by are numbers or texts: each value is read once, numbers
 * and the first letters in which texts differ become keys of 64 bits, and those are sorted without comparing. Rows of equal values are sorted by the
 * next level in the same way. Few rows, and values of other types, are compared.
 */
export function compileSort(order: Ordering): SortRows {
  const levels = levelsOf(order);
  return function* (rows) {
    const sorted = rows.slice();
    yield* sortRange({ rows: sorted, from: 0, to: sorted.length }, levels, 0, 0);
    return sorted;
  };
}

/** A part of the rows, to be sorted where it is. */
interface Range {
  readonly rows: Entry[];
  readonly from: number;
  readonly to: number;
}

function levelsOf(order: Ordering): readonly Level[] {
  const paths = order.sort.map(([path, direction]) => ({
    read: compileSortPath(path, order),
    isReversed: direction === 'desc',
  }));
  const levels: Level[] = [
    { read: compilePath([KEY_FIELD]), isReversed: false, compare: (a, b) => compareStrings(a.key, b.key) },
  ];
  for (const { read, isReversed } of paths.reverse()) {
    const next = (levels[0] as Level).compare;
    const compare = (a: Entry, b: Entry): number => {
      const side = compareValues(read(a.key, a.value), read(b.key, b.value));
      return side === 0 ? next(a, b) : isReversed ? -side : side;
    };
    levels.unshift({ read, isReversed, compare });
  }
  return levels;
}

/** `depth`: how often texts of this level were found to begin alike. */
function* sortRange(range: Range, levels: readonly Level[], at: number, depth: number): Generator<void> {
  const { rows, from, to } = range;
  const level = levels[at];
  // Behind the key there is nothing that rows could differ in.
  if (level === undefined) return;
  if (to - from <= FEW) return compareRange(range, level);
  const { values, type } = yield* readValues(range, level);
  if (type === 'same') return yield* sortRange(range, levels, at + 1, 0);
  if (type === 'mixed') return yield* sortTypes(range, values, levels, at);
  if (type === 'compared') return compareRange(range, level);
  let keys: SortKeys;
  if (type === 'number') keys = yield* numberKeys(values);
  else {
    const { shared, isAll } = yield* sharedPrefix(values);
    if (depth === MAX_TEXT_DEPTH) return compareRange(range, level);
    if (isAll) return yield* sortRange(range, levels, at + 1, 0);
    keys = yield* textKeys(values, shared);
  }
  if (level.isReversed) yield* turnAround(keys);
  const order = yield* radixOrder(keys);
  yield* place(range, order);
  const { high, low } = keys;
  let begin = 0;
  for (let end = 1; end <= order.length; end++) {
    if (end < order.length && end % ROWS_PER_STEP === 0) yield;
    const first = order[begin] as number;
    const next = order[end];
    if (next !== undefined && high[next] === high[first] && low[next] === low[first]) continue;
    if (end - begin > 1) {
      const run = { rows, from: from + begin, to: from + end };
      if (end - begin <= FEW) compareRange(run, level);
      else if (type === 'number') yield* sortRange(run, levels, at + 1, 0);
      // Texts that differ from none by their keys may do so by what a zero stands for: that is to be compared.
      else if (end - begin === order.length) compareRange(run, level);
      else yield* sortRange(run, levels, at, depth + 1);
    }
    begin = end;
  }
}

function compareRange({ rows, from, to }: Range, { compare }: Level): void {
  if (from === 0 && to === rows.length) return void rows.sort(compare);
  if (to - from === 2) {
    const [a, b] = [rows[from] as Entry, rows[from + 1] as Entry];
    if (compare(a, b) > 0) [rows[from], rows[from + 1]] = [b, a];
    return;
  }
  const sorted = rows.slice(from, to).sort(compare);
  for (let i = 0; i < sorted.length; i++) rows[from + i] = sorted[i] as Entry;
}

interface ReadValues {
  readonly values: readonly (Value | undefined)[];
  readonly type: Common;
}

function* readValues({ rows, from, to }: Range, { read }: Level): Generator<void, ReadValues> {
  const values: (Value | undefined)[] = [];
  let rank: number | null = null;
  for (let i = from; i < to; i++) {
    const { key, value } = rows[i] as Entry;
    const found = read(key, value);
    values.push(found);
    if (i === from) rank = rankOf(found);
    else if (rank !== null && rankOf(found) !== rank) rank = null;
    if (values.length % ROWS_PER_STEP === 0) yield;
  }
  return { values, type: rank === null ? 'mixed' : (TYPES[rank] as Common) };
}

function* place({ rows, from, to }: Range, order: Uint32Array): Generator<void> {
  const former = rows.slice(from, to);
  for (let i = 0; i < former.length; i++) {
    rows[from + i] = former[order[i] as number] as Entry;
    if (i % ROWS_PER_STEP === ROWS_PER_STEP - 1) yield;
  }
}

type Common = 'number' | 'string' | 'same' | 'mixed' | 'compared';

/** Values of different types: the types are parted, and what is of one is sorted. */
function* sortTypes(
  range: Range,
  values: readonly (Value | undefined)[],
  levels: readonly Level[],
  at: number,
): Generator<void> {
  const { rows, from } = range;
  const { isReversed } = levels[at] as Level;
  const parts: Entry[][] = TYPES.map(() => []);
  for (const [i, value] of values.entries()) {
    parts[rankOf(value)]?.push(rows[from + i] as Entry);
    if (isStep(i)) yield;
  }
  if (isReversed) parts.reverse();
  let next = from;
  for (const part of parts) {
    const begin = next;
    for (const row of part) {
      rows[next++] = row;
      if (isStep(next)) yield;
    }
    if (part.length > 1) yield* sortRange({ rows, from: begin, to: next }, levels, at, 0);
  }
}

/** What is done with values of each rank: those of `compareValues`, in which bytes, arrays and objects have one here. */
const TYPES: readonly Common[] = ['same', 'same', 'same', 'same', 'number', 'string', 'compared'];

function rankOf(value: Value | undefined): number {
  switch (typeof value) {
    case 'number':
      return 4;
    case 'string':
      return 5;
    case 'undefined':
      return 0;
    case 'boolean':
      return value ? 3 : 2;
    default:
      return value === null ? 1 : 6;
  }
}
