import { ExpiryIndex } from '../../crdt/index.js';
import type { Clock, Timers } from '../ports/environment.js';
import type { Notifier } from './notifier.js';

/** Records hidden in one turn: what ends at the same moment may be thousands, and the page goes on meanwhile. */
const SLICE = 1_000;
/** The device's clock may be set at any time: so often it is looked at while something here has an end. */
const MAX_WAIT_MS = 60_000;

export interface ExpiryTimerOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly notifier: Notifier;
  /** The record's end has come: what shows of it is to be looked at again. */
  readonly expired: (map: string, key: string) => void;
}

/**
 * CR-9: hides records on time, by the server's clock as far as this device knows it, online or off. It decides nothing: the
 * removal is the server's. Holds when records end, not the records.
 */
export class ExpiryTimer {
  readonly #options: ExpiryTimerOptions;
  readonly #index = new ExpiryIndex<string>();
  #offsetMs = 0;
  #wakesAt: number | null = null;
  #cancel: (() => void) | null = null;

  constructor(options: ExpiryTimerOptions) {
    this.#options = options;
  }

  /** The server's time, as well as it is known, in ms since 1970. */
  now(): number {
    return this.#options.clock.now() + this.#offsetMs;
  }

  /** The record shows until `at`; `null`: it has no end, or does not show. */
  note(map: string, key: string, at: number | null): void {
    this.#index.set(placeOf(map, key), at);
    if (at !== null && (this.#wakesAt === null || at < this.#wakesAt)) this.#arm();
  }

  /** Another offset is known. What had ended may not have, and the other way round: whoever holds records looks at them. */
  correct(offsetMs: number): boolean {
    if (offsetMs === this.#offsetMs) return false;
    this.#offsetMs = offsetMs;
    this.#arm();
    return true;
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#index.clear();
  }

  #arm(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#wakesAt = this.#index.next();
    if (this.#wakesAt === null) return;
    const wait = Math.min(Math.max(this.#wakesAt - this.now(), 0), MAX_WAIT_MS);
    this.#cancel = this.#options.timers.after(wait, () => this.#hideDue());
  }

  #hideDue(): void {
    const { notifier, expired } = this.#options;
    notifier.batch(() => {
      for (const place of this.#index.take(this.now(), SLICE)) {
        const end = place.indexOf('\0');
        expired(place.slice(0, end), place.slice(end + 1));
      }
    });
    this.#arm();
  }
}

/** Map names hold no NUL. */
const placeOf = (map: string, key: string): string => `${map}\0${key}`;
