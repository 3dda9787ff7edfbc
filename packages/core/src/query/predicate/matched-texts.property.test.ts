import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { Value } from '../../primitives/index.js';
import type { Predicate } from '../query.js';
import { compilePredicate } from './compile-predicate.js';
import { beyondTexts, matchedPaths } from './matched-texts.js';

const field = fc.constantFrom('a', 'b', 'c');
const leaf: fc.Arbitrary<Predicate> = fc.oneof(
  fc.record({ type: fc.constant('match' as const), path: fc.tuple(field), text: fc.constantFrom('milk', 'oats', '') }),
  fc.record({
    type: fc.constantFrom('eq' as const, 'ne' as const),
    path: fc.tuple(field),
    value: fc.constantFrom('milk', 1),
  }),
  fc.record({ type: fc.constant('exists' as const), path: fc.tuple(field), exists: fc.boolean() }),
);
const { where } = fc.letrec<{ where: Predicate }>((tie) => ({
  where: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.record({ type: fc.constantFrom('and' as const, 'or' as const), of: fc.array(tie('where'), { maxLength: 3 }) }),
    fc.record({ type: fc.constant('not' as const), of: tie('where') }),
  ),
}));
const row = fc.dictionary(field, fc.constantFrom<Value>('milk', 'oats milk', 1, null));

test('SE-13: what a condition says beside texts holds wherever it does, and names the words of none', () => {
  let [held, dropped] = [0, 0];
  fc.assert(
    fc.property(where, row, (condition, value) => {
      const beyond = beyondTexts(condition);
      expect(matchedPaths(beyond)).toEqual([]);
      if (!compilePredicate(condition)('k', value)) return;
      expect(compilePredicate(beyond)('k', value)).toBe(true);
      held++;
      if (matchedPaths(condition).length > 0) dropped++;
    }),
    { numRuns: 1_000 },
  );
  expect(Math.min(held, dropped)).toBeGreaterThan(50);
});

test('where no texts are named nothing is left out', () => {
  fc.assert(
    fc.property(where, row, (condition, value) => {
      fc.pre(matchedPaths(condition).length === 0);
      expect(compilePredicate(beyondTexts(condition))('k', value)).toBe(compilePredicate(condition)('k', value));
    }),
  );
});

test('texts are found wherever a condition names them', () => {
  const match = (name: string): Predicate => ({ type: 'match', path: [name], text: 'milk' });
  const is: Predicate = { type: 'eq', path: ['d'], value: 1 };
  const all: Predicate = {
    type: 'and',
    of: [is, match('a'), { type: 'not', of: match('b') }, { type: 'or', of: [is, match('c')] }],
  };
  expect(matchedPaths(all)).toEqual([['a'], ['b'], ['c']]);
  expect(beyondTexts(all)).toEqual({ type: 'and', of: [is] });
  expect(beyondTexts(is)).toEqual({ type: 'and', of: [is] });
  expect(beyondTexts(match('a'))).toEqual({ type: 'and', of: [] });
});
