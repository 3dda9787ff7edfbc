import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { backoffDelay, DEFAULT_BACKOFF, MAX_RETRY_AFTER_MS, waitBeforeRetry } from './backoff.js';

describe('backoffDelay', () => {
  it('CL-6: 1 s, doubled, to 30 s, without jitter', () => {
    const plain = { ...DEFAULT_BACKOFF, jitter: false };
    expect([1, 2, 3, 4, 5, 6, 7, 2_000].map((failures) => backoffDelay(plain, failures, 0.5))).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000,
    ]);
  });

  it('CL-6: jitter spreads the wait over the upper half, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (failures, unit) => {
          const whole = backoffDelay({ ...DEFAULT_BACKOFF, jitter: false }, failures, unit)!;
          const spread = backoffDelay(DEFAULT_BACKOFF, failures, unit)!;
          expect(spread).toBeGreaterThanOrEqual(whole / 2);
          expect(spread).toBeLessThanOrEqual(whole);
        },
      ),
    );
    expect(backoffDelay(DEFAULT_BACKOFF, 1, 0)).not.toBe(backoffDelay(DEFAULT_BACKOFF, 1, 0.9));
  });

  it('CL-6: never gives up by default, and after `maxRetries` when told so', () => {
    expect(backoffDelay(DEFAULT_BACKOFF, 1_000_000, 0)).not.toBeNull();
    expect(backoffDelay({ ...DEFAULT_BACKOFF, maxRetries: 2 }, 2, 0)).not.toBeNull();
    expect(backoffDelay({ ...DEFAULT_BACKOFF, maxRetries: 2 }, 3, 0)).toBeNull();
    expect(backoffDelay({ ...DEFAULT_BACKOFF, maxRetries: 0 }, 1, 0)).toBeNull();
  });
});

describe('waitBeforeRetry', () => {
  const units = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

  it('AB-3: never comes back before it was told to, nor before it would have, and later by a quarter at most', () => {
    fc.assert(
      fc.property(fc.nat(30_000), fc.nat(MAX_RETRY_AFTER_MS), units, (delayMs, toldMs, unit) => {
        const wait = waitBeforeRetry(delayMs, toldMs, () => unit);
        expect(wait).toBeGreaterThanOrEqual(Math.max(delayMs, toldMs));
        expect(wait).toBeLessThanOrEqual(Math.max(delayMs, toldMs * 1.25));
      }),
    );
  });

  it('AB-3: those who are told the same do not come at once, and nobody is sent away for ever', () => {
    const waits = [0, 0.5, 0.9].map((unit) => waitBeforeRetry(1_000, 5_000, () => unit));
    expect(new Set(waits).size).toBe(3);
    expect(waitBeforeRetry(1_000, Number.MAX_SAFE_INTEGER, () => 0)).toBe(MAX_RETRY_AFTER_MS);
  });

  it('CL-6: without a word of the server it is the backoff alone, and draws nothing', () => {
    expect(waitBeforeRetry(700, 0, () => expect.unreachable())).toBe(700);
  });
});
