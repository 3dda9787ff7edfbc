import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createIncludeView, type IncludeView } from './include-view.js';
import type { LoadFrom } from './operators/join.js';
import { findCounterexample } from './query.arbitrary.js';
import type { Query } from './query.js';
import { findIncludeFault, including, recordsOf, script, type World } from './views/include-oracle.arbitrary.js';

const scan =
  (world: World): LoadFrom =>
  (map) =>
    recordsOf(world, map);

type Create = (query: Query, world: World) => IncludeView;

const create: Create = (query, world) => createIncludeView('a', query, { load: scan(world) });

function searchFault(make: Create, depth: number, numRuns: number, seed?: number): string | null {
  const property = fc.property(including(depth), script, (query, steps) => {
    const fault = findIncludeFault((world) => make(query, world), query, steps);
    if (fault !== null) throw new Error(fault);
  });
  return findCounterexample(property, numRuns, seed);
}

describe('QU-25: a view that includes related rows', () => {
  test('CL-3: equals its definition after every batch, with identity kept and exact diffs', () => {
    expect(searchFault(create, 1, 500)).toBeNull();
  });

  test('CL-3: also when what is included includes', () => {
    expect(searchFault(create, 2, 300)).toBeNull();
    expect(searchFault(create, 3, 100)).toBeNull();
  });
});
