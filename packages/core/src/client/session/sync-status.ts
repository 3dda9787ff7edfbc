import type { ConnectionState } from '../connection/connection-state.js';
import type { Clock } from '../ports/environment.js';
import type { ViewStore } from '../ports/view-store.js';
import type { Notifier } from '../state/notifier.js';

/** How this client stands with the server, as a badge would show it. The object changes only with its content. */
export interface SyncStatus {
  readonly state: ConnectionState;
  /** Writes of this database, of all its tabs, that the server has not decided. */
  readonly pendingOps: number;
  /** When this client was last live with nothing pending, by this device's clock, in ms since 1970; `null`: not yet. */
  readonly lastSyncedAt: number | null;
}

/** Keeps the status current: told of every change of connection and of pending ops, it speaks once per batch. */
export class SyncStatusStore {
  readonly states: ViewStore<SyncStatus>;
  readonly #clock: Clock;
  readonly #notifier: Notifier;
  readonly #countPending: () => number;
  #state: ConnectionState = 'offline';
  #lastSyncedAt: number | null = null;
  #isScheduled = false;

  constructor(options: {
    readonly clock: Clock;
    readonly notifier: Notifier;
    readonly countPending: () => number;
    readonly createStore: (initial: SyncStatus) => ViewStore<SyncStatus>;
  }) {
    this.#clock = options.clock;
    this.#notifier = options.notifier;
    this.#countPending = options.countPending;
    this.states = options.createStore({ state: 'offline', pendingOps: 0, lastSyncedAt: null });
  }

  get connectionState(): ConnectionState {
    return this.#state;
  }

  connectionIs(state: ConnectionState): void {
    // Up to the moment it stopped being live it was in sync.
    if (this.#state === 'live' && state !== 'live') this.#noteSynced();
    this.#state = state;
    this.changed();
  }

  /** The number of pending ops may be another. */
  changed(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#notifier.enqueue(this.#publish);
  }

  readonly #publish = (): void => {
    this.#isScheduled = false;
    const shown = this.states.getState();
    const pendingOps = this.#countPending();
    const wasBehind = shown.state !== 'live' || shown.pendingOps > 0;
    if (this.#state === 'live' && pendingOps === 0 && wasBehind) this.#noteSynced();
    const lastSyncedAt = this.#lastSyncedAt;
    if (shown.state !== this.#state || shown.pendingOps !== pendingOps || shown.lastSyncedAt !== lastSyncedAt) {
      this.states.setState({ state: this.#state, pendingOps, lastSyncedAt });
    }
  };

  #noteSynced(): void {
    if (this.#countPending() === 0) this.#lastSyncedAt = this.#clock.now();
  }
}
