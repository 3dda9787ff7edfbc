import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DocumentScores } from './document-scores.js';

const document = fc.oneof(
  fc.nat({ max: 5 }),
  fc.integer({ min: 1_020, max: 1_028 }),
  fc.constantFrom(40_000, 5_000_000),
);

test('SE-47: scores by document are what a map of them holds, in the order of the numbers', () => {
  const step = fc.tuple(document, fc.double({ min: 0, max: 9, noNaN: true }), fc.boolean());
  fc.assert(
    fc.property(fc.array(step), document, (steps, asked) => {
      const [scores, model] = [new DocumentScores(), new Map<number, readonly [score: number, words: number]>()];
      for (const [at, score, isAdded] of steps) {
        if (isAdded) {
          scores.add(at, score);
          model.set(at, [(model.get(at)?.[0] ?? 0) + score, 1]);
        } else {
          scores.set(at, score, 3);
          model.set(at, [score, 3]);
        }
      }
      const numbers = [...model.keys()].sort((a, b) => a - b);
      expect([...scores.documents()]).toEqual(numbers);
      expect(numbers.map((at) => [scores.score(at), scores.words(at)])).toEqual(numbers.map((at) => model.get(at)));
      expect([scores.score(asked), scores.words(asked)]).toEqual(model.get(asked) ?? [undefined, 0]);
    }),
  );
});
