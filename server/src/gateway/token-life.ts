import type { Clock, Timers } from '../ports/environment.js';

/** How long before a token ends its client is asked for another, so that the connection goes on. */
export const ASK_AHEAD_MS = 10_000;

/** Timers run for 24 days at most; a token may live longer. */
const LONGEST_WAIT_MS = 86_400_000;

export interface TokenLifeEvents {
  /** It ends soon. */
  readonly onAsk: () => void;
  /** It has ended. */
  readonly onEnd: () => void;
}

/** The time a connection's token has left. Holds nothing of the token. */
export class TokenLife {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #events: TokenLifeEvents;
  #cancel: () => void = () => undefined;

  constructor(clock: Clock, timers: Timers, events: TokenLifeEvents) {
    this.#clock = clock;
    this.#timers = timers;
    this.#events = events;
  }

  /** From now on this is the end; `null`: there is none. */
  set(expiresAtMs: number | null): void {
    this.#cancel();
    if (expiresAtMs === null) return;
    const left = expiresAtMs - this.#clock.now();
    const askAt = expiresAtMs - Math.min(ASK_AHEAD_MS, Math.max(0, left) / 2);
    this.#at(askAt, () => {
      this.#at(expiresAtMs, this.#events.onEnd);
      this.#events.onAsk();
    });
  }

  stop(): void {
    this.#cancel();
  }

  #at(time: number, run: () => void): void {
    const wait = Math.max(0, time - this.#clock.now());
    this.#cancel = this.#timers.after(Math.min(wait, LONGEST_WAIT_MS), () => {
      if (this.#clock.now() >= time) run();
      else this.#at(time, run);
    });
  }
}
