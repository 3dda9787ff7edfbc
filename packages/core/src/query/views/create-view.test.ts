import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileRanking, type Ranked } from '../compile-comparator.js';
import { compilePredicate } from '../predicate/compile-predicate.js';
import type { Change, Entry } from '../entry.js';
import { evaluate } from '../evaluate/evaluate.js';
import { createFilter } from '../operators/filter.js';
import { createLimit } from '../operators/limit.js';
import { createOrder } from '../operators/order.js';
import { parseQuery } from '../parse-query.js';
import { entries, findCounterexample, queryInput } from '../query.arbitrary.js';
import { describeQueryError } from '../language/query-error.js';
import type { QueryInput } from '../query-input.js';
import type { Query } from '../query.js';
import type { Value } from '../../primitives/index.js';
import { batches, definitionOf, findFault } from './view-oracle.arbitrary.js';
import { assembleView, createView, type Pipeline, type View } from './create-view.js';

function queryOf(input: QueryInput): Query {
  const query = parseQuery(input);
  if (!query.ok) throw new Error(describeQueryError(query.error));
  return query.value;
}

const query = queryInput.map(queryOf);

/** What `createView` is made of, for putting a defect in. */
function pipelineOf(input: Query): Pipeline {
  const order = createOrder(compileRanking(input));
  return {
    filter: createFilter(compilePredicate(input.where)),
    order,
    limit: input.limit === null ? null : createLimit(input.limit, order),
    count: input.limit ?? Infinity,
  };
}

/** The shortest script found on which a view fails, as a report with its seed; `null` when it always holds. */
function searchFault(create: (query: Query) => View, numRuns: number, seed?: number): string | null {
  const property = fc.property(query, entries, batches, (input, start, script) => {
    const fault = findFault(create(input), definitionOf(input), start, script);
    if (fault !== null) throw new Error(fault);
  });
  return findCounterexample(property, numRuns, seed);
}

describe('QU-6: a view', () => {
  test('CL-3: equals the evaluation from scratch after every batch, with identity kept and exact diffs', () => {
    expect(searchFault(createView, 500)).toBeNull();
  });

  test('CL-3: also when it was loaded before', () => {
    fc.assert(
      fc.property(query, entries, entries, batches, (input, first, second, script) => {
        const view = createView(input);
        view.load(first);
        expect(findFault(view, definitionOf(input), second, script)).toBeNull();
      }),
      { numRuns: 200 },
    );
  });

  test('CL-3: also of thousands of rows', () => {
    const names = ['open', 'done', 'late', null];
    const recordOf = (n: number): Value => ({ n: (n * 7919) % 1013, state: names[n % 4] ?? null });
    for (const limit of [null, 50]) {
      const input = queryOf({ where: { state: { $ne: 'done' } }, sort: { n: 'desc', state: 'asc' }, limit });
      const start = Array.from({ length: 1500 }, (_, n) => ({ key: `k${n}`, value: recordOf(n) }));
      const script = Array.from({ length: 12 }, (_, step) =>
        Array.from({ length: step % 5 === 0 ? 300 : 1 }, (__, i) => {
          const n = (step * 6007 + i * 131) % 1700;
          return { key: `k${n}`, after: n % 3 === 0 ? undefined : recordOf(n + step) };
        }),
      );
      expect(findFault(createView(input), definitionOf(input), start, script)).toBeNull();
    }
  });
});

