import { describe, expect, test } from 'vitest';
import { ALWAYS, type Path, type Predicate } from '../query.js';
import type { Access, IndexStatistics } from './access.js';
import { planQuery } from './plan-query.js';

/*
 * QU-27: a plan takes the way that finds the fewest candidates. Here the counts are given, so nothing but the choice is looked at: lines written by hand,
 * and then every small condition beside the rule in a few words: of several that must hold the least, of several of which one is enough the sum, and
 * never more than all.
 */

interface Counts {
  readonly size: number;
  /** How many records have one value there. */
  readonly hash?: Readonly<Record<string, number>>;
  /** How many records any range there has. */
  readonly ordered?: Readonly<Record<string, number>>;
  readonly first?: number;
}
const nameOf = (path: Path): string => path.join('.');
const statisticsOf = ({ size, hash = {}, ordered = {}, first }: Counts): IndexStatistics => ({
  size,
  countEqual: (path, values) => (nameOf(path) in hash ? (hash[nameOf(path)] as number) * values.length : null),
  countBetween: (path) => ordered[nameOf(path)] ?? null,
  countFirst: () => first ?? null,
});

const eq = (name: string, value: string | number = 1): Predicate => ({ type: 'eq', path: [name], value });
const oneOf = (name: string, ...values: readonly (string | number)[]): Predicate => ({
  type: 'in',
  path: [name],
  values,
});
const gt = (name: string, value: number | string = 1): Predicate => ({ type: 'gt', path: [name], value });
const lt = (name: string, value: number | string = 9): Predicate => ({ type: 'lt', path: [name], value });
const begins = (name: string): Predicate => ({ type: 'startsWith', path: [name], prefix: 'x' });
const and = (...of: readonly Predicate[]): Predicate => ({ type: 'and', of });
const or = (...of: readonly Predicate[]): Predicate => ({ type: 'or', of });
const not = (of: Predicate): Predicate => ({ type: 'not', of });
const BLIND: readonly Predicate[] = [
  { type: 'ne', path: ['a'], value: 1 },
  { type: 'nin', path: ['a'], values: [1] },
  { type: 'exists', path: ['a'], exists: true },
  { type: 'isNull', path: ['a'], isNull: true },
  { type: 'like', path: ['a'], pattern: 'x%y', caseInsensitive: false },
  { type: 'regex', path: ['a'], pattern: '^x', caseInsensitive: false },
  { type: 'contains', path: ['a'], value: 1 },
  { type: 'containsAny', path: ['a'], values: [1] },
  { type: 'match', path: ['a'], text: 'x' },
  not(eq('a')),
];

/** The way in a few words. */
function wordsOf(access: Access): string {
  switch (access.type) {
    case 'keys':
      return `keys ${access.keys.join(',')}`;
    case 'hash':
      return `hash ${nameOf(access.path)}`;
    case 'range':
      return `range ${nameOf(access.path)}${access.direction === undefined ? '' : ` ${access.direction}`}`;
    case 'order':
      return `order ${nameOf(access.path)} ${access.direction}`;
    case 'union':
      return access.of.map(wordsOf).toSorted().join(' | ');
    default:
      return access.type;
  }
}

/** Of a thousand records ten have a given `a`, five a given `b`, and fifty are in a range of `n`. */
const KNOWN: Counts = { size: 1_000, hash: { a: 10, b: 5 }, ordered: { n: 50 } };

