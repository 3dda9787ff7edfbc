import type { Value } from '../../primitives/index.js';
import { compareStrings, compareValues } from '../compare-values.js';
import { compilePath, type PathReader } from '../compile-path.js';
import type { Entry } from '../entry.js';
import { OrderedTree } from '../operators/ordered-tree.js';
import type { Path } from '../query.js';
import { someBound, type ValueRange } from './value-range.js';

/** An estimate: an item, its place in a node, and its share of nodes that are not full. */
const BYTES_PER_RECORD = 64;

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
    const item = { value: place, key };
    if (this.#tree.find(item) === undefined) this.#tree.insert(item);
  }

  /** Takes out a record as it was. One that is not in is no error. */
  remove({ key, value }: Entry): void {
    const place = this.#read(key, value);
    if (place !== undefined) this.#tree.remove({ value: place, key });
  }

  /** The keys of the records in the range, in the order of their values. */
  find(range: ValueRange): string[] {
    const [from, to] = this.#span(range);
    return this.#tree.between(from, to).map((item) => (item as Item).key);
  }

  /** How many records are in the range. */
  count(range: ValueRange): number {
    const [from, to] = this.#span(range);
    return to - from;
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
