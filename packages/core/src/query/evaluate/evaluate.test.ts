import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import type { Entry } from '../entry.js';
import { evaluate, evaluateShown } from './evaluate.js';
import { parseQuery } from '../parse-query.js';
import { objectOf } from '../query.arbitrary.js';
import type { ConditionInput, QueryInput } from '../query-input.js';
import type { Cursor, Query, Within } from '../query.js';

const todos: readonly Entry[] = [
  { key: 't4', value: { text: 'walk', done: false, order: 2, owner: { id: 'u1' } } },
  { key: 't1', value: { text: 'shop', done: true, order: 1, owner: { id: 'u2' } } },
  { key: 't3', value: { text: 'read', done: false, order: 2, owner: { id: 'u2' } } },
  { key: 't2', value: { text: 'cook', done: false, tags: ['a'] } },
  { key: '__proto__', value: objectOf([['__proto__', 7]]) },
];

function keys(input: QueryInput): string[] {
  const query = parseQuery(input);
  if (!query.ok) throw new Error(JSON.stringify(query.error));
  return evaluate(query.value, todos).map((row) => row.key);
}

/** Written out by hand, for this is what everything else is measured by. */
describe('the answer from scratch', () => {
  const cases: readonly (readonly [QueryInput, readonly string[]])[] = [
    [{}, ['__proto__', 't1', 't2', 't3', 't4']],
    [{ limit: 2 }, ['__proto__', 't1']],
    [{ limit: 99 }, ['__proto__', 't1', 't2', 't3', 't4']],
    [{ where: { done: false } }, ['t2', 't3', 't4']],
    [{ where: { done: { $ne: false } } }, ['__proto__', 't1']],
    [{ where: { order: { $gte: 2 } } }, ['t3', 't4']],
    [{ where: { order: { $gt: 1 } } }, ['t3', 't4']],
    [{ where: { order: { $lt: 2 } } }, ['t1']],
    [{ where: { order: { $lte: 1 } } }, ['t1']],
    [{ where: { $not: { order: { $gt: 1 } } } }, ['__proto__', 't1', 't2']],
    [{ where: { order: { $exists: false } } }, ['__proto__', 't2']],
    [{ where: { text: { $in: ['read', 'walk'] } } }, ['t3', 't4']],
    [{ where: { text: { $nin: ['read', 'walk'] } } }, ['__proto__', 't1', 't2']],
    [{ where: { 'owner.id': 'u2' } }, ['t1', 't3']],
    [{ where: { tags: ['a'] } }, ['t2']],
    [{ where: { owner: { id: 'u1' } } }, ['t4']],
    [{ where: { $or: [{ done: true }, { text: 'cook' }] } }, ['t1', 't2']],
    [{ where: objectOf([['__proto__', 7]]) as never }, ['__proto__']],
    [{ where: { _key: { $gte: 't3' } } }, ['t3', 't4']],
    [{ sort: { order: 'asc' } }, ['__proto__', 't2', 't1', 't3', 't4']],
    [{ sort: { order: 'desc' } }, ['t3', 't4', 't1', '__proto__', 't2']],
    [{ sort: { order: 'desc', text: 'desc' } }, ['t4', 't3', 't1', 't2', '__proto__']],
    [{ sort: { _key: 'desc' }, limit: 2 }, ['t4', 't3']],
    [{ where: { done: false }, sort: { text: 'asc' }, limit: 2 }, ['t2', 't3']],
  ];

  test.each(cases)('%j ⇒ %j', (input, expected) => {
    expect(keys(input)).toEqual(expected);
  });

  test('gives back the very entries', () => {
    const query = parseQuery({ where: { done: true } });
    expect(query.ok && evaluate(query.value, todos)[0]).toBe(todos[1]);
  });

  test('CL-3: shares no code with the engine it judges', () => {
    const files = readdirSync(new URL('.', import.meta.url)).filter((name) => !name.endsWith('.test.ts'));
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) {
      const source = readFileSync(new URL(file, import.meta.url), 'utf8');
      for (const [, typeOnly, from] of source.matchAll(/^import (type )?[^;]* from '([^']*)';$/gm)) {
        const isOwn = /^\.\/\w/.test(from as string);
        // Where words are, and what each is looked up by, has an oracle of its own (SE-2).
        const isBelow = /\/primitives\/index\.js$|\/text\/(fold-text|split-words)\.js$/.test(from as string);
        expect([file, from, typeOnly ?? 'code']).toEqual([
          file,
          from,
          isOwn || isBelow ? (typeOnly ?? 'code') : 'type ',
        ]);
      }
    }
  });
});

