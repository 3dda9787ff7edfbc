import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../primitives/index.js';
import { evaluate } from '../evaluate/evaluate.js';
import { parseQuery } from '../parse-query.js';
import { entries, findCounterexample, where } from '../query.arbitrary.js';
import type { WhereInput } from '../query-input.js';
import { ALWAYS, NEVER, type Path, type Predicate } from '../query.js';
import type { Access, IndexKind, IndexStatistics } from './access.js';
import { IndexSet } from './index-set.js';
import { planQuery } from './plan-query.js';
import type { Entry } from '../entry.js';

const predicateOf = (input: WhereInput): Predicate => {
  const query = parseQuery({ where: input });
  if (!query.ok) throw new Error(query.error.code);
  return query.value.where;
};

const startsWith = fc
  .tuple(fc.constantFrom('a', '__proto__', 'n'), fc.constantFrom('', 'a', '\u{1F600}'))
  .map(([name, prefix]): Predicate => ({ type: 'startsWith', path: [name], prefix }));

/** Any condition, some with what the input form of these tests has no words for. */
const predicate: fc.Arbitrary<Predicate> = fc
  .tuple(where.map(predicateOf), fc.option(startsWith, { nil: null }), fc.constantFrom('and' as const, 'or' as const))
  .map(([condition, other, type]) => (other === null ? condition : { type, of: [condition, other] }));

const indexPath = fc.constantFrom<Path[]>(
  ['a'],
  ['b'],
  ['n'],
  ['__proto__'],
  ['a.b'],
  ['a', 'b'],
  ['_key'],
  ['toString'],
);

const kinds = fc.array(fc.record({ type: fc.constantFrom('hash' as const, 'ordered' as const), path: indexPath }), {
  maxLength: 8,
});

/** What an access finds, in words as plain as can be. */
function keysFound(access: Access, set: IndexSet, records: readonly Entry[]): Set<string> {
  switch (access.type) {
    case 'nothing':
      return new Set();
    case 'keys':
      return new Set(access.keys);
    case 'hash':
      return new Set(set.findEqual(access.path, access.values));
    case 'range':
      return new Set(set.findBetween(access.path, access.range));
    case 'union':
      return new Set(access.of.flatMap((part) => [...keysFound(part, set, records)]));
    case 'order':
    case 'scan':
      return new Set(records.map((record) => record.key));
  }
}

const statisticsOf = (set: IndexSet, size: number): IndexStatistics => ({
  size,
  countEqual: (path, values) => set.countEqual(path, values),
  countBetween: (path, range) => set.countBetween(path, range),
  countFirst: (order) => set.countFirst(order),
});

/** These indexes, and of those that the condition misses every other one. */
function indexesFor(condition: Predicate, kinds: readonly IndexKind[], records: readonly Entry[]): IndexSet {
  const set = new IndexSet();
  for (const kind of kinds) set.create(kind, records);
  const { wanted } = planQuery(condition, statisticsOf(set, records.length));
  for (const [i, { type, path }] of wanted.entries())
    if ((i + kinds.length) % 2 === 0) set.create({ type, path }, records);
  return set;
}

