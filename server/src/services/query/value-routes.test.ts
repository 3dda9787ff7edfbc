import type { Value } from '@topgun/core/primitives';
import { compilePredicate } from '@topgun/core/query';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fieldValue, recordKey, recordValue } from '../../testing/equality-queries.arbitrary.js';
import { literalOf } from './by-value.js';
import { ValueRoutes } from './value-routes.js';

const PATHS = [['x'], ['z', 'x'], ['_key']];
const view = fc.constantFrom('v0', 'v1', 'v2', 'v3');
const value = fc.oneof(fieldValue, recordKey);
const step = fc.oneof(
  { weight: 1, arbitrary: fc.record({ type: fc.constant('add' as const), view, path: fc.constantFrom(...PATHS) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('delete' as const), view }) },
  { weight: 8, arbitrary: fc.record({ type: fc.constant('open' as const), view, value }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('close' as const), view, value }) },
);

interface Followed {
  readonly path: readonly string[];
  readonly values: Value[];
}

const same = (a: Value, b: Value): boolean => JSON.stringify(literalOf(a)) === JSON.stringify(literalOf(b));

test('QU-45: finds the views that are open for what a record held or holds, by the query engine’s own equality', () => {
  let found = 0;
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 5, maxLength: 30 }),
      recordKey,
      fc.option(recordValue, { nil: undefined }),
      fc.option(recordValue, { nil: undefined }),
      (steps, key, before, after) => {
        const routes = new ValueRoutes<string>();
        const model = new Map<string, Followed>();
        const begin = PATHS.map((path, at) => ({ type: 'add' as const, view: `v${at}`, path }));
        for (const each of [...begin, ...steps]) {
          const followed = model.get(each.view);
          if (each.type === 'add') {
            routes.add(each.view, each.path);
            model.set(each.view, { path: each.path, values: [] });
          } else if (each.type === 'delete') {
            routes.delete(each.view);
            model.delete(each.view);
          } else if (followed !== undefined) {
            const at = followed.values.findIndex((held) => same(held, each.value));
            if (each.type === 'open') {
              routes.open(each.view, each.value);
              if (at === -1) followed.values.push(each.value);
            } else {
              routes.close(each.view, each.value);
              if (at !== -1) followed.values.splice(at, 1);
            }
          }
        }
        const concerns = ({ path, values }: Followed): boolean =>
          [before, after].some(
            (state) =>
              state !== undefined &&
              values.some((one) => compilePredicate({ type: 'eq', path, value: literalOf(one) })(key, state)),
          );
        const expected = [...model].filter(([, followed]) => concerns(followed)).map(([name]) => name);
        const told = routes.find({ key, before: () => before, after: () => after });
        // Of a key alone nobody asks whether the record shows.
        const ofKeys = (name: string): boolean => model.get(name)?.path[0] === '_key';
        expect([...told].filter((name) => !ofKeys(name)).sort()).toEqual(
          expected.filter((name) => !ofKeys(name)).sort(),
        );
        for (const name of expected) expect(told.has(name)).toBe(true);
        found += expected.length;
        expect(routes.size).toBe(model.size);
        for (const path of PATHS) expect(routes.has(path)).toBe([...model.values()].some((one) => one.path === path));
      },
    ),
    { numRuns: 1_500 },
  );
  expect(found).toBeGreaterThan(100);
});
