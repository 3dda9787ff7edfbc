import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../primitives/canonical-json.js';
import type { Value } from '../primitives/value.js';
import { checkResolver } from './check-resolver.js';
import { compareValues, custom, immutable, max, min, union } from './resolver.js';

/** One of each kind and of each edge, in the order that RS-2 says: by type, numbers by size, texts by code units, others by canonical JSON. */
const ORDERED: readonly Value[] = [
  null,
  false,
  true,
  -Number.MAX_VALUE,
  -1.5,
  -1,
  0,
  Number.MIN_VALUE,
  1,
  2,
  10,
  1e21,
  '',
  '\n',
  ' ',
  '!',
  '"',
  '#',
  '1',
  '10',
  '2',
  'A',
  'Z',
  '[',
  '\\',
  ']',
  'a',
  'aa',
  'b',
  'null',
  'é',
  '\u{1f600}',
  '\uffff',
  ...([[], ['a'], [1], [[]], {}, { a: 1 }, { b: 0 }, Uint8Array.of(1)] as Value[]).sort((a, b) =>
    canonicalJson(a) < canonicalJson(b) ? -1 : 1,
  ),
];

const sign = (n: number): number => (n > 0 ? 1 : n < 0 ? -1 : 0);

describe('RS-2: the order of all values', () => {
  test('is the one that is written down, for every two of them', () => {
    for (const [i, a] of ORDERED.entries())
      for (const [j, b] of ORDERED.entries()) expect([a, b, sign(compareValues(a, b))]).toEqual([a, b, sign(i - j)]);
  });

  test('is that of the greater, the lesser, and the items of a set', () => {
    for (const [i, a] of ORDERED.entries())
      for (const [j, b] of ORDERED.entries()) {
        expect(max.resolve(a, b)).toEqual({ type: 'value', value: ORDERED[Math.max(i, j)] });
        expect(min.resolve(a, b)).toEqual({ type: 'value', value: ORDERED[Math.min(i, j)] });
      }
    const shuffled = ORDERED.map((_, i) => ORDERED[(i * 7) % ORDERED.length]!);
    expect(union.resolve(shuffled, [...ORDERED].reverse())).toEqual({ type: 'value', value: ORDERED });
    expect(union.resolve([], [])).toEqual({ type: 'value', value: [] });
    expect(union.resolve(1, 1)).toEqual({ type: 'value', value: [1] });
  });

  test('of two that are the same the one that is held stays', () => {
    const [held, written] = [{ a: 1 }, { a: 1 }];
    for (const resolver of [max, min, immutable]) {
      const resolution = resolver.resolve(held, written);
      expect(resolution.type === 'value' && resolution.value).toBe(held);
    }
  });
});

describe('RS-2: what the check for resolvers finds', () => {
  const laws = (resolver: Parameters<typeof checkResolver>[0], values: readonly Value[]) =>
    checkResolver(resolver, values).map(({ law, values: of }) => [law, ...of]);

  test('one that changes what it is given, though all it gives is right', () => {
    const sorting = custom<number[]>('sorting', (a, b) => [...new Set([...a.sort(), ...b.sort()])].sort());
    expect(laws(sorting, [[2, 1], [3]])).toEqual([['pure', [1, 2], [1, 2]]]);
    expect(laws(sorting, [[1, 2], [3]])).toEqual([]);
  });

  test('each law once, with the first values that break it', () => {
    const minus = custom<number>('minus', (a, b) => a - b);
    expect(laws(minus, [0, 1, 2])).toEqual(
      [
        ['commutative', 0, 1],
        ['idempotent', 0, 1],
        ['associative', 0, 0, 1],
      ].toSorted(),
    );
    const average = custom<number>('average', (a, b) => (a + b) / 2);
    expect(laws(average, [1, 2, 4]).map(([law]) => law)).toEqual(['associative', 'idempotent']);
  });

  test('one that refuses, or throws, is none; and is never asked of what is no value', () => {
    const asked: unknown[] = [];
    const picky = {
      name: 'picky',
      isMerge: true,
      resolve(current: Value, incoming: Value) {
        asked.push(current, incoming);
        if (current !== incoming) throw new Error('no');
        return { type: 'value', value: current } as const;
      },
    };
    expect(laws(picky, ['a', 'b']).map(([law]) => law)).toEqual(expect.arrayContaining(['pure', 'commutative']));
    expect(asked.every((value) => value === 'a' || value === 'b')).toBe(true);
    expect(laws(picky, ['a'])).toEqual([]);
    expect(laws(immutable, [1, 2]).map(([law]) => law)).toContain('commutative');
    expect(laws(max, [])).toEqual([]);
  });
});
