import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import type { Change, Entry } from '../entry.js';
import { evaluate } from '../evaluate/evaluate.js';
import { findCounterexample } from '../query.arbitrary.js';
import type { RowChange } from './operator.js';
import { ALWAYS, type Path, type Query, type Relation } from '../query.js';
import { createView } from '../views/create-view.js';
import {
  emptyWorld,
  including,
  recordsOf,
  script,
  writeWorld,
  type Script,
  type World,
} from '../views/include-oracle.arbitrary.js';
import type { KeyedDiff, LoadRelated } from './keyed-views.js';
import { RelatedRows } from './related-rows.js';

/** A root query over map `a`, and what relates to its rows, link by link. */
interface Chain {
  readonly root: Query;
  readonly links: readonly Pick<Relation, 'map' | 'on' | 'query'>[];
}

const path = fc.constantFrom<Path[]>(['ref'], ['n'], ['_key']);

const plain = including(0).map(({ where, sort, limit }): Query => ({ where, sort, limit }));

const chain: fc.Arbitrary<Chain> = fc.record({
  root: plain,
  links: fc.array(fc.record({ map: fc.constantFrom('a', 'b', 'c'), on: fc.tuple(path, path), query: plain }), {
    minLength: 1,
    maxLength: 3,
  }),
});

/** The flattened query of the last link, for the interpreter. */
const flatten = ({ root, links }: Chain): Query =>
  links.reduce<Query>((query, link, i) => {
    return { ...link.query, within: { map: links[i - 1]?.map ?? 'a', query, on: link.on } };
  }, root);

type Make = (link: Chain['links'][number], load: LoadRelated) => RelatedRows;

const make: Make = (link, load) => new RelatedRows(link, load);

/** Runs a chain over changing maps, as a server does with subscriptions whose rows are related to another one's. */
function findFault(create: Make, { root, links }: Chain, { start, batches }: Script): string | null {
  const world = emptyWorld();
  writeWorld(start, world);
  const parents = createView(root);
  const held = new Map<string, Entry>();
  const related = links.map((link) => ({
    map: link.map,
    rows: create(link, () => recordsOf(world, link.map)),
    shown: new Map<string, Entry>(),
  }));
  const run = (changes: readonly RowChange[], batch: ReadonlyMap<string, readonly Change[]>): string | null => {
    let incoming = changes;
    for (const [i, { map, rows, shown }] of related.entries()) {
      rows.apply(batch.get(map) ?? []);
      rows.parentsChanged(incoming);
      const diff = rows.flush();
      const fault = replay(shown, diff, rows);
      if (fault !== null) return fault;
      const query = flatten({ root, links: links.slice(0, i + 1) });
      const maps = new Map([...world.keys()].map((name) => [name, recordsOf(world, name)]));
      const expected = evaluate(query, recordsOf(world, map), { maps });
      if (expected.length !== shown.size) return `link ${i}: ${shown.size} rows instead of ${expected.length}`;
      if (expected.some(({ key, value }) => shown.get(key)?.value !== value)) return `link ${i}: other rows`;
      incoming = diff.rows;
    }
    return null;
  };
  parents.load(recordsOf(world, 'a'));
  for (const row of parents.rows()) held.set(row.key, row);
  const fault = run(
    parents.rows().map((after) => ({ before: undefined, after })),
    new Map(),
  );
  if (fault !== null) return `load: ${fault}`;
  for (const [step, writes] of batches.entries()) {
    const batch = writeWorld(writes, world);
    const { steps } = parents.apply(batch.get('a') ?? []);
    const changes = steps.map((one): RowChange => {
      const before = held.get(one.key);
      if (one.type === 'leave') held.delete(one.key);
      else held.set(one.key, one.entry);
      return { before, after: one.type === 'leave' ? undefined : one.entry };
    });
    const broken = run(changes, batch);
    if (broken !== null) return `batch ${step}: ${broken}`;
  }
  return null;
}

