import { describe, expect, test } from 'vitest';
import { sameValue, type Value } from '../../primitives/index.js';
import { takeAll } from '../all-steps.js';
import type { Entry } from '../entry.js';
import { evaluateShown } from '../evaluate/evaluate.js';
import { parseQuery } from '../parse-query.js';
import type { QueryInput } from '../query-input.js';
import { ALWAYS, type GroupBy, type Query } from '../query.js';
import { createGroup } from './group.js';
import { Join } from './join.js';
import { createLimit } from './limit.js';
import type { RowChange } from './operator.js';
import type { OrderedRows, PlacedChange } from './order.js';
import { RelatedRows } from './related-rows.js';
import { relatedValue } from './related-value.js';

// What is filled in parts is what it is when it is filled at once, whatever the parts.

const queryOf = (input: QueryInput): Query => {
  const query = parseQuery(input);
  if (!query.ok) throw new Error(JSON.stringify(query.error));
  return query.value;
};

const PARENTS: readonly Entry[] = [1, 2, 1, null, 3].map((v, i) => ({
  key: `p${i}`,
  value: (v === null ? {} : { v }) as Value,
}));
const CHILDREN: readonly Entry[] = [1, 1, 2, 4, null].map((v, i) => ({ key: `c${i}`, value: { v, n: i } }));

/** Every way to cut the parents into a first part and the rest, and every one of them by itself. */
const PARTS: readonly (readonly (readonly Entry[])[])[] = [
  [PARENTS],
  ...PARENTS.map((_, at) => [PARENTS.slice(0, at), PARENTS.slice(at)]),
  PARENTS.map((row) => [row]),
  PARENTS.map((row) => [row]).toReversed(),
];

describe('QU-25: parents that are added in parts', () => {
  const queries = [
    queryOf({ include: { list: { map: 'm', on: ['v', 'v'] } } }),
    queryOf({ include: { one: { map: 'm', on: ['v', 'v'], one: true, sort: { n: 'desc' } } } }),
    queryOf({
      fields: [],
      include: {
        list: { map: 'm', on: ['v', 'v'], limit: 1, include: { again: { map: 'm', on: ['v', 'v'], fields: ['n'] } } },
      },
    }),
  ];

  test.each(queries)('show what they show that are added at once: %j', (query) => {
    const wanted = evaluateShown(query, PARENTS, { maps: new Map([['m', CHILDREN]]) });
    for (const parts of PARTS) {
      const join = new Join(query, { load: () => CHILDREN });
      for (const part of parts) takeAll(join.add(part));
      const shown = PARENTS.map(({ key }) => relatedValue(join.get(key) as Entry));
      expect(sameValue(shown, wanted as unknown as Value)).toBe(true);
      for (const row of PARENTS) expect(join.source(row.key)).toBe(row);
    }
  });

  test('are each asked for once: a value that is known is not loaded again', () => {
    for (const parts of PARTS) {
      const loaded: Value[] = [];
      const related = new RelatedRows(
        { on: [['v'], ['v']], query: { where: ALWAYS, sort: [], limit: null } },
        (_path, values) => {
          loaded.push(...values);
          return CHILDREN;
        },
      );
      const first = parts.flatMap((part) => [...takeAll(related.add(part))]);
      expect([first.toSorted(), loaded.toSorted()]).toEqual([
        ['1', '2', '3'],
        [1, 2, 3],
      ]);
      expect([related.views.size, related.views.held]).toEqual([3, 3]);
      expect([...related.parentsOf('1')].toSorted()).toEqual(['p0', 'p2']);
      expect([related.textOf('p3'), related.textOf('p4'), related.textOf('none')]).toEqual([null, '3', null]);
    }
  });
});

