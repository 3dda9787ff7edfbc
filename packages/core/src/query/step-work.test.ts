import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { StepWork } from './step-work.js';

test('SE-13: between two steps there is no more work than goes into one, or one piece that is more by itself; and hardly less', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.array(fc.integer({ min: 1, max: 60 })), (perStep, pieces) => {
      const work = new StepWork(perStep);
      const steps: number[][] = [[]];
      for (const piece of pieces) {
        if (work.isDue(piece)) steps.push([]);
        steps.at(-1)?.push(piece);
      }
      const sum = (step: readonly number[]): number => step.reduce((all, one) => all + one, 0);
      for (const [at, step] of steps.entries()) {
        expect(sum(step) < perStep || step.length === 1).toBe(true);
        // The first piece of the next would have been too much.
        const next = steps[at + 1]?.[0];
        if (next !== undefined) expect(sum(step) + next).toBeGreaterThanOrEqual(perStep);
      }
    }),
  );
});

test('SE-13: of a text whose words are read at once 128 characters are as much as a word', () => {
  const work = new StepWork(10);
  expect(['a'.repeat(128 * 9), '', 'a', 'a'.repeat(128 * 20)].map((text) => work.isTextDue(text))).toEqual([
    false,
    false,
    true,
    true,
  ]);
});
