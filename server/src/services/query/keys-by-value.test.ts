import type { Value } from '@topgun/core/primitives';
import { compilePredicate, type Literal } from '@topgun/core/query';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fieldValue, recordKey, recordValue } from '../../testing/equality-queries.arbitrary.js';
import { literalOf } from './by-value.js';
import { KeysByValue } from './keys-by-value.js';

const path = fc.constantFrom(['x'], ['z', 'x'], ['z']);
const writes = fc.array(fc.tuple(recordKey, fc.option(recordValue, { nil: undefined })), { maxLength: 30 });

function keysAfter(at: readonly string[], script: readonly (readonly [string, Value | undefined])[]) {
  const records = new Map<string, Value>();
  const keys = new KeysByValue(at);
  for (const [key, after] of script) {
    const before = records.get(key);
    if (after === undefined) records.delete(key);
    else records.set(key, after);
    keys.change(
      key,
      () => before,
      () => after,
    );
  }
  return { records, keys };
}

test('PI-8: lists under each value the keys of the records that equal it, after any writes', () => {
  fc.assert(
    fc.property(path, writes, fieldValue, (at, script, wanted) => {
      const { records, keys } = keysAfter(at, script);
      const literal: Literal = literalOf(wanted);
      const equals = compilePredicate({ type: 'eq', path: at, value: literal });
      const expected = [...records].filter(([key, value]) => equals(key, value)).map(([key]) => key);
      expect([...keys.keys(literal)].sort()).toEqual(expected.sort());
    }),
    { numRuns: 2_000 },
  );
});