describe('QU-27: a plan', () => {
  /** The first record that meets a condition and is not found; `null` when all are. */
  function searchLoss(spoil: (access: Access) => Access, numRuns: number, seed?: number): string | null {
    const property = fc.property(predicate, kinds, entries, (condition, wanted, records) => {
      const set = indexesFor(condition, wanted, records);
      const plan = planQuery(condition, statisticsOf(set, records.length));
      const found = keysFound(spoil(plan.access), set, records);
      for (const { key } of evaluate({ where: condition, sort: [], limit: null }, records)) {
        if (!found.has(key)) throw new Error(`${plan.access.type} misses ${JSON.stringify(key)}`);
      }
    });
    return findCounterexample(property, numRuns, seed);
  }

  test('finds every record that meets the conditions, whatever they are and whichever indexes there are', () => {
    expect(searchLoss((access) => access, 3000)).toBeNull();
  });

  test.each<readonly [string, (access: Access) => Access]>([
    ['takes nothing for a union', (access) => (access.type === 'union' ? (access.of[0] ?? access) : access)],
    ['takes a bound for the other', (access) => (access.type === 'range' && access.range.lower && access.range.upper === null ? { ...access, range: { lower: null, upper: access.range.lower } } : access)], // prettier-ignore
    [
      'looks for one of several values',
      (access) => (access.type === 'hash' ? { ...access, values: access.values.slice(1) } : access),
    ],
  ])('that %s is found out', (_what, spoil) => {
    expect(searchLoss(spoil, 3000, 1)).toMatch(/misses/);
  });

  test('counts what its access finds, and never finds more than a scan', () => {
    fc.assert(
      fc.property(predicate, kinds, entries, (condition, wanted, records) => {
        const set = indexesFor(condition, wanted, records);
        const { access, candidates } = planQuery(condition, statisticsOf(set, records.length));
        expect(keysFound(access, set, records).size).toBeLessThanOrEqual(candidates);
        if (access.type === 'scan' || access.type === 'union') expect(candidates).toBeLessThanOrEqual(records.length);
      }),
      { numRuns: 1000 },
    );
  });

  test('wants nothing that exists, and nothing that would not help', () => {
    fc.assert(
      fc.property(predicate, kinds, entries, (condition, there, records) => {
        const set = new IndexSet();
        for (const kind of there) set.create(kind, records);
        const { wanted } = planQuery(condition, statisticsOf(set, records.length));
        for (const { type, path } of wanted) expect(there).not.toContainEqual({ type, path });
        // With all that was wanted nothing more is, and the conditions that named them are answered by index.
        for (const { type, path } of wanted) set.create({ type, path }, records);
        const next = planQuery(condition, statisticsOf(set, records.length));
        expect(next.wanted).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  const eq = (name: string, value: string | number): Predicate => ({ type: 'eq', path: [name], value });
  const RECORDS = Array.from({ length: 100 }, (_, n) => ({ key: `k${n}`, value: { list: n % 10, done: n % 2, n } }));
  const planWith = (condition: Predicate, ...names: readonly (readonly ['hash' | 'ordered', string])[]) => {
    const set = new IndexSet();
    for (const [type, name] of names) set.create({ type, path: [name] }, RECORDS);
    return planQuery(condition, statisticsOf(set, RECORDS.length));
  };

  test('takes the index that leaves the fewest', () => {
    const both: Predicate = { type: 'and', of: [eq('done', 1), eq('list', 3)] };
    expect(planWith(both, ['hash', 'done'], ['hash', 'list'])).toMatchObject({
      access: { path: ['list'] },
      candidates: 10,
    });
    expect(planWith(both, ['hash', 'done'])).toMatchObject({ access: { path: ['done'] }, candidates: 50 });
    const narrow: Predicate = { type: 'and', of: [eq('list', 3), { type: 'gte', path: ['n'], value: 97 }] };
    expect(planWith(narrow, ['hash', 'list'], ['ordered', 'n'])).toMatchObject({
      access: { type: 'range' },
      candidates: 3,
    });
  });

  test('takes the key before all, and knows when no key can be meant', () => {
    expect(planWith({ type: 'and', of: [eq('list', 3), eq('_key', 'k7')] }, ['hash', 'list'])).toMatchObject({
      access: { type: 'keys', keys: ['k7'] },
      candidates: 1,
    });
    expect(planWith(eq('_key', 7))).toMatchObject({ access: { type: 'nothing' }, candidates: 0 });
    expect(planWith({ type: 'in', path: ['_key'], values: ['a', 1, 'b'] }).access).toEqual({
      type: 'keys',
      keys: ['a', 'b'],
    });
  });

  test('makes one range of several comparisons', () => {
    const between: Predicate = {
      type: 'and',
      of: [
        { type: 'gte', path: ['n'], value: 20 },
        { type: 'lt', path: ['n'], value: 30 },
        { type: 'gt', path: ['n'], value: 20 },
      ],
    };
    expect(planWith(between, ['ordered', 'n'])).toMatchObject({ access: { type: 'range' }, candidates: 9 });
    const never: Predicate = { type: 'and', of: [{ type: 'gt', path: ['n'], value: 1 }, { type: 'lt', path: ['n'], value: 'x' }] }; // prettier-ignore
    expect(planWith(never)).toMatchObject({ access: { type: 'nothing' }, candidates: 0, wanted: [] });
  });

  test('joins what any of several conditions finds, and scans when that is no less', () => {
    const either: Predicate = { type: 'or', of: [eq('list', 3), { type: 'gte', path: ['n'], value: 95 }] };
    expect(planWith(either, ['hash', 'list'], ['ordered', 'n'])).toMatchObject({
      access: { type: 'union' },
      candidates: 15,
    });
    expect(planWith(either, ['hash', 'list'])).toMatchObject({ access: { type: 'scan' }, candidates: 100 });
    const most: Predicate = { type: 'or', of: [eq('done', 1), eq('done', 0)] };
    expect(planWith(most, ['hash', 'done'])).toMatchObject({ access: { type: 'scan' }, candidates: 100 });
    const one: Predicate = { type: 'or', of: [eq('_key', 1), eq('list', 3)] };
    expect(planWith(one, ['hash', 'list'])).toMatchObject({ access: { type: 'hash' }, candidates: 10 });
  });

  test('names the indexes it misses, but none for conditions of which another needs a scan', () => {
    const wantedOf = (condition: Predicate): string[] =>
      planWith(condition).wanted.map(({ type, path }) => `${type} ${canonicalJson(path)}`);
    expect(wantedOf({ type: 'and', of: [eq('list', 3), { type: 'gt', path: ['n'], value: 1 }] })).toEqual([
      'ordered ["n"]',
      'hash ["list"]',
    ]);
    expect(wantedOf({ type: 'startsWith', path: ['a'], prefix: 'x' })).toEqual(['ordered ["a"]']);
    expect(wantedOf({ type: 'or', of: [eq('list', 3), { type: 'exists', path: ['n'], exists: true }] })).toEqual([]);
    expect(wantedOf({ type: 'not', of: eq('list', 3) })).toEqual([]);
  });

  test('scans for no conditions, and looks at nothing for none that can be met', () => {
    expect(planWith(ALWAYS)).toEqual({ access: { type: 'scan' }, candidates: 100, wanted: [] });
    expect(planWith(NEVER)).toEqual({ access: { type: 'nothing' }, candidates: 0, wanted: [] });
  });
});
