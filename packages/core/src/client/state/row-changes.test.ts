import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { changesBetween, type ChangeEvent } from './row-changes.js';

interface Keyed {
  readonly _key: string;
  readonly n: number;
}

/** Lists of rows with distinct keys; equal rows are the same object, as views keep them. */
const rowsByName = new Map<string, Keyed>();
const rowOf = (key: string, n: number): Keyed => {
  const name = `${key}/${n}`;
  const row = rowsByName.get(name) ?? { _key: key, n };
  rowsByName.set(name, row);
  return row;
};
const rows = fc.uniqueArray(
  fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), fc.nat(1)).map(([key, n]) => rowOf(key, n)),
  { selector: (row) => row._key, maxLength: 6 },
);

/** The same from scratch, without regard for order or speed. */
function expectedChanges(before: readonly Keyed[], after: readonly Keyed[]): ChangeEvent<Keyed>[] {
  const changes: ChangeEvent<Keyed>[] = [];
  for (const previousValue of before) {
    if (!after.some((row) => row._key === previousValue._key)) {
      changes.push({ type: 'remove', key: previousValue._key, previousValue });
    }
  }
  for (const value of after) {
    const previousValue = before.find((row) => row._key === value._key);
    if (previousValue === undefined) changes.push({ type: 'add', key: value._key, value });
    else if (previousValue !== value) changes.push({ type: 'update', key: value._key, value, previousValue });
  }
  return changes;
}

describe('the steps between two answers', () => {
  it('CL-23: are those of every key, in their order, whatever the lists', () => {
    fc.assert(
      fc.property(rows, rows, (before, after) => {
        expect(changesBetween(before, after)).toEqual(expectedChanges(before, after));
      }),
      { numRuns: 2_000 },
    );
  });

  it('CL-23: take the rows before to the rows after, but for their order', () => {
    fc.assert(
      fc.property(rows, rows, (before, after) => {
        const byKey = new Map(before.map((row) => [row._key, row]));
        for (const change of changesBetween(before, after)) {
          if (change.type === 'remove') byKey.delete(change.key);
          else byKey.set(change.key, change.value);
        }
        expect(new Set(byKey.values())).toEqual(new Set(after));
      }),
      { numRuns: 2_000 },
    );
  });

  it('CL-23: are none when rows merely move, and none between an answer and itself', () => {
    const [a, b, c] = [rowOf('a', 0), rowOf('b', 0), rowOf('c', 0)];
    expect(changesBetween([a, b, c], [c, a, b])).toEqual([]);
    const list = [a, b];
    expect(changesBetween(list, list)).toEqual([]);
  });

  it('CL-23: pass over what the lists begin and end with alike', () => {
    const before = Array.from({ length: 1_000 }, (_, i) => rowOf(`k${i}`, 0));
    const after = [...before];
    after[500] = rowOf('k500', 1);
    let looked = 0;
    const counted = (list: readonly Keyed[]): Keyed[] =>
      new Proxy([...list], {
        get(target, name, receiver) {
          if (name === 'slice') {
            return (from: number, to: number) => {
              looked += to - from;
              return target.slice(from, to);
            };
          }
          return Reflect.get(target, name, receiver) as unknown;
        },
      });
    expect(changesBetween(counted(before), counted(after))).toHaveLength(1);
    expect(looked).toBe(2);
  });
});