describe('QU-20: groups that are loaded', () => {
  const GROUPS: GroupBy = { by: [['v']], aggregates: [['n', 'count', null]] };

  test('are what they were until the end, and those that say the same are the same objects then', () => {
    const group = createGroup(GROUPS);
    const before = group.load(PARENTS);
    const loading = group.beginLoad();
    for (const row of CHILDREN) loading.add(row);
    expect([group.size, group.get('[[1]]'), group.get('[[4]]')]).toEqual([4, before[0], undefined]);
    const after = loading.end();
    expect(after.map(({ key }) => key)).toEqual(['[[1]]', '[[2]]', '[[4]]', '[[null]]']);
    // Two of 1 and one of 2 there were before, too.
    expect([group.get('[[1]]') === before[0], group.get('[[2]]') === before[1]]).toEqual([true, true]);
    expect([group.get('[[3]]'), group.get('[[]]'), group.size]).toEqual([undefined, undefined, 4]);
  });

  test('forget what was taken in and not yet said', () => {
    const group = createGroup(GROUPS);
    group.load(PARENTS);
    group.take({ before: undefined, after: { key: 'x', value: { v: 9 } } });
    group.load(PARENTS);
    group.flush(() => expect.unreachable('there is nothing to say'));
    expect([group.get('[[9]]'), group.size]).toEqual([undefined, 4]);
  });

  test('a row that was never there is a defect, and is said to be one', () => {
    const group = createGroup(GROUPS);
    group.load(PARENTS);
    expect(() => group.take({ before: { key: 'x', value: { v: 9 } }, after: undefined })).toThrow(
      /group that is not there/,
    );
  });
});

describe('QU-5: what a limit lets through, move by move', () => {
  const row = (key: string): Entry => ({ key, value: key });
  /** The rows as they are after the move. */
  const ordered = (keys: string): OrderedRows => {
    const rows = keys.split('').map(row);
    return {
      size: rows.length,
      at: (index) => rows[index],
      indexOf: (entry) => rows.findIndex(({ key }) => key === entry.key),
      first: (count) => rows.slice(0, count),
    };
  };
  /** Of a window of two: before, after, where the row was and is, and what is said: `+` a row that enters, `-` one that leaves, `=` one that stays. */
  test.each<[string, string, Pick<PlacedChange, 'from' | 'to'>, string]>([
    ['x comes to an empty window', 'x', { from: -1, to: 0 }, '+x'],
    ['x comes first of one', 'xa', { from: -1, to: 0 }, '+x'],
    ['x comes last in the window', 'axb', { from: -1, to: 1 }, '-b +x'],
    ['x comes first of three', 'xab', { from: -1, to: 0 }, '-b +x'],
    ['x comes behind the window', 'abx', { from: -1, to: 2 }, ''],
    ['x goes from the window, and there is another', 'ab', { from: 0, to: -1 }, '-x +b'],
    ['x goes from the window, and there is none', 'a', { from: 1, to: -1 }, '-x'],
    ['x goes from behind', 'ab', { from: 2, to: -1 }, ''],
    ['x goes, and nothing is left', '', { from: 0, to: -1 }, '-x'],
    ['x changes in its place', 'xab', { from: 0, to: 0 }, '=x'],
    ['x moves within', 'axb', { from: 0, to: 1 }, '=x'],
    ['x moves out', 'abx', { from: 0, to: 2 }, '-x +b'],
    ['x moves in', 'xab', { from: 2, to: 0 }, '-b +x'],
    ['x moves behind', 'abcx', { from: 2, to: 3 }, ''],
  ])('%s', (_what, after, { from, to }, said) => {
    const emitted: RowChange[] = [];
    const [was, is] = [from === -1 ? undefined : row('x'), to === -1 ? undefined : row('x')];
    createLimit(2, ordered(after)).push({ before: was, after: is, from, to }, (change) => emitted.push(change));
    const words = emitted.map(({ before, after: later }) => {
      const sign = before === undefined ? '+' : later === undefined ? '-' : '=';
      return `${sign}${((before ?? later) as Entry).key}`;
    });
    expect(words.join(' ')).toBe(said);
  });
});
