import { describe, expect, test } from 'vitest';
import { parseQuery } from '../parse-query.js';
import type { QueryInput } from '../query-input.js';
import { queriesOf } from './query-builder.js';

interface Schema {
  readonly todos: { readonly text: string; readonly done: boolean; readonly rank: number };
  readonly lists: { readonly name: string };
}

const from = queriesOf<Schema>();
type Built = { build(): QueryInput };

/** One step, and what it makes of a query that is written as an object. */
interface Step {
  readonly name: string;
  readonly take: (builder: Built) => Built;
  readonly write: (input: QueryInput) => QueryInput;
}

type Todos = ReturnType<typeof from<'todos'>>;
const step = (name: string, take: (builder: Todos) => Built, write: (input: QueryInput) => QueryInput): Step => ({
  name,
  take: (builder) => take(builder as Todos),
  write,
});
const added = (input: QueryInput, where: NonNullable<QueryInput['where']>): QueryInput => ({
  ...input,
  where: input.where === undefined ? where : { $and: [input.where, where] },
});

const STEPS: readonly Step[] = [
  step(
    'where',
    (b) => b.where({ done: true }),
    (input) => added(input, { done: true }),
  ),
  step(
    'where more',
    (b) => b.where({ rank: { $gt: 1 } }),
    (input) => added(input, { rank: { $gt: 1 } }),
  ),
  step(
    'sort',
    (b) => b.sort({ rank: 'asc' }),
    (input) => ({ ...input, sort: { rank: 'asc' } }),
  ),
  step(
    'sort otherwise',
    (b) => b.sort({ text: 'desc' }),
    (input) => ({ ...input, sort: { text: 'desc' } }),
  ),
  step(
    'limit',
    (b) => b.limit(3),
    (input) => ({ ...input, limit: 3 }),
  ),
  step(
    'no limit',
    (b) => b.limit(null),
    (input) => ({ ...input, limit: null }),
  ),
  step(
    'fields',
    (b) => b.fields('text', ['rank']),
    (input) => ({ ...input, fields: ['text', ['rank']] }),
  ),
  step(
    'groupBy',
    (b) => b.groupBy('done'),
    (input) => ({ ...input, groupBy: ['done'] }),
  ),
  step(
    'aggregate',
    (b) => b.aggregate({ n: 'count' }),
    (input) => ({ ...input, aggregate: { n: 'count' } }),
  ),
  step(
    'distinct',
    (b) => b.distinct('text'),
    (input) => ({ ...input, distinct: ['text'] }),
  ),
  step(
    'include',
    (b) => b.include('x', from('lists').limit(1), { on: ['text', 'name'] }),
    (input) => ({ ...input, include: { ...input.include, x: { map: 'lists', on: ['text', 'name'], limit: 1 } } }),
  ),
  step(
    'include another',
    (b) => b.include('y', from('lists'), { on: ['text', 'name'], one: true }),
    (input) => ({ ...input, include: { ...input.include, y: { map: 'lists', on: ['text', 'name'], one: true } } }),
  ),
];

const HISTORIES = STEPS.flatMap((a) => STEPS.flatMap((b) => STEPS.map((c) => [a, b, c] as const)));

describe('QU-30: every three steps of a builder', () => {
  test('say what an object says that was written so, to its last error', () => {
    let refused = 0;
    for (const history of HISTORIES) {
      const built = history.reduce((builder: Built, { take }) => take(builder), from('todos')).build();
      const written = history.reduce((input: QueryInput, { write }) => write(input), {});
      const names = history.map(({ name }) => name).join(', ');
      expect([names, built]).toEqual([names, written]);
      const read = parseQuery(built);
      if (!read.ok) refused += 1;
      expect([names, read]).toEqual([names, parseQuery(written)]);
    }
    // Groups beside fields or relations, and two ways to make groups, are as bad as they are in an object.
    expect(refused).toBeGreaterThan(200);
    expect(refused).toBeLessThan(HISTORIES.length / 2);
  });

  test('leave every builder on their way as it was, so that each may go on in two ways', () => {
    for (const one of STEPS) {
      const first = one.take(from('todos'));
      const before = structuredClone(first.build());
      const ways = STEPS.map(({ take }) => take(first).build());
      expect(first.build()).toEqual(before);
      const again = STEPS.map(({ take }) => take(first).build());
      expect(again).toEqual(ways);
    }
  });
});
