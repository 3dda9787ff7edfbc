import { describe, expect, test } from 'vitest';
import { takeAll } from '../all-steps.js';
import { compileRanking } from '../compile-comparator.js';
import type { Entry } from '../entry.js';
import { ALWAYS, type Query } from '../query.js';
import { applySteps } from '../view-diff.js';
import { KeyedSlot } from './keyed-slot.js';
import { KeyedViews } from './keyed-views.js';
import { RelatedRows } from './related-rows.js';

/*
 * Values that are opened and closed while records go from one to another: every short history of two records and two values, beside a model that
 * looks at all records each time.
 */

type Held = Map<string, Entry>;
type Event = (world: World) => void;

interface World {
  readonly views: KeyedViews;
  readonly records: Held;
  /** How often each value is open. */
  readonly open: Map<number, number>;
}

const put =
  (key: string, v: number | null): Event =>
  ({ views, records }) => {
    const before = records.get(key)?.value;
    const after = v === null ? undefined : { v };
    if (after === undefined) records.delete(key);
    else records.set(key, { key, value: after });
    views.apply([{ key, before, after }]);
  };
const open =
  (v: number): Event =>
  ({ views, open: counts }) => {
    views.open([v]);
    counts.set(v, (counts.get(v) ?? 0) + 1);
  };
const close =
  (v: number): Event =>
  ({ views, open: counts }) => {
    const count = counts.get(v) ?? 0;
    if (count === 0) return;
    views.close([String(v)]);
    counts.set(v, count - 1);
  };

const EVENTS: readonly Event[] = [
  ...['a', 'b'].flatMap((key) => [put(key, 1), put(key, 2), put(key, null)]),
  ...[1, 2].flatMap((v) => [open(v), close(v)]),
];

/** The rows of a value, from all records. */
function rowsOf({ records, open: counts }: World, v: number, limit: number | null): Entry[] {
  if ((counts.get(v) ?? 0) === 0) return [];
  return [...records.values()]
    .filter(({ value }) => (value as { readonly v: number }).v === v)
    .toSorted((x, y) => (x.key < y.key ? -1 : 1))
    .slice(0, limit ?? Infinity);
}

function worldOf(limit: number | null): World {
  const records: Held = new Map();
  const query: Pick<Query, 'where' | 'sort' | 'limit'> = { where: ALWAYS, sort: [], limit };
  return { views: new KeyedViews({ path: ['v'], query }, () => records.values()), records, open: new Map() };
}

/** Flushes, and compares every value and the diff with the model; the rows shown from then on. */
function look(world: World, limit: number | null, shown: ReadonlyMap<number, readonly Entry[]>) {
  const diff = world.views.flush();
  const now = new Map<number, readonly Entry[]>();
  const before = new Map<string, Entry>();
  const after = new Map<string, Entry>();
  for (const v of [1, 2]) {
    const rows = world.views.rows(String(v));
    const wanted = rowsOf(world, v, limit);
    if (rows.length !== wanted.length || rows.some((row, i) => row.value !== wanted[i]?.value)) return null;
    const earlier = shown.get(v) ?? [];
    const steps = diff.byValue.get(String(v)) ?? [];
    const replayed = applySteps(earlier, steps);
    if (replayed.length !== rows.length || replayed.some((row, i) => row !== rows[i])) return null;
    if (world.views.countOf(String(v)) !== rows.length) return null;
    for (const row of earlier) before.set(row.key, row);
    for (const row of rows) after.set(row.key, row);
    now.set(v, rows);
  }
  // Over all values a row is shown once: of each key there is one change at most, from what it was to what it is.
  const changed = new Set([...before.keys(), ...after.keys()].filter((key) => before.get(key) !== after.get(key)));
  const told = diff.rows.map(({ before: was, after: is }) => {
    const { key } = was ?? (is as Entry);
    return changed.delete(key) && before.get(key) === was && after.get(key) === is;
  });
  if (changed.size > 0 || told.includes(false)) return null;
  return world.views.size === [...world.open.values()].filter((count) => count > 0).length ? now : null;
}

function* histories(length: number): Generator<readonly number[]> {
  if (length === 0) return void (yield []);
  for (const rest of histories(length - 1)) for (const at of EVENTS.keys()) yield [at, ...rest];
}

