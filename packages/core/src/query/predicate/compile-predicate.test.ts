import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import { compilePredicate } from './compile-predicate.js';
import { evaluate } from '../evaluate/evaluate.js';
import { parseQuery } from '../parse-query.js';
import { entries, objectOf, where } from '../query.arbitrary.js';
import type { WhereInput } from '../query-input.js';
import type { Predicate } from '../query.js';

function predicateOf(input: WhereInput): Predicate {
  const query = parseQuery({ where: input });
  if (!query.ok) throw new Error(JSON.stringify(query.error));
  return query.value.where;
}

function holds(input: WhereInput, value: Value, key = 'k'): boolean {
  return compilePredicate(predicateOf(input))(key, value);
}

describe('QU-1: a predicate holds', () => {
  const record = {
    n: 5,
    s: 'm',
    yes: true,
    no: false,
    nothing: null,
    zero: 0,
    empty: '',
    bytes: new Uint8Array([1, 2]),
    tags: ['x', { y: 1 }],
    owner: { id: 'u1', address: { zip: '1010' } },
    'owner.id': 'dotted',
  };

  const cases: readonly [WhereInput, boolean][] = [
    [{}, true],
    [{ n: 5 }, true],
    [{ n: '5' }, false],
    [{ n: 5, s: 'm' }, true],
    [{ n: 5, s: 'x' }, false],
    [{ nothing: null }, true],
    [{ missing: null }, false],
    [{ zero: null }, false],
    [{ zero: 0 }, true],
    [{ zero: -0 }, true],
    [{ zero: false }, false],
    [{ no: false }, true],
    [{ empty: '' }, true],
    [{ empty: false }, false],
    [{ bytes: new Uint8Array([1, 2]) }, true],
    [{ bytes: new Uint8Array([1, 3]) }, false],
    [{ bytes: [1, 2] }, false],
    [{ tags: ['x', { y: 1 }] }, true],
    [{ tags: ['x'] }, false],
    [{ tags: 'x' }, false],
    [{ owner: { address: { zip: '1010' }, id: 'u1' } }, true],
    [{ owner: { id: 'u1' } }, false],
    [{ owner: {} }, false],
    [{ 'owner.id': 'u1' }, true],
    [{ 'owner.address.zip': '1010' }, true],
    [{ 'owner.address.zip.0': '1' }, false],
    [[['owner.id'], 'dotted'], true],
    [[['owner', 'id'], 'u1'], true],
    [
      [
        [['owner.id'], 'dotted'],
        [['n'], { $gt: 5 }],
      ],
      false,
    ],
    [{ n: { $eq: 5 } }, true],
    [{ n: { $ne: 5 } }, false],
    [{ n: { $ne: 6 } }, true],
    [{ missing: { $ne: 6 } }, true],
    [{ missing: { $ne: null } }, true],
    [{ n: { $gt: 4 } }, true],
    [{ n: { $gt: 5 } }, false],
    [{ n: { $gte: 5 } }, true],
    [{ n: { $lt: 5 } }, false],
    [{ n: { $lte: 5 } }, true],
    [{ n: { $gte: 5, $lt: 6 } }, true],
    [{ n: { $gt: '4' } }, false],
    [{ s: { $gt: 4 } }, false],
    [{ s: { $gt: 'l', $lt: 'n' } }, true],
    [{ s: { $lte: 'm' } }, true],
    [{ yes: { $gt: false } }, true],
    [{ yes: { $gt: 0 } }, false],
    [{ no: { $lte: false } }, true],
    [{ nothing: { $lt: 1 } }, false],
    [{ nothing: { $gte: false } }, false],
    [{ missing: { $lt: 1 } }, false],
    [{ missing: { $gte: '' } }, false],
    [{ bytes: { $gt: new Uint8Array([1]) } }, true],
    [{ bytes: { $gte: new Uint8Array([1, 2]) } }, true],
    [{ bytes: { $lt: new Uint8Array([1, 2]) } }, false],
    [{ bytes: { $lte: new Uint8Array([2]) } }, true],
    [{ tags: { $gt: new Uint8Array([1]) } }, false],
    [{ owner: { $gt: new Uint8Array([1]) } }, false],
    [{ n: { $in: [4, 5] } }, true],
    [{ n: { $in: ['5'] } }, false],
    [{ n: { $in: [] } }, false],
    [{ n: { $nin: [] } }, true],
    [{ n: { $nin: [5, 6] } }, false],
    [{ missing: { $in: [null, 1] } }, false],
    [{ missing: { $nin: [null, 1] } }, true],
    [{ nothing: { $in: [null, 1] } }, true],
    [{ tags: { $in: [['x', { y: 1 }], 2] } }, true],
    [{ tags: { $nin: [['x', { y: 1 }], 2] } }, false],
    [{ bytes: { $in: [new Uint8Array([1, 2]), 2] } }, true],
    [{ n: { $exists: true } }, true],
    [{ nothing: { $exists: true } }, true],
    [{ missing: { $exists: true } }, false],
    [{ missing: { $exists: false } }, true],
    [{ n: { $exists: false } }, false],
    [{ $and: [] }, true],
    [{ $or: [] }, false],
    [{ $or: [{ n: 1 }, { s: 'm' }] }, true],
    [{ $or: [{ n: 1 }, { s: 'x' }] }, false],
    [{ $and: [{ n: 5 }, { s: 'x' }] }, false],
    [{ $and: [{ n: 5 }, { $or: [{ s: 'x' }, { yes: true }] }] }, true],
    [{ $not: { n: 5 } }, false],
    [{ $not: { n: { $gt: 5 } } }, true],
    [{ $not: { missing: { $gt: 5 } } }, true],
    [{ $not: { $or: [{ n: 1 }, { n: 2 }] } }, true],
    [{ n: 5, $not: { s: 'm' } }, false],
    [{ _key: 'k' }, true],
    [{ _key: 'other' }, false],
    [{ _key: { $in: ['a', 'k'] } }, true],
    [{ _key: { $exists: true } }, true],
    [{ '_key.length': 1 }, false],
  ];

  test.each(cases.map(([input, expected]) => [JSON.stringify(input), input, expected] as const))(
    '%s',
    (_text, input, expected) => {
      expect(holds(input, record)).toBe(expected);
    },
  );

  test('CR-4: `_key` is the key even where a record has a field of that name', () => {
    expect(holds({ _key: 'k' }, { _key: 'x' })).toBe(true);
    expect(holds({ _key: 'x' }, { _key: 'x' })).toBe(false);
    expect(holds({ 'a._key': 'x' }, { a: { _key: 'x' } })).toBe(true);
  });

  test('on own fields only: names of prototype members are plain data', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      expect(holds([[name], { $exists: true }], {})).toBe(false);
      expect(holds([[name], { $exists: true }], objectOf([[name, 1]]))).toBe(true);
      expect(holds([[name], 1], objectOf([[name, 1]]))).toBe(true);
      expect(holds([['a', name], { $exists: true }], { a: {} })).toBe(false);
      expect(holds([[name, 'a'], 1], objectOf([[name, { a: 1 }]]))).toBe(true);
    }
    expect(holds({ a: objectOf([['__proto__', 1]]) }, { a: {} })).toBe(false);
    expect(holds({ a: objectOf([['__proto__', 1]]) }, { a: objectOf([['__proto__', 1]]) })).toBe(true);
  });

  test('on records without a prototype, and not inside arrays, bytes and strings', () => {
    const bare = Object.assign(Object.create(null) as Record<string, Value>, { a: 1 });
    expect(holds({ a: 1 }, bare)).toBe(true);
    expect(holds({ length: 1 }, ['x'])).toBe(false);
    expect(holds({ '0': 'x' }, ['x'])).toBe(false);
    expect(holds({ '0': 1 }, new Uint8Array([1]))).toBe(false);
    expect(holds({ length: 1 }, 'x')).toBe(false);
    expect(holds({ a: { $ne: 1 } }, null)).toBe(true);
  });

  test('on objects that look like encoded bytes as on themselves', () => {
    const lookalike = { $bytes: 'AQI' };
    expect(holds({ a: { $eq: lookalike } }, { a: lookalike })).toBe(true);
    expect(holds({ a: { $eq: lookalike } }, { a: new Uint8Array([1, 2]) })).toBe(false);
    expect(holds({ a: { $in: [lookalike, 0] } }, { a: new Uint8Array([1, 2]) })).toBe(false);
    expect(holds({ a: { $in: [lookalike, 0] } }, { a: lookalike })).toBe(true);
  });
});

describe('a compiled predicate', () => {
  test('CL-3: agrees with the interpreter on every record', () => {
    fc.assert(
      fc.property(where, entries, (input, rows) => {
        const predicate = predicateOf(input);
        const matches = compilePredicate(predicate);
        const expected = new Set(evaluate({ where: predicate, sort: [], limit: null }, rows));
        for (const row of rows) expect(matches(row.key, row.value)).toBe(expected.has(row));
      }),
      { numRuns: 600 },
    );
  });

  test('and its opposite divide the records', () => {
    fc.assert(
      fc.property(where, entries, (input, rows) => {
        const matches = compilePredicate(predicateOf(input));
        const fails = compilePredicate(predicateOf({ $not: input }));
        for (const { key, value } of rows) expect(fails(key, value)).toBe(!matches(key, value));
      }),
      { numRuns: 200 },
    );
  });
});