describe('the oracle convicts', () => {
  const defects: readonly (readonly [string, RegExp, (query: Query) => View])[] = [
    [
      'a limit that is off by one',
      /rows instead of/,
      (input) => createView({ ...input, limit: (input.limit ?? 1e6) - 1 }),
    ],
    ['a sort order that is ignored', /another row at/, (input) => createView({ ...input, sort: [] })],
    [
      'a comparator that breaks no ties',
      /equal item|another row at|rows instead of/,
      (input) => {
        const { rank, compare, sort } = compileRanking(input);
        const keyless = (ranked: Ranked): Ranked => ({ ...ranked, entry: { ...ranked.entry, key: '' } });
        const order = createOrder({ rank, sort, compare: (a, b) => compare(keyless(a), keyless(b)) });
        return assembleView({ ...pipelineOf({ ...input, limit: null }), order });
      },
    ],
    [
      'a predicate that is ignored for updates',
      /rows instead of/,
      (input) => {
        let isLoading = true;
        const matches = compilePredicate(input.where);
        const filter = createFilter((key, value) => !isLoading || matches(key, value));
        const wrapped: typeof filter = {
          get size() {
            return filter.size;
          },
          get: (key) => filter.get(key),
          load: (rows) => filter.load(rows),
          beginLoad() {
            const { offer, end } = filter.beginLoad();
            return {
              offer,
              end() {
                isLoading = false;
                return end();
              },
            };
          },
          prepare: () => filter.prepare(),
          push: (change, emit) => filter.push(change, emit),
        };
        return assembleView({ ...pipelineOf(input), filter: wrapped });
      },
    ],
    [
      'a window that is not refilled',
      /rows instead of|replay to other rows/,
      (input) => {
        const pipeline = pipelineOf(input);
        const { limit } = pipeline;
        if (limit === null) return assembleView(pipeline);
        return assembleView({
          ...pipeline,
          limit: {
            load: (rows) => limit.load(rows),
            push: (change, emit) =>
              limit.push(change, (row) => (row.before === undefined && change.to === -1 ? undefined : emit(row))),
          },
        });
      },
    ],
    [
      'entries made anew',
      /another entry|does not name the row/,
      (input) =>
        withRows(
          createView(input),
          once((rows) => rows.map((row) => ({ ...row }))),
        ),
    ],
    ['rows made anew', /rows made anew/, (input) => withRows(createView(input), (rows) => [...rows])],
    [
      'rows in reverse',
      /another row at/,
      (input) =>
        withRows(
          createView(input),
          once((rows) => rows.toReversed()),
        ),
    ],
    [
      'a lost step',
      /but not changed|replay to other rows/,
      (input) => {
        const view = createView(input);
        return override(view, {
          apply(changes) {
            const { steps } = view.apply(changes);
            return { changed: steps.length > 1, steps: steps.slice(1) };
          },
        });
      },
    ],
    [
      'steps out of order',
      /do not ascend|after another entered/,
      (input) => {
        const view = createView(input);
        return override(view, {
          apply(changes) {
            const { changed, steps } = view.apply(changes);
            return { changed, steps: steps.toReversed() };
          },
        });
      },
    ],
    [
      'rows beyond the limit taken for none',
      /wrong holds/,
      (input) => {
        const view = createView(input);
        return override(view, { holds: (key) => view.has(key) });
      },
    ],
    [
      'a batch of which only the first change is taken',
      /rows instead of|another row at/,
      (input) => {
        const view = createView(input);
        return override(view, { apply: (changes) => view.apply(changes.slice(0, 1)) });
      },
    ],
  ];

  function override(view: View, members: Partial<View>): View {
    return {
      get size() {
        return view.size;
      },
      get totalMatching() {
        return view.totalMatching;
      },
      get held() {
        return view.held;
      },
      has: (key) => view.has(key),
      holds: (key) => view.holds(key),
      indexOf: (key) => view.indexOf(key),
      rows: () => view.rows(),
      load: (rows) => view.load(rows),
      beginLoad: () => view.beginLoad(),
      prepare: () => view.prepare(),
      apply: (changes) => view.apply(changes),
      ...members,
    };
  }

  function withRows(view: View, change: (rows: readonly Entry[]) => readonly Entry[]): View {
    return override(view, { rows: () => change(view.rows()) });
  }

  /** Makes one array of each array, so that the defect is what it is named for and no more. */
  function once(change: (rows: readonly Entry[]) => readonly Entry[]): (rows: readonly Entry[]) => readonly Entry[] {
    const made = new WeakMap<readonly Entry[], readonly Entry[]>();
    return (rows) => {
      const changed = made.get(rows) ?? change(rows);
      made.set(rows, changed);
      return changed;
    };
  }

  test.each(defects)('%s', (_what, fault, create) => {
    expect(searchFault(create, 300, 1)).toMatch(fault);
  });

  test('and not the same wrapping without a defect', () => {
    expect(searchFault((input) => override(createView(input), {}), 100)).toBeNull();
  });
});