describe('QU-24: every short history of two records and two values', () => {
  test.each([null, 1])('shows what a look at all records shows; limit: %s', (limit) => {
    const wrong: (readonly number[])[] = [];
    for (const history of histories(4)) {
      const world = worldOf(limit);
      for (const at of history) (EVENTS[at] as Event)(world);
      world.views.flush();
      if (!agrees(world, limit)) wrong.push(history);
    }
    expect(wrong.slice(0, 3)).toEqual([]);
  });

  test.each([null, 1])('and says by exact steps what became of it, batch after batch; limit: %s', (limit) => {
    const wrong: (readonly number[])[] = [];
    for (const first of histories(2)) {
      for (const second of [...histories(2)].filter((_, i) => i % 3 === first[0]! % 3)) {
        const world = worldOf(limit);
        for (const at of first) (EVENTS[at] as Event)(world);
        const shown = look(world, limit, new Map());
        for (const at of second) (EVENTS[at] as Event)(world);
        if (shown === null || look(world, limit, shown) === null) wrong.push([...first, ...second]);
      }
    }
    expect(wrong.slice(0, 3)).toEqual([]);
  });
});

describe('QU-24: a record that comes back within a batch', () => {
  test.each<[string, readonly (number | undefined)[]]>([
    ['changed and changed back', [1, 0]],
    ['went and came back', [undefined, 0]],
    ['went to another value and back', [2, 0]],
    ['went to another value, away and back', [2, undefined, 0]],
  ])('is the row it was, and there is nothing to say: it %s', (_what, path) => {
    const values = [{ v: 1 }, { v: 1, n: 1 }, { v: 2 }];
    const [first] = values;
    const views = new KeyedViews({ path: ['v'], query: { where: ALWAYS, sort: [], limit: null } }, () => [
      { key: 'a', value: first! },
      { key: 'b', value: { v: 1 } },
    ]);
    views.open([1, 2]);
    views.flush();
    const rows = views.rows('1');
    for (const at of path)
      views.apply([{ key: 'a', before: undefined, after: at === undefined ? undefined : values[at] }]);
    expect(views.flush()).toEqual({ byValue: new Map(), rows: [] });
    expect(views.rows('1')).toBe(rows);
    expect([views.held, views.valueOf('a'), views.has('a')]).toEqual([2, '1', true]);
  });
});

const agrees = (world: World, limit: number | null): boolean =>
  [1, 2].every((v) => {
    const rows = world.views.rows(String(v));
    const wanted = rowsOf(world, v, limit);
    return rows.length === wanted.length && rows.every((row, i) => row.value === wanted[i]?.value);
  });

