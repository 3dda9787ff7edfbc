import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALL_PAID, MAX_DEBT_MS, take, type Rate } from './rate.js';

const START = 1_700_000_000_000;
const rates: fc.Arbitrary<Rate> = fc.record({
  perS: fc.integer({ min: 1, max: 1_000 }),
  burst: fc.integer({ min: 1, max: 5_000 }),
});
/** Who comes when, for how much; `afterMs` the one before. */
const visits = (maxCost: number) =>
  fc.array(fc.record({ afterMs: fc.nat(5_000), cost: fc.integer({ min: 0, max: maxCost }) }), { maxLength: 40 });

/** When each is served, who waits as long as told and is refused when that is longer than `patienceMs`. */
function serve(rate: Rate, come: readonly { afterMs: number; cost: number }[], patienceMs = Infinity) {
  let paidAt = ALL_PAID;
  let now = START;
  const served: { readonly at: number; readonly cost: number }[] = [];
  for (const { afterMs, cost } of come) {
    now += afterMs;
    const taken = take(rate, paidAt, cost, now);
    if (taken.waitMs > patienceMs) continue;
    ({ paidAt } = taken);
    served.push({ at: now + taken.waitMs, cost });
  }
  return { served, paidAt, now };
}

describe('AB-1: an account', () => {
  test('gives no more than the burst and the rate, in any stretch of time', () => {
    fc.assert(
      fc.property(rates, visits(50), (rate, visitors) => {
        // Nobody ever has more at once than the burst: who takes more waits for it, and then has it all at once.
        const come = visitors.map(({ afterMs, cost }) => ({ afterMs, cost: Math.min(cost, rate.burst) }));
        const { served } = serve(rate, come, MAX_DEBT_MS);
        const inOrder = served.toSorted((a, b) => a.at - b.at);
        for (let from = 0; from < inOrder.length; from += 1) {
          let had = 0;
          for (let to = from; to < inOrder.length; to += 1) {
            had += inOrder[to]!.cost;
            const seconds = (inOrder[to]!.at - inOrder[from]!.at) / 1_000;
            expect(had).toBeLessThanOrEqual(rate.burst + rate.perS * seconds + 1e-3 * rate.perS);
          }
        }
      }),
    );
  });

  test('lets nobody wait who takes no more than the rate, beginning with the burst', () => {
    fc.assert(
      fc.property(rates, fc.array(fc.nat(2_000), { maxLength: 40 }), (rate, gaps) => {
        const steady = gaps.map((afterMs) => ({
          afterMs,
          cost: Math.min(rate.burst, Math.floor((afterMs * rate.perS) / 1_000)),
        }));
        const { served, now } = serve(rate, [{ afterMs: 0, cost: rate.burst }, ...steady]);
        expect(served.at(-1)!.at).toBeLessThanOrEqual(now + 1e-3);
      }),
    );
  });

  test('costs the same in parts', () => {
    fc.assert(
      fc.property(rates, fc.nat(100), fc.nat(100), (rate, one, other) => {
        const first = take(rate, ALL_PAID, one, START);
        const second = take(rate, first.paidAt, other, START);
        const both = take(rate, ALL_PAID, one + other, START);
        expect(second.paidAt).toBeCloseTo(both.paidAt, 3);
        expect(second.waitMs).toBeCloseTo(both.waitMs, 3);
      }),
    );
  });

  test('lets whoever takes more wait longer, and whoever comes later wait less', () => {
    fc.assert(
      fc.property(rates, visits(500), fc.nat(500), fc.nat(500), fc.nat(10_000), (rate, come, cost, more, later) => {
        const { paidAt, now } = serve(rate, come, MAX_DEBT_MS);
        const wait = take(rate, paidAt, cost, now).waitMs;
        expect(take(rate, paidAt, cost + more, now).waitMs).toBeGreaterThanOrEqual(wait);
        expect(take(rate, paidAt, cost, now + later).waitMs).toBeLessThanOrEqual(wait + 1e-3);
      }),
    );
  });

  test('has the whole burst again after as long as it takes to be paid', () => {
    fc.assert(
      fc.property(rates, visits(500), (rate, come) => {
        const { paidAt, now } = serve(rate, come, MAX_DEBT_MS);
        expect(take(rate, paidAt, rate.burst, Math.max(now, paidAt)).waitMs).toBeCloseTo(0, 3);
      }),
    );
  });

  test('what is charged afterwards is owed, for a minute beyond the burst at most', () => {
    const rate = { perS: 10, burst: 100 };
    const charged = take(rate, ALL_PAID, 1_000_000, START);
    expect(take(rate, charged.paidAt, 1, START).waitMs).toBe(MAX_DEBT_MS + 100);
    expect(take(rate, charged.paidAt, 1, START + MAX_DEBT_MS).waitMs).toBe(MAX_DEBT_MS + 100);
  });

  test('a clock that is put back by a year locks nobody out for longer than that', () => {
    const rate = { perS: 10, burst: 100 };
    const { paidAt } = take(rate, ALL_PAID, 50, START);
    expect(take(rate, paidAt, 1, START - 31_536_000_000).waitMs).toBe(MAX_DEBT_MS + 100);
  });
});
