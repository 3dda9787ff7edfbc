import type { Value } from '../../primitives/index.js';
import { compareStrings, compareValues } from '../compare-values.js';
import { compilePath, type PathReader } from '../compile-path.js';
import type { Entry } from '../entry.js';
import { OrderedTree } from '../operators/ordered-tree.js';
import type { Direction, Path } from '../query.js';
import { someBound, type ValueRange } from './value-range.js';

/** An estimate: an item, its place in a node, and its share of nodes that are not full. */
const BYTES_PER_RECORD = 64;
/** Whoever reads the first ones alone is not made to wait for the others. */
const READ_AT_ONCE = 256;

interface Item {
  readonly value: Value;
  readonly key: string;
}

/** A place between items: before, or after, all items of this value. */
interface Edge {
  readonly value: Value;
  readonly side: -1 | 1;
}

/** The records in the order of their values at the path, keys breaking ties. Records without a value there are not in it. */
export class OrderedIndex {
  readonly path: Path;
  readonly #read: PathReader;
  readonly #tree = new OrderedTree<Item | Edge>(comparePlaces);

  constructor(path: Path) {
    this.path = path;
    this.#read = compilePath(path);
  }

  /** How many records it holds. */
  get size(): number {
    return this.#tree.size;
  }

  /** About how much memory it takes. */
  get bytes(): number {
    return this.#tree.size * BYTES_PER_RECORD;
  }

  /** Takes these records instead of what it held: faster than one by one. */
  load(entries: Iterable<Entry>): void {
    const items: Item[] = [];
    for (const { key, value } of entries) {
      const place = this.#read(key, value);
      if (place !== undefined) items.push({ value: place, key });
    }
    this.#tree.load(items.sort(comparePlaces));
  }

  /** Adds a record. One that is in already is not there twice. */
  add({ key, value }: Entry): void {
    const place = this.#read(key, value);
    if (place === undefined) return;
    this.#tree.add({ value: place, key });
  }

  /** Takes out a record as it was. One that is not in is no error. */
  remove({ key, value }: Entry): void {
    const place = this.#read(key, value);
    if (place !== undefined) this.#tree.remove({ value: place, key });
  }

  /** Takes a record as it is now instead of as it was. One whose place is the same costs no look. */
  change(key: string, before: Value | undefined, after: Value | undefined): void {
    const was = before === undefined ? undefined : this.#read(key, before);
    const is = after === undefined ? undefined : this.#read(key, after);
    if (was === is) return;
    if (was !== undefined) this.#tree.remove({ value: was, key });
    if (is !== undefined) this.#tree.add({ value: is, key });
  }

  /** The keys of the records in the range, or of all, in the order of their values or in the opposite one. They are looked up while they are read. */
  *find(range: ValueRange | null, direction: Direction = 'asc'): Iterable<string> {
    const [from, to] = range === null ? [0, this.size] : this.#span(range);
    for (let done = 0; done < to - from; done += READ_AT_ONCE) {
      const size = Math.min(READ_AT_ONCE, to - from - done);
      const start = direction === 'asc' ? from + done : to - done - size;
      const items = this.#tree.between(start, start + size);
      if (direction === 'desc') items.reverse();
      for (const item of items) yield (item as Item).key;
    }
  }

  /** How many records are in the range. */
  count(range: ValueRange): number {
    const [from, to] = this.#span(range);
    return to - from;
  }

  /** How many records come first in the order of values, or in the opposite one: so many, and all that are equal to the last of them. */
  countThrough(count: number, direction: Direction): number {
    const { size } = this.#tree;
    const last = this.#tree.at(direction === 'asc' ? count - 1 : size - count);
    if (last === undefined) return size;
    const { value } = last;
    return direction === 'asc' ? this.#tree.rankOf(edge(value, 1)) : size - this.#tree.rankOf(edge(value, -1));
  }

  #span(range: ValueRange): readonly [from: number, to: number] {
    const { lower, upper } = range;
    const { value } = someBound(range);
    const from = lower === null ? typeStart(value) : edge(lower.value, lower.isIncluded ? -1 : 1);
    const to = upper === null ? typeEnd(value) : edge(upper.value, upper.isIncluded ? 1 : -1);
    const start = this.#tree.rankOf(from);
    return [start, Math.max(start, this.#tree.rankOf(to))];
  }
}

const edge = (value: Value, side: Edge['side']): Edge => ({ value, side });

const isEdge = (place: Item | Edge): place is Edge => 'side' in place;

function comparePlaces(a: Item | Edge, b: Item | Edge): number {
  const order = compareValues(a.value, b.value);
  if (order !== 0) return order;
  if (isEdge(a)) return isEdge(b) ? a.side - b.side : a.side;
  return isEdge(b) ? -b.side : compareStrings(a.key, b.key);
}

/** Before all values of this one's type. */
function typeStart(value: Value): Edge {
  switch (typeof value) {
    case 'boolean':
      return edge(false, -1);
    case 'number':
      return edge(-Number.MAX_VALUE, -1);
    case 'string':
      return edge('', -1);
    default:
      return edge(new Uint8Array(), -1);
  }
}

/** After all values of this one's type: before the first of the next type. */
function typeEnd(value: Value): Edge {
  switch (typeof value) {
    case 'boolean':
      return edge(true, 1);
    case 'number':
      return edge(Number.MAX_VALUE, 1);
    case 'string':
      return edge(new Uint8Array(), -1);
    default:
      return edge([], -1);
  }
}
