import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import { evaluate } from '../evaluate/evaluate.js';
import { parseQuery } from '../parse-query.js';
import type { WhereInput } from '../query-input.js';
import { compilePredicate } from './compile-predicate.js';

/** One value of each kind, by the name that the table below calls it. */
const VALUES: Readonly<Record<string, Value>> = {
  null: null,
  false: false,
  true: true,
  minus: -1,
  zero: 0,
  two: 2,
  half: 2.5,
  empty: '',
  upper: 'B',
  lower: 'b',
  word: 'abc',
  digits: '2',
  bytes: new Uint8Array([2]),
  list: [2, 'b', null],
  none: [],
  object: { a: 2 },
};

const RECORDS = [
  ...Object.entries(VALUES).map(([key, value]) => ({ key, value: { v: value } })),
  { key: 'missing', value: { other: 2 } },
  { key: 'scalar', value: 2 },
];

const ALL = RECORDS.map(({ key }) => key);
const without = (...keys: string[]): string[] => ALL.filter((key) => !keys.includes(key));

/** Which of the records meet a condition: written down by hand, after the rules QU-1, QU-9, QU-10 and QU-11. */
const TABLE: readonly (readonly [condition: unknown, found: readonly string[]])[] = [
  [null, ['null']],
  [false, ['false']],
  [0, ['zero']],
  [-0, ['zero']],
  [2, ['two']],
  ['', ['empty']],
  ['b', ['lower']],
  ['2', ['digits']],
  [new Uint8Array([2]), ['bytes']],
  [new Uint8Array(), []],
  [[2, 'b', null], ['list']],
  [[null, 'b', 2], []],
  [[], ['none']],
  [{ $eq: { a: 2 } }, ['object']],
  [{ $eq: {} }, []],
  [{ $ne: 2 }, without('two')],
  [{ $ne: null }, without('null')],
  [{ $in: [] }, []],
  [{ $in: [2, 'b', null, 7] }, ['null', 'two', 'lower']],
  [{ $nin: [2, 'b', null, 7] }, without('null', 'two', 'lower')],
  [{ $nin: [] }, ALL],
  [{ $gt: 0 }, ['two', 'half']],
  [{ $gte: 0 }, ['zero', 'two', 'half']],
  [{ $gte: -0 }, ['zero', 'two', 'half']],
  [{ $lt: 0 }, ['minus']],
  [{ $lte: 0 }, ['minus', 'zero']],
  [{ $lt: -1 }, []],
  [{ $gt: 2.5 }, []],
  [{ $gt: '' }, ['upper', 'lower', 'word', 'digits']],
  [{ $gte: 'abc' }, ['lower', 'word']],
  [{ $lt: 'B' }, ['empty', 'digits']],
  [{ $lte: 'B' }, ['empty', 'upper', 'digits']],
  [{ $between: [0, 2] }, ['zero', 'two']],
  [{ $between: [2, 0] }, []],
  [{ $between: ['a', 'b'] }, ['lower', 'word']],
  [{ $exists: true }, without('missing', 'scalar')],
  [{ $exists: false }, ['missing', 'scalar']],
  [{ $isNull: true }, ['null', 'missing', 'scalar']],
  [{ $isNull: false }, without('null', 'missing', 'scalar')],
  [{ $contains: 2 }, ['list']],
  [{ $contains: 'b' }, ['upper', 'lower', 'word', 'list']],
  [{ $contains: 'B' }, ['upper', 'lower', 'word']],
  [{ $contains: null }, ['list']],
  [{ $contains: '' }, ['empty', 'upper', 'lower', 'word', 'digits']],
  [{ $containsAny: [] }, []],
  [{ $containsAny: [2, 'c'] }, ['word', 'list']],
  [{ $containsAll: [2, 'b'] }, ['list']],
  [{ $containsAll: ['a', 'c'] }, ['word']],
  [{ $startsWith: 'a' }, ['word']],
  [{ $startsWith: '' }, ['empty', 'upper', 'lower', 'word', 'digits']],
  [{ $startsWith: 'A' }, []],
  [{ $like: 'b' }, ['lower']],
  [{ $like: '%b%' }, ['lower', 'word']],
  [{ $like: '_' }, ['upper', 'lower', 'digits']],
  [{ $like: '' }, ['empty']],
  [{ $like: '%' }, ['empty', 'upper', 'lower', 'word', 'digits']],
  [{ $ilike: 'b' }, ['upper', 'lower']],
  [{ $ilike: 'ABC' }, ['word']],
  [{ $regex: 'b' }, ['lower', 'word']],
  [{ $regex: '^.$' }, ['upper', 'lower', 'digits']],
  [{ $regex: '' }, ['empty', 'upper', 'lower', 'word', 'digits']],
  [{ $gt: 0, $lt: 2.5 }, ['two']],
  [{ $gt: 2, $lt: 0 }, []],
  [{ $gte: 0, $ne: 2 }, ['zero', 'half']],
];

const queryOf = (input: WhereInput) => {
  const query = parseQuery({ where: input });
  if (!query.ok) throw new Error(`${JSON.stringify(input)}: ${JSON.stringify(query.error)}`);
  return query.value;
};

/** By the compiled predicate, and by the evaluation that shares no code with it. */
function foundBy(input: WhereInput): { readonly compiled: string[]; readonly naive: string[] } {
  const query = queryOf(input);
  const holds = compilePredicate(query.where);
  return {
    compiled: RECORDS.filter(({ key, value }) => holds(key, value)).map(({ key }) => key),
    naive: evaluate(query, RECORDS).map(({ key }) => key),
  };
}

describe('QU-1: of one value of each kind', () => {
  test.each(TABLE)('%j finds %j', (condition, found) => {
    const { compiled, naive } = foundBy({ v: condition } as WhereInput);
    expect(compiled).toEqual(found);
    expect(naive).toEqual([...found].sort());
  });

  test.each(TABLE)('what %j does not find its opposite does', (condition, found) => {
    const { compiled, naive } = foundBy({ $not: { v: condition } } as WhereInput);
    expect(compiled).toEqual(without(...found));
    expect(naive).toEqual(without(...found).sort());
  });

  test('any two of the conditions are met by what meets both, or either', () => {
    for (const [at, [one, foundByOne]] of TABLE.entries()) {
      const [other, foundByOther] = TABLE[(at * 7 + 3) % TABLE.length]!;
      const both = ALL.filter((key) => foundByOne.includes(key) && foundByOther.includes(key));
      const either = ALL.filter((key) => foundByOne.includes(key) || foundByOther.includes(key));
      const parts = [{ v: one }, { v: other }];
      expect(foundBy({ $and: parts } as WhereInput).compiled).toEqual(both);
      expect(foundBy({ $or: parts } as WhereInput).compiled).toEqual(either);
      expect(foundBy({ $and: parts } as WhereInput).naive).toEqual(both.sort());
      expect(foundBy({ $or: parts } as WhereInput).naive).toEqual(either.sort());
    }
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length', 'v.length', 'v.0', 'v.__proto__'])(
    'a path %s leads to nothing that nobody wrote',
    (path) => {
      expect(foundBy({ [path]: { $exists: true } }).compiled).toEqual([]);
      expect(foundBy({ [path]: { $ne: 1 } }).compiled).toEqual(ALL);
    },
  );
});
