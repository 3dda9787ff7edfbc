import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalForm, canonicalQuery } from './canonical-query.js';
import { evaluate } from '../evaluate/evaluate.js';
import { parseQuery } from '../parse-query.js';
import { entries, scalar, sort } from '../query.arbitrary.js';
import { describeQueryError } from './query-error.js';
import type { QueryInput } from '../query-input.js';
import type { Literal, Predicate, Query } from '../query.js';

function text(input: QueryInput): string {
  const query = parseQuery(input);
  if (!query.ok) throw new Error(describeQueryError(query.error));
  return canonicalQuery(query.value);
}

const path = fc.oneof(
  fc.constantFrom('a', 'b', 'n', '__proto__').map((name) => [name]),
  fc.constant(['_key']),
);
const literal: fc.Arbitrary<Literal> = fc.oneof(
  { weight: 4, arbitrary: scalar },
  { weight: 1, arbitrary: fc.constantFrom({ json: '[]' }, { json: '{"a":1}' }, { json: '{"$bytes":"AQ"}' }) },
);

/** Predicates as nobody has simplified them. */
const raw: fc.Arbitrary<Predicate> = fc.letrec<{ raw: Predicate }>((tie) => ({
  raw: fc.oneof(
    { maxDepth: 5, depthSize: 'small', withCrossShrink: true },
    fc.record({ type: fc.constantFrom('eq', 'ne'), path, value: literal }),
    fc.record({ type: fc.constantFrom('gt', 'gte', 'lt', 'lte'), path, value: fc.constantFrom(0, 'a', true) }),
    fc.record({ type: fc.constantFrom('in', 'nin'), path, values: fc.array(literal, { maxLength: 3 }) }),
    fc.record({ type: fc.constant('exists'), path, exists: fc.boolean() }),
    fc.record({ type: fc.constantFrom('and', 'or'), of: fc.array(tie('raw'), { maxLength: 3 }) }),
    fc.record({ type: fc.constant('not'), of: tie('raw') }),
  ) as fc.Arbitrary<Predicate>,
})).raw;

const rawQuery: fc.Arbitrary<Query> = fc.record({
  where: raw,
  sort: sort.map((input) => {
    const query = parseQuery({ sort: input });
    return query.ok ? query.value.sort : [];
  }),
  limit: fc.constantFrom(null, 5),
});

const depthOf = (predicate: Predicate): number => {
  if (predicate.type === 'not') return 1 + depthOf(predicate.of);
  if (predicate.type !== 'and' && predicate.type !== 'or') return 1;
  return 1 + Math.max(0, ...predicate.of.map(depthOf));
};

const nodesOf = (predicate: Predicate): number => {
  if (predicate.type === 'not') return 1 + nodesOf(predicate.of);
  if (predicate.type !== 'and' && predicate.type !== 'or') return 1;
  return predicate.of.reduce((sum, part) => sum + nodesOf(part), 1);
};

/** Rewrites a predicate without changing what it means. */
function disguise(predicate: Predicate, choose: () => number): Predicate {
  const inner = disguiseParts(predicate, choose);
  switch (choose() % 6) {
    case 0:
      return { type: 'and', of: [inner] };
    case 1:
      return { type: 'or', of: [inner, inner] };
    case 2:
      return { type: 'not', of: { type: 'not', of: inner } };
    case 3:
      return { type: 'and', of: [{ type: 'and', of: [] }, inner] };
    default:
      return inner;
  }
}

function disguiseParts(predicate: Predicate, choose: () => number): Predicate {
  switch (predicate.type) {
    case 'and':
    case 'or':
      return { of: predicate.of.map((part) => disguise(part, choose)).toReversed(), type: predicate.type };
    case 'not':
      return { of: disguise(predicate.of, choose), type: 'not' };
    case 'in':
    case 'nin':
      return { ...predicate, values: [...predicate.values, ...predicate.values].toReversed() };
    case 'eq':
      return choose() % 2 === 0 ? predicate : { type: 'in', path: predicate.path, values: [predicate.value] };
    case 'ne': {
      const { path: place, value } = predicate;
      return choose() % 2 === 0 ? predicate : { type: 'not', of: { value, path: place, type: 'eq' } };
    }
    default:
      return predicate;
  }
}

