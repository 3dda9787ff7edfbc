import { describe, expect, test } from 'vitest';
import type { Value } from '../primitives/index.js';
import { changedFields } from './changed-fields.js';

const bytes = (...list: number[]): Value => Uint8Array.from(list);

describe('CR-4: the fields that a write would name', () => {
  test.each<[string, Value | undefined, Value, readonly string[]]>([
    ['nothing became an empty record', undefined, {}, []],
    ['nothing became a record', undefined, { a: 1, b: null }, ['a', 'b']],
    ['a record that stays as it is', { a: 1, b: 'x' }, { b: 'x', a: 1 }, []],
    ['a field that is another value', { a: 1, b: 2 }, { a: 1, b: 3 }, ['b']],
    ['a field that is gone', { a: 1, b: 2 }, { a: 1 }, ['b']],
    ['a field that is new', { a: 1 }, { a: 1, b: 2 }, ['b']],
    ['a field in the place of another', { a: 1 }, { b: 1 }, ['a', 'b']],
    ['a list that is equal', { a: [1, [2]] }, { a: [1, [2]] }, []],
    ['a list in another order', { a: [1, 2] }, { a: [2, 1] }, ['a']],
    ['an object that is equal, in another order', { a: { x: 1, y: 2 } }, { a: { y: 2, x: 1 } }, []],
    ['an object with less in it', { a: { x: 1, y: 2 } }, { a: { x: 1 } }, ['a']],
    ['bytes that are equal', { a: bytes(1, 2) }, { a: bytes(1, 2) }, []],
    ['bytes that are others', { a: bytes(1, 2) }, { a: bytes(1, 3) }, ['a']],
    ['null in the place of nothing', {}, { a: null }, ['a']],
    ['nothing in the place of null', { a: null }, {}, ['a']],
    ['null that stays', { a: null }, { a: null }, []],
    ['a text in the place of a number', { a: 1 }, { a: '1' }, ['a']],
    ['one value in the place of another', 1, 2, ['']],
    ['one value that stays', 'x', 'x', ['']],
    ['a record in the place of one value', 1, { a: 1 }, ['']],
    ['one value in the place of a record', { a: 1 }, 1, ['']],
    ['one value where there was nothing', undefined, null, ['']],
    ['null in the place of a record', { a: 1 }, null, ['']],
    ['a list in the place of a record', { 0: 1 }, [1], ['']],
    ['bytes where there was nothing', undefined, bytes(1), ['']],
  ])('%s', (_what, before, after, expected) => {
    expect(changedFields(before, after)).toEqual(expected);
  });

  test.each(['constructor', 'toString', 'hasOwnProperty', 'valueOf'])(
    'a field %s is one of its own, whatever objects inherit',
    (name) => {
      expect(changedFields({}, { [name]: 1 })).toEqual([name]);
      expect(changedFields({ [name]: 1 }, {})).toEqual([name]);
      expect(changedFields({ [name]: 1 }, { [name]: 1 })).toEqual([]);
    },
  );

  test('nor is a field __proto__ anything else', () => {
    const one = JSON.parse('{"__proto__":{"a":1}}') as Value;
    const other = JSON.parse('{"__proto__":{"a":2}}') as Value;
    expect(changedFields({}, one)).toEqual(['__proto__']);
    expect(changedFields(one, other)).toEqual(['__proto__']);
    expect(changedFields(one, one)).toEqual([]);
  });
});