describe('QU-7: a diff', () => {
  const change = (key: string, after: Value | undefined): Change => ({ key, before: undefined, after });
  const viewOf = (input: QueryInput, ...keys: readonly string[]): View => {
    const view = createView(queryOf(input));
    view.load(keys.map((key, n) => ({ key, value: { n } })));
    return view;
  };

  test('has a leave and the refill’s enter when a limited window loses a row', () => {
    const view = viewOf({ sort: { n: 'asc' }, limit: 2 }, 'a', 'b', 'c');
    const third = view.apply([]);
    expect(third).toEqual({ changed: false, steps: [] });
    expect(view.apply([change('a', undefined)])).toEqual({
      changed: true,
      steps: [
        { type: 'leave', key: 'a' },
        { type: 'enter', key: 'c', entry: { key: 'c', value: { n: 2 } }, index: 1 },
      ],
    });
    expect(view.totalMatching).toBe(2);
  });

  test('has one update for a row that moves inside the window', () => {
    const view = viewOf({ sort: { n: 'asc' }, limit: 3 }, 'a', 'b', 'c');
    expect(view.apply([change('a', { n: 9 })]).steps).toEqual([
      { type: 'update', key: 'a', entry: { key: 'a', value: { n: 9 } }, index: 2 },
    ]);
  });

  test('is a leave and an enter when a row moves out of the window', () => {
    const view = viewOf({ sort: { n: 'asc' }, limit: 2 }, 'a', 'b', 'c');
    expect(view.apply([change('a', { n: 9 })]).steps.map((step) => [step.type, step.key])).toEqual([
      ['leave', 'a'],
      ['enter', 'c'],
    ]);
  });

  test('is nothing for rows outside the window, but they count', () => {
    const view = viewOf({ sort: { n: 'asc' }, limit: 2 }, 'a', 'b', 'c');
    const rows = view.rows();
    expect(view.apply([change('d', { n: 4 }), change('c', { n: 5 })])).toEqual({ changed: false, steps: [] });
    expect(view.rows()).toBe(rows);
    expect(view.totalMatching).toBe(4);
    expect(view.has('d')).toBe(false);
  });

  test('shows a batch’s net effect: what came and went, or went and came back, has no step', () => {
    const view = viewOf({ sort: { n: 'asc' }, limit: 2 }, 'a', 'b', 'c');
    const rows = view.rows();
    const b = rows[1];
    expect(view.apply([change('x', { n: 7 }), change('x', undefined)]).changed).toBe(false);
    expect(view.apply([change('a', undefined), change('a', rows[0]?.value)]).changed).toBe(false);
    // `b` is pushed out by `y` and pulled back in by the end of `a`.
    const { steps } = view.apply([change('y', { n: -1 }), change('a', undefined)]);
    expect(steps.map((step) => [step.type, step.key])).toEqual([
      ['leave', 'a'],
      ['enter', 'y'],
    ]);
    expect(view.rows()[1]).toBe(b);
  });

  test('does not depend on what a change says about before', () => {
    const view = viewOf({ sort: { n: 'asc' } }, 'a');
    expect(view.apply([{ key: 'a', before: undefined, after: { n: 3 } }]).steps[0]?.type).toBe('update');
    expect(view.apply([{ key: 'new', before: { n: 1 }, after: { n: 4 } }]).steps[0]?.type).toBe('enter');
    expect(view.apply([{ key: 'nobody', before: { n: 1 }, after: undefined }]).changed).toBe(false);
  });

  test('has plain keys, whatever they are named', () => {
    const view = createView(queryOf({}));
    view.apply([change('__proto__', 1), change('constructor', 2)]);
    expect(view.rows().map((row) => row.key)).toEqual(['__proto__', 'constructor']);
    expect(view.has('toString')).toBe(false);
  });
});

describe('QU-8: the cost of one change', () => {
  test('CL-3: grows with the logarithm of the rows, counted in comparisons', () => {
    const comparisonsAt = (size: number): number => {
      let comparisons = 0;
      const { rank, compare, sort } = compileRanking({ sort: [[['n'], 'asc']] });
      const order = createOrder({
        rank,
        sort,
        compare(a, b) {
          comparisons++;
          return compare(a, b);
        },
      });
      const view = assembleView({
        filter: createFilter(() => true),
        order,
        limit: createLimit(50, order),
        count: 50,
      });
      view.load(Array.from({ length: size }, (_, n) => ({ key: `k${n}`, value: { n } })));
      let most = 0;
      for (let i = 0; i < 200; i++) {
        comparisons = 0;
        view.apply([{ key: `k${(i * 389) % size}`, before: undefined, after: { n: i % 2 === 0 ? i : size - i } }]);
        most = Math.max(most, comparisons);
      }
      return most;
    };
    const [small, large] = [comparisonsAt(1_000), comparisonsAt(64_000)];
    // A removal, an insert and at most the ranks of two touched rows: four descents of about log2(n) comparisons.
    expect(small).toBeLessThanOrEqual(4 * (Math.log2(1_000) + 6));
    expect(large).toBeLessThanOrEqual(4 * (Math.log2(64_000) + 6));
    expect(large).toBeLessThan(3 * small);
  });

  test('rows beyond the limit are not looked at: a row test runs once a change', () => {
    let tests = 0;
    const pipeline = pipelineOf(queryOf({ sort: { n: 'asc' }, limit: 5 }));
    const view = assembleView({
      ...pipeline,
      filter: createFilter(() => {
        tests++;
        return true;
      }),
    });
    view.load(Array.from({ length: 1000 }, (_, n) => ({ key: `k${n}`, value: { n } })));
    tests = 0;
    view.apply([{ key: 'k3', before: undefined, after: undefined }]);
    view.apply([{ key: 'k4', before: undefined, after: { n: 2000 } }]);
    expect(tests).toBe(1);
    expect(view.rows().map((row) => row.key)).toEqual(['k0', 'k1', 'k2', 'k5', 'k6']);
  });
});

test('a view and the evaluation agree on the first rows they are given', () => {
  fc.assert(
    fc.property(query, entries, (input, start) => {
      const view = createView(input);
      view.load(start);
      expect(view.rows()).toEqual(evaluate(input, start));
      view.rows().forEach((row) => expect(start).toContain(row));
    }),
    { numRuns: 200 },
  );
});
