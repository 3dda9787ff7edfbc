import type { Timers } from '../../ports/environment.js';
import { FEW_ROWS, type LiveView } from './live-view.js';
import { pinnedKeys } from './pinned-keys.js';

/** How long a view is kept for a client that comes back. */
export const VIEW_LINGER_MS = 60_000;

/** How many such views there are at most: each costs something at every write of its map. */
export const MAX_LINGERING = 256;

/** How many rows are hashed in one turn of the loop. */
const ROWS_PER_TURN = 500;

/** SY-2: views without subscribers, kept for a while in case one comes back, since then what has changed is known. The oldest first. */
export class LingeringViews {
  readonly #timers: Timers;
  readonly #drop: (view: LiveView) => void;
  readonly #cancels = new Map<LiveView, () => void>();
  readonly #prepared = new Set<LiveView>();
  #isPreparing = false;

  constructor(timers: Timers, drop: (view: LiveView) => void) {
    this.#timers = timers;
    this.#drop = drop;
  }

  add(view: LiveView): void {
    // RU-6: keys are named by whoever looks through what it has stored, and are others each time.
    if (view.size <= FEW_ROWS || pinnedKeys(view.query.where) !== null) {
      this.#drop(view);
      return;
    }
    this.#cancels.set(
      view,
      this.#timers.after(VIEW_LINGER_MS, () => this.end(view)),
    );
    if (this.#cancels.size > MAX_LINGERING) this.endOldest();
  }

  /** It has a subscriber again. */
  take(view: LiveView): void {
    this.#cancels.get(view)?.();
    this.#cancels.delete(view);
  }

  /** Drops the view if it lingers. */
  end(view: LiveView): void {
    if (!this.#cancels.has(view)) return;
    this.take(view);
    this.#prepared.delete(view);
    this.#drop(view);
  }

  endOldest(): LiveView | null {
    for (const view of this.#cancels.keys()) {
      this.end(view);
      return view;
    }
    return null;
  }

  /** Hashes the view's rows beforehand, a few in each turn of the loop. */
  prepare(view: LiveView): void {
    if (view.size <= FEW_ROWS) return;
    this.#prepared.add(view);
    if (!this.#isPreparing) this.#prepareSome();
  }

  #prepareSome(): void {
    this.#isPreparing = this.#prepared.size > 0;
    if (!this.#isPreparing) return;
    this.#timers.after(0, () => {
      for (const view of this.#prepared) {
        if (!view.prepare(ROWS_PER_TURN)) this.#prepared.delete(view);
        break;
      }
      this.#prepareSome();
    });
  }
}
