import { describe, expect, expectTypeOf, it } from 'vitest';

import { defineSchema, hooksOf, useQuery, type StandardSchemaV1 } from './index.js';

/** As a library's would be, with a default for `done`. */
const todo: StandardSchemaV1<{ text: string; done?: boolean }, { text: string; done: boolean }> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) => ({ value: value as { text: string; done: boolean } }),
  },
};
const hooks = hooksOf(defineSchema({ todos: todo }));

// Held by the compiler: nothing here is called.
describe('SC-7: hooks of a schema', () => {
  it('are the hooks there are', () => {
    expect(hooks.useQuery).toBe(useQuery);
  });

  it('know its maps, its records, and what may be left to defaults', () => {
    const run = (..._uses: readonly (() => unknown)[]): void => {};
    run(
      () => hooks.useQuery('todos', { where: { done: false }, sort: { text: 'asc' } }),
      () => hooks.useMutation('todos').create('a', { text: 'a' }),
      () => hooks.useMap('todos').set('a', { text: 'a' }),
      // @ts-expect-error: no such map.
      () => hooks.useQuery('todoes'),
      // @ts-expect-error: no such field.
      () => hooks.useQuery('todos', { where: { dnoe: true } }),
      // @ts-expect-error: a text is no number.
      () => hooks.useMutation('todos').patch('a', { text: 1 }),
      // @ts-expect-error: the text is missing.
      () => hooks.useMutation('todos').create('a', { done: true }),
    );
    const useOne = () => hooks.useEntry('todos', 'a');
    expectTypeOf<ReturnType<typeof useOne>>().toEqualTypeOf<{ text: string; done: boolean } | undefined>();
    const useAll = () => hooks.useQuery('todos').data;
    expectTypeOf<NonNullable<ReturnType<typeof useAll>>[number]['done']>().toEqualTypeOf<boolean>();
  });
});
