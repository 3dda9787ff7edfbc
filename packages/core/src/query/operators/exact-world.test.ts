import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exactAverage, exactSum } from '../evaluate/exact-sum.js';
import { ExactSum } from './exact-sum.js';
import { OrderedTree } from './ordered-tree.js';
import { ValueBag } from './value-bag.js';

/** The ends of everything that a double can be, and what lies beside them. */
const EDGES: readonly number[] = [
  0,
  1,
  3,
  0.1,
  0.5,
  Number.MIN_VALUE,
  3 * Number.MIN_VALUE,
  2 ** -1022,
  2 ** -1022 - Number.MIN_VALUE,
  1 - Number.EPSILON / 2,
  1 + Number.EPSILON,
  2 ** 53 - 1,
  2 ** 53,
  2 ** 53 + 2,
  2 ** 200,
  2 ** 970,
  2 ** 971 - 2 ** 918,
  Number.MAX_VALUE,
].flatMap((number) => (number === 0 ? [0] : [number, -number]));

const sumOf = (numbers: readonly number[]): ExactSum => {
  const sum = new ExactSum();
  for (const number of numbers) sum.add(number);
  return sum;
};

describe('QU-21: every three numbers at the edges of doubles', () => {
  test('have the sum and the average that whole multiples of the least double have', () => {
    const wrong: (readonly number[])[] = [];
    for (const a of EDGES) {
      for (const b of EDGES) {
        for (const c of [0, 1, 0.1, -Number.MIN_VALUE, 2 ** 970, -Number.MAX_VALUE]) {
          const numbers = [a, b, c];
          const sum = sumOf(numbers);
          if (!Object.is(sum.total(), exactSum(numbers)) || !Object.is(sum.average(3), exactAverage(numbers)))
            wrong.push(numbers);
        }
      }
    }
    expect(wrong.slice(0, 5)).toEqual([]);
  });

  test('leave nothing behind when they go, in whatever order', () => {
    const wrong: unknown[] = [];
    for (const a of EDGES) {
      for (const b of EDGES) {
        const sum = sumOf([0.1, a, b]);
        sum.subtract(a);
        if (!Object.is(sum.total(), exactSum([0.1, b]))) wrong.push([a, b]);
        sum.subtract(0.1);
        if (!Object.is(sum.total(), exactSum([b]))) wrong.push([a, b]);
        sum.subtract(b);
        if (!Object.is(sum.total(), 0)) wrong.push([a, b]);
      }
    }
    expect(wrong.slice(0, 5)).toEqual([]);
  });

  test('a total that is out of range is none, and is there again when what was too much went', () => {
    const sum = sumOf([Number.MAX_VALUE, Number.MAX_VALUE]);
    expect([sum.total(), sum.average(2), sum.average(1)]).toEqual([null, Number.MAX_VALUE, null]);
    sum.subtract(Number.MAX_VALUE);
    expect(sum.total()).toBe(Number.MAX_VALUE);
    // Half of the last place is rounded to even, which is out of range; less than that is not.
    const last = 2 ** 970;
    expect([sumOf([Number.MAX_VALUE, last]).total(), sumOf([Number.MAX_VALUE, last - 2 ** 917]).total()]).toEqual([
      null,
      Number.MAX_VALUE,
    ]);
  });

  test('by whatever they are divided, the quotient is rounded once', () => {
    for (const parts of [1, 2, 3, 7, 10, 1_000_003]) {
      for (const number of EDGES) {
        const numbers = [number, ...Array<number>(Math.min(parts, 10) - 1).fill(0)];
        if (numbers.length !== parts) continue;
        expect([number, parts, sumOf(numbers).average(parts)]).toEqual([number, parts, exactAverage(numbers)]);
      }
    }
    expect([sumOf([1]).average(3), sumOf([2 ** 53]).average(2), sumOf([Number.MIN_VALUE]).average(2)]).toEqual([
      1 / 3,
      2 ** 52,
      0,
    ]);
    expect(sumOf([3 * Number.MIN_VALUE]).average(2)).toBe(2 * Number.MIN_VALUE);
  });

  test('many numbers of all sizes that come and go are summed as those that stay', () => {
    const numbers = fc.array(fc.oneof(fc.constantFrom(...EDGES), fc.double({ noNaN: true, noDefaultInfinity: true })), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(numbers, numbers, (stay, go) => {
        const sum = new ExactSum();
        for (const [i, number] of go.entries()) {
          sum.add(number);
          if (stay[i] !== undefined) sum.add(stay[i]);
        }
        for (const number of stay.slice(go.length)) sum.add(number);
        for (const number of go.toReversed()) sum.subtract(number);
        expect(sum.total()).toBe(exactSum(stay));
        if (stay.length > 0) expect(sum.average(stay.length)).toBe(exactAverage(stay));
      }),
      { numRuns: 200 },
    );
  });
});

