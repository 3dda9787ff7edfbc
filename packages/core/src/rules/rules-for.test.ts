import { describe, expect, expectTypeOf, test } from 'vitest';
import * as z from 'zod/mini';
import { defineSchema } from '../schema/index.js';
import { allOf, auth, defineRules, hasRole, signedIn } from './index.js';
import type { RulesFor, RuleWhereFor } from './rules-for.js';

interface Todo {
  text: string;
  done: boolean;
  order?: number;
  status: 'open' | 'closed';
  ownerId: string | null;
  sharedWith: string[];
  team: { id: string };
}

interface Schema {
  todos: Todo;
  tags: string;
  likes: number;
}

describe('RU-1, RU-9: rules of maps that are known', () => {
  test('what fits is taken, by the types and by the parser', () => {
    const good: readonly RuleWhereFor<Todo>[] = [
      { ownerId: auth.sub },
      { ownerId: null, done: false, status: 'open', _key: auth.sub },
      { 'team.id': auth.org?.['id'] ?? auth.org },
      { 'team.id': { $in: auth.teams, $ne: auth.org } },
      { status: { $in: ['open', auth.scope] } },
      { sharedWith: { $contains: auth.sub, $containsAny: ['ann', auth.sub], $containsAll: auth.groups } },
      { order: { $gte: 1, $between: [1, auth.role], $exists: true } },
      { text: { $startsWith: 'a', $like: 'a%' } },
      { $or: [{ done: true }, { $not: { ownerId: auth.sub } }], $and: [{}] },
    ];
    for (const where of good) {
      const rules = defineRules<Schema>({ todos: { read: { where } } });
      expect(rules.written).toHaveLength(1);
    }
    const rules = defineRules<Schema>({
      todos: {
        read: [{ where: { ownerId: auth.sub } }, hasRole('staff'), allOf(signedIn(), { where: { done: true } })],
        create: { check: ({ record }) => (expectTypeOf(record).toEqualTypeOf<Todo>(), record.text !== '') },
        fields: { ownerId: { read: true, write: { where: { ownerId: null } } } },
      },
      tags: { read: { where: { value: 'x' } } },
      likes: { read: true, create: [true] },
      'team/*': { read: { where: { whatever: 1 } } },
      '*': { read: false },
    });
    expect(rules.written).toHaveLength(9);
  });

  test('what does not fit is an error where it is written', () => {
    const where = (..._bad: readonly RuleWhereFor<Todo>[]): void => {};
    // @ts-expect-error: there is no such path.
    where({ ownerID: auth.sub });
    // @ts-expect-error: nor this one.
    where({ 'team.name': 'x' });
    // @ts-expect-error: text is no number.
    where({ text: 7 });
    // @ts-expect-error: the value is none of the status.
    where({ status: 'opened' });
    // @ts-expect-error: nor is one of the list.
    where({ status: { $in: ['opened', auth.scope] } });
    // @ts-expect-error: no such operator.
    where({ order: { $gtt: 1 } });
    // @ts-expect-error: numbers have no patterns.
    where({ order: { $like: '1%' } });
    // @ts-expect-error: rules do not match words.
    where({ text: { $match: 'words' } });
    // @ts-expect-error: inside connectives too.
    where({ $or: [{ done: 1 }] });
    // @ts-expect-error: and inside negations.
    where({ $not: { nope: 1 } });
    const rules = (..._bad: readonly RulesFor<Schema>[]): void => {};
    // @ts-expect-error: there is no such map, nor is it a pattern.
    rules({ todoes: { read: true } });
    // @ts-expect-error: there is no such field.
    rules({ todos: { fields: { owner: { read: true } } } });
    // @ts-expect-error: there is no such action.
    rules({ todos: { reads: true } });
    // @ts-expect-error: a record has no such field.
    rules({ todos: { read: { check: ({ record }) => record.owner === 'x' } } });
    // @ts-expect-error: in a list as well.
    rules({ todos: { read: [true, { where: { owner: auth.sub } }] } });
    expect(rules).toBeTypeOf('function');
  });

  test('a schema says what there is', () => {
    const schema = defineSchema({
      todos: z.object({ text: z.string(), ownerId: z.optional(z.string()) }),
      tags: { type: 'set', value: z.string() },
      likes: { type: 'counter' },
    });
    const own = { where: { ownerId: auth.sub } };
    const rules = defineRules(
      { todos: { read: own, fields: { text: { read: true } } }, likes: { read: true } },
      schema,
    );
    expect(rules.written.map(([name]) => name)).toEqual(['todos.read', 'todos.fields.text.read', 'likes.read']);
    const wrong = [
      // @ts-expect-error: there is no such field.
      () => defineRules({ todos: { read: { where: { owner: auth.sub } } } }, schema),
      // @ts-expect-error: nor such a map.
      () => defineRules({ todo: { read: true } }, schema),
    ];
    expect(wrong).toHaveLength(2);
  });

  test('where nothing is known anything goes', () => {
    const rules = defineRules({ any: { read: { where: { whatever: { $gt: 1 } } }, fields: { some: { read: true } } } });
    expect(rules.written).toHaveLength(2);
    expectTypeOf<{ readonly 'x.y': 1 }>().toExtend<RuleWhereFor<unknown>>();
  });
});
