import { canonicalJson, type Value } from '../../primitives/index.js';
import type { Change, Entry } from '../entry.js';
import type { Direction, Path } from '../query.js';
import type { IndexKind, IndexStatistics, WantedOrder } from './access.js';
import { HashIndex } from './hash-index.js';
import { OrderedIndex } from './ordered-index.js';
import type { ValueRange } from './value-range.js';

interface Held {
  readonly kind: IndexKind;
  readonly index: HashIndex | OrderedIndex;
  lastUse: number;
}

/** The indexes of one set of records, kept current by its changes. Knows which were not used for longest. */
export class IndexSet implements Omit<IndexStatistics, 'size'> {
  readonly #held = new Map<string, Held>();
  /** In the making: nobody finds anything by them yet. */
  readonly #begun = new Map<string, HashIndex | OrderedIndex>();
  #uses = 0;

  get kinds(): readonly IndexKind[] {
    return Array.from(this.#held.values(), ({ kind }) => kind);
  }

  /** About how much memory they take. */
  get bytes(): number {
    let bytes = 0;
    for (const { index } of this.#held.values()) bytes += index.bytes;
    return bytes;
  }

  /** Makes an index from the records, unless it is there. */
  create(kind: IndexKind, records: Iterable<Entry>): void {
    const name = nameOf(kind);
    if (this.#held.has(name)) return;
    this.#begun.delete(name);
    const index = indexOf(kind);
    index.load(records);
    this.#hold(name, kind, index);
  }

  /**
   * Makes an index in steps of so many records, unless it is there or begun. `records` gives them as they are when it is read, which may be while they change: whatever
   * is changed meanwhile is told to `apply`. Usable after the last step.
   */
  *build(kind: IndexKind, records: Iterable<Entry>, recordsPerStep: number): Generator<void, void> {
    const name = nameOf(kind);
    if (this.#held.has(name) || this.#begun.has(name)) return;
    const index = indexOf(kind);
    this.#begun.set(name, index);
    let added = 0;
    for (const entry of records) {
      // One that is in by its change already is not there twice.
      index.add(entry);
      if (++added % recordsPerStep > 0) continue;
      yield;
      if (this.#begun.get(name) !== index) return;
    }
    this.#begun.delete(name);
    this.#hold(name, kind, index);
  }

  get isEmpty(): boolean {
    return this.#held.size === 0 && this.#begun.size === 0;
  }

  /** Takes changes of records, `before` included. One that an index has already seen makes no difference to it. */
  apply(changes: readonly Change[]): void {
    for (const { index } of this.#held.values()) applyTo(index, changes);
    for (const index of this.#begun.values()) applyTo(index, changes);
  }

  /** Gives up those in the making. */
  abandon(): void {
    this.#begun.clear();
  }

  /** Lets go of the one not used for longest. */
  dropOldest(): IndexKind | null {
    let oldest: Held | null = null;
    for (const held of this.#held.values()) if (oldest === null || held.lastUse < oldest.lastUse) oldest = held;
    if (oldest === null) return null;
    this.#held.delete(nameOf(oldest.kind));
    return oldest.kind;
  }

  countEqual(path: Path, values: readonly Value[]): number | null {
    const index = this.#find('hash', path)?.index;
    if (!(index instanceof HashIndex)) return null;
    return values.reduce<number>((sum, value) => sum + index.count(value), 0);
  }

  countBetween(path: Path, range: ValueRange): number | null {
    const index = this.#find('ordered', path)?.index;
    return index instanceof OrderedIndex ? index.count(range) : null;
  }

  /** How many records an ordered index on the path holds; `null` without it. */
  countOrdered(path: Path): number | null {
    return this.#find('ordered', path)?.index.size ?? null;
  }

  countFirst({ path, direction, count }: WantedOrder): number | null {
    const index = this.#find('ordered', path)?.index;
    return index instanceof OrderedIndex ? index.countThrough(count, direction) : null;
  }

  /** The keys of the records with one of these values, as many as there are when each value's are begun, whatever is written meanwhile. Throws without the index. */
  *findEqual(path: Path, values: readonly Value[]): Iterable<string> {
    const { index } = this.#use('hash', path);
    if (!(index instanceof HashIndex)) return;
    for (const value of values) {
      let left = index.count(value);
      for (const key of index.find(value)) {
        yield key;
        if (--left === 0) break;
      }
    }
  }

  /** The keys of the records in the range, or of all that have a value, in the order of their values. Throws without the index. */
  *findBetween(path: Path, range: ValueRange | null, direction: Direction = 'asc'): Iterable<string> {
    const { index } = this.#use('ordered', path);
    if (index instanceof OrderedIndex) yield* index.find(range, direction);
  }

  #hold(name: string, kind: IndexKind, index: HashIndex | OrderedIndex): void {
    this.#held.set(name, { kind, index, lastUse: ++this.#uses });
  }

  #find(type: IndexKind['type'], path: Path): Held | undefined {
    return this.#held.get(nameOf({ type, path }));
  }

  #use(type: IndexKind['type'], path: Path): Held {
    const held = this.#find(type, path);
    if (held === undefined) throw new Error(`there is no ${type} index on ${JSON.stringify(path)}`);
    held.lastUse = ++this.#uses;
    return held;
  }
}

const nameOf = ({ type, path }: IndexKind): string => canonicalJson([type, path]);

const indexOf = ({ type, path }: IndexKind): HashIndex | OrderedIndex =>
  type === 'hash' ? new HashIndex(path) : new OrderedIndex(path);

function applyTo(index: HashIndex | OrderedIndex, changes: readonly Change[]): void {
  for (const { key, before, after } of changes) if (before !== after) index.change(key, before, after);
}
