import fc from 'fast-check';
import { expect, test } from 'vitest';

import {
  MAX_PIECE_OPS,
  MAX_REST_MS,
  MIN_PIECE_OPS,
  MIN_REST_MS,
  pieceOpsAt,
  restAfter,
  settledTo,
} from './piece-pace.js';

const ms = (max: number): fc.Arbitrary<number> => fc.double({ min: 0, max, noNaN: true });

test('PI-39: a piece is never smaller where commits take longer, and always within its bounds', () => {
  fc.assert(
    fc.property(ms(1_000), ms(1_000), (a, b) => {
      const [ofShort, ofLong] = [pieceOpsAt(Math.min(a, b)), pieceOpsAt(Math.max(a, b))];
      expect(ofShort).toBeLessThanOrEqual(ofLong);
      for (const ops of [ofShort, ofLong]) expect(Number.isInteger(ops)).toBe(true);
      expect(ofShort).toBeGreaterThanOrEqual(MIN_PIECE_OPS);
      expect(ofLong).toBeLessThanOrEqual(MAX_PIECE_OPS);
    }),
  );
  expect([pieceOpsAt(0), pieceOpsAt(1_000)]).toEqual([MIN_PIECE_OPS, MAX_PIECE_OPS]);
});

test('PI-39: pieces rest for two thirds of what their commit took, a millisecond at least and twenty at most', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1_000_000, max: 1_000_000 }), (tookMs) => {
      const rest = restAfter(tookMs);
      expect(rest).toBeGreaterThanOrEqual(MIN_REST_MS);
      expect(rest).toBeLessThanOrEqual(MAX_REST_MS);
      if (rest > MIN_REST_MS && rest < MAX_REST_MS) expect(Math.abs(rest - (tookMs * 2) / 3)).toBeLessThanOrEqual(0.5);
    }),
  );
  expect([restAfter(0), restAfter(15), restAfter(1_000_000)]).toEqual([MIN_REST_MS, 10, MAX_REST_MS]);
});

test('PI-39: what commits take is found to within the clock, from whatever was believed before, and one that is far off moves it little', () => {
  fc.assert(
    fc.property(ms(100), fc.integer({ min: 1, max: 60 }), fc.nat(9), (before, whole, tenths) => {
      // A clock of whole milliseconds says now one, now the next.
      const [took, at] = [whole + tenths / 10, (i: number): number => (i * 7) % 10];
      const read = (i: number): number => (at(i) < tenths ? whole + 1 : whole);
      let known = before;
      for (let i = 0; i < 200; i += 1) known = settledTo(known, read(i));
      expect(Math.abs(known - took)).toBeLessThan(0.5);
      for (const outlier of [-1_000_000, 0, 1_000_000]) {
        const moved = settledTo(known, outlier);
        expect(Math.abs(moved - known)).toBeLessThanOrEqual((known + 1) / 8 + 1e-9);
        expect(moved).toBeGreaterThanOrEqual(0);
      }
    }),
  );
});

/** An import alone in time: commits of pieces with their rests, where a commit takes so long, and each op so much more. */
function paced(
  bareMs: number,
  opMs: number,
): { readonly share: number; readonly opsPerMs: number; readonly commitMs: number } {
  const ops = pieceOpsAt(bareMs);
  const commitMs = bareMs + ops * opMs;
  const rest = restAfter(Math.round(commitMs));
  return { share: commitMs / (commitMs + rest), opsPerMs: ops / (commitMs + rest), commitMs };
}

test('PI-39: whatever a disk takes, a commit of an import is not much longer than a single write’s and under way for less than three quarters of the time; an import of pieces has more than two fifths of what 16 ops in each commit without a rest have', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.3, max: 28, noNaN: true }),
      fc.double({ min: 0.01, max: 0.03, noNaN: true }),
      (bareMs, opMs) => {
        const { share, opsPerMs, commitMs } = paced(bareMs, opMs);
        expect(commitMs).toBeLessThanOrEqual(Math.max(bareMs + MIN_PIECE_OPS * opMs, 1.5 * bareMs));
        expect(share).toBeLessThan(0.72);
        expect(opsPerMs).toBeGreaterThan((0.4 * 16) / (bareMs + 16 * opMs));
      },
    ),
  );
});
