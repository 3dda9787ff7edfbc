import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Entry } from './entry.js';
import { evaluate } from './evaluate.js';
import { parseQuery } from './parse-query.js';
import { objectOf } from './query.arbitrary.js';
import type { QueryInput } from './query-input.js';

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
    const source = readFileSync(new URL('./evaluate.ts', import.meta.url), 'utf8');
    const imported = [...source.matchAll(/^import (type )?.*from '(.*)';$/gm)];
    expect(imported.length).toBeGreaterThan(0);
    for (const [, typeOnly, from] of imported) {
      expect([typeOnly, from]).toEqual([from === '../primitives/index.js' ? undefined : 'type ', from]);
    }
  });
});
