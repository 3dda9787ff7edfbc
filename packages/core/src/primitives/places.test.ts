import { describe, expect, test } from 'vitest';
import { checkValue, pathText } from './check-value.js';
import { decodeValue } from './encode-value.js';

describe('the text of a path', () => {
  test.each<[(string | number)[], string]>([
    [[], '$'],
    [['a'], '$.a'],
    [['_a1', 'B'], '$._a1.B'],
    [[0], '$[0]'],
    [['a', 12, 'b'], '$.a[12].b'],
    [['0'], '$["0"]'],
    [['a b'], '$["a b"]'],
    [['é'], '$["é"]'],
    [[''], '$[""]'],
    [['a"b'], '$["a\\"b"]'],
    [['a\nb'], '$["a\\nb"]'],
    [['__proto__'], '$.__proto__'],
    [['1a'], '$["1a"]'],
    [['a.b'], '$["a.b"]'],
  ])('%j is %s', (path, text) => expect(pathText(path)).toBe(text));

  test('is cut after 256 characters, and says so', () => {
    expect(pathText(['x'.repeat(254)])).toBe(`$.${'x'.repeat(254)}`);
    expect(pathText(['x'.repeat(255)])).toBe(`$.${'x'.repeat(254)}…`);
    expect(pathText(Array.from({ length: 1_000 }, () => 0))).toHaveLength(257);
  });
});

/** The bad thing in every place of a value that is fine otherwise: the place is named, and nothing else decides. */
const PLACES: readonly (readonly [where: (bad: unknown) => unknown, path: string])[] = [
  [(bad) => bad, '$'],
  [(bad) => [bad], '$[0]'],
  [(bad) => [1, [2, bad], 3], '$[1][1]'],
  [(bad) => ({ a: bad }), '$.a'],
  [(bad) => ({ a: { b: [{ c: bad }] } }), '$.a.b[0].c'],
  [(bad) => ({ fine: 1, 'not a name': bad }), '$["not a name"]'],
  [
    (bad) =>
      JSON.parse('{"__proto__":[]}', (name, value: unknown) => (name === '__proto__' ? [bad] : value)) as unknown,
    '$',
  ],
];

const BAD: readonly (readonly [what: string, make: () => unknown])[] = [
  ['NaN', () => Number.NaN],
  ['infinity', () => Number.NEGATIVE_INFINITY],
  ['a bigint', () => 1n],
  ['a symbol', () => Symbol('s')],
  ['a function', () => () => 1],
  ['a date', () => new Date(0)],
  ['a set', () => new Set()],
  ['words', () => new Float64Array(1)],
];

describe.each(BAD)('%s', (_what, make) => {
  test.each(PLACES.slice(0, -1))(
    'VAL-1: is named where it stands, handed over and from elsewhere alike (%#)',
    (where, path) => {
      for (const read of [checkValue, decodeValue]) {
        const result = read(where(make()));
        expect(result).toMatchObject({ ok: false, error: { code: 'not-a-value', path } });
      }
    },
  );
});

describe('the first thing wrong', () => {
  test('VAL-1: is the one that is told, in the order of the value', () => {
    for (const read of [checkValue, decodeValue]) {
      expect(read({ a: [1, Number.NaN], b: 1n })).toMatchObject({ error: { path: '$.a[1]' } });
      expect(read([[1n], Number.NaN])).toMatchObject({ error: { path: '$[0][0]' } });
    }
  });

  test('VAL-1: is found again when it is asked again: nothing is remembered', () => {
    const bad = { a: [1n] };
    expect(checkValue(bad)).toEqual(checkValue(bad));
    expect(decodeValue(bad)).toEqual(decodeValue(bad));
  });

  test('VAL-1: a cycle is told as one, wherever it closes', () => {
    const list: unknown[] = [1];
    list.push([list]);
    const object: Record<string, unknown> = {};
    object['self'] = object;
    expect(checkValue(list)).toMatchObject({ error: { code: 'cycle', path: '$[1][0]' } });
    expect(checkValue({ list })).toMatchObject({ error: { code: 'cycle', path: '$.list[1][0]' } });
    expect(checkValue(object)).toMatchObject({ error: { code: 'cycle', path: '$.self' } });
  });

  test('VAL-1: messages say what was found, in words', () => {
    const messageOf = (value: unknown): string => {
      const result = checkValue(value);
      return result.ok ? '' : result.error.message;
    };
    expect(messageOf(new (class Todo {})())).toBe('a Todo is neither JSON nor bytes');
    expect(messageOf(new (class {})())).toBe('this object is neither JSON nor bytes');
    expect(messageOf(Number.NaN)).toBe('NaN is not a finite number');
    expect(messageOf(10n)).toBe('a bigint is neither JSON nor bytes');
    expect(messageOf([undefined])).toContain('leave the property out or use null');
  });
});
