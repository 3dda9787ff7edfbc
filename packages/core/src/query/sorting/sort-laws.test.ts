import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import { takeAll } from '../all-steps.js';
import type { Entry } from '../entry.js';
import { entries } from '../query.arbitrary.js';
import type { SortKey } from '../query.js';
import { compileSort } from './sort-rows.js';

/*
 * What holds of any sorting, said without a comparator: rows in another turn, fewer rows, rows of two lists, and the order turned around. And one list
 * whose orders are written down by hand.
 */

const sorted = (sort: readonly SortKey[], rows: readonly Entry[]): Entry[] => takeAll(compileSort({ sort })(rows));

const SORTS: readonly (readonly SortKey[])[] = [
  [],
  [[['a'], 'asc']],
  [[['a'], 'desc']],
  [
    [['n'], 'desc'],
    [['a'], 'asc'],
  ],
  [[['a', 'b'], 'asc']],
  [[['_key'], 'desc']],
];

/** Many rows, each of which is there several times under keys of its own. */
const many = fc
  .tuple(entries, fc.integer({ min: 1, max: 9 }))
  .map(([rows, times]) =>
    rows.flatMap(({ key, value }) => Array.from({ length: times }, (_, i): Entry => ({ key: `${i}/${key}`, value }))),
  );
const sortOf = fc.constantFrom(...SORTS);
/** The same rows in another turn. */
const mixed = (rows: readonly Entry[], step: number): Entry[] => {
  const rest = rows.slice();
  const turned: Entry[] = [];
  for (let at = 0; rest.length > 0; at += step) turned.push(...rest.splice(at % rest.length, 1));
  return turned;
};

describe('QU-3: the order of rows', () => {
  test('is the same, whatever the turn they come in', () => {
    fc.assert(
      fc.property(many, sortOf, fc.integer({ min: 1, max: 97 }), (rows, sort, step) => {
        const result = sorted(sort, rows);
        const again = sorted(sort, mixed(rows, step));
        expect(again.length).toBe(rows.length);
        expect(again.every((row, i) => row === result[i])).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('of some of them is the order of all, without the others', () => {
    fc.assert(
      fc.property(many, sortOf, fc.integer({ min: 2, max: 5 }), (rows, sort, part) => {
        const some = new Set(rows.filter((_, i) => i % part === 0));
        const wanted = sorted(sort, rows).filter((row) => some.has(row));
        expect(sorted(sort, [...some]).every((row, i) => row === wanted[i])).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('of what is in order already is that order, and the rows are all there, each once', () => {
    fc.assert(
      fc.property(many, sortOf, (rows, sort) => {
        const result = sorted(sort, rows);
        const there = new Set(result);
        expect([there.size, rows.every((row) => there.has(row))]).toEqual([rows.length, true]);
        expect(sorted(sort, result).every((row, i) => row === result[i])).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  test('turned around in every level, and in its keys, is the other way round', () => {
    fc.assert(
      fc.property(many, sortOf, (rows, sort) => {
        const byKey: SortKey = [['_key'], 'asc'];
        const turned = [...sort, byKey].map(([path, way]): SortKey => [path, way === 'asc' ? 'desc' : 'asc']);
        const back = sorted(turned, rows).toReversed();
        expect(sorted(sort, rows).every((row, i) => row === back[i])).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  test('does not mind a level that was there before, nor one that says the same of all', () => {
    fc.assert(
      fc.property(many, sortOf, (rows, sort) => {
        const result = sorted(sort, rows);
        const again = sort.map(([path, way]): SortKey => [path, way === 'asc' ? 'desc' : 'asc']);
        const nowhere: SortKey = [['no', 'such', 'place'], 'desc'];
        for (const longer of [
          [...sort, ...again],
          [nowhere, ...sort],
          [...sort, nowhere],
        ])
          expect(sorted(longer, rows).every((row, i) => row === result[i])).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
});

describe('QU-3: a list of people, in orders written by hand', () => {
  const PEOPLE: readonly (readonly [key: string, value: Value])[] = [
    ['ada', { name: 'Ada', age: 36, at: { city: 'London' } }],
    ['bob', { name: 'Bob', age: 9, at: { city: 'Paris' } }],
    ['cy', { name: 'cy', age: '36', at: null }],
    ['dot', { name: 'Dot', at: { city: 'London' } }],
    ['eve', { name: 'Ada', age: null, at: { city: '' } }],
    ['fay', { name: 'Ädne', age: -1, at: 'London' }],
    ['gus', { name: '', age: 36, at: { city: 'london' } }],
    ['hal', 'a text'],
  ];
  const TABLE: readonly (readonly [string, readonly SortKey[], string])[] = [
    ['by nothing: by key', [], 'ada bob cy dot eve fay gus hal'],
    ['by key, turned around', [[['_key'], 'desc']], 'hal gus fay eve dot cy bob ada'],
    // Missing, null, numbers by size, then the text.
    ['by age', [[['age'], 'asc']], 'dot hal eve fay bob ada gus cy'],
    ['by age, turned around', [[['age'], 'desc']], 'cy ada gus bob fay eve dot hal'],
    // By code unit: capitals before small letters, and Ä behind both.
    ['by name', [[['name'], 'asc']], 'hal gus ada eve bob dot cy fay'],
    ['by name, turned around', [[['name'], 'desc']], 'fay cy dot bob ada eve gus hal'],
    ['by city, where there is one', [[['at', 'city'], 'asc']], 'cy fay hal eve ada dot bob gus'],
    [
      'by city, the last first, and by age',
      [
        [['at', 'city'], 'desc'],
        [['age'], 'asc'],
      ],
      'gus bob dot ada eve hal fay cy',
    ],
    [
      'by name and then by age, the greatest first',
      [
        [['name'], 'asc'],
        [['age'], 'desc'],
      ],
      'hal gus ada eve bob dot cy fay',
    ],
    // A text, null and objects: null first, texts before objects, and no place at all before them.
    ['by what is at `at`', [[['at'], 'asc']], 'hal cy fay eve ada dot bob gus'],
  ];

  test.each(TABLE)('%s', (_what, sort, wanted) => {
    const rows = PEOPLE.map(([key, value]): Entry => ({ key, value }));
    expect(
      sorted(sort, rows.toReversed())
        .map(({ key }) => key)
        .join(' '),
    ).toBe(wanted);
  });

  test.each(TABLE.slice(2))('%s, when there are twenty of each', (_what, sort, wanted) => {
    // More than are compared: they are sorted by their keys of 64 bits.
    const rows = Array.from({ length: 20 }, (_, i) =>
      PEOPLE.map(([key, value]): Entry => ({ key: `${key}${String(i).padStart(2, '0')}`, value })),
    ).flat();
    const names = sorted(sort, rows).map(({ key }) => key);
    const runs: string[] = [];
    for (const name of names.map((key) => key.replace(/\d+$/, ''))) if (runs.at(-1) !== name) runs.push(name);
    // Rows that say the same at every level are in the order of their keys, and so lie in one run; of one person as well.
    expect(runs.join(' ')).toBe(wanted);
    expect(new Set(names).size).toBe(160);
  });
});
