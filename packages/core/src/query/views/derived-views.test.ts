import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { entries, findCounterexample } from '../query.arbitrary.js';
import { batches, findFault } from '../view-oracle.arbitrary.js';
import type { Query } from '../query.js';
import { createView, type View } from '../view.js';
import { grouped, naiveDefinition, placed, projected, type Asked } from './naive-rows.arbitrary.js';

function searchFault(
  asked: fc.Arbitrary<Asked>,
  create: (query: Query) => View,
  numRuns: number,
  seed?: number,
): string | null {
  const property = fc.property(asked, entries, entries, batches, ([query, cursor], first, start, script) => {
    const view = create(query);
    view.load(first);
    const fault = findFault(view, naiveDefinition(query, cursor), start, script);
    if (fault !== null) throw new Error(fault);
  });
  return findCounterexample(property, numRuns, seed);
}

describe('a derived view equals its definition after every batch, with identity kept and exact diffs', () => {
  test('QU-20: groups', () => {
    expect(searchFault(grouped, (query) => createView(query), 500)).toBeNull();
  });

  test('QU-22: chosen fields', () => {
    expect(searchFault(projected, (query) => createView(query), 500)).toBeNull();
  });

  test('QU-23: rows after a cursor', () => {
    expect(searchFault(placed, (query) => createView(query), 500)).toBeNull();
  });
});