/** Applies a diff to the rows shown so far. */
function replay(shown: Map<string, Entry>, { rows, byValue }: KeyedDiff, related: RelatedRows): string | null {
  for (const { before, after } of rows) {
    const { key } = before ?? (after as Entry);
    if (shown.get(key) !== before) return 'before is not what was shown';
    if (before === after) return 'nothing changed';
    if (after === undefined) shown.delete(key);
    else shown.set(key, after);
    if ((after === undefined) === related.views.has(key)) return 'has() says something else';
  }
  const now = [...related.views.shown()];
  if (now.length !== shown.size || now.some((row) => shown.get(row.key) !== row)) return 'the diff leads to other rows';
  for (const [text, steps] of byValue) {
    for (const step of steps) {
      const row = related.views.rows(text).find(({ key }) => key === step.key);
      if (step.type === 'leave' ? row !== undefined : row !== step.entry) return 'a step says something else';
    }
  }
  return null;
}

function searchFault(create: Make, numRuns: number, seed?: number): string | null {
  const property = fc.property(chain, script, (links, steps) => {
    const fault = findFault(create, links, steps);
    if (fault !== null) throw new Error(fault);
  });
  return findCounterexample(property, numRuns, seed);
}

describe('QU-24: related rows', () => {
  test('CL-3: are what the definition says after every batch over all maps, link by link', () => {
    expect(searchFault(make, 1000)).toBeNull();
  });

  const spoiled =
    (spoil: (rows: RelatedRows) => Partial<RelatedRows>): Make =>
    (link, load) => {
      const rows = make(link, load);
      return Object.assign(rows, spoil(rows));
    };

  test.each<readonly [string, RegExp, Make]>([
    [
      'a limit over all values together',
      /rows instead of|other rows/,
      (link, load) => make({ ...link, on: [link.on[0], ['n']] }, load),
    ],
    [
      'a limit that is off by one',
      /rows instead of/,
      (link, load) => make({ ...link, query: { ...link.query, limit: (link.query.limit ?? 9) - 1 } }, load),
    ],
    [
      'changes of the map that are not passed on',
      /rows instead of|other rows/,
      spoiled(() => ({ apply: () => undefined })),
    ],
    [
      'parents that only come',
      /rows instead of/,
      spoiled((rows) => {
        const { parentsChanged } = rows;
        return {
          parentsChanged: (changes) =>
            parentsChanged.call(
              rows,
              [...changes].filter(({ after }) => after !== undefined),
            ),
        };
      }),
    ],
    ['values that are loaded with nothing', /rows instead of/, (link) => make(link, () => [])],
    [
      'a diff without what left',
      /leads to other rows/,
      spoiled((rows) => {
        const { flush } = rows;
        return {
          flush: () => {
            const diff = flush.call(rows);
            return { ...diff, rows: diff.rows.filter(({ after }) => after !== undefined) };
          },
        };
      }),
    ],
  ])('%s are found out', (_what, fault, create) => {
    expect(searchFault(create, 500, 1)).toMatch(fault);
  });

  const row = (key: string, value: Value): Entry => ({ key, value });
  const entering = (...rows: readonly Entry[]): RowChange[] => rows.map((after) => ({ before: undefined, after }));
  const leaving = (...rows: readonly Entry[]): RowChange[] => rows.map((before) => ({ before, after: undefined }));
  const LINK = { on: [['list'], ['list']] as const, query: { where: ALWAYS, sort: [], limit: null } };

  test('open each value once, load those opened together, and close them with their last parent', () => {
    const loads: (readonly Value[])[] = [];
    const rows = new RelatedRows(LINK, (_path, values) => {
      loads.push(values);
      return [row('x', { list: 1 }), row('y', { list: 2 }), row('z', { list: 3 })];
    });
    const [a, b, c] = [row('a', { list: 1 }), row('b', { list: 1 }), row('c', { list: 2 })];
    rows.parentsChanged(entering(a, b, c));
    expect(loads).toEqual([[1, 2]]);
    expect(rows.flush().rows.map(({ after }) => after?.key)).toEqual(['x', 'y']);
    expect([...rows.parentsOf('1')]).toEqual(['a', 'b']);
    rows.parentsChanged(leaving(a));
    expect(rows.flush().rows).toEqual([]);
    rows.parentsChanged(leaving(b));
    expect(rows.flush().rows.map(({ before, after }) => [before?.key, after])).toEqual([['x', undefined]]);
    expect([rows.views.size, rows.views.held, rows.textOf('b')]).toEqual([1, 1, null]);
    rows.parentsChanged(leaving(c));
    rows.flush();
    expect([rows.views.size, rows.views.held]).toEqual([0, 0]);
    expect(loads).toHaveLength(1);
  });

  test('are not loaded again when a value passes from parent to parent within a batch', () => {
    let loads = 0;
    const rows = new RelatedRows(LINK, () => [row('x', { list: ++loads })]);
    const [a, b] = [row('a', { list: 1 }), row('b', { list: 1 })];
    rows.parentsChanged(entering(a));
    rows.flush();
    rows.parentsChanged([...leaving(a), ...entering(b)]);
    expect([rows.flush().rows, loads]).toEqual([[], 1]);
    rows.parentsChanged(leaving(b));
    rows.parentsChanged(entering(a));
    expect([rows.flush().rows, loads]).toEqual([[], 1]);
  });

  test('relate nothing to what is missing or null', () => {
    const rows = new RelatedRows(LINK, () => [row('x', { list: null }), row('y', {})]);
    rows.parentsChanged(entering(row('a', { list: null }), row('b', {}), row('c', 7)));
    rows.apply([{ key: 'x', before: undefined, after: { list: null } }]);
    expect([rows.flush().rows, rows.views.size]).toEqual([[], 0]);
  });

  test('that go from value to value have changed, not left', () => {
    const rows = new RelatedRows(LINK, () => [row('x', { list: 1 })]);
    rows.parentsChanged(entering(row('a', { list: 1 }), row('b', { list: 2 })));
    rows.flush();
    rows.apply([{ key: 'x', before: undefined, after: { list: 2 } }]);
    const { rows: changes, byValue } = rows.flush();
    expect(changes.map(({ before, after }) => [before?.value, after?.value])).toEqual([[{ list: 1 }, { list: 2 }]]);
    expect([...byValue].map(([text, steps]) => [text, steps.map(({ type }) => type)])).toEqual([
      ['1', ['leave']],
      ['2', ['enter']],
    ]);
    expect(rows.views.valueOf('x')).toBe('2');
  });

  test('take objects for equal by content', () => {
    const rows = new RelatedRows(LINK, () => [row('x', { list: { b: 1, a: 2 } })]);
    rows.parentsChanged(entering(row('p', { list: { a: 2, b: 1 } })));
    expect(rows.flush().rows).toHaveLength(1);
  });

  test('a change looks at the rows of its values alone, however many values are open', () => {
    const touchedAt = (values: number): number => {
      let looks = 0;
      const counted = (n: number): Value => new Proxy({ list: n % values, n }, { getOwnPropertyDescriptor: (of, name) => (looks++, Reflect.getOwnPropertyDescriptor(of, name)) }); // prettier-ignore
      const all = Array.from({ length: 20_000 }, (_, n) => row(`k${n}`, counted(n)));
      const rows = new RelatedRows({ ...LINK, query: { ...LINK.query, sort: [[['n'], 'asc']], limit: 5 } }, () => all);
      rows.parentsChanged(entering(...Array.from({ length: values }, (_, n) => row(`p${n}`, { list: n }))));
      rows.flush();
      looks = 0;
      for (let n = 0; n < 100; n++) rows.apply([{ key: `k${n}`, before: undefined, after: counted(n + 50) }]);
      rows.flush();
      return looks;
    };
    expect(touchedAt(2_000)).toBeLessThanOrEqual(touchedAt(20) * 1.5);
  });

  test('nothing is kept of a world whose records were all loaded and whose parents left', () => {
    fc.assert(
      fc.property(chain, script, ({ links }, { start, batches }) => {
        const world: World = emptyWorld();
        writeWorld(start, world);
        const [link] = links as [Chain['links'][number]];
        const rows = make(link, () => recordsOf(world, link.map));
        const present = new Map<string, Entry>();
        for (const batch of batches) {
          const changes = writeWorld(batch, world);
          rows.apply(changes.get(link.map) ?? []);
          rows.parentsChanged(
            (changes.get('a') ?? [])
              .map(({ key, after }) => {
                const before = present.get(key);
                const now = after === undefined ? undefined : row(key, after);
                if (now === undefined) present.delete(key);
                else present.set(key, now);
                return { before, after: now };
              })
              .filter(({ before, after }) => before !== undefined || after !== undefined),
          );
          rows.flush();
        }
        rows.parentsChanged(leaving(...present.values()));
        rows.flush();
        expect([rows.views.size, rows.views.held]).toEqual([0, 0]);
        for (const key of present.keys()) expect(rows.textOf(key)).toBeNull();
      }),
      { numRuns: 200 },
    );
  });
});
