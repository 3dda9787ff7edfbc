import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sameValue, type Value } from '../../primitives/index.js';
import { value } from '../query.arbitrary.js';
import { groupKey } from './group-key.js';

describe('QU-13: the key of a group', () => {
  test.each<[readonly (Value | undefined)[], string]>([
    [[], '[]'],
    [[undefined], '[[]]'],
    [[null], '[[null]]'],
    [[[]], '[[[]]]'],
    [['a', 1, true], '[["a"],[1],[true]]'],
    [[{ b: 1, a: 2 }], '[[{"a":2,"b":1}]]'],
    [[Uint8Array.of(1)], '[[{"$bytes":"AQ"}]]'],
    [[{ $bytes: 'AQ' }], '[[{"$$bytes":"AQ"}]]'],
  ])('%j is %s', (values, key) => {
    expect(groupKey(values)).toBe(key);
  });

  test('is the same exactly for equal values, missing ones being equal to each other only', () => {
    const values = fc.array(fc.option(value, { nil: undefined }), { maxLength: 3 });
    fc.assert(
      fc.property(values, values, (a, b) => {
        expect(groupKey(a) === groupKey(b)).toBe(a.length === b.length && a.every((item, i) => same(item, b[i])));
        expect(groupKey(a)).toBe(groupKey([...a]));
      }),
    );
  });
});

const same = (a: Value | undefined, b: Value | undefined): boolean =>
  a === undefined || b === undefined ? a === b : sameValue(a, b);
