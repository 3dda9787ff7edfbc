import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../primitives/index.js';
import type { Entry } from '../entry.js';
import { evaluate } from '../evaluate/evaluate.js';
import { ALWAYS, type Direction, type Path, type Query, type SortKey } from '../query.js';
import { canonicalForm } from './canonical-query.js';
import { checkGroupPath, readShownName } from './group-names.js';
import { parseLiteral, parseRangeLiteral, validateLiteral, validateRangeLiteral } from './parse-literal.js';
import { parseDottedPath, parseEach, parsePath } from './parse-parts.js';
import { parsePaths } from './parse-paths.js';
import { parseLimit, parseSort } from './parse-sort.js';
import { isKeyPath, outermostPaths } from './path-list.js';
import { predicateBudget } from './predicate-budget.js';
import { QUERY_LIMITS } from './query-limits.js';
import { readLikePattern, readMatchText, readRegexPattern, readText } from './text-operand.js';
import { exactMembers, listOf } from './validate-parts.js';

// What reading a query is made of, each by itself.

const AT = ['here'] as const;
/** What was read, or the code and the place of the error. */
const read = <T>(
  result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: object },
): unknown => {
  if (result.ok) return result.value;
  const { code, path } = result.error as { readonly code: string; readonly path: Path };
  return `${code} at ${path.join('.')}`;
};

describe('QU-1: constants', () => {
  test.each<[unknown, unknown]>([
    [null, null],
    [true, true],
    [0, 0],
    [-0, 0],
    [1e300, 1e300],
    ['', ''],
    ['\ud83d', '\ud83d'],
    [[], { json: '[]' }],
    [{ b: 1, a: [2, null] }, { json: '{"a":[2,null],"b":1}' }],
    [{ a: undefined, b: 1 }, { json: '{"b":1}' }],
    [{ $bytes: 'x' }, { json: '{"$$bytes":"x"}' }],
    [new Uint8Array([1, 2]), { json: '{"$bytes":"AQI"}' }],
    [[-0], { json: '[0]' }],
    [undefined, 'not-a-value at here'],
    [Number.NaN, 'not-a-value at here'],
    [Infinity, 'not-a-value at here'],
    [1n, 'not-a-value at here'],
    [new Date(0), 'not-a-value at here'],
    [[undefined], 'not-a-value at here'],
    [() => 1, 'not-a-value at here'],
  ])('%o is %j', (input, literal) => {
    expect(read(parseLiteral(input, AT))).toEqual(literal);
    if (typeof literal === 'string' && literal.includes(' at ')) return;
    // What was read once is read off the wire as it is.
    expect(read(validateLiteral(literal, AT))).toEqual(literal);
  });

  test.each<[unknown, unknown]>([
    [{ json: '1' }, 1],
    [{ json: '"x"' }, 'x'],
    [{ json: 'null' }, null],
    [{ json: ' [ 1 ] ' }, { json: '[1]' }],
    [{ json: '{"b":1,"a":2}' }, { json: '{"a":2,"b":1}' }],
    [{ json: '-0' }, 0],
    [{ json: '1.0' }, 1],
    [{ json: '{"$bytes":"AQ"}' }, { json: '{"$bytes":"AQ"}' }],
    [{ json: '{"$bytes":"*"}' }, 'not-a-value at here.json'],
    [{ json: '{"$x":1}' }, 'not-a-value at here.json'],
    [{ json: '1e999' }, 'not-a-value at here.json'],
    [{ json: '' }, 'wrong-type at here.json'],
    [{ json: 'undefined' }, 'wrong-type at here.json'],
    [{ json: 1 }, 'wrong-type at here'],
    [{ json: '1', more: 1 }, 'wrong-type at here'],
    [{ text: '1' }, 'wrong-type at here'],
    [{}, 'wrong-type at here'],
    [[1], 'wrong-type at here'],
    [new Uint8Array([1]), 'wrong-type at here'],
  ])('off the wire %j is %j', (input, literal) => {
    expect(read(validateLiteral(input, AT))).toEqual(literal);
  });

  test.each<[unknown, unknown]>([
    [true, true],
    [1, 1],
    ['a', 'a'],
    [new Uint8Array([1]), { json: '{"$bytes":"AQ"}' }],
    [null, 'wrong-type at here'],
    [[1], 'wrong-type at here'],
    [{ a: 1 }, 'wrong-type at here'],
    [Number.NaN, 'not-a-value at here'],
    [undefined, 'not-a-value at here'],
  ])('as an end of a range %o is %j', (input, literal) => {
    expect(read(parseRangeLiteral(input, AT))).toEqual(literal);
    const wire = input instanceof Uint8Array ? literal : input;
    expect(read(validateRangeLiteral(wire, AT))).toEqual(literal);
  });
});

