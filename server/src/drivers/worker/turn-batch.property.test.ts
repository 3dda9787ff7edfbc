import fc from 'fast-check';
import { expect, test } from 'vitest';

import { MAX_BATCH_BYTES, MAX_BATCH_ITEMS, TurnBatch } from './turn-batch.js';

test('PI-35: everything crosses once, in its order, no later than at the end of its turn, and no more at once than is allowed', () => {
  const step = fc.oneof(
    { weight: 20, arbitrary: fc.nat(MAX_BATCH_BYTES * 2) },
    { weight: 1, arbitrary: fc.constant('end') },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400, size: 'max' }), (steps) => {
      const posts: (readonly { readonly bytes: number }[])[] = [];
      const ends: (() => void)[] = [];
      const batch = new TurnBatch<{ readonly bytes: number }>(
        (items) => posts.push(items),
        (run) => ends.push(run),
      );
      const added: { readonly bytes: number }[] = [];
      for (const bytes of steps) {
        if (typeof bytes === 'number') {
          const item = { bytes: bytes % 700 === 0 ? bytes : bytes % 700 };
          added.push(item);
          batch.add(item, item.bytes);
        } else {
          for (const run of ends.splice(0)) run();
          expect(posts.flat()).toEqual(added);
        }
        expect(ends.length).toBeLessThanOrEqual(1);
      }
      batch.flush();
      expect(posts.flat()).toEqual(added);
      for (const post of posts) {
        expect(post.length).toBeGreaterThan(0);
        expect(post.length).toBeLessThanOrEqual(MAX_BATCH_ITEMS);
        const bytes = post.reduce((sum, each) => sum + each.bytes, 0);
        if (post.length > 1) expect(bytes).toBeLessThanOrEqual(MAX_BATCH_BYTES);
      }
    }),
    { numRuns: 50 },
  );
});