describe('QU-27: the way that finds the fewest', () => {
  test.each<[string, Predicate, string, number]>([
    ['nothing is asked', ALWAYS, 'scan', 1_000],
    ['a value', eq('a'), 'hash a', 10],
    ['one of three values', oneOf('a', 1, 2, 3), 'hash a', 30],
    ['a value where no index is', eq('c'), 'scan', 1_000],
    ['a value where the index is in order', eq('n'), 'scan', 1_000],
    ['a range', gt('n'), 'range n', 50],
    ['a prefix', begins('n'), 'range n', 50],
    ['a range where the index is not in order', gt('a'), 'scan', 1_000],
    ['a key', eq('_key', 'k'), 'keys k', 1],
    ['some keys, of which one is none', oneOf('_key', 'k', 3, 'l'), 'keys k,l', 2],
    ['keys that are none', oneOf('_key', 1, 2), 'nothing', 0],
    // All must hold: the least of them.
    ['two values', and(eq('a'), eq('b')), 'hash b', 5],
    ['the other way round', and(eq('b'), eq('a')), 'hash b', 5],
    ['a value and a range', and(gt('n'), eq('a')), 'hash a', 10],
    ['many values and a range', and(gt('n'), oneOf('a', 1, 2, 3, 4, 5, 6)), 'range n', 50],
    ['a value and a key', and(eq('b'), eq('_key', 'k')), 'keys k', 1],
    ['a value and what no index knows', and(eq('a'), eq('c')), 'hash a', 10],
    ['a range from both ends', and(gt('n'), lt('n')), 'range n', 50],
    ['a range between two types', and(gt('n', 1), lt('n', 'x')), 'nothing', 0],
    ['the same where no index is', and(gt('c', 1), lt('c', 'x'), eq('a')), 'nothing', 0],
    ['a key that is none and more', and(eq('a'), eq('_key', 1)), 'nothing', 0],
    // One is enough: all of them together.
    ['one value or another', or(eq('a'), eq('b')), 'hash a | hash b', 15],
    ['a value, a range or a key', or(eq('a'), gt('n'), eq('_key', 'k')), 'hash a | keys k | range n', 61],
    ['a value or what no index knows', or(eq('a'), eq('c')), 'scan', 1_000],
    ['a value or a key that is none', or(eq('a'), eq('_key', 1)), 'hash a', 10],
    ['keys that are none, both', or(eq('_key', 2), eq('_key', 1)), 'nothing', 0],
    ['none of nothing', or(), 'nothing', 0],
    // Within one another.
    ['two of which one is enough, and a value', and(or(eq('a'), gt('n')), eq('b')), 'hash b', 5],
    ['two of which one is enough, and a worse value', and(or(eq('a'), eq('b')), gt('n')), 'hash a | hash b', 15],
    ['one of two pairs', or(and(eq('a'), eq('b')), and(gt('n'), oneOf('_key', 'k', 'l'))), 'hash b | keys k,l', 7],
    ['what cannot be, or a value', or(and(eq('a'), or()), eq('b')), 'hash b', 5],
    ['a value that is not, and one that is', and(not(eq('b')), eq('a')), 'hash a', 10],
    ['a value that is not, or one that is', or(not(eq('b')), eq('a')), 'scan', 1_000],
  ])('%s', (_what, where, words, candidates) => {
    const plan = planQuery(where, statisticsOf(KNOWN));
    expect([wordsOf(plan.access), plan.candidates]).toEqual([words, candidates]);
  });

  test.each(BLIND)('by %j no index finds anything, and none is missed', (where) => {
    const plan = planQuery(where, statisticsOf({ ...KNOWN, ordered: { a: 1, n: 50 } }));
    expect(plan).toEqual({ access: { type: 'scan' }, candidates: 1_000, wanted: [] });
    expect(wordsOf(planQuery(and(where, eq('b')), statisticsOf(KNOWN)).access)).toBe('hash b');
    expect(wordsOf(planQuery(or(where, eq('b')), statisticsOf(KNOWN)).access)).toBe('scan');
  });

  test('as many as all of them, put together, are looked at one by one', () => {
    const either = or(eq('a'), gt('n'));
    const plan = (a: number, n: number) => planQuery(either, statisticsOf({ size: 100, hash: { a }, ordered: { n } }));
    expect(
      [plan(60, 39), plan(60, 40), plan(60, 90)].map(({ access, candidates }) => [access.type, candidates]),
    ).toEqual([
      ['union', 99],
      ['scan', 100],
      ['scan', 100],
    ]);
  });
});

