import { canonicalJson, type Value } from '../../primitives/index.js';
import type { Change, Entry } from '../entry.js';
import type { Path } from '../query.js';
import type { IndexKind, IndexStatistics } from './access.js';
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
    const index = kind.type === 'hash' ? new HashIndex(kind.path) : new OrderedIndex(kind.path);
    index.load(records);
    this.#held.set(name, { kind, index, lastUse: ++this.#uses });
  }

  /** Takes changes of records, `before` included. One that an index has already seen makes no difference to it. */
  apply(changes: readonly Change[]): void {
    for (const { index } of this.#held.values()) {
      for (const { key, before, after } of changes) {
        if (before === after) continue;
        if (before !== undefined) index.remove({ key, value: before });
        if (after !== undefined) index.add({ key, value: after });
      }
    }
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

  /** The keys of the records with one of these values. Throws without the index. */
  *findEqual(path: Path, values: readonly Value[]): Iterable<string> {
    const { index } = this.#use('hash', path);
    if (index instanceof HashIndex) for (const value of values) yield* index.find(value);
  }

  /** The keys of the records in the range, in the order of their values. Throws without the index. */
  *findBetween(path: Path, range: ValueRange): Iterable<string> {
    const { index } = this.#use('ordered', path);
    if (index instanceof OrderedIndex) yield* index.find(range);
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
