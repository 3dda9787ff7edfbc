import type { Value } from '../../primitives/index.js';
import type { Entry, ViewLoad } from '../../query/index.js';
import type { ViewTurns } from '../ports/view-turns.js';
import { rowOf } from './row.js';

/** So many take about a frame of a phone's time. */
export const DEFAULT_TURNS = { recordsAtOnce: 16_384, recordsPerStep: 2_048 };

/** What is filled. */
export interface Fillable {
  beginLoad(): ViewLoad;
  prepare(): Generator<void>;
  rows(): readonly Entry[];
}

/**
 * CL-25: fills a view that nobody sees yet in turns of the page, while the map goes on changing. What changes meanwhile is `touched`: who takes the view
 * over brings it up to date with that, whatever the load has seen of it.
 */
export class TurnedLoad<V extends Fillable> {
  readonly view: V;
  readonly touched = new Set<string>();
  #isStopped = false;

  constructor(view: V) {
    this.view = view;
  }

  /** `records`: may change on the way, and end whatever is written meanwhile; all that never do have to be among them. `done`: called in a turn of its own; not once it is stopped. */
  begin(turns: ViewTurns, records: Iterable<readonly [key: string, value: Value]>, done: () => void): void {
    turns.begin(this.#steps(this.#fill(records, turns.recordsPerStep), done));
  }

  stop(): void {
    this.#isStopped = true;
  }

  *#steps(filling: Generator<void>, done: () => void): Generator<void> {
    for (const _ of filling) {
      if (this.#isStopped) return;
      yield;
    }
    if (this.#isStopped) return;
    done();
    yield;
    // The first change finds its places made.
    yield* this.view.prepare();
  }

  *#fill(records: Iterable<readonly [key: string, value: Value]>, perStep: number): Generator<void> {
    const { offer, end } = this.view.beginLoad();
    let count = 0;
    for (const [key, value] of records) {
      // One that comes back in the map's order would be there twice; what is touched is looked at afterwards.
      if (!this.touched.has(key)) offer(key, value);
      if (++count % perStep === 0) yield;
    }
    yield* end();
    // What is made of a row for the app is known from then on.
    for (const entry of this.view.rows()) {
      rowOf(entry);
      if (++count % perStep === 0) yield;
    }
  }
}
