import { describe, expect, test } from 'vitest';
import { parseQuery } from '../parse-query.js';
import type { QueryInput } from '../query-input.js';
import { queriesOf } from './query-builder.js';

interface Schema {
  readonly todos: { readonly text: string; readonly done: boolean; readonly rank: number; readonly list: string };
  readonly lists: { readonly name: string; readonly owner: string };
}

const from = queriesOf<Schema>();
const todos = from('todos');

describe('QU-30: a query made step by step', () => {
  test.each<[string, { build(): QueryInput }, QueryInput]>([
    ['of nothing', todos, {}],
    ['with conditions', todos.where({ done: false }), { where: { done: false } }],
    [
      'with more of them',
      todos.where({ done: false }).where({ rank: 1 }),
      { where: { $and: [{ done: false }, { rank: 1 }] } },
    ],
    [
      'and more',
      todos.where({ done: false }).where({ rank: 1 }).where({ text: 'a' }),
      { where: { $and: [{ $and: [{ done: false }, { rank: 1 }] }, { text: 'a' }] } },
    ],
    ['in an order', todos.sort({ rank: 'desc' }), { sort: { rank: 'desc' } }],
    ['in another in its place', todos.sort({ rank: 'desc' }).sort({ text: 'asc' }), { sort: { text: 'asc' } }],
    ['with a limit', todos.limit(3), { limit: 3 }],
    ['without one', todos.limit(3).limit(null), { limit: null }],
    ['from a cursor', todos.cursor('c'), { cursor: 'c' }],
    ['from the first page', todos.cursor('c').cursor(null), { cursor: null }],
    ['of fields', todos.fields('text', ['rank']), { fields: ['text', ['rank']] }],
    ['of groups', todos.groupBy('list'), { groupBy: ['list'] }],
    [
      'with aggregates',
      todos.aggregate({ n: { $count: true } } as never),
      { aggregate: { n: { $count: true } } } as never,
    ],
    ['of different values', todos.distinct('list', 'done'), { distinct: ['list', 'done'] }],
    [
      'with related rows',
      todos.include('of', from('lists').where({ owner: 'ann' }).limit(2), { on: ['list', '_key'] }),
      { include: { of: { where: { owner: 'ann' }, limit: 2, map: 'lists', on: ['list', '_key'] } } },
    ],
    [
      'with one related row',
      todos.include('of', from('lists'), { on: ['list', '_key'], one: true }),
      { include: { of: { map: 'lists', on: ['list', '_key'], one: true } } },
    ],
    [
      'with several',
      todos
        .include('a', from('lists'), { on: ['list', '_key'] })
        .include('b', todos, { on: ['text', 'text'], one: false }),
      {
        include: {
          a: { map: 'lists', on: ['list', '_key'] },
          b: { map: 'todos', on: ['text', 'text'], one: false },
        },
      },
    ],
  ])('%s', (_what, builder, input) => {
    expect(builder.build()).toEqual(input);
  });

  test('each step is a new builder, and changes none before it', () => {
    const first = todos.where({ done: false });
    const before = structuredClone(first.build());
    const related = first.include('of', from('lists'), { on: ['list', '_key'] });
    const steps = [
      first.where({ rank: 1 }),
      first.sort({ rank: 'asc' }),
      first.limit(1),
      first.cursor('c'),
      first.fields('text'),
      first.groupBy('list'),
      first.distinct('list'),
      related,
      related.include('other', from('lists'), { on: ['list', '_key'] }),
    ];
    for (const step of steps) {
      expect(step).not.toBe(first);
      expect(step.map).toBe('todos');
    }
    expect(first.build()).toEqual(before);
    expect(Object.keys(related.build().include!)).toEqual(['of']);
    expect(from('lists').map).toBe('lists');
  });

  test('steps of different kinds come to the same in any order', () => {
    const steps: readonly ((builder: typeof todos) => typeof todos)[] = [
      (builder) => builder.where({ done: true }),
      (builder) => builder.sort({ rank: 'asc' }),
      (builder) => builder.limit(7),
      (builder) => builder.include('of', from('lists'), { on: ['list', '_key'] }) as never,
    ];
    const all = steps.flatMap((one, i) =>
      steps.flatMap((other, j) => (i === j ? [] : [[one, other, ...steps.filter((_, k) => k !== i && k !== j)]])),
    );
    const made = all.map((order) => order.reduce((builder, step) => step(builder), todos).build());
    for (const input of made) expect(input).toEqual(made[0]);
    const parsed = parseQuery(made[0]!);
    expect(parsed.ok).toBe(true);
    expect(parsed).toEqual(
      parseQuery({
        where: { done: true },
        sort: { rank: 'asc' },
        limit: 7,
        include: { of: { map: 'lists', on: ['list', '_key'] } },
      }),
    );
  });

  test('conditions one by one are all of them together', () => {
    const parsed = (input: QueryInput) => parseQuery(input);
    const one = todos
      .where({ done: false })
      .where({ rank: { $gt: 1 } })
      .where({ text: 'a' });
    expect(parsed(one.build())).toEqual(parsed({ where: { done: false, rank: { $gt: 1 }, text: 'a' } }));
  });

  test('a name that objects have of themselves is one of related rows as any other', () => {
    for (const name of ['__proto__', 'constructor']) {
      const { include } = todos.include(name, from('lists'), { on: ['list', '_key'] }).build();
      expect(Object.entries(include!)).toEqual([[name, { map: 'lists', on: ['list', '_key'] }]]);
      expect(Object.getPrototypeOf(include)).toBe(Object.prototype);
    }
  });
});
