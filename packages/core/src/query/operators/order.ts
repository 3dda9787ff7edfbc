import { takeAll } from '../all-steps.js';
import type { Ranked, Ranking } from '../compile-comparator.js';
import type { Entry } from '../entry.js';
import type { Operator, RowChange } from './operator.js';
import { OrderedTree } from './ordered-tree.js';

/** A change with the places of the row: before it among the earlier rows, after it among the present ones. */
export interface PlacedChange extends RowChange {
  /** Index before the change, -1 when the row was not there. */
  readonly from: number;
  /** Index after the change, -1 when the row is gone. */
  readonly to: number;
}

/** What can be asked of rows in order, in O(log n) each. */
export interface OrderedRows {
  readonly size: number;
  at(index: number): Entry | undefined;
  indexOf(entry: Entry): number;
  /** The first `count` rows in a new array, O(count). */
  first(count: number): Entry[];
}

export interface Order extends Operator<RowChange, PlacedChange>, OrderedRows {
  /** `load` by and by. It is the former order until the steps are done. */
  loadSteps(rows: readonly Entry[]): Generator<void, readonly Entry[]>;
  /** Makes by and by what the first change has need of. That finds the rest made, or makes it. */
  prepare(): Generator<void>;
}

/** So many rows are ranked in a step. */
const ROWS_PER_STEP = 8_192;

/** Output: the rows of the input, each at its place. Holds all of them: as they were sorted until one changes, from then on in a counted tree. */
export function createOrder(ranking: Ranking): Order {
  return new OrderOperator(ranking);
}

class OrderOperator implements Order {
  readonly #ranking: Ranking;
  /** As they were loaded; `null`: the tree has them. */
  #sorted: readonly Entry[] | null = null;
  #tree: OrderedTree<Ranked>;

  constructor(ranking: Ranking) {
    this.#ranking = ranking;
    this.#tree = new OrderedTree<Ranked>(ranking.compare);
  }

  get size(): number {
    return this.#sorted?.length ?? this.#tree.size;
  }

  at(index: number): Entry | undefined {
    return this.#sorted === null ? this.#tree.at(index)?.entry : this.#sorted[index];
  }

  indexOf(entry: Entry): number {
    return this.#planted().rankOf(this.#ranking.rank(entry));
  }

  first(count: number): Entry[] {
    if (this.#sorted !== null) return this.#sorted.slice(0, count);
    return this.#tree.first(count).map(({ entry }) => entry);
  }

  load(rows: Iterable<Entry>): readonly Entry[] {
    return takeAll(this.loadSteps([...rows]));
  }

  *loadSteps(rows: readonly Entry[]): Generator<void, readonly Entry[]> {
    const sorted = yield* this.#ranking.sort(rows);
    this.#sorted = sorted;
    return sorted;
  }

  *prepare(): Generator<void> {
    const sorted = this.#sorted;
    if (sorted === null) return;
    const ranked: Ranked[] = [];
    for (const row of sorted) {
      ranked.push(this.#ranking.rank(row));
      if (ranked.length % ROWS_PER_STEP > 0) continue;
      yield;
      // A change, or another load, came first.
      if (this.#sorted !== sorted) return;
    }
    yield* this.#tree.loadSteps(ranked, () => this.#sorted === sorted);
    if (this.#sorted === sorted) this.#sorted = null;
  }

  push({ before, after }: RowChange, emit: (change: PlacedChange) => void): void {
    const { rank, compare } = this.#ranking;
    const tree = this.#planted();
    const old = before === undefined ? null : rank(before);
    const next = after === undefined ? null : rank(after);
    if (old !== null && next !== null && compare(old, next) === 0) {
      // Most edits touch nothing that is sorted by: the row stays where it is.
      const place = tree.replace(next);
      emit({ before, after, from: place, to: place });
      return;
    }
    const from = old === null ? -1 : tree.remove(old);
    const to = next === null ? -1 : tree.insert(next);
    emit({ before, after, from, to });
  }

  #planted(): OrderedTree<Ranked> {
    if (this.#sorted !== null) this.#plant(this.#sorted.map(this.#ranking.rank));
    return this.#tree;
  }

  #plant(ranked: readonly Ranked[]): void {
    this.#tree.load(ranked);
    this.#sorted = null;
  }
}