describe('QU-27: who wants the first ones', () => {
  const order = { path: ['n'], direction: 'desc', count: 20 } as const;
  test.each<[string, Predicate, Counts, string, number]>([
    ['of all, without an index', ALWAYS, KNOWN, 'scan', 1_000],
    ['of all, with one', ALWAYS, { ...KNOWN, first: 22 }, 'order n desc', 22],
    ['of those that meet what no index knows', eq('c'), { ...KNOWN, first: 22 }, 'order n desc', 1_000],
    ['of those with a value', eq('a'), { ...KNOWN, first: 22 }, 'hash a', 10],
    ['of a range of what is sorted by', gt('n'), { ...KNOWN, first: 22 }, 'range n desc', 50],
    ['of a range of no more than are wanted', gt('n'), { size: 1_000, ordered: { n: 20 } }, 'range n', 20],
    ['of a range of one more', gt('n'), { size: 1_000, ordered: { n: 21 } }, 'range n desc', 21],
    ['of a range of something else', gt('m'), { size: 1_000, ordered: { m: 50 }, first: 22 }, 'range m', 50],
    ['of several of which one is enough', or(eq('a'), eq('b')), { ...KNOWN, first: 2 }, 'hash a | hash b', 15],
    ['of what cannot be', or(), { ...KNOWN, first: 2 }, 'nothing', 0],
  ])('%s', (_what, where, counts, words, candidates) => {
    const plan = planQuery(where, statisticsOf(counts), order);
    expect([wordsOf(plan.access), plan.candidates]).toEqual([words, candidates]);
  });
});

describe('QU-27: every small condition', () => {
  const LEAVES: readonly Predicate[] = [
    eq('a'),
    oneOf('b', 1, 2),
    gt('n'),
    eq('c'),
    eq('_key', 'k'),
    not(eq('a')),
    or(),
  ];
  const PAIRS = LEAVES.flatMap((one) => LEAVES.flatMap((other) => [and(one, other), or(one, other)]));
  const TREES: readonly Predicate[] = [
    ...LEAVES,
    ...PAIRS,
    ...PAIRS.flatMap((pair) => LEAVES.flatMap((leaf) => [and(leaf, pair), or(pair, leaf)])),
  ];
  const WORLDS: readonly Counts[] = [
    { size: 100 },
    { size: 100, hash: { a: 10 } },
    { size: 100, hash: { a: 10, b: 3 }, ordered: { n: 7 } },
    { size: 100, hash: { a: 60, b: 25, c: 1 }, ordered: { n: 45 } },
    { size: 100, hash: { a: 0, b: 0 }, ordered: { n: 100 } },
    { size: 1, hash: { a: 1, b: 0 }, ordered: { n: 1 } },
  ];

  /** How many have to be looked at; infinite where no index finds them. */
  function cost(where: Predicate, { size, hash = {}, ordered = {} }: Counts): number {
    const of = (part: Predicate): number => cost(part, { size, hash, ordered });
    switch (where.type) {
      case 'and':
        return Math.min(Infinity, ...where.of.map(of));
      case 'or': {
        const all = where.of.reduce((sum, part) => sum + of(part), 0);
        return all >= size ? Infinity : all;
      }
      case 'eq':
        return nameOf(where.path) === '_key' ? 1 : (hash[nameOf(where.path)] ?? Infinity);
      case 'in':
        return (hash[nameOf(where.path)] ?? Infinity) * where.values.length || 0;
      case 'gt':
        return ordered[nameOf(where.path)] ?? Infinity;
      default:
        return Infinity;
    }
  }

  test.each(WORLDS)('has the least cost there is, with %j', (counts) => {
    const wrong: unknown[] = [];
    for (const where of TREES) {
      const { candidates } = planQuery(where, statisticsOf(counts));
      const wanted = cost(where, counts);
      // A way that finds as many as there are is as good as none.
      if (Math.min(candidates, counts.size) !== Math.min(wanted, counts.size)) wrong.push([where, candidates, wanted]);
    }
    expect(wrong.slice(0, 3)).toEqual([]);
  });
});
