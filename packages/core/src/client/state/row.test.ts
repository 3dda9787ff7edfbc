import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Entry } from '../../query/index.js';
import { rowOf, showRows, type ShownRows } from './row.js';

/** Any list of entries to any other: rows come, go, move and change. */
const lists = fc.array(
  fc.uniqueArray(
    fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'), value: fc.nat({ max: 2 }) }),
    {
      selector: ({ key }) => key,
      maxLength: 8,
    },
  ),
  { minLength: 1, maxLength: 8 },
);

describe('rows', () => {
  it('are the rows of the entries, whatever was shown before, and the same array exactly when nothing differs', () => {
    fc.assert(
      fc.property(lists, fc.boolean(), (steps, asObjects) => {
        const known = new Map<string, Entry>();
        let shown: ShownRows = { entries: [], rows: [] };
        for (const step of steps) {
          const entries = step.map(({ key, value }): Entry => {
            const id = `${key}${value}`;
            const entry = known.get(id) ?? { key, value: asObjects ? { n: value } : value };
            known.set(id, entry);
            return entry;
          });
          const next = showRows(entries, shown);
          expect(next.rows).toEqual(entries.map(rowOf));
          expect(next.rows.every((row, i) => row === rowOf(entries[i] as Entry))).toBe(true);
          const isSame =
            entries.length === shown.entries.length && entries.every((entry, i) => entry === shown.entries[i]);
          expect(next.rows === shown.rows).toBe(isSame);
          shown = next;
        }
      }),
    );
  });

  it('carry the key beside the fields, own properties of any name included', () => {
    const value = JSON.parse('{"__proto__":{"x":1},"n":1}') as { n: number };
    const row = rowOf({ key: 'k', value });
    expect(Object.keys(row).toSorted()).toEqual(['__proto__', '_key', 'n']);
    expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
  });

  it('are not mixed up when two keys hold one object', () => {
    const value = { n: 1 };
    expect([rowOf({ key: 'a', value })._key, rowOf({ key: 'b', value })._key]).toEqual(['a', 'b']);
  });
});
