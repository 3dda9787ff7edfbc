import fc from 'fast-check';
import { expect, test } from 'vitest';

import { FairQueue, TURN_COST } from './fair-queue.js';

interface Item {
  readonly lane: object;
  readonly tenant: string;
  readonly cost: number;
}

const MAX_COST = 40_000;
const queueOf = (): FairQueue<Item> =>
  new FairQueue({ laneOf: ({ lane }) => lane, tenantOf: ({ tenant }) => tenant, costOf: ({ cost }) => cost });

test('PI-39: whatever is put in comes out once, that of one lane in its order, be it taken out at once, and what is seen next is what comes', () => {
  const lanes = [{}, {}, {}, {}];
  const step = fc.option(
    fc.record({
      lane: fc.constantFrom(...lanes),
      tenant: fc.constantFrom('a', 'b', 'c'),
      cost: fc.nat(MAX_COST),
      isWithdrawal: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    }),
    { freq: 3 },
  );
  let withdrawn = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300, size: 'max' }), (steps) => {
      const queue = queueOf();
      const pushed: Item[] = [];
      const shifted: Item[] = [];
      for (const item of [...steps, ...steps.map(() => null)]) {
        if (item === null) {
          const next = queue.peek();
          expect(queue.shift()).toBe(next);
          if (next !== undefined) shifted.push(next);
        } else if (item.isWithdrawal) {
          // All that waits of one lane, in its order.
          const taken = queue.withdraw(item);
          expect(taken).toEqual(pushed.filter(({ lane }) => lane === item.lane).slice(-taken.length || pushed.length));
          expect(queue.hasLaneOf(item)).toBe(false);
          shifted.push(...taken);
          if (taken.length > 1) withdrawn += 1;
        } else {
          const own = { ...item };
          pushed.push(own);
          queue.push(own);
        }
        expect(queue.length).toBe(pushed.length - shifted.length);
      }
      while (queue.length > 0) shifted.push(queue.shift()!);
      expect(new Set(shifted)).toEqual(new Set(pushed));
      expect(shifted).toHaveLength(pushed.length);
      for (const lane of lanes) {
        expect(shifted.filter((item) => item.lane === lane)).toEqual(pushed.filter((item) => item.lane === lane));
      }
    }),
    { numRuns: 100 },
  );
  expect(withdrawn).toBeGreaterThan(100);
});

test('PI-39: who comes with one item waits for no more than one turn of each tenant that is there, however much they have', () => {
  const backlog = fc.array(
    fc.record({ tenant: fc.nat(4), lane: fc.nat(2), cost: fc.integer({ min: 1, max: MAX_COST }) }),
    { minLength: 50, maxLength: 300, size: 'max' },
  );
  fc.assert(
    fc.property(backlog, fc.nat(40), (items, served) => {
      const queue = queueOf();
      const lanes = Array.from({ length: 15 }, () => ({}));
      // Each lane of one tenant.
      for (const { tenant, lane, cost } of items) {
        queue.push({ lane: lanes[tenant * 3 + lane]!, tenant: `t${tenant}`, cost });
      }
      for (let i = 0; i < served; i += 1) queue.shift();
      const single: Item = { lane: {}, tenant: 'single', cost: 10 };
      queue.push(single);
      const before = new Map<string, number>();
      for (let item = queue.shift()!; item !== single; item = queue.shift()!) {
        before.set(item.tenant, (before.get(item.tenant) ?? 0) + item.cost);
      }
      for (const cost of before.values()) expect(cost).toBeLessThanOrEqual(TURN_COST + MAX_COST);
    }),
    { numRuns: 100 },
  );
});

test('PI-39: tenants that always have some get the same share, whatever the size of their items', () => {
  const queue = queueOf();
  const costs = [100, 3_000, 30_000];
  const [lanes, served] = [costs.map(() => ({})), costs.map(() => 0)];
  const push = (i: number): void => queue.push({ lane: lanes[i]!, tenant: `${i}`, cost: costs[i]! });
  costs.forEach((_, i) => push(i));
  for (let i = 0; i < 20_000; i += 1) {
    const of = Number(queue.peek()!.tenant);
    push(of);
    served[of]! += queue.shift()!.cost;
  }
  for (const share of served) expect(share / (served[0]! + served[1]! + served[2]!)).toBeCloseTo(1 / 3, 1);
});
