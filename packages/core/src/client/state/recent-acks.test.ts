import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { RecentAcks } from './recent-acks.js';

describe('recent acks', () => {
  it('SY-5: of a key the last ack counts, until it is reached', () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), grows: fc.nat({ max: 2 }) }) },
      { weight: 1, arbitrary: fc.record({ behind: fc.nat({ max: 6 }) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const acks = new RecentAcks();
        const model = new Map<string, number>();
        let position = 1;
        for (const each of steps) {
          if ('key' in each) {
            position += each.grows;
            acks.note(each.key, position);
            model.set(each.key, position);
          } else {
            const through = position - each.behind;
            const reached = [...model.keys()].filter((key) => (model.get(key) ?? 0) <= through);
            expect(acks.take(through).sort()).toEqual(reached.sort());
            for (const key of reached) model.delete(key);
          }
          for (const key of ['a', 'b', 'c', 'd']) {
            for (const through of [position - 3, position - 1, position]) {
              expect(acks.isAfter(key, through)).toBe((model.get(key) ?? 0) > Math.max(through, 0));
            }
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('SY-5: an ack without a position is none, and a session without pushes keeps the latest', () => {
    const acks = new RecentAcks();
    acks.note('none', 0);
    expect(acks.isAfter('none', 0)).toBe(false);
    for (let position = 1; position <= 30_000; position++) acks.note(`key-${position}`, position);
    expect(acks.isAfter('key-1', 0)).toBe(false);
    expect(acks.isAfter('key-20001', 0)).toBe(true);
    expect(acks.take(30_000).length).toBeLessThanOrEqual(20_000);
    expect(acks.take(30_000)).toEqual([]);
  });
});