/** Written out by hand too: what the new words of the language mean, on records made for them. */
describe('the answer from scratch, condition by condition', () => {
  const records: readonly Entry[] = [
    { key: 'null', value: { a: null } },
    { key: 'none', value: {} },
    { key: 'num', value: { a: 5 } },
    { key: 'text', value: { a: 'Hello' } },
    { key: 'pct', value: { a: '50% off' } },
    { key: 'list', value: { a: ['x', 1, null, [2]] } },
    { key: 'empty', value: { a: [] } },
    { key: 'object', value: { a: { x: 1 } } },
  ];
  const found = (condition: ConditionInput): string[] => {
    const query = parseQuery({ where: { a: condition } });
    if (!query.ok) throw new Error(JSON.stringify(query.error));
    return evaluate(query.value, records)
      .map(({ key }) => key)
      .toSorted();
  };

  test.each<[ConditionInput, readonly string[]]>([
    [{ $isNull: true }, ['none', 'null']],
    [{ $isNull: false }, ['empty', 'list', 'num', 'object', 'pct', 'text']],
    [{ $between: [5, 9] }, ['num']],
    [{ $between: [1, 4] }, []],
    [{ $between: ['A', 'Z'] }, ['text']],
    [{ $startsWith: 'He' }, ['text']],
    [{ $startsWith: 'he' }, []],
    [{ $startsWith: '' }, ['pct', 'text']],
    [{ $like: 'H%o' }, ['text']],
    [{ $like: 'h%o' }, []],
    [{ $ilike: 'h%O' }, ['text']],
    [{ $like: '_____' }, ['text']],
    [{ $like: '%\\%%' }, ['pct']],
    [{ $like: '%' }, ['pct', 'text']],
    [{ $regex: 'l{2}' }, ['text']],
    [{ $regex: '^l' }, []],
    [{ $regex: /^hello$/iu }, ['text']],
    [{ $contains: 'x' }, ['list']],
    [{ $contains: 1 }, ['list']],
    [{ $contains: null }, ['list']],
    [{ $contains: [2] }, ['list']],
    [{ $contains: 'ELL' }, ['text']],
    [{ $contains: '' }, ['pct', 'text']],
    [{ $containsAny: ['x', 'off'] }, ['list', 'pct']],
    [{ $containsAny: [] }, []],
    [{ $containsAll: ['x', 1] }, ['list']],
    [{ $containsAll: ['x', 2] }, []],
    [{ $containsAll: ['h', 'o'] }, ['text']],
    [{ $containsAll: [] }, ['empty', 'list', 'pct', 'text']],
  ])('QU-1, QU-9, QU-11: %j ⇒ %j', (condition, expected) => {
    expect(found(condition)).toEqual(expected);
    const all = records.map(({ key }) => key);
    const negated = parseQuery({ where: { $not: { a: condition } } });
    if (!negated.ok) throw new Error(JSON.stringify(negated.error));
    const others = all.filter((key) => !expected.includes(key)).toSorted();
    expect(
      evaluate(negated.value, records)
        .map(({ key }) => key)
        .toSorted(),
    ).toEqual(others);
  });
});

