import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, sameValue } from '../../primitives/index.js';
import { compilePath } from '../compile-path.js';
import type { Entry } from '../entry.js';
import { evaluate } from '../evaluate/evaluate.js';
import { literalValue } from '../literal.js';
import { parseQuery } from '../parse-query.js';
import { where } from '../query.arbitrary.js';
import type { QueryInput } from '../query-input.js';
import type { Query } from '../query.js';
import { pinnedEqualities, type PinnedEquality } from './pinned-equalities.js';

function parsed(input: QueryInput): Query {
  const query = parseQuery(input);
  if (!query.ok) throw new Error(JSON.stringify(query.error));
  return query.value;
}

const small = fc.integer({ min: 0, max: 2 });
const list = fc.array(small, { maxLength: 3 });
const pinning = fc.array(fc.tuple(fc.constantFrom(['a'], ['b']), fc.oneof(small, fc.record({ $in: list }))), {
  maxLength: 3,
}) as fc.Arbitrary<never>;
const rows = fc
  .array(fc.record({ a: small, b: small }, { requiredKeys: [] }), { maxLength: 20 })
  .map((values) => values.map((value, i): Entry => ({ key: `k${i}`, value })));

describe('QU-17: what a query pins', () => {
  test.each<[NonNullable<QueryInput['where']>, readonly PinnedEquality[]]>([
    [{}, []],
    [{ a: 1 }, [{ path: ['a'], values: [1] }]],
    [{ 'a.b': { $in: [2, 1] } }, [{ path: ['a', 'b'], values: [1, 2] }]],
    [
      { a: 1, b: { $gt: 2 }, c: null },
      [
        { path: ['a'], values: [1] },
        { path: ['c'], values: [null] },
      ],
    ],
    [{ $or: [{ a: 1 }, { a: 2 }] }, []],
    [{ $not: { a: 1 } }, []],
    [{ $and: [{ a: { $in: [1, 2, 3] } }, { a: { $in: [3, 2, 9] } }] }, [{ path: ['a'], values: [2, 3] }]],
    [{ $and: [{ a: 1 }, { a: 2 }] }, [{ path: ['a'], values: [] }]],
  ])('%j', (where, pinned) => {
    expect(pinnedEqualities(parsed({ where }))).toEqual(pinned);
  });

  test('every row of a query has one of the values at each pinned path', () => {
    let seen = 0;
    fc.assert(
      fc.property(pinning, where, rows, (pins, other, entries) => {
        const query = parsed({ where: pins, predicate: other });
        const pinned = pinnedEqualities(query);
        for (const { key, value } of evaluate(query, entries)) {
          for (const { path, values } of pinned) {
            const held = compilePath(path)(key, value);
            seen += 1;
            expect(held !== undefined && values.some((one) => sameValue(literalValue(one), held))).toBe(true);
          }
        }
        const paths = pinned.map(({ path }) => canonicalJson(path));
        expect(new Set(paths).size).toBe(paths.length);
      }),
      { numRuns: 1_000 },
    );
    expect(seen).toBeGreaterThan(10);
  });
});
