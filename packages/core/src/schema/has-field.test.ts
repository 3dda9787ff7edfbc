import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import * as zm from 'zod/mini';

import { defineSchema } from './define-schema.js';
import { hasField } from './has-field.js';
import type { MapSchemaInput } from './schema-types.js';

const has = (input: MapSchemaInput, path: string): boolean => {
  const schema = defineSchema({ notes: input }).of('notes');
  if (schema === undefined) throw new Error('no schema');
  return hasField(schema, path.split('.'));
};

interface Tree {
  readonly name: string;
  readonly child?: Tree | undefined;
}
const tree: z.ZodType<Tree> = z.lazy(() => z.object({ name: z.string(), child: tree.optional() }));

describe('SE-14: the fields that a schema names', () => {
  test.each<[string, MapSchemaInput]>([
    [
      'zod',
      z.object({ title: z.string(), author: z.object({ name: z.string() }).optional(), tags: z.array(z.string()) }),
    ],
    [
      'zod/mini',
      zm.object({
        title: zm.string(),
        author: zm.optional(zm.object({ name: zm.string() })),
        tags: zm.array(zm.string()),
      }),
    ],
    [
      'valibot',
      v.object({ title: v.string(), author: v.optional(v.object({ name: v.string() })), tags: v.array(v.string()) }),
    ],
    // Of what it makes there is no JSON: it is asked otherwise.
    [
      'zod, with a date',
      z.object({ title: z.date(), author: z.object({ name: z.string() }), tags: z.array(z.string()) }),
    ],
    [
      'zod, strict',
      z.strictObject({ title: z.string(), author: z.object({ name: z.string() }), tags: z.array(z.string()) }),
    ],
    [
      'zod, with a default and a check',
      z
        .object({ title: z.string().default('x'), author: z.object({ name: z.string() }), tags: z.array(z.string()) })
        .refine(() => true),
    ],
  ])('%s: are told from those that it does not, within objects too', (_library, input) => {
    for (const path of ['title', 'tags', 'author', 'author.name']) expect(has(input, path), path).toBe(true);
    for (const path of ['titel', 'author.nam', 'toString', '__proto__', '']) expect(has(input, path), path).toBe(false);
  });

  test('of one of several, those of any; through references, as deep as one likes', () => {
    const either = z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]);
    expect(['a', 'b', 'c'].map((path) => has(either, path))).toEqual([true, true, false]);
    expect(has(z.object({ a: z.string() }).and(z.object({ b: z.string() })), 'b')).toBe(true);
    expect(has(tree, 'child.child.child.name')).toBe(true);
    expect(has(tree, 'child.child.child.nam')).toBe(false);
  });

  test.each<[string, MapSchemaInput]>([
    ['unknown fields are kept', { value: z.object({ a: z.string() }), unknown: 'keep' }],
    ['the validator keeps them', z.looseObject({ a: z.string() })],
    ['zod/mini keeps them', zm.looseObject({ a: zm.string() })],
    ['valibot keeps them', v.looseObject({ a: v.string() })],
    ['any field may be there', z.record(z.string(), z.string())],
    [
      'the validator says nothing of fields',
      { value: { '~standard': { version: 1, vendor: 'own', validate: (value) => ({ value }) } } },
    ],
    ['it is of sets', { type: 'set', value: z.string() }],
    ['it is of counters', { type: 'counter' }],
  ])('where %s nothing is said against any', (_where, input) => {
    expect(has(input, 'nowhere')).toBe(true);
  });

  test('a text has no fields of its own', () => {
    expect(has(z.object({ title: z.string() }), 'title.first')).toBe(false);
    expect(has(z.object({ title: z.any() }), 'title.first')).toBe(true);
  });
});
