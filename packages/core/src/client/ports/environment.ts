import type { StartSearchHost } from './search-host.js';
import type { Transport } from './transport.js';
import type { StorageAdapter } from './storage.js';
import type { TabPort } from './tabs.js';
import type { ViewTurns } from './view-turns.js';

/** Time as an argument. `now` is this device's wall clock in ms since 1970; it may jump. */
export interface Clock {
  now(): number;
}

/** Timers as an argument. `after` runs once, `delayMs` or more from now; the returned function cancels it. */
export interface Timers {
  after(delayMs: number, run: () => void): () => void;
}

/** Randomness as an argument. */
export interface Random {
  /** Uniform in [0, 1): jitter. */
  unit(): number;
  /** `length` characters of the stamp alphabet, from a cryptographic source where there is one: ids. */
  id(length: number): string;
}

/**
 * CL-6: what the browser says of its network and of the page.
 *
 * - `online`: there is a network again
 * - `visible`: somebody looks at the page again; hidden, its timers were slow
 * - `restored`: the page is back as it was left (from the back/forward cache): its sockets are dead, whether they say so or not
 */
export type NetworkSignal = 'online' | 'visible' | 'restored';

export interface NetworkSignals {
  /** Returns the end of it. */
  onSignal(listener: (signal: NetworkSignal) => void): () => void;
}

/** 64-bit xxHash of UTF-8 text as an unsigned bigint. */
export type Hash64 = (text: string) => bigint;

/** Everything the client takes from outside. The composition roots fill it; the simulator fills it differently. */
export interface Environment {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly network: NetworkSignals;
  readonly storage: StorageAdapter;
  readonly tabs: TabPort;
  readonly transport: Transport;
  /** Loaded once (WebAssembly), before the first op is encoded. */
  readonly loadHash: () => Promise<Hash64>;
  /** CL-8: asks that what is stored here is kept. Once, however often it is called. Absent: there is nobody to ask. */
  readonly persistStorage?: () => Promise<boolean>;
  /** SE-25: where search indexes are kept, off the page. Absent: on the page, in slices. */
  readonly startSearchWorker?: StartSearchHost;
  /** How views of many records are filled. Absent: in slices by the clock. */
  readonly viewTurns?: ViewTurns;
  /** Where unexpected but survivable things are reported. */
  readonly log: (level: 'warn' | 'error', message: string, detail?: unknown) => void;
}
