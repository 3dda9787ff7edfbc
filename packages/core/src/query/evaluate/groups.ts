import { assertNever, canonicalJson, setOwn, type Value } from '../../primitives/index.js';
import type { Entry } from '../entry.js';
import type { Aggregate, GroupBy, Path } from '../query.js';
import { exactAverage, exactSum } from './exact-sum.js';
import { inOrder, place } from './values.js';

/** The groups of rows, as rows. */
export function groupsOf({ by, aggregates }: GroupBy, rows: readonly Entry[]): Entry[] {
  const membersByKey = new Map<string, Entry[]>();
  for (const row of rows) {
    const values = by.map((path) => place(path, row));
    const key = `[${values.map((value) => (value === undefined ? '[]' : `[${canonicalJson(value)}]`)).join(',')}]`;
    membersByKey.set(key, [...(membersByKey.get(key) ?? []), row]);
  }
  return [...membersByKey].map(([key, members]) => {
    const value = shapeOf(by, members[0] as Entry);
    for (const aggregate of aggregates) setOwn(value, aggregate[0], aggregateOf(aggregate, members));
    return { key, value: value as Value };
  });
}

/** An object of the row's values at these paths, and only those. */
export function shapeOf(paths: readonly Path[], row: Entry): Record<string, unknown> {
  const shape: Record<string, unknown> = {};
  for (const path of paths) {
    const held = place(path, row);
    if (held !== undefined) put(shape, path, held);
  }
  return shape;
}

function put(target: Record<string, unknown>, [name, ...rest]: Path, value: Value): void {
  if (name === undefined) return;
  if (rest.length === 0) return setOwn(target, name, value);
  if (!Object.hasOwn(target, name)) setOwn(target, name, {});
  put(target[name] as Record<string, unknown>, rest, value);
}

function aggregateOf([, fn, path]: Aggregate, rows: readonly Entry[]): Value {
  if (path === null) return rows.length;
  const values = rows.map((row) => place(path, row)).filter((value) => value !== undefined && value !== null);
  const numbers = values.filter((value) => typeof value === 'number');
  switch (fn) {
    case 'count':
      return values.length;
    case 'sum':
      return exactSum(numbers);
    case 'avg':
      return exactAverage(numbers);
    case 'min':
      return values.toSorted(inOrder)[0] ?? null;
    case 'max':
      return values.toSorted(inOrder).at(-1) ?? null;
    default:
      return assertNever(fn);
  }
}
