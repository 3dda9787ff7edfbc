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

/** So many changes are made up for in one step. */
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
    for (;;) {
      this.view.catchUp(this.#someChanged());
      if (this.#changed.size === 0) return;
      yield;
    }
  }

  #someChanged(): RecordChange[] {
    const some: RecordChange[] = [];
    for (const [key, change] of this.#changed) {
      some.push(change);
      this.#changed.delete(key);
      if (some.length === CHANGES_PER_STEP) break;
    }
    return some;
  }
}