describe('QU-2: the canonical text of a query', () => {
  const same: readonly (readonly [string, readonly QueryInput[]])[] = [
    ['every row', [{}, { where: {} }, { where: { $and: [] } }, { where: [] }, { where: { $not: { $or: [] } } }]],
    [
      'every row by key',
      [{}, { sort: { _key: 'asc' } }, { sort: [['_key', 'asc']] }, { where: { a: { $nin: [] } } }, { limit: null }],
    ],
    ['no row', [{ where: { $or: [] } }, { where: { a: { $in: [] } } }, { where: { b: 1, $or: [] } }]],
    ['the order of fields', [{ where: { a: 1, b: 2 } }, { where: { b: 2, a: 1 } }, { where: { a: { $eq: 1 }, b: 2 } }]],
    [
      'the order of options',
      [
        { limit: 3, where: { a: 1 } },
        { where: { a: 1 }, limit: 3 },
      ],
    ],
    [
      'nesting',
      [
        { where: { a: 1, b: 2, c: 3 } },
        { where: { $and: [{ a: 1 }, { $and: [{ b: 2 }, { c: 3 }] }] } },
        { where: { a: 1 }, predicate: { $and: [{ c: 3, b: 2 }, {}] } },
      ],
    ],
    [
      'repetition',
      [{ where: { a: 1 } }, { where: { $or: [{ a: 1 }, { a: 1 }] } }, { where: { a: 1, $and: [{ a: 1 }] } }],
    ],
    ['double negation', [{ where: { a: { $gt: 1 } } }, { where: { $not: { $not: { a: { $gt: 1 } } } } }]],
    ['opposites', [{ where: { a: { $ne: 1 } } }, { where: { $not: { a: 1 } } }, { where: { a: { $nin: [1] } } }]],
    ['opposites of existence', [{ where: { a: { $exists: false } } }, { where: { $not: { a: { $exists: true } } } }]],
    ['lists', [{ where: { a: { $in: [1, 2] } } }, { where: { a: { $in: [2, 1, 2] } } }]],
    ['a list of one', [{ where: { a: 1 } }, { where: { a: { $in: [1, 1] } } }]],
    ['the order of a literal’s fields', [{ where: { a: { x: 1, y: 2 } } }, { where: { a: { y: 2, x: 1 } } }]],
    ['-0', [{ where: { a: 0 } }, { where: { a: -0 } }]],
    [
      'sort levels after the key',
      [
        { sort: [['_key', 'desc']] },
        {
          sort: [
            ['_key', 'desc'],
            ['a', 'asc'],
          ],
        },
      ],
    ],
    ['how a path is written', [{ where: { 'a.b': 1 } }, { where: [['a', 'b'], 1] }]],
    ['how a sort order is written', [{ sort: { a: 'asc' } }, { sort: [['a', 'asc']] }, { sort: [[['a'], 'asc']] }]],
    [
      'sort levels that decide nothing',
      [
        { sort: [['a', 'asc']] },
        {
          sort: [
            ['a', 'asc'],
            ['a', 'desc'],
            ['_key', 'asc'],
            ['b', 'asc'],
          ],
        },
      ],
    ],
  ];

  test.each(same)('does not depend on %s', (_what, inputs) => {
    expect(new Set(inputs.map(text)).size).toBe(1);
  });

  const different: readonly (readonly [string, QueryInput, QueryInput])[] = [
    ['the value', { where: { a: 1 } }, { where: { a: '1' } }],
    ['null or missing', { where: { a: null } }, { where: { a: { $exists: false } } }],
    ['the path', { where: { 'a.b': 1 } }, { where: [['a.b'], 1] }],
    ['the operator', { where: { a: { $gt: 1 } } }, { where: { a: { $gte: 1 } } }],
    ['and or or', { where: { a: 1, b: 2 } }, { where: { $or: [{ a: 1 }, { b: 2 }] } }],
    ['a range and its negation’s opposite', { where: { $not: { a: { $gt: 1 } } } }, { where: { a: { $lte: 1 } } }],
    ['the weight of sort levels', { sort: { a: 'asc', b: 'asc' } }, { sort: { b: 'asc', a: 'asc' } }],
    ['the direction', { sort: { a: 'asc' } }, { sort: { a: 'desc' } }],
    ['the direction of the key', {}, { sort: { _key: 'desc' } }],
    ['the limit', { limit: 1 }, { limit: 2 }],
    ['having a limit', {}, { limit: 2 }],
    [
      'bytes or what looks like them',
      { where: { a: new Uint8Array([1]) } },
      { where: { a: { $eq: { $bytes: 'AQ' } } } },
    ],
    ['text or the JSON of it', { where: { a: [1] } }, { where: { a: '[1]' } }],
  ];

  test.each(different)('depends on %s', (_what, one, other) => {
    expect(text(one)).not.toBe(text(other));
  });

  test('is the same for every disguise of a query', () => {
    fc.assert(
      fc.property(rawQuery, fc.infiniteStream(fc.nat(11)), (query, choices) => {
        const disguised = { ...query, where: disguise(query.where, () => choices.next().value as number) };
        expect(canonicalQuery(disguised)).toBe(canonicalQuery(query));
      }),
      { numRuns: 700 },
    );
  });

  test('reads back as the canonical form', () => {
    fc.assert(
      fc.property(rawQuery, (query) => {
        expect(JSON.parse(canonicalQuery(query))).toEqual(canonicalForm(query));
      }),
    );
  });
});

describe('QU-2: the canonical form', () => {
  test('finds the same rows in the same order', () => {
    fc.assert(
      fc.property(rawQuery, entries, (query, rows) => {
        expect(evaluate(canonicalForm(query), rows)).toEqual(evaluate(query, rows));
      }),
      { numRuns: 700 },
    );
  });

  test('is reached in one step', () => {
    fc.assert(
      fc.property(rawQuery, (query) => {
        const once = canonicalForm(query);
        expect(canonicalForm(once)).toEqual(once);
      }),
      { numRuns: 1000 },
    );
  });

  test('is never deeper or larger, so it stays within the limits', () => {
    fc.assert(
      fc.property(raw, (where) => {
        const canonical = canonicalForm({ where, sort: [], limit: null }).where;
        expect(depthOf(canonical)).toBeLessThanOrEqual(depthOf(where));
        expect(nodesOf(canonical)).toBeLessThanOrEqual(nodesOf(where));
      }),
      { numRuns: 1000 },
    );
  });
});
