import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sameValue, type Value } from '../../primitives/index.js';
import { takeAll } from '../all-steps.js';
import type { Change, Entry } from '../entry.js';
import { ALWAYS, type GroupBy, type Query, type Relation } from '../query.js';
import type { ViewStep } from '../view-diff.js';
import { createGroup } from './group.js';
import { Join } from './join.js';
import { KeyedViews, type KeyedDiff } from './keyed-views.js';
import type { RowChange } from './operator.js';

/*
 * QU-7: a batch is one diff, with the net effect of each key. So the order of its changes says nothing, a batch that was taken already says nothing
 * more, a batch and its opposite in one say nothing at all, and two batches come to what one of both comes to.
 */

type Records = Map<string, Entry>;
type Write = readonly [key: string, value: Value | undefined];

const fields = fc.record({ v: fc.constantFrom(1, 2, 3), n: fc.constantFrom(0, 1, 2) });
const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const start = fc.uniqueArray(fc.tuple(key, fields), { selector: ([name]) => name, maxLength: 5 });
/** A batch: one write a key. */
const batch: fc.Arbitrary<Write[]> = fc.uniqueArray(fc.tuple(key, fc.option(fields, { nil: undefined })), {
  selector: ([name]) => name,
  maxLength: 5,
});

const recordsOf = (all: readonly Write[]): Records =>
  new Map(all.flatMap(([name, value]) => (value === undefined ? [] : [[name, { key: name, value }]])));
/** Writes to the records, and says what that changed. */
function write(records: Records, writes: readonly Write[]): (Change & { readonly row: RowChange })[] {
  return writes.map(([name, value]) => {
    const before = records.get(name);
    const after = value === undefined ? undefined : { key: name, value };
    if (after === undefined) records.delete(name);
    else records.set(name, after);
    return { key: name, before: before?.value, after: value, row: { before, after } };
  });
}
const opposite = (changes: readonly (Change & { readonly row: RowChange })[]): Write[] =>
  changes.map((change) => [change.key, change.before]);

/** Those who leave do so together, in no turn; the others come by their places. */
const turnless = (steps: readonly ViewStep[]): unknown => [
  new Set(steps.flatMap((step) => (step.type === 'leave' ? [step.key] : []))),
  steps.filter(({ type }) => type !== 'leave'),
];
/** A diff in words, so that two can be compared: what it says of each value and of each row. */
const wordsOf = ({ byValue, rows }: KeyedDiff): unknown => [
  new Map([...byValue].map(([text, steps]) => [text, turnless(steps)])),
  rows.map(({ before, after }) => [before, after]).toSorted(([a, b], [c, d]) => (keyOf(a, b) < keyOf(c, d) ? -1 : 1)),
];
const keyOf = (before: Entry | undefined, after: Entry | undefined): string => (before ?? (after as Entry)).key;

const QUERIES: readonly Pick<Query, 'where' | 'sort' | 'limit'>[] = [
  { where: ALWAYS, sort: [], limit: null },
  { where: ALWAYS, sort: [[['n'], 'desc']], limit: 2 },
  { where: { type: 'gte', path: ['n'], value: 1 }, sort: [[['n'], 'asc']], limit: 1 },
];