describe('QU-1: paths as they are written', () => {
  const deep = (length: number): string[] => Array.from({ length }, () => 'a');
  test.each<[unknown, unknown]>([
    ['a', ['a']],
    ['a.b', ['a', 'b']],
    ['a..b', ['a', '', 'b']],
    ['', ['']],
    ['.', ['', '']],
    [['a.b'], ['a.b']],
    [
      ['a', ''],
      ['a', ''],
    ],
    [['__proto__'], ['__proto__']],
    [deep(16), deep(16)],
    [deep(16).join('.'), deep(16)],
    [deep(17), 'too-deep at here'],
    [deep(17).join('.'), 'too-deep at here'],
    [[], 'wrong-type at here'],
    [7, 'wrong-type at here'],
    [null, 'wrong-type at here'],
    [undefined, 'wrong-type at here'],
    [{ 0: 'a', length: 1 }, 'wrong-type at here'],
    [['a', 7], 'wrong-type at here.1'],
    [['a', ['b']], 'wrong-type at here.1'],
    // oxlint-disable-next-line no-sparse-arrays -- A hole is nothing, not what is skipped.
    [['a', , 'b'], 'wrong-type at here.1'],
  ])('%j is %j', (input, path) => {
    expect(read(parseDottedPath(input, AT))).toEqual(path);
    if (typeof input !== 'string') expect(read(parsePath(input, AT))).toEqual(path);
    else expect(read(parsePath(input, AT))).toBe('wrong-type at here');
  });

  test.each<[unknown, unknown]>([
    ['a.b', [['a', 'b']]],
    [[], []],
    [
      ['a', 'b.c'],
      [['a'], ['b', 'c']],
    ],
    [
      ['a', ['b.c']],
      [['a'], ['b.c']],
    ],
    [[['a', 'b']], [['a', 'b']]],
    [
      ['a', 'b', 'c'],
      [['a'], ['b'], ['c']],
    ],
    [['a', 'b', 'c', 'd'], 'too-many-values at here'],
    [['a', []], 'wrong-type at here.1'],
    [['a', ['b', 7]], 'wrong-type at here.1.1'],
    [{}, 'wrong-type at here'],
    [undefined, 'wrong-type at here'],
  ])('of three at most, %j are %j', (input, paths) => {
    expect(read(parsePaths(input, AT, 3))).toEqual(paths);
  });

  test('each path of a list that is inside no other one stays, once, for every list of a small world', () => {
    const all: readonly Path[] = [['a'], ['b'], ['a', 'a'], ['a', 'b'], ['a', 'b', 'a'], ['a.b'], ['_key']];
    const begins = (path: Path, outer: Path): boolean =>
      outer.length < path.length && outer.every((name, i) => name === path[i]);
    for (let bits = 0; bits < 2 ** all.length; bits += 1) {
      const some = all.filter((_, i) => (bits >> i) % 2 === 1);
      const wanted = some.filter((path) => !some.some((outer) => begins(path, outer)));
      const texts = (paths: readonly Path[]): string[] => paths.map((path) => canonicalJson(path));
      expect(texts(outermostPaths(some))).toEqual(texts(wanted).toSorted());
      expect(outermostPaths([...some.toReversed(), ...some])).toEqual(outermostPaths(some));
    }
    expect([isKeyPath(['_key']), isKeyPath(['_key', 'a']), isKeyPath(['a', '_key']), isKeyPath([])]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('QU-3: orders as they are written', () => {
  test.each<[unknown, unknown]>([
    [undefined, []],
    [{}, []],
    [[], []],
    [
      { a: 'asc', 'b.c': 'desc' },
      [
        [['a'], 'asc'],
        [['b', 'c'], 'desc'],
      ],
    ],
    [
      [
        ['a', 'asc'],
        [['b.c'], 'desc'],
      ],
      [
        [['a'], 'asc'],
        [['b.c'], 'desc'],
      ],
    ],
    [null, 'wrong-type at here'],
    ['a', 'wrong-type at here'],
    [{ a: 'ASC' }, 'wrong-type at here.a'],
    [{ a: undefined }, 'wrong-type at here.a'],
    [['a'], 'wrong-type at here.0'],
    [['ab'], 'wrong-type at here.0'],
    [[['a', 'asc', 1]], 'wrong-type at here.0'],
    [[[[], 'asc']], 'wrong-type at here.0.0'],
    [[['a', 1]], 'wrong-type at here.0.1'],
    [[{ 0: 'a', 1: 'asc', length: 2 }], 'wrong-type at here.0'],
  ])('%j is %j', (input, sort) => {
    expect(read(parseSort(input, AT))).toEqual(sort);
  });

  test.each<[unknown, unknown]>([
    [null, null],
    [1, 1],
    [100_000, 100_000],
    [100_001, 'wrong-type at here'],
    [0, 'wrong-type at here'],
    [-1, 'wrong-type at here'],
    [1.5, 'wrong-type at here'],
    ['1', 'wrong-type at here'],
    [undefined, 'wrong-type at here'],
    [Number.NaN, 'wrong-type at here'],
  ])('a limit %j is %j', (input, limit) => {
    expect(read(parseLimit(input, AT))).toBe(limit);
  });

  /** Records of two fields of two values each, whose keys follow neither of them: each level of an order decides something. */
  const ENTRIES: readonly Entry[] = Array.from({ length: 16 }, (_, i) => ({
    key: `k${10 + ((i * 5) % 16)}`,
    value: { a: i >> 3, b: (i >> 2) % 2 },
  }));
  const LEVELS: readonly SortKey[] = ['a', 'b', '_key'].flatMap((name) =>
    (['asc', 'desc'] as const).map((way: Direction): SortKey => [[name], way]),
  );
  const SORTS: readonly (readonly SortKey[])[] = LEVELS.flatMap((one) =>
    LEVELS.flatMap((other) => LEVELS.map((third) => [one, other, third])),
  );
  const keysBy = (sort: readonly SortKey[]): string =>
    evaluate({ where: ALWAYS, sort, limit: null }, ENTRIES)
      .map(({ key }) => key)
      .join();

  test('the canonical order is the same, and each of its levels decides something', () => {
    for (const sort of SORTS) {
      const { sort: canonical } = canonicalForm({ where: ALWAYS, sort, limit: null });
      expect([sort, keysBy(canonical)]).toEqual([sort, keysBy(sort)]);
      for (const at of canonical.keys()) {
        const fewer = canonical.filter((_, i) => i !== at);
        expect([sort, at, keysBy(fewer) === keysBy(canonical)]).toEqual([sort, at, false]);
      }
    }
  });

  test('orders that sort alike have one canonical form', () => {
    const forms = new Map<string, string>();
    for (const sort of SORTS) {
      const text = canonicalJson(canonicalForm({ where: ALWAYS, sort, limit: null }).sort);
      const keys = keysBy(sort);
      expect([sort, forms.get(keys) ?? text]).toEqual([sort, text]);
      forms.set(keys, text);
    }
  });

  test('a place loses the values of the levels that went', () => {
    for (const sort of SORTS) {
      const query: Query = { where: ALWAYS, sort, limit: null, after: { values: [1, 2, 3], key: 'k' } };
      const canonical = canonicalForm(query);
      expect(canonical.after?.values).toHaveLength(canonical.sort.length);
      for (const [i, level] of canonical.sort.entries())
        expect(sort[(canonical.after?.values[i] as number) - 1]).toEqual(level);
    }
  });
});

describe('QU-4: lists, members and names', () => {
  const even = (item: unknown, path: readonly (string | number)[]) =>
    typeof item === 'number' && item % 2 === 0
      ? ({ ok: true, value: item / 2 } as const)
      : ({ ok: false, error: { code: 'wrong-type', path, expected: 'an even number' } } as const);

  test('every item is read, up to the first that is wrong', () => {
    expect(read(parseEach([], AT, even))).toEqual([]);
    expect(read(parseEach([2, 4], AT, even))).toEqual([1, 2]);
    expect(read(parseEach([2, 3, 5], AT, even))).toBe('wrong-type at here.1');
    expect(read(listOf([2, 4], AT, 2, even))).toEqual([1, 2]);
    expect(read(listOf([2, 4, 3], AT, 2, even))).toBe('too-many-values at here');
    for (const none of [undefined, null, 'ab', { length: 0 }, new Set()])
      expect(read(listOf(none, AT, 9, even))).toBe('wrong-type at here');
  });

  test.each<[unknown, unknown]>([
    [
      { a: 1, b: undefined },
      { a: 1, b: undefined },
    ],
    [
      { b: 2, a: 1 },
      { a: 1, b: 2 },
    ],
    [{ a: 1 }, 'wrong-type at here.b'],
    [{}, 'wrong-type at here.a'],
    [{ a: 1, b: 2, c: 3 }, 'unknown-option at here'],
    [Object.create({ a: 1, b: 2 }), 'wrong-type at here'],
    [[1, 2], 'wrong-type at here'],
    [null, 'wrong-type at here'],
    [new Map([['a', 1]]), 'wrong-type at here'],
  ])('of members a and b, %j is %j', (input, members) => {
    expect(read(exactMembers(input, AT, ['a', 'b']))).toEqual(members);
  });

  test('names that are shown are texts, and not that of the key', () => {
    expect(['x', '__proto__', ' ', '_KEY'].map((name) => read(readShownName(name, AT)))).toEqual([
      'x',
      '__proto__',
      ' ',
      '_KEY',
    ]);
    expect(['', 7, null, undefined].map((name) => read(readShownName(name, AT)))).toEqual(
      Array(4).fill('wrong-type at here'),
    );
    expect(read(readShownName('_key', AT))).toBe('name-taken at here');
    expect(read(checkGroupPath(['_key', 'a'], AT))).toBe('name-taken at here');
    expect(read(checkGroupPath(['a', '_key'], AT))).toEqual(['a', '_key']);
  });

  test('a budget counts what is taken from it, and levels apart from that', () => {
    const budget = predicateBudget();
    expect([read(budget.take(AT, 16)), read(budget.take(AT, 17))]).toEqual([undefined, 'too-deep at here']);
    for (let i = 1; i < QUERY_LIMITS.nodes; i += 1) expect(budget.take(AT, 1).ok).toBe(true);
    expect(read(budget.take(AT, 1))).toBe('too-many-nodes at here');
    // Each query has one of its own.
    expect(predicateBudget().take(AT, 1).ok).toBe(true);
  });
});

describe('QU-4: texts that values are held against', () => {
  const long = 'x'.repeat(QUERY_LIMITS.textLength);
  test('are as long as they may be, in units', () => {
    for (const take of [readText, readLikePattern, readMatchText]) {
      expect([read(take(long, AT)), read(take(`${long}x`, AT)), read(take(7, AT)), read(take('', AT))]).toEqual([
        long,
        'too-long at here',
        'wrong-type at here',
        '',
      ]);
    }
    expect(read(readText('\u{1F600}'.repeat(257), AT))).toBe('too-long at here');
    expect(read(readRegexPattern(`${long}x`, false, AT))).toBe('too-long at here');
  });

  test('patterns are read before anything runs', () => {
    expect(['\\', 'a\\', '%\\\\\\'].map((text) => read(readLikePattern(text, AT)))).toEqual(
      Array(3).fill('bad-pattern at here'),
    );
    expect(['\\\\', '\\%', 'a\\a'].map((text) => read(readLikePattern(text, AT)))).toEqual(['\\\\', '\\%', 'a\\a']);
    expect(['(', 'a{1001}', '\\1', '(?=a)', '[b-a]'].map((text) => read(readRegexPattern(text, false, AT)))).toEqual(
      Array(5).fill('bad-pattern at here'),
    );
    expect(read(readRegexPattern('a{999}', false, AT))).toBe('a{999}');
  });

  test('a text to match has as many different words as it may, however often each is there', () => {
    const words = Array.from({ length: QUERY_LIMITS.matchTerms }, (_, i) => `w${i}`).join(' ');
    expect(read(readMatchText(words, AT))).toBe(words);
    expect(read(readMatchText(`${words} w0 W1`, AT))).toBe(`${words} w0 W1`);
    expect(read(readMatchText(`${words} w32`, AT))).toBe('too-many-values at here');
  });
});
