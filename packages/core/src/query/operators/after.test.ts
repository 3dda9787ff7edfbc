import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import type { RowTest } from '../predicate/compile-predicate.js';
import type { Entry } from '../entry.js';
import { createFilter } from './filter.js';
import { operatorContract, searchBreach, type OperatorSubject } from './operator.contract.js';
import type { Operator, RowChange } from './operator.js';
import { ALWAYS, type Cursor, type SortKey } from '../query.js';
import { compileAfter } from '../cursor/compile-after.js';
import { cursorAt } from '../cursor/cursor-at.js';
import { evaluate } from '../evaluate/evaluate.js';
import { createAfter } from './after.js';

const SORT: readonly SortKey[] = [[['a'], 'desc'], [['n'], 'asc']]; // prettier-ignore

const afterSubject = (create: () => Operator<RowChange, RowChange>): OperatorSubject => {
  const filter = createFilter(() => true);
  const after = create();
  return {
    load: (rows) => after.load(filter.load(rows)),
    push(change) {
      const emitted: RowChange[] = [];
      filter.push(change, (row) => after.push(row, (out) => emitted.push(out)));
      return emitted;
    },
  };
};

const PLACES: readonly Entry[] = [
  { key: 'k20', value: { a: 1, n: 0 } },
  { key: 'k20', value: {} },
  { key: '', value: { a: 'a', n: { b: 1 } } },
];

const definition = (sort: readonly SortKey[], place: Entry) => (records: readonly Entry[]) =>
  evaluate({ where: ALWAYS, sort, limit: null, after: cursorAt({ sort }, place) }, records);

for (const place of PLACES) {
  for (const sort of [SORT, []]) {
    operatorContract(
      `after ${JSON.stringify(place)} by ${sort.length} levels`,
      () => afterSubject(() => createAfter(compileAfter({ sort }, cursorAt({ sort }, place)))),
      definition(sort, place),
    );
  }
}

describe('QU-23: what comes after a place', () => {
  const passes = (sort: readonly SortKey[], cursor: Cursor, key: string, value: Value): boolean =>
    compileAfter({ sort }, cursor)(key, value);

  test('begins behind it, and the place itself is not behind', () => {
    const cursor = { values: [5], key: 'm' };
    const byN: readonly SortKey[] = [[['n'], 'asc']];
    expect(passes(byN, cursor, 'm', { n: 5 })).toBe(false);
    expect(passes(byN, cursor, 'n', { n: 5 })).toBe(true);
    expect(passes(byN, cursor, 'l', { n: 5 })).toBe(false);
    expect(passes(byN, cursor, 'a', { n: 6 })).toBe(true);
    expect(passes(byN, cursor, 'z', { n: 4 })).toBe(false);
  });

  test('goes down where the order does, but keys go up', () => {
    const cursor = { values: [5], key: 'm' };
    const byN: readonly SortKey[] = [[['n'], 'desc']];
    expect(passes(byN, cursor, 'n', { n: 5 })).toBe(true);
    expect(passes(byN, cursor, 'z', { n: 6 })).toBe(false);
    expect(passes(byN, cursor, 'a', { n: 4 })).toBe(true);
  });

  test('of missing values is after or before all, as the order says', () => {
    const cursor: Cursor = { values: [{ missing: true }], key: 'm' };
    expect(passes([[['n'], 'asc']], cursor, 'a', { n: null })).toBe(true);
    expect(passes([[['n'], 'desc']], cursor, 'a', { n: null })).toBe(false);
    expect(passes([[['n'], 'desc']], cursor, 'n', {})).toBe(true);
  });

  test('takes objects and bytes by content', () => {
    const cursor: Cursor = { values: [{ json: '{"b":1}' }], key: 'm' };
    expect(passes([[['n'], 'asc']], cursor, 'n', { n: { b: 1 } })).toBe(true);
    expect(passes([[['n'], 'asc']], cursor, 'l', { n: { b: 1 } })).toBe(false);
    expect(passes([[['n'], 'asc']], cursor, 'l', { n: { b: 2 } })).toBe(true);
  });

  test('is by key alone without levels', () => {
    expect(passes([], { values: [], key: 'm' }, 'n', null)).toBe(true);
    expect(passes([], { values: [], key: 'm' }, 'm', null)).toBe(false);
  });

  const [first] = PLACES as readonly [Entry];
  test.each<readonly [string, RowTest]>([
    [
      'that lets the place itself through',
      (key, value) => key === 'k20' || compileAfter({ sort: SORT }, cursorAt({ sort: SORT }, first))(key, value),
    ],
    ['that looks at the key alone', (key) => key > 'k20'],
    ['that lets all through', () => true],
  ])('%s is found out by the contract', (_what, isAfter) => {
    const create = (): OperatorSubject => afterSubject(() => createAfter(isAfter));
    expect(searchBreach(create, definition(SORT, first), 500, 1)).toMatch(/output is not the definition/);
  });
});
