import type { Clock, Timers } from '../../ports/environment.js';
import type { ConnectionBudget } from './connection-budget.js';

/** What one connection may have, and how it waits for it. */
export interface Pacing {
  readonly budget: ConnectionBudget;
  readonly patienceMs: number;
  /** Bytes of its messages that may wait. */
  readonly waitingBytes: number;
  readonly clock: Clock;
  readonly timers: Timers;
}
