import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import { evaluate } from '../evaluate/evaluate.js';
import { value } from '../query.arbitrary.js';
import { ALWAYS } from '../query.js';
import { ValueBag } from './value-bag.js';

/** By the interpreter, which has a comparison of its own. */
function sorted(values: readonly Value[]): (Value | undefined)[] {
  const rows = values.map((item, i) => ({ key: `${i}`, value: { item } }));
  return evaluate({ where: ALWAYS, sort: [[['item'], 'asc']], limit: null }, rows).map(
    (row) => (row.value as { item: Value }).item,
  );
}

describe('QU-20: a bag of values', () => {
  test('knows its least and its greatest, whatever came and went', () => {
    const op = fc.oneof(
      value.map((item) => ({ item, at: null })),
      fc.nat(50).map((at) => ({ item: null, at })),
    );
    fc.assert(
      fc.property(fc.array(op, { maxLength: 60 }), (ops) => {
        const bag = new ValueBag();
        const model: Value[] = [];
        for (const { item, at } of ops) {
          if (at === null) {
            bag.add(item);
            model.push(item);
          } else if (model.length > 0) {
            const [gone] = model.splice(at % model.length, 1);
            bag.remove(gone as Value);
          }
          const order = sorted(model);
          expect(bag.least()).toEqual(order[0]);
          expect(bag.greatest()).toEqual(order.at(-1));
        }
        for (const item of model) bag.remove(item);
        expect(bag.size).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  test('counts equal values, whichever object they are', () => {
    const bag = new ValueBag();
    bag.add({ a: 1, b: 2 });
    bag.add({ b: 2, a: 1 });
    expect(bag.size).toBe(1);
    bag.remove({ a: 1, b: 2 });
    expect(bag.least()).toEqual({ a: 1, b: 2 });
    bag.remove({ b: 2, a: 1 });
    expect([bag.size, bag.least(), bag.greatest()]).toEqual([0, undefined, undefined]);
  });

  test('tells apart what only looks alike', () => {
    const bag = new ValueBag();
    for (const item of [1, '1', true, [1]]) bag.add(item);
    expect(bag.size).toBe(4);
    expect([bag.least(), bag.greatest()]).toEqual([true, [1]]);
  });

  test('a value that is not there cannot be taken out', () => {
    const bag = new ValueBag();
    bag.add(1);
    expect(() => bag.remove('1')).toThrow('no equal value');
    expect(() => bag.remove(2)).toThrow('no equal value');
    bag.remove(1);
    expect(() => bag.remove(1)).toThrow('no equal value');
  });

  test('holds a million equal values as one', () => {
    const bag = new ValueBag();
    for (let i = 0; i < 1_000_000; i++) bag.add(i % 2);
    expect(bag.size).toBe(2);
    for (let i = 0; i < 500_000; i++) bag.remove(0);
    expect([bag.size, bag.least()]).toEqual([1, 1]);
  });
});
