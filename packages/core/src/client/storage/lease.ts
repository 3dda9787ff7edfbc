import type { LeaseOutcome, LeaseRequest } from '../ports/storage.js';

/** Who speaks for a replica, and until when by this device's clock. */
export interface Lease {
  readonly holder: string;
  readonly expiresAt: number;
}

/** What becomes of a request, given the lease that is stored. */
export function judgeLease(stored: Lease | undefined, { holder, now, ttlMs }: LeaseRequest): LeaseOutcome {
  if (stored?.holder === holder) return 'renewed';
  return stored !== undefined && isRunning(stored.expiresAt, now, ttlMs) ? 'refused' : 'taken';
}

/** Of two tabs that ask at about the same time the later to look at the clock may be the first to be answered. */
const SLACK_MS = 5_000;

/** No lease ends later than `ttlMs` from now, unless the clock has jumped back since: then nothing is known of its end. */
export const isRunning = (expiresAt: number, now: number, ttlMs: number): boolean =>
  expiresAt > now && expiresAt <= now + ttlMs + SLACK_MS;

export const grantedLease = ({ holder, now, ttlMs }: LeaseRequest): Lease => ({ holder, expiresAt: now + ttlMs });
