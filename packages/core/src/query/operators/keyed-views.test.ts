import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import type { Entry } from '../entry.js';
import { evaluate } from '../evaluate/evaluate.js';
import { findCounterexample } from '../query.arbitrary.js';
import { ALWAYS, type Path, type Predicate, type Query } from '../query.js';
import { applySteps } from '../view-diff.js';
import { findDiffFault } from '../views/view-oracle.arbitrary.js';
import { KeyedViews, type KeyedQuery, type LoadRelated } from './keyed-views.js';
import { valueText } from './value-text.js';

const VALUES: readonly Value[] = [1, 2, '1', { a: 1 }, true];

const key = fc.constantFrom('k0', 'k1', 'k2', 'k3', 'k4', 'k5');
/** Another object is another record, so what says the same is one object here. */
const ROWS: readonly Value[] = [...VALUES, null].flatMap((v) => [{ v }, { v, n: 0 }, { v, n: 1 }, { v, n: 2 }]);
const row = fc.constantFrom(...ROWS, { n: 1 });

/** What happens between two looks: records change, values open and close. */
const event = fc.oneof(
  { weight: 5, arbitrary: fc.record({ key, after: fc.option(row, { nil: undefined }) }) },
  { weight: 3, arbitrary: fc.array(fc.constantFrom(...VALUES), { maxLength: 3 }).map((open) => ({ open })) },
  { weight: 2, arbitrary: fc.nat(20).map((close) => ({ close })) },
  { weight: 1, arbitrary: fc.array(fc.record({ key, value: row }), { maxLength: 4 }).map((others) => ({ others })) },
);

const script = fc.array(fc.array(event, { maxLength: 6 }), { maxLength: 15 });

const query: fc.Arbitrary<KeyedQuery['query']> = fc.record({
  where: fc.constantFrom<Predicate[]>(ALWAYS, { type: 'gte', path: ['n'], value: 1 }),
  sort: fc.constantFrom<Query['sort'][]>([], [[['n'], 'desc']]),
  limit: fc.constantFrom(null, 1, 2),
});

type Make = (query: KeyedQuery, load: LoadRelated) => KeyedViews;

const make: Make = (asked, load) => new KeyedViews(asked, load);

/** Compares each open value's rows, and each diff, with the evaluation from scratch. */
function searchFault(create: Make, numRuns: number, seed?: number): string | null {
  const property = fc.property(query, script, (asked, batches) => {
    const records = new Map<string, Value>();
    const present = (): Entry[] => [...records].map(([name, value]) => ({ key: name, value }));
    const views = create({ path: ['v'], query: asked }, present);
    const open: Value[] = [];
    let shown = new Map<string, readonly Entry[]>();
    for (const batch of batches) {
      for (const one of batch) {
        if ('open' in one) {
          views.open(one.open);
          open.push(...one.open);
        } else if ('close' in one) {
          const [value] = open.splice(one.close, 1);
          if (value !== undefined) views.close([valueText(value) as string]);
        } else if ('others' in one) {
          records.clear();
          for (const other of one.others) records.set(other.key, other.value);
          views.reload();
        } else {
          const before = records.get(one.key);
          if (one.after === undefined) records.delete(one.key);
          else records.set(one.key, one.after);
          views.apply([{ key: one.key, before, after: one.after }]);
        }
      }
      const diff = views.flush();
      const texts = new Set(open.map((value) => valueText(value) as string));
      if (views.size !== texts.size) throw new Error(`${views.size} values open instead of ${texts.size}`);
      const now = new Map<string, readonly Entry[]>();
      for (const value of VALUES) {
        const text = valueText(value) as string;
        const wanted: Predicate = { type: 'and', of: [asked.where, equals(value)] };
        const expected = texts.has(text) ? evaluate({ ...asked, where: wanted }, present()) : [];
        const rows = views.rows(text);
        if (rows.length !== expected.length) throw new Error(`${rows.length} rows instead of ${expected.length}`);
        if (rows.some((entry, i) => entry.value !== expected[i]?.value)) throw new Error('other rows');
        const earlier = shown.get(text) ?? [];
        const steps = diff.byValue.get(text) ?? [];
        const fault = findDiffFault(
          { changed: steps.length > 0, steps },
          earlier,
          rows.length === 0 && earlier.length === 0 ? earlier : rows,
          null,
        );
        if (fault !== null && fault !== 'rows made anew though nothing changed') throw new Error(fault);
        if (applySteps(earlier, steps).some((entry, i) => entry !== rows[i]))
          throw new Error('the steps replay to other rows');
        if (steps.length === 0 && earlier.length > 0 && rows !== earlier) throw new Error('an array made anew');
        now.set(text, rows);
      }
      shown = now;
    }
  });
  return findCounterexample(property, numRuns, seed);
}