describe('QU-24: the rows of one value', () => {
  const ranking = compileRanking({ sort: [[['n'], 'asc']] });
  const row = (key: string, n: number): Entry => ({ key, value: { n } });
  const [a, b, c] = [row('a', 1), row('b', 2), row('c', 3)];
  const filled = (limit: number | null, ...rows: readonly Entry[]): KeyedSlot => {
    const slot = new KeyedSlot('1', 1, ranking, limit);
    slot.waiting?.push(...rows);
    takeAll(slot.fill());
    return slot;
  };

  test('are in order once they are filled in, and as many as the limit lets through', () => {
    const slot = filled(2, c, a, b);
    expect([slot.size, slot.shown, slot.rows(), slot.all()]).toEqual([3, 2, [a, b], [a, b, c]]);
    expect([slot.placeOf(a), slot.placeOf(b), slot.placeOf(c)]).toEqual([0, 1, -1]);
    expect(slot.waiting).toBeNull();
    const whole = filled(null, c, a, b);
    expect([whole.size, whole.shown, whole.rows()]).toEqual([3, 3, [a, b, c]]);
    expect(filled(2, a).shown).toBe(1);
    expect(filled(2).rows()).toEqual([]);
  });

  test('are the same array until one of them changes, and again after a batch that came to nothing', () => {
    const slot = filled(2, a, b, c);
    const rows = slot.rows();
    expect(slot.rows()).toBe(rows);
    slot.push({ before: a, after: undefined });
    slot.push({ before: undefined, after: a });
    expect(slot.rows()).not.toBe(rows);
    expect(slot.rows()).toEqual(rows);
    slot.settle();
    slot.conclude(false);
    expect(slot.rows()).toBe(rows);
    slot.push({ before: b, after: undefined });
    slot.settle();
    slot.conclude(true);
    expect(slot.rows()).toEqual([a, c]);
  });

  test('are noted as they were before the batch, each once, and those beyond the limit not', () => {
    const slot = filled(2, a, b, c);
    slot.rows();
    expect([...slot.settle()]).toEqual([]);
    const later = row('a', 9);
    slot.push({ before: a, after: later });
    slot.push({ before: later, after: undefined });
    expect([...slot.settle()]).toEqual([
      ['a', a],
      ['c', undefined],
    ]);
    expect([...slot.settle()]).toEqual([]);
    slot.push({ before: undefined, after: row('d', 8) });
    expect([...slot.settle()]).toEqual([]);
  });

  test('are all new when they enter, and all gone when they are cleared', () => {
    const slot = filled(2, a, b, c);
    slot.enter();
    expect([...slot.settle()]).toEqual([
      ['a', undefined],
      ['b', undefined],
    ]);
    slot.clear();
    expect([...slot.settle()]).toEqual([
      ['a', a],
      ['b', b],
    ]);
    expect([slot.size, slot.shown, slot.rows(), slot.all()]).toEqual([0, 0, [], []]);
  });
});

describe('QU-24: parents and what is related to them', () => {
  const PARENTS = ['p', 'q'] as const;
  const VALUES = [null, 1, 2] as const;
  const value = (v: number | null) => (v === null ? {} : { v });

  test('every two changes of two parents, in one batch or two, open and close what they have', () => {
    for (const p of VALUES) {
      for (const q of VALUES) {
        const steps = PARENTS.flatMap((key) => [...VALUES, undefined].map((to) => ({ key, to })));
        for (const one of steps) {
          for (const other of steps) {
            for (const inOne of [true, false]) {
              const records: readonly Entry[] = [1, 1, 2].map((v, i) => ({ key: `r${i}`, value: { v } }));
              const related = new RelatedRows(
                { on: [['v'], ['v']], query: { where: ALWAYS, sort: [], limit: null } },
                () => records,
              );
              const parents = new Map<string, Entry>([
                ['p', { key: 'p', value: value(p) }],
                ['q', { key: 'q', value: value(q) }],
              ]);
              const texts = takeAll(related.add([...parents.values()]));
              expect([...texts].toSorted()).toEqual([...textsOf(parents).keys()].toSorted());
              const changes = [one, other].flatMap(({ key, to }) => {
                const before = parents.get(key);
                const after = to === undefined ? undefined : { key, value: value(to) };
                if (after === undefined) parents.delete(key);
                else parents.set(key, after);
                return before === undefined && after === undefined ? [] : [{ before, after }];
              });
              if (inOne) related.parentsChanged(changes);
              else for (const change of changes) related.parentsChanged([change]);
              related.flush();
              const wanted = textsOf(parents);
              for (const text of ['1', '2']) {
                expect(new Set(related.parentsOf(text))).toEqual(wanted.get(text) ?? new Set());
                const rows = wanted.has(text)
                  ? records.filter((row) => (row.value as { v: number }).v === Number(text))
                  : [];
                expect(related.views.rows(text)).toEqual(rows);
              }
              for (const key of PARENTS) {
                const held = parents.get(key)?.value as { readonly v?: number } | undefined;
                expect(related.textOf(key)).toBe(held?.v === undefined ? null : String(held.v));
              }
              expect(related.views.size).toBe(wanted.size);
            }
          }
        }
      }
    }
  });

  /** The parents of each value. */
  function textsOf(parents: ReadonlyMap<string, Entry>): Map<string, Set<string>> {
    const texts = new Map<string, Set<string>>();
    for (const [key, { value: record }] of parents) {
      const { v } = record as { readonly v?: number };
      if (v === undefined) continue;
      texts.set(String(v), (texts.get(String(v)) ?? new Set()).add(key));
    }
    return texts;
  }
});
