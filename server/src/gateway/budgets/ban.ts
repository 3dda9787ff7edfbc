/** However often: after so long everybody may try again. What clients wait for at most (AB-3). */
export const LONGEST_BAN_MS = 300_000;

/** Whoever keeps peace for so long, and for as long as they were kept out, begins anew. */
const PEACE_MS = 60_000;

/**
 * AB-9: who asked for too much is not let in until they have been told to come back, and when they do it again, for twice as long as the last time. Decides nothing about
 * connections that stand.
 */
export class Ban {
  #until = 0;
  #lengthMs = 0;
  #strikes = 0;

  /** Keeps them out for `ms` at least: returns how long. Where they are kept out already it is one offence. `repeats`: it counts as one. */
  begin(ms: number, now: number, repeats: boolean, longestMs: number = LONGEST_BAN_MS): number {
    if (this.leftMs(now) > 0) {
      this.#keepOut(Math.max(ms, this.leftMs(now)), now);
      return this.#lengthMs;
    }
    if (this.isForgotten(now)) this.#strikes = 0;
    if (repeats) this.#strikes += 1;
    this.#keepOut(repeats ? Math.max(ms, Math.min(longestMs, ms * 2 ** (this.#strikes - 1))) : ms, now);
    return this.#lengthMs;
  }

  /** How long they are kept out yet, in whole ms; 0: they are not. Where the clock was put back it begins anew. */
  leftMs(now: number): number {
    this.#until = Math.min(this.#until, now + this.#lengthMs);
    return Math.ceil(Math.max(0, this.#until - now));
  }

  /** The next offence is a first one. */
  isForgotten(now: number): boolean {
    return now >= this.#until + Math.max(PEACE_MS, this.#lengthMs) || this.#lengthMs === 0;
  }

  #keepOut(ms: number, now: number): void {
    this.#lengthMs = ms;
    this.#until = now + ms;
  }
}
