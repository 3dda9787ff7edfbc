/** CL-6: how long to wait before the next attempt. One configuration for all reconnecting. */
export interface BackoffConfig {
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
  readonly multiplier: number;
  /** Spreads the attempts of many clients: each waits between half and all of the delay. */
  readonly jitter: boolean;
  /** Attempts in a row that may fail before giving up until `connect()`, `online` or a new token. */
  readonly maxRetries: number;
}

export const DEFAULT_BACKOFF: BackoffConfig = {
  initialDelayMs: 1_000,
  maxDelayMs: 30_000,
  multiplier: 2,
  jitter: true,
  maxRetries: Number.POSITIVE_INFINITY,
};

/**
 * The wait in ms before retry number `failures` (1 after the first failure); `null` when it gives up.
 * `unit` is uniform in [0, 1).
 */
export function backoffDelay(config: BackoffConfig, failures: number, unit: number): number | null {
  if (failures > config.maxRetries) return null;
  const grown = config.initialDelayMs * config.multiplier ** Math.max(0, failures - 1);
  // Far into a long outage the power overflows to Infinity: the cap is what counts then.
  const delay = Math.min(config.maxDelayMs, grown);
  return config.jitter ? delay * (0.5 + unit / 2) : delay;
}

/** A server that is asked for more than it gives says when to come back; no longer than this is it believed. */
export const MAX_RETRY_AFTER_MS = 300_000;

/**
 * AB-3: the wait in ms where the server has said that asking is in vain before `retryAfterMs`; 0: it has said nothing. Many clients are told the same
 * moment, so what comes on top of it spreads them. `unit` is asked only then.
 */
export function waitBeforeRetry(delayMs: number, retryAfterMs: number, unit: () => number): number {
  const told = Math.min(retryAfterMs, MAX_RETRY_AFTER_MS);
  return told > delayMs ? told * (1 + unit() / 4) : delayMs;
}
