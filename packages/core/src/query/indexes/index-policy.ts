import { canonicalJson, type Value } from '../../primitives/index.js';
import { compilePath } from '../compile-path.js';
import { compilePredicate } from '../predicate/compile-predicate.js';
import type { Entry } from '../entry.js';
import type { IndexKind, WantedOrder } from './access.js';
import type { Plan, WantedIndex } from './plan-query.js';

/** When an index is worth making. */
export interface IndexLimits {
  /** Of fewer records than this, looking at all of them is cheap. */
  readonly minRecords: number;
  /** So often the same index must have been missed: once is no habit, and the first time costs a scan either way. */
  readonly minAsks: number;
  /** An index must be expected to leave at most this share of the records. */
  readonly maxShare: number;
  /** Of more than this share of the records it is not worth while to have them in order: looking at all is as good. */
  readonly maxShareInOrder: number;
  /** How many records are looked at to expect something. */
  readonly sample: number;
  /** An index is made in steps of so many records. */
  readonly recordsPerStep: number;
}

export const INDEX_LIMITS: IndexLimits = {
  minRecords: 1_000,
  minAsks: 2,
  maxShare: 0.25,
  maxShareInOrder: 1 / 16,
  sample: 256,
  recordsPerStep: 128,
};

interface Records {
  readonly size: number;
  entries(): Iterable<Entry>;
}

/** Remembers which indexes were missed, and says which one to make. Holds counts by path, and no record. */
export class IndexPolicy {
  readonly #limits: IndexLimits;
  readonly #misses = new Map<string, number>();

  constructor(limits: IndexLimits) {
    this.#limits = limits;
  }

  /** The index to make for a plan, if any: the one that leaves the fewest of some records. */
  choose({ wanted, candidates }: Plan, records: Records): IndexKind | null {
    const { minRecords, maxShare, sample } = this.#limits;
    if (records.size < minRecords || candidates <= records.size * maxShare) return null;
    const due = wanted.filter((index) => this.#miss(index));
    if (due.length === 0) return null;
    const some = firstOf(records.entries(), sample);
    let best: WantedIndex | null = null;
    let fewest = some.length * maxShare;
    for (const index of due) {
      const holds = compilePredicate(index.condition);
      const left = some.filter(({ key, value }) => holds(key, value)).length;
      if (left > fewest || (left === fewest && best !== null)) continue;
      best = index;
      fewest = left;
    }
    return best === null ? null : { type: best.type, path: best.path };
  }

  /** Whether to make this index, which was missed by something that finds few records with it. */
  isDue(kind: IndexKind, { size }: Pick<Records, 'size'>): boolean {
    return size >= this.#limits.minRecords && this.#miss(kind);
  }

  /** Whether to make an index for who wants the first so many: not where they are much, nor where much is equal. */
  isDueInOrder({ path, count }: WantedOrder, records: Records): boolean {
    const { maxShareInOrder, sample } = this.#limits;
    if (count > records.size * maxShareInOrder || !this.isDue({ type: 'ordered', path }, records)) return false;
    const read = compilePath(path);
    const some = firstOf(records.entries(), sample);
    const times = new Map<Value | undefined, number>();
    for (const { key, value } of some) {
      const place = read(key, value);
      times.set(place, (times.get(place) ?? 0) + 1);
    }
    return Math.max(...times.values()) <= Math.max(1, some.length * maxShareInOrder);
  }

  /** Counts a miss of this index. True when it was missed often enough. */
  #miss({ type, path }: IndexKind): boolean {
    const name = canonicalJson([type, path]);
    const misses = (this.#misses.get(name) ?? 0) + 1;
    this.#misses.set(name, misses);
    return misses >= this.#limits.minAsks;
  }
}

function firstOf(entries: Iterable<Entry>, count: number): Entry[] {
  const first: Entry[] = [];
  for (const entry of entries) {
    first.push(entry);
    if (first.length >= count) break;
  }
  return first;
}