describe('the answer from scratch, beyond conditions', () => {
  const people: readonly Entry[] = [
    { key: 'u1', value: { name: 'Ann' } },
    { key: 'u2', value: { name: 'Bob' } },
    { key: 'u3', value: { name: 'Cy' } },
  ];
  const maps = new Map([
    ['todos', todos],
    ['people', people],
  ]);
  const parsed = (input: QueryInput): Query => {
    const query = parseQuery(input);
    if (!query.ok) throw new Error(JSON.stringify(query.error));
    return query.value;
  };
  const shown = (input: QueryInput, records: readonly Entry[] = todos): unknown =>
    evaluateShown(parsed(input), records, { maps });

  test('QU-12: after a place come the rows that are greater in the whole order', () => {
    const after = (input: QueryInput, cursor: Cursor): string[] =>
      evaluate({ ...parsed(input), after: cursor }, todos).map(({ key }) => key);
    expect(after({}, { values: [], key: 't2' })).toEqual(['t3', 't4']);
    expect(after({}, { values: [], key: 't2x' })).toEqual(['t3', 't4']);
    expect(after({ sort: { order: 'asc' } }, { values: [{ missing: true }], key: 't2' })).toEqual(['t1', 't3', 't4']);
    expect(after({ sort: { order: 'asc' } }, { values: [null], key: 'z' })).toEqual(['t1', 't3', 't4']);
    expect(after({ sort: { order: 'asc' } }, { values: [2], key: 't3' })).toEqual(['t4']);
    expect(after({ sort: { order: 'desc' } }, { values: [2], key: 't3' })).toEqual(['t4', 't1', '__proto__', 't2']);
    expect(after({ sort: { order: 'desc' }, limit: 1 }, { values: [2], key: 't4' })).toEqual(['t1']);
    expect(after({ sort: { order: 'asc' } }, { values: [9], key: '' })).toEqual([]);
  });

  test('QU-13: groups have the values they were made by, missing ones apart from null', () => {
    const rows = [
      { key: '1', value: { a: { b: 1 }, n: 1 } },
      { key: '2', value: { a: { b: null }, n: 2 } },
      { key: '3', value: { n: 3 } },
      { key: '4', value: { a: { b: 1 }, n: 4 } },
    ];
    expect(evaluate(parsed({ groupBy: 'a.b', aggregate: { total: { sum: 'n' }, rows: 'count' } }), rows)).toEqual([
      { key: '[[1]]', value: { a: { b: 1 }, total: 5, rows: 2 } },
      { key: '[[]]', value: { total: 3, rows: 1 } },
      { key: '[[null]]', value: { a: { b: null }, total: 2, rows: 1 } },
    ]);
    expect(evaluate(parsed({ distinct: 'a.b', sort: { 'a.b': 'desc' }, limit: 2 }), rows)).toEqual([
      { key: '[[1]]', value: { a: { b: 1 } } },
      { key: '[[null]]', value: { a: { b: null } } },
    ]);
    const all = parsed({ aggregate: { rows: 'count' } });
    expect(evaluate(all, rows)).toEqual([{ key: '[]', value: { rows: 4 } }]);
    expect(evaluate(all, [])).toEqual([]);
  });

  test('QU-13: groups are sorted and cut as groups', () => {
    const input: QueryInput = { groupBy: ['owner.id'], aggregate: { n: 'count' }, sort: { n: 'desc' }, limit: 1 };
    expect(evaluate(parsed(input), todos)).toEqual([{ key: '[["u2"]]', value: { owner: { id: 'u2' }, n: 2 } }]);
  });

  test('QU-14: aggregates', () => {
    const values: Value[] = [3, '7', null, 1, true, [0]];
    const rows = values.map((v, i): Entry => ({ key: `k${i}`, value: { v } }));
    const aggregate = {
      all: 'count',
      count: { count: 'v' },
      sum: { sum: 'v' },
      avg: { avg: 'v' },
      min: { min: 'v' },
      max: { max: 'v' },
    } as const;
    expect(evaluate(parsed({ aggregate }), [...rows, { key: 'none', value: {} }])).toEqual([
      { key: '[]', value: { all: 7, count: 5, sum: 4, avg: 2, min: true, max: [0] } },
    ]);
    expect(evaluate(parsed({ aggregate }), [{ key: 'none', value: { v: null } }])).toEqual([
      { key: '[]', value: { all: 1, count: 0, sum: 0, avg: null, min: null, max: null } },
    ]);
  });

  test('QU-15: only the fields asked for, and the key', () => {
    expect(shown({ where: { done: true }, fields: ['text', 'owner.id', 'no'] })).toEqual([
      { text: 'shop', owner: { id: 'u2' }, _key: 't1' },
    ]);
    expect(shown({ where: { done: true }, fields: [] })).toEqual([{ _key: 't1' }]);
    expect(shown({ fields: 'x' }, [{ key: 'k', value: 7 }])).toEqual([{ _key: 'k' }]);
    expect(shown({}, [{ key: 'k', value: 7 }])).toEqual([{ value: 7, _key: 'k' }]);
  });

  test('QU-16: one related row, or none', () => {
    const include = { by: { map: 'people', on: ['owner.id', '_key'], one: true } } as const;
    expect(shown({ fields: 'text', where: { done: false }, include })).toEqual([
      { text: 'cook', _key: 't2', by: null },
      { text: 'read', _key: 't3', by: { name: 'Bob', _key: 'u2' } },
      { text: 'walk', _key: 't4', by: { name: 'Ann', _key: 'u1' } },
    ]);
  });

  test('QU-16: many related rows, each parent’s own sorted and limited, and theirs in turn', () => {
    const include = {
      todos: {
        map: 'todos',
        on: ['_key', 'owner.id'],
        sort: { text: 'asc' },
        limit: 1,
        fields: 'text',
        include: { again: { map: 'people', on: ['owner.id', '_key'], fields: [] } },
      },
    } as const;
    expect(shown({ include }, people)).toEqual([
      { name: 'Ann', _key: 'u1', todos: [{ text: 'walk', _key: 't4', again: [{ _key: 'u1' }] }] },
      { name: 'Bob', _key: 'u2', todos: [{ text: 'read', _key: 't3', again: [{ _key: 'u2' }] }] },
      { name: 'Cy', _key: 'u3', todos: [] },
    ]);
  });

  test('QU-16: neither what is missing nor null is related to anything', () => {
    const rows: Entry[] = [
      { key: '1', value: { to: null } },
      { key: '2', value: {} },
      { key: '3', value: { to: [1] } },
    ];
    const other = rows.map(({ key, value }): Entry => ({ key, value: { from: (value as { to?: Value }).to ?? null } }));
    const query = parsed({ include: { x: { map: 'other', on: ['to', 'from'], fields: [] } }, fields: [] });
    expect(evaluateShown(query, rows, { maps: new Map([['other', other]]) })).toEqual([
      { _key: '1', x: [] },
      { _key: '2', x: [] },
      { _key: '3', x: [{ _key: '3' }] },
    ]);
  });

  test('QU-18: the rows related to any row of the parent, limited per value', () => {
    const within: Within = {
      map: 'people',
      query: parsed({ where: { _key: { $ne: 'u3' } } }),
      on: [['_key'], ['owner', 'id']],
    };
    const query = { ...parsed({ sort: { text: 'asc' }, limit: 1 }), within };
    expect(evaluate(query, todos, { maps }).map(({ key }) => key)).toEqual(['t3', 't4']);
    const bob = { ...query, within: { ...within, query: parsed({ where: { name: 'Bob' } }) } };
    expect(evaluate(bob, todos, { maps }).map(({ key }) => key)).toEqual(['t3']);
    expect(evaluate(bob, todos)).toEqual([]);
  });
});
