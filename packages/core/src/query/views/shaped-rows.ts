import { takeAll } from '../all-steps.js';
import type { EntryComparator } from '../compile-comparator.js';
import type { Change, Entry } from '../entry.js';
import type { RowChange } from '../operators/operator.js';
import type { Join } from '../operators/join.js';
import type { MapChanges } from '../operators/joined-relation.js';
import { UNCHANGED, type ViewDiff, type ViewStep } from '../view-diff.js';
import { hasMoved, type SilentMove } from './moved-rows.js';
import type { View, ViewLoad } from './view.js';

/** So many rows are looked up in a step. */
const ROWS_PER_STEP = 8_192;

type PlacedStep = Extract<ViewStep, { readonly index: number }>;

/**
 * The rows of a view as they are shown: with chosen fields, with related rows in them. The view says which rows there are and in
 * what order; the join says what is seen of each. A row that is seen as before has no step unless it moved.
 */
export class ShapedRows {
  readonly #view: View;
  readonly #join: Join;
  readonly #compare: EntryComparator;
  #rows: readonly Entry[] | null = [];

  /** `compare` is the order of the view's rows. */
  constructor(view: View, join: Join, compare: EntryComparator) {
    this.#view = view;
    this.#join = join;
    this.#compare = compare;
  }

  rows(): readonly Entry[] {
    this.#rows ??= this.#view.rows().map(({ key }) => this.#shown(key));
    return this.#rows;
  }

  /** Starts over from these entries, and loads the other maps anew. Rows that are seen as before stay the same objects. */
  load(entries: Iterable<Entry>): void {
    const loading = this.beginLoad();
    for (const { key, value } of entries) loading.offer(key, value);
    takeAll(loading.end());
  }

  beginLoad(): ViewLoad {
    const earlier = new Map(this.#view.rows().map(({ key }) => [key, this.#join.source(key) as Entry]));
    const { offer, end } = this.#view.beginLoad();
    return { offer, end: () => this.#endLoad(end(), earlier) };
  }

  /** Takes a batch: what changed in the view's own map, and what changed in any of them. */
  apply(changes: readonly Change[], batch: MapChanges): ViewDiff {
    const diff = this.#view.apply(changes);
    const rowChanges = diff.steps.map((step): RowChange => {
      const before = this.#join.source(step.key);
      return { before, after: step.type === 'leave' ? undefined : step.entry };
    });
    const changed = new Set(this.#join.take(rowChanges, batch));
    const steps: ViewStep[] = [];
    const placed: PlacedStep[] = [];
    const silent: (SilentMove & { readonly step: PlacedStep })[] = [];
    for (const [i, step] of diff.steps.entries()) {
      if (step.type === 'leave') steps.push(step);
      else if (changed.delete(step.key)) placed.push({ ...step, entry: this.#shown(step.key) });
      else silent.push({ before: rowChanges[i]?.before as Entry, after: step.entry, step });
    }
    for (const key of changed) {
      placed.push({ type: 'update', key, entry: this.#shown(key), index: this.#view.indexOf(key) });
    }
    const moved = silent.filter(({ before, after }) => this.#compare(before, after) !== 0);
    if (moved.length > 0 && this.#haveMoved(moved, placed)) {
      for (const { step } of moved) placed.push({ ...step, entry: this.#shown(step.key) });
    }
    placed.sort((a, b) => a.index - b.index);
    for (const step of placed) steps.push(step);
    if (steps.length === 0) return UNCHANGED;
    this.#rows = null;
    return { changed: true, steps };
  }

  *#endLoad(steps: Generator<void>, earlier: Map<string, Entry>): Generator<void> {
    yield* steps;
    if (earlier.size === 0) return yield* this.#endFirstLoad();
    const changes: RowChange[] = [];
    for (const after of this.#view.rows()) {
      changes.push({ before: earlier.get(after.key), after });
      earlier.delete(after.key);
    }
    for (const before of earlier.values()) changes.push({ before, after: undefined });
    this.#join.take(changes, null);
    this.#rows = null;
  }

  *#endFirstLoad(): Generator<void> {
    yield* this.#join.add(this.#view.rows());
    const rows: Entry[] = [];
    for (const { key } of this.#view.rows()) {
      rows.push(this.#shown(key));
      if (rows.length % ROWS_PER_STEP === 0) yield;
    }
    this.#rows = rows;
  }

  #haveMoved(moves: readonly SilentMove[], placed: readonly PlacedStep[]): boolean {
    const seen = new Set(placed.map(({ key }) => key));
    const kept = this.#view.rows().filter(({ key }) => !seen.has(key));
    return hasMoved(kept, moves, this.#compare);
  }

  #shown(key: string): Entry {
    return this.#join.get(key) as Entry;
  }
}