describe('QU-20: the least and the greatest of every short history', () => {
  test('of three values that come and go', () => {
    const values = [1, 'a', null] as const;
    const acts = values.flatMap((value) => [
      { value, isIn: true },
      { value, isIn: false },
    ]);
    const histories = acts.flatMap((a) => acts.flatMap((b) => acts.flatMap((c) => acts.map((d) => [a, b, c, d]))));
    for (const history of histories) {
      const bag = new ValueBag();
      const held: (string | number | null)[] = [];
      for (const { value, isIn } of history) {
        if (isIn) {
          bag.add(value);
          held.push(value);
        } else if (held.includes(value)) {
          bag.remove(value);
          held.splice(held.indexOf(value), 1);
        } else expect(() => bag.remove(value)).toThrow(/no equal value/);
      }
      // null, then numbers, then texts.
      const sorted = [null, 1, 'a'].filter((value) => held.includes(value));
      expect([bag.least(), bag.greatest(), bag.size]).toEqual([sorted[0], sorted.at(-1), sorted.length]);
    }
  });
});

describe('an ordered tree that grows and shrinks through every size', () => {
  const items = (count: number, step: number): number[] => Array.from({ length: count }, (_, i) => (i * step) % count);

  test.each([1, 7, 389, 698])('in steps of %i: it knows every place at every size on the way up and down', (step) => {
    const tree = new OrderedTree<number>((a, b) => a - b);
    const model: number[] = [];
    const placeOf = (item: number): number => {
      const at = model.findIndex((held) => held >= item);
      return at === -1 ? model.length : at;
    };
    const isRight = (): boolean =>
      tree.size === model.length &&
      [0, 1, model.length >> 1, model.length - 1, model.length].every((at) => tree.at(at) === model[at]) &&
      [model[0], model[model.length >> 1], model.at(-1)].every(
        (item) => item === undefined || tree.find(item) === item,
      );
    const list = items(700 - (step === 7 || step === 698 ? 1 : 0), step);
    const order = [...new Set(list)];
    const faults: number[] = [];
    for (const item of order) {
      const place = placeOf(item);
      if (tree.insert(item) !== place || tree.rankOf(item) !== place) faults.push(item);
      model.splice(place, 0, item);
      if (!isRight()) faults.push(item);
    }
    expect(tree.first(Infinity)).toEqual(model);
    for (const item of order) {
      const place = placeOf(item);
      if (tree.rankOf(item) !== place || tree.remove(item) !== place || tree.remove(item) !== -1) faults.push(item);
      model.splice(place, 1);
      if (!isRight()) faults.push(item);
    }
    expect([faults, tree.size, tree.at(0)]).toEqual([[], 0, undefined]);
  });

  test('every range of places is what a list has there', () => {
    const tree = new OrderedTree<number>((a, b) => a - b);
    const list = items(300, 1);
    tree.load(list);
    for (let from = -2; from < 303; from += 19) {
      for (let to = -2; to < 303; to += 17) {
        expect(tree.between(from, to)).toEqual(list.slice(Math.max(0, from), Math.max(0, to)));
      }
    }
  });
});