describe.each(QUERIES)('QU-7: a batch of keyed views of $where.type by $sort, limit $limit', (query) => {
  function viewsOf(records: Records): KeyedViews {
    const views = new KeyedViews({ path: ['v'], query }, () => records.values());
    views.open([1, 2]);
    views.flush();
    return views;
  }

  test('says the same in whatever order its changes come', () => {
    fc.assert(
      fc.property(start, batch, fc.nat(4), (all, writes, turn) => {
        const [one, other] = [recordsOf(all), recordsOf(all)];
        const [views, turned] = [viewsOf(one), viewsOf(other)];
        views.apply(write(one, writes));
        turned.apply(write(other, [...writes.slice(turn), ...writes.slice(0, turn).toReversed()]));
        expect(wordsOf(turned.flush())).toEqual(wordsOf(views.flush()));
      }),
      { numRuns: 60 },
    );
  });

  test('says nothing once it has been said', () => {
    fc.assert(
      fc.property(start, batch, (all, writes) => {
        const records = recordsOf(all);
        const views = viewsOf(records);
        const changes = write(records, writes);
        views.apply(changes);
        views.flush();
        views.apply(changes);
        const again = views.flush();
        expect([again.byValue.size, again.rows]).toEqual([0, []]);
      }),
      { numRuns: 40 },
    );
  });

  test('with its opposite says nothing, and the rows are the very rows', () => {
    fc.assert(
      fc.property(start, batch, (all, writes) => {
        const records = recordsOf(all);
        const views = viewsOf(records);
        const before = ['1', '2'].map((text) => views.rows(text));
        const changes = write(records, writes);
        views.apply(changes);
        views.apply(write(records, opposite(changes)));
        const diff = views.flush();
        expect([diff.byValue.size, diff.rows]).toEqual([0, []]);
        expect(['1', '2'].every((text, i) => views.rows(text) === before[i])).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('and another come to what both in one come to', () => {
    fc.assert(
      fc.property(start, batch, batch, (all, first, second) => {
        const [one, other] = [recordsOf(all), recordsOf(all)];
        const [apart, together] = [viewsOf(one), viewsOf(other)];
        for (const writes of [first, second]) {
          apart.apply(write(one, writes));
          apart.flush();
        }
        for (const writes of [first, second]) together.apply(write(other, writes));
        const { rows } = together.flush();
        for (const text of ['1', '2']) expect(together.rows(text)).toEqual(apart.rows(text));
        // Of no key more than once.
        expect(new Set(rows.map(({ before, after }) => keyOf(before, after))).size).toBe(rows.length);
      }),
      { numRuns: 40 },
    );
  });
});

describe('QU-20: a batch of groups', () => {
  const GROUPS: GroupBy = {
    by: [['v']],
    aggregates: [
      ['count', 'count', null],
      ['max', 'max', ['n']],
      ['sum', 'sum', ['n']],
    ],
  };
  const groupsOf = (records: Records) => {
    const group = createGroup(GROUPS);
    group.load(records.values());
    return group;
  };
  const taken = (group: ReturnType<typeof groupsOf>, changes: readonly { readonly row: RowChange }[]): void => {
    for (const { row } of changes) if (row.before !== undefined || row.after !== undefined) group.take(row);
  };
  const flushed = (group: ReturnType<typeof groupsOf>): RowChange[] => {
    const said: RowChange[] = [];
    group.flush((change) => said.push(change));
    return said.toSorted((a, b) => (keyOf(a.before, a.after) < keyOf(b.before, b.after) ? -1 : 1));
  };

  test('says the same in whatever order its changes come', () => {
    fc.assert(
      fc.property(start, batch, (all, writes) => {
        const [one, other] = [recordsOf(all), recordsOf(all)];
        const [group, turned] = [groupsOf(one), groupsOf(other)];
        taken(group, write(one, writes));
        taken(turned, write(other, writes.toReversed()));
        expect(flushed(turned)).toEqual(flushed(group));
      }),
      { numRuns: 75 },
    );
  });

  test('with its opposite says nothing, and the groups are the very groups', () => {
    fc.assert(
      fc.property(start, batch, (all, writes) => {
        const records = recordsOf(all);
        const group = groupsOf(records);
        const keys = [1, 2, 3].map((v) => `[[${v}]]`);
        const before = keys.map((name) => group.get(name));
        const changes = write(records, writes);
        taken(group, changes);
        taken(group, write(records, opposite(changes)));
        expect(flushed(group)).toEqual([]);
        expect(keys.every((name, i) => group.get(name) === before[i])).toBe(true);
      }),
      { numRuns: 75 },
    );
  });

  test('says of a change one by one what comes to the same in the end', () => {
    fc.assert(
      fc.property(start, batch, (all, writes) => {
        const [one, other] = [recordsOf(all), recordsOf(all)];
        const [apart, together] = [groupsOf(one), groupsOf(other)];
        for (const change of write(one, writes)) {
          taken(apart, [change]);
          flushed(apart);
        }
        taken(together, write(other, writes));
        flushed(together);
        expect(apart.size).toBe(together.size);
        for (const v of [1, 2, 3]) expect(apart.get(`[[${v}]]`)).toEqual(together.get(`[[${v}]]`));
      }),
      { numRuns: 50 },
    );
  });
});

describe('QU-25: a batch of rows with related rows', () => {
  const relation: Relation = {
    name: 'more',
    map: 'children',
    on: [['v'], ['v']],
    one: false,
    query: { where: ALWAYS, sort: [[['n'], 'asc']], limit: 2 },
  };
  interface World {
    readonly parents: Records;
    readonly children: Records;
    readonly join: Join;
  }
  const worldOf = (parents: readonly Write[], children: readonly Write[]): World => {
    const world = { parents: recordsOf(parents), children: recordsOf(children) };
    const join = new Join({ include: [relation] }, { load: () => world.children.values() });
    takeAll(join.add([...world.parents.values()]));
    return { ...world, join };
  };
  /** Both maps' writes in one batch; says which parents are shown otherwise. */
  const batchOf = ({ parents, children, join }: World, first: readonly Write[], second: readonly Write[]) => {
    const rows = write(parents, first).map(({ row }) => row);
    const changes = write(children, second);
    return join.take(
      rows.filter(({ before, after }) => before !== undefined || after !== undefined),
      new Map([['children', changes]]),
    );
  };
  const shown = ({ parents, join }: World): unknown =>
    [...parents.keys()].toSorted().map((name) => [name, join.get(name)?.value]);

  test('shows the same in whatever order its changes come', () => {
    fc.assert(
      fc.property(start, start, batch, batch, (parents, children, first, second) => {
        const [one, other] = [worldOf(parents, children), worldOf(parents, children)];
        const changed = batchOf(one, first, second);
        const turned = batchOf(other, first.toReversed(), second.toReversed());
        expect([...turned].toSorted()).toEqual([...changed].toSorted());
        expect(shown(other)).toEqual(shown(one));
      }),
      { numRuns: 60 },
    );
  });

  test('over both maps comes to what a batch of each comes to, whichever is first', () => {
    fc.assert(
      fc.property(start, start, batch, batch, (parents, children, first, second) => {
        const worlds = [0, 1, 2].map(() => worldOf(parents, children)) as [World, World, World];
        batchOf(worlds[0], first, second);
        batchOf(worlds[1], first, []);
        batchOf(worlds[1], [], second);
        batchOf(worlds[2], [], second);
        batchOf(worlds[2], first, []);
        expect(worlds.slice(1).map(shown)).toEqual([shown(worlds[0]), shown(worlds[0])]);
      }),
      { numRuns: 50 },
    );
  });

  test('that is taken again changes nothing, and what is shown stays the very same', () => {
    fc.assert(
      fc.property(start, start, batch, (parents, children, second) => {
        const world = worldOf(parents, children);
        batchOf(world, [], second);
        const before = [...world.parents.keys()].map((name) => world.join.get(name));
        expect(batchOf(world, [], second)).toEqual(new Set());
        expect([...world.parents.keys()].every((name, i) => world.join.get(name) === before[i])).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  test('says exactly of those parents that they changed whose rows say something else', () => {
    fc.assert(
      fc.property(start, start, batch, (parents, children, second) => {
        const world = worldOf(parents, children);
        const before = new Map([...world.parents.keys()].map((name) => [name, world.join.get(name)?.value as Value]));
        const changed = batchOf(world, [], second);
        for (const [name, was] of before)
          expect([name, changed.has(name)]).toEqual([name, !sameValue(world.join.get(name)?.value as Value, was)]);
      }),
      { numRuns: 60 },
    );
  });
});
