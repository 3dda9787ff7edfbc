import { describe, expect, test } from 'vitest';
import { applyDecided, VERSION_FIELD, type LwwRecord } from '../crdt/index.js';
import { created, patched } from '../crdt/small-ops.arbitrary.js';
import { defineSchema, type SchemaDefinition } from './define-schema.js';
import { validatorOf } from './pair-schema.arbitrary.js';
import { schemaUpgrade } from './schema-upgrade.js';

const value = validatorOf((given) => ({ value: given }));
const recordOf = (fields: Record<string, number>): LwwRecord => applyDecided(undefined, created('k', 1, 'a', fields));

/** The map `m` in version 2, whose migration says how often it is asked, and `n` in version 1. */
function versions(migrate: (n: number) => number): { readonly schema: SchemaDefinition; asked(): number } {
  let count = 0;
  const step = ({ n, ...rest }: { readonly n?: unknown }) => ((count += 1), { ...rest, n: migrate(Number(n)) });
  return {
    schema: defineSchema({ m: { value, version: 2, migrate: { 2: step } }, n: value }) as SchemaDefinition,
    asked: () => count,
  };
}

describe('SC-11: bringing records up', () => {
  test('is nothing to do where no map has had a version before', () => {
    expect(schemaUpgrade(defineSchema({}))).toBeNull();
    expect(schemaUpgrade(defineSchema({ m: value, n: { type: 'counter' } }))).toBeNull();
    expect(schemaUpgrade(versions((n) => n).schema)).not.toBeNull();
  });

  test('leaves records of maps in their first version, and of maps without a schema, as they are, and does not ask', () => {
    const { schema, asked } = versions((n) => n + 1);
    const { record } = schemaUpgrade(schema)!;
    const given = recordOf({ n: 1 });
    expect([record('n', given), record('other', given)]).toEqual([given, given]);
    expect(record('n', given)).toBe(given);
    expect(asked()).toBe(0);
    expect(record('m', given).fields.get('n')!.value).toBe(2);
    expect(given.fields.get('n')!.value).toBe(1);
  });

  test('asks the migration no more of what it has brought up', () => {
    const { schema, asked } = versions((n) => n + 1);
    const { record } = schemaUpgrade(schema)!;
    const first = record('m', recordOf({ n: 1 }));
    const before = asked();
    expect(record('m', first)).toBe(first);
    expect(asked()).toBe(before);
  });

  test('asks once of what cannot be brought up, which stays as it is', () => {
    const { schema, asked } = versions(() => {
      throw new Error('no');
    });
    const { record } = schemaUpgrade(schema)!;
    const [one, other] = [recordOf({ n: 1 }), recordOf({ n: 1 })];
    for (let i = 0; i < 3; i += 1) expect(record('m', one)).toBe(one);
    expect(asked()).toBe(1);
    expect(record('m', other)).toBe(other);
    expect(asked()).toBe(2);
  });

  test('SC-12: ops become what the later version would have written, or stay the objects they are', () => {
    const { schema } = versions((n) => {
      if (n === 13) throw new Error('no');
      return n + 1;
    });
    const { op } = schemaUpgrade(schema)!;
    const edit = patched('k', 5, 'a', { n: 1 });
    expect(op(edit)).toEqual({
      ...edit,
      fields: [
        { name: 'n', value: 2 },
        { name: VERSION_FIELD, value: 2 },
      ],
    });
    const failing = patched('k', 5, 'a', { n: 13 });
    expect(op(failing)).toBe(failing);
    for (const map of ['n', 'other']) {
      const elsewhere = { ...edit, map };
      expect(op(elsewhere)).toBe(elsewhere);
    }
  });
});