const equals = (value: Value): Predicate => ({
  type: 'eq',
  path: ['v'],
  value: typeof value === 'object' && value !== null ? { json: valueText(value) as string } : (value as string),
});

describe('QU-24: keyed views', () => {
  test('CL-3: have for each open value what the evaluation of it has, with exact steps', () => {
    expect(searchFault(make, 600)).toBeNull();
  });

  test.each<readonly [string, RegExp, Make]>([
    [
      'a limit that is off by one',
      /rows instead of/,
      (asked, load) => make({ ...asked, query: { ...asked.query, limit: (asked.query.limit ?? 9) + 1 } }, load),
    ],
    [
      'an order that is ignored',
      /other rows/,
      (asked, load) => make({ ...asked, query: { ...asked.query, sort: [] } }, load),
    ],
    [
      'conditions that are ignored',
      /rows instead of|other rows/,
      (asked, load) => make({ ...asked, query: { ...asked.query, where: ALWAYS } }, load),
    ],
    ['another path', /rows instead of/, (asked, load) => make({ ...asked, path: ['n'] }, load)],
    [
      'values that never close',
      /values open instead/,
      (asked, load) => Object.assign(make(asked, load), { close: () => undefined }),
    ],
    [
      'lost steps',
      /but not changed|replay to other/,
      (asked, load) => {
        const views = make(asked, load);
        const { flush } = views;
        return Object.assign(views, { flush: () => ({ ...flush.call(views), byValue: new Map() }) });
      },
    ],
  ])('with %s are found out', (_what, fault, create) => {
    expect(searchFault(create, 400, 1)).toMatch(fault);
  });

  const byV = (load: LoadRelated): KeyedViews =>
    make({ path: ['v'], query: { where: ALWAYS, sort: [], limit: 1 } }, load);

  test('count who opened a value', () => {
    let loads = 0;
    const views = byV(() => (loads++, [{ key: 'a', value: { v: 1 } }]));
    views.open([1]);
    views.open([1]);
    views.close(['1']);
    views.flush();
    expect([views.size, views.held, loads, views.has('a')]).toEqual([1, 1, 1, true]);
    views.close(['1']);
    expect(views.flush().rows.map(({ after }) => after)).toEqual([undefined]);
    expect([views.size, views.held, views.has('a'), views.valueOf('a')]).toEqual([0, 0, false, undefined]);
    expect(() => views.close(['1'])).toThrow('not open');
  });

  test('hold what is beyond the limit, show it when there is room, and name its value all the while', () => {
    const views = byV(() => [{ key: 'a', value: { v: 1 } }, { key: 'b', value: { v: 1 } }]); // prettier-ignore
    views.open([1]);
    views.flush();
    expect([views.has('a'), views.has('b'), views.held, views.valueOf('b')]).toEqual([true, false, 2, '1']);
    const rows = views.rows('1');
    views.apply([{ key: 'b', before: undefined, after: { v: 1, more: true } }]);
    expect([views.flush().rows, views.rows('1') === rows]).toEqual([[], true]);
    views.apply([{ key: 'a', before: undefined, after: undefined }]);
    expect(views.flush().rows.map(({ before, after }) => [before?.key, after?.key])).toEqual([['a', undefined], [undefined, 'b']]); // prettier-ignore
  });

  test('take what they are loaded with only as far as it was asked for', () => {
    const asked: [Path, readonly Value[]][] = [];
    const views = byV((path, values) => {
      asked.push([path, values]);
      return [
        { key: 'a', value: { v: 1 } },
        { key: 'b', value: { v: 2 } },
        { key: 'c', value: 7 },
      ];
    });
    views.open([1, 'x', null]);
    expect(asked).toEqual([[['v'], [1, 'x']]]);
    expect(views.held).toBe(1);
    expect([...views.shown()].map((entry) => entry.key)).toEqual(['a']);
  });

  test('learn nothing of a map while no value is open', () => {
    const views = byV(() => []);
    views.apply([{ key: 'a', before: undefined, after: { v: 1 } }]);
    views.reload();
    expect([views.held, views.flush().rows]).toEqual([0, []]);
  });
});
