import type { LwwRecord } from '@topgun/core/crdt';
import type { ViewRefusal } from '../../ports/partition-host.js';
import type { RecordChange } from '../crdt/overlay.js';
import type { LiveView } from './live-view.js';

/** Who waits for a view. */
export interface ViewWaiter {
  /** It can be opened now, and is to be at once; or why it cannot. */
  readonly ready: (refusal: ViewRefusal | null) => void;
  /** At so many records has been looked, or will be, because it was the first to ask. */
  readonly looked?: (records: number) => void;
  /** Still waits. */
  readonly isWanted: () => boolean;
}

/** So many changes are made up for in one step, beside as many as have come since the one before: what is left falls with every step, whatever is written. */
const CHANGES_PER_STEP = 512;

/**
 * QU-50: a view that nobody sees yet, filled step by step while commits go on. Records that change meanwhile are left out, or replaced, once it is filled: whatever
 * the load has seen of them. The last step leaves it at the state as of then.
 */
export class OpeningView {
  /** Which view it is. */
  readonly place: string;
  readonly view: LiveView;
  readonly waiters: ViewWaiter[] = [];
  readonly #changed = new Map<string, RecordChange>();

  constructor(place: string, view: LiveView) {
    this.place = place;
    this.view = view;
  }

  get isWanted(): boolean {
    return this.waiters.some(({ isWanted }) => isWanted());
  }

  /** One commit's changes that concern it. */
  note(changes: readonly RecordChange[]): void {
    for (const change of changes) this.#changed.set(change.key, change);
  }

  *steps(records: Iterable<readonly [key: string, record: LwwRecord]>, recordsPerStep: number): Generator<void> {
    yield* this.view.loadSteps(records, { recordsPerStep, leavesOut: (key) => this.#changed.has(key) });
    for (let left = this.#changed.size; ;) {
      left = Math.max(0, left - CHANGES_PER_STEP);
      this.view.catchUp(this.#changedBut(left));
      if (left === 0) return;
      yield;
    }
  }

  /** The changes but so many. From then on they are made up for. */
  #changedBut(left: number): RecordChange[] {
    const some: RecordChange[] = [];
    for (const [key, change] of this.#changed) {
      if (this.#changed.size === left) break;
      some.push(change);
      this.#changed.delete(key);
    }
    return some;
  }
}
