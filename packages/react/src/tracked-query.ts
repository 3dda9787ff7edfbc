import type { QueryHandle, RecordSyncState, Row, ViewState } from '@topgun/core';

import type { AskedQuery } from './asked-query.js';
import { ChangeLog, type RowChange } from './change-log.js';
import type { SnapshotSource } from './use-snapshot.js';

/** A query as it stands, with what few look at beside it. */
export interface TrackedState<T> {
  readonly view: ViewState<Row<T>>;
  readonly changes: readonly RowChange<T>[];
  readonly lastChange: RowChange<T> | null;
  /** `null` while nobody has looked at them. */
  readonly syncStates: ReadonlyMap<string, RecordSyncState> | null;
}

/**
 * One component's query as one source: its rows, the log of its changes, and the sync states of its rows, which cost nothing until somebody
 * has looked at them: from then on they are followed.
 */
export interface TrackedQuery<T> extends SnapshotSource<TrackedState<T>> {
  /** `null`: what was asked is no query, or nothing. */
  readonly handle: QueryHandle<Row<T>> | null;
  readonly log: ChangeLog<T> | null;
  /** What a render has looked at. Once true it stays: whoever did may at any render. */
  readonly wants: { changes: boolean; syncStates: boolean };
  /** A render of it was committed at some time. */
  readonly isShown: boolean;
  /** After each commit: notes it, and follows the sync states when they are wanted. */
  committed(): void;
  unfollow(): void;
}

export function trackQuery<T>(asked: AskedQuery<T>): TrackedQuery<T> {
  return asked.handle === null ? untracked(asked.state) : new HandleTracking(asked.handle);
}

class HandleTracking<T> implements TrackedQuery<T> {
  readonly handle: QueryHandle<Row<T>>;
  readonly log: ChangeLog<T>;
  readonly wants = { changes: false, syncStates: false };
  readonly #listeners = new Set<() => void>();
  #state: TrackedState<T> | null = null;
  #stopStates: (() => void) | null = null;
  #isShown = false;

  constructor(handle: QueryHandle<Row<T>>) {
    this.handle = handle;
    this.log = new ChangeLog(handle);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    const own = (): void => listener();
    this.#listeners.add(own);
    const stop = this.log.follow(own);
    return () => {
      this.#listeners.delete(own);
      stop();
    };
  };

  /** The same object until something about the query changes. */
  readonly getSnapshot = (): TrackedState<T> => {
    const view = this.handle.getSnapshot();
    const { changes, lastChange } = this.log;
    const syncStates = this.wants.syncStates ? this.handle.getSyncStates() : null;
    const held = this.#state;
    if (
      held?.view === view &&
      held.changes === changes &&
      held.lastChange === lastChange &&
      held.syncStates === syncStates
    ) {
      return held;
    }
    this.#state = { view, changes, lastChange, syncStates };
    return this.#state;
  };

  readonly getServerSnapshot = (): TrackedState<T> => serverState(this.handle.getServerSnapshot());

  get isShown(): boolean {
    return this.#isShown;
  }

  committed(): void {
    this.#isShown = true;
    if (!this.wants.syncStates || this.#stopStates !== null) return;
    this.#stopStates = this.handle.onSyncStateChange(() => {
      for (const listener of [...this.#listeners]) listener();
    });
  }

  unfollow(): void {
    this.#stopStates?.();
    this.#stopStates = null;
  }
}

const NO_CHANGES: readonly never[] = [];
const NO_STATES: ReadonlyMap<string, RecordSyncState> = new Map();
const NOTHING = (): void => {};

const serverStates = new WeakMap<object, TrackedState<never>>();

/** The same object for the same state: React compares them. */
function serverState<T>(view: ViewState<Row<T>>): TrackedState<T> {
  let state = serverStates.get(view);
  if (state === undefined) {
    state = { view: view as ViewState<never>, changes: NO_CHANGES, lastChange: null, syncStates: NO_STATES };
    serverStates.set(view, state);
  }
  return state as unknown as TrackedState<T>;
}

function untracked<T>(view: ViewState<Row<T>>): TrackedQuery<T> {
  const state = serverState(view);
  return {
    handle: null,
    log: null,
    wants: { changes: false, syncStates: false },
    subscribe: () => NOTHING,
    getSnapshot: () => state,
    getServerSnapshot: () => state,
    isShown: true,
    committed: NOTHING,
    unfollow: NOTHING,
  };
}
