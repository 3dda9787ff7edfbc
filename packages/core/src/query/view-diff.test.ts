import { describe, expect, test } from 'vitest';
import type { Entry } from './entry.js';
import { applySteps, type ViewStep } from './view-diff.js';

const entry = (key: string, value: number = 0): Entry => ({ key, value });

describe('replaying steps', () => {
  const rows = [entry('a'), entry('b'), entry('c'), entry('d')];
  const keysAfter = (...steps: readonly ViewStep[]): string[] => applySteps(rows, steps).map((row) => row.key);

  test('without any gives the same rows in a new array', () => {
    expect(applySteps(rows, [])).toEqual(rows);
    expect(applySteps(rows, [])).not.toBe(rows);
  });

  test('takes out what left', () => {
    expect(keysAfter({ type: 'leave', key: 'b' }, { type: 'leave', key: 'd' })).toEqual(['a', 'c']);
  });

  test('puts in what entered, at the ends too', () => {
    expect(
      keysAfter(
        { type: 'enter', key: 'x', entry: entry('x'), index: 0 },
        { type: 'enter', key: 'y', entry: entry('y'), index: 3 },
        { type: 'enter', key: 'z', entry: entry('z'), index: 6 },
      ),
    ).toEqual(['x', 'a', 'b', 'y', 'c', 'd', 'z']);
  });

  test('moves what changed place, several rows at once', () => {
    expect(
      keysAfter(
        { type: 'update', key: 'd', entry: entry('d', 1), index: 0 },
        { type: 'update', key: 'a', entry: entry('a', 1), index: 2 },
      ),
    ).toEqual(['d', 'b', 'a', 'c']);
    expect(
      keysAfter(
        { type: 'update', key: 'a', entry: entry('a', 1), index: 2 },
        { type: 'update', key: 'b', entry: entry('b', 1), index: 3 },
      ),
    ).toEqual(['c', 'd', 'a', 'b']);
  });

  test('replaces a row that stays in its place', () => {
    const updated = entry('b', 1);
    const after = applySteps(rows, [{ type: 'update', key: 'b', entry: updated, index: 1 }]);
    expect(after[1]).toBe(updated);
    expect(after[0]).toBe(rows[0]);
    expect(after).toHaveLength(4);
  });

  test('does all of it together', () => {
    expect(
      keysAfter(
        { type: 'leave', key: 'a' },
        { type: 'enter', key: 'x', entry: entry('x'), index: 1 },
        { type: 'update', key: 'b', entry: entry('b', 1), index: 3 },
      ),
    ).toEqual(['c', 'x', 'd', 'b']);
  });

  test('leaves the rows it was given alone', () => {
    applySteps(rows, [{ type: 'leave', key: 'a' }]);
    expect(rows).toHaveLength(4);
  });
});
