import { assertNever } from '@topgun/core/primitives';
import type { Timers } from '../../ports/environment.js';
import type { SearchCommand, SearchEvent } from '../../ports/partition-host.js';
import type { ViewSearchRuns } from './create-live-view.js';
import type { LiveView } from './live-view.js';
import type { SearchRows } from './search-rows.js';
import { SEARCH_REST_MS, SearchTurns, type SearchPieces } from './search-turns.js';
import { TurnedWork } from './turned-work.js';

export interface JointSearchesOptions {
  readonly timers: Timers;
  readonly pieces: Pick<SearchPieces, 'stepsPerTurn'>;
  readonly tell: (event: SearchEvent) => void;
}

/**
 * SE-70: this host's part in searches that several hosts run together: it says what its index has, ranks by what all have, and shows what it is told to. Each of these takes turns of the
 * event loop; it decides nothing of when. Each of those who ask has a session of its own for one search.
 */
export class JointSearches {
  readonly #rows = new WeakMap<LiveView, SearchRows>();
  readonly #options: JointSearchesOptions;
  readonly #opening: TurnedWork;
  readonly #again: TurnedWork;

  constructor(options: JointSearchesOptions) {
    this.#options = options;
    this.#opening = new TurnedWork(options.timers);
    this.#again = new TurnedWork(options.timers, SEARCH_REST_MS);
  }

  made(view: LiveView, rows: SearchRows): void {
    this.#rows.set(view, rows);
  }

  changed({ subscribers }: LiveView): void {
    for (const [session] of subscribers) this.#options.tell({ type: 'search-changed', session });
  }

  /** `view`: what the session has open. Of one that is gone nothing is wanted. */
  take(command: SearchCommand, view: LiveView | undefined): void {
    const rows = view && this.#rows.get(view);
    if (view === undefined || rows === undefined) return;
    const { run, session } = command;
    const { tell } = this.#options;
    switch (command.type) {
      case 'share-search':
        this.#begin(view, run, rows.share(), (share) => tell({ type: 'search-shared', session, run, share }));
        return;
      case 'rank-search':
        this.#begin(view, run, rows.rank(command.all), (part) => tell({ type: 'search-ranked', session, run, part }));
        return;
      case 'show-search':
        rows.show(command.shown);
        tell({ type: 'search-shown', session, run });
        return;
      default:
        assertNever(command);
    }
  }

  /** For the first run somebody waits; before each turn of the others the thread is left to others. */
  #begin<T>(view: LiveView, run: number, steps: Generator<void, T>, done: (outcome: T) => void): void {
    (run === 1 ? this.#opening : this.#again).begin(this.#turnsOf(view, steps, done));
  }

  *#turnsOf<T>(view: LiveView, steps: Generator<void, T>, done: (outcome: T) => void): Generator<void> {
    for (let count = 1; !view.isDropped; count++) {
      const step = steps.next();
      if (step.done === true) return done(step.value);
      if (count % this.#options.pieces.stepsPerTurn === 0) yield;
    }
  }
}

/** How the searches of a host are run again; `null`: within each commit. */
export function searchRunsOf(
  timers: Timers | null,
  pieces: SearchPieces,
  joint: JointSearches | null,
  settled: (view: LiveView) => void,
): ViewSearchRuns | null {
  if (joint !== null) {
    const made = (view: LiveView, rows: SearchRows): void => joint.made(view, rows);
    return { turns: null, made, changed: (view) => joint.changed(view), settled };
  }
  if (timers === null) return null;
  return { turns: new SearchTurns(timers, pieces), made: () => {}, changed: () => {}, settled };
}
