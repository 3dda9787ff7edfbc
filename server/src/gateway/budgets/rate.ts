/** How much of something may be had: so much at once, and in the long run so much per second. */
export interface Rate {
  readonly perS: number;
  readonly burst: number;
}

/**
 * When everything that was had is paid for, in ms since 1970: all that has to be remembered of an account. A moment that has passed: the
 * whole burst is there again.
 */
export type PaidAt = number;

export const ALL_PAID: PaidAt = 0;

/** A debt beyond the burst is remembered for no longer than this; a clock that is put back makes none either. */
export const MAX_DEBT_MS = 60_000;

/** What is taken, and how long whoever takes it has to wait so that no more than the rate is had. */
export interface Taken {
  readonly paidAt: PaidAt;
  readonly waitMs: number;
}

/**
 * Takes `cost` from an account (the generic cell rate algorithm: a leaky bucket that is one number). Whoever takes no more than the rate never waits, and
 * what is had within any time, after the waits, is at most the burst and the rate times that time. Pure.
 */
export function take({ perS, burst }: Rate, paidAt: PaidAt, cost: number, now: number): Taken {
  const burstMs = (burst * 1_000) / perS;
  const owed = Math.min(Math.max(paidAt, now), now + burstMs + MAX_DEBT_MS);
  const next = owed + (cost * 1_000) / perS;
  return { paidAt: next, waitMs: Math.max(0, next - burstMs - now) };
}
