import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, type PlainObject, type Value } from '../../primitives/index.js';
import { evaluate, type Entry, type GroupBy, type Predicate } from '../../query/index.js';
import { compileGroupEstimate, type Edit, type GroupedQuery } from './group-estimate.js';

const EVERYTHING: Predicate = { type: 'and', of: [] };
const OPEN: Predicate = { type: 'eq', path: ['open'], value: true };

const grouped = (
  aggregates: GroupBy['aggregates'],
  where: Predicate = EVERYTHING,
  by: GroupBy['by'] = [['list']],
): GroupedQuery => ({
  where,
  groupBy: { by, aggregates },
});

const COUNTED = [
  ['rows', 'count', null],
  ['sum', 'sum', ['n']],
  ['there', 'count', ['n']],
] as const satisfies GroupBy['aggregates'];

const record: fc.Arbitrary<Value> = fc.record(
  {
    list: fc.constantFrom('a', 'b', null),
    n: fc.integer({ min: -5, max: 5 }),
    open: fc.boolean(),
    text: fc.constantFrom('x', 'y'),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Value>;

const records = fc.uniqueArray(
  fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'), value: record }),
  {
    selector: ({ key }) => key,
    maxLength: 8,
  },
);

/** New values of some keys; `null` removes. */
const edited = fc.dictionary(
  fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
  fc.option(record, { nil: null }),
  { maxKeys: 5 },
);

function groupsOf({ where, groupBy }: GroupedQuery, entries: readonly Entry[]): Map<string, Value> {
  const rows = evaluate({ where, groupBy, sort: [], limit: null }, entries);
  return new Map(rows.map(({ key, value }) => [key, value]));
}

function editsOf(entries: readonly Entry[], next: Readonly<Record<string, Value>>): Edit[] {
  const held = new Map(entries.map(({ key, value }) => [key, value]));
  return Object.entries(next).map(([key, after]) => ({ key, before: held.get(key), after: after ?? undefined }));
}

function applyEdits(entries: readonly Entry[], edits: readonly Edit[]): Entry[] {
  const held = new Map(entries.map(({ key, value }) => [key, value]));
  for (const { key, after } of edits) {
    if (after === undefined) held.delete(key);
    else held.set(key, after);
  }
  return [...held].map(([key, value]) => ({ key, value }));
}

/** The server's groups with the estimated ones in their place. */
function shown(query: GroupedQuery, entries: readonly Entry[], edits: readonly Edit[]): Map<string, Value> {
  const confirmed = groupsOf(query, entries);
  const groups = new Map(confirmed);
  for (const [key, group] of compileGroupEstimate(query).groups(edits, (name) => confirmed.get(name))) {
    if (group === undefined) groups.delete(key);
    else groups.set(key, group);
  }
  return groups;
}

const text = (groups: ReadonlyMap<string, Value>): string[] =>
  [...groups].map(([key, value]) => `${key} ${canonicalJson(value)}`).sort();

describe('QU-60: groups under edits that the server does not have yet', () => {
  test.each([EVERYTHING, OPEN])('counts and sums are those of all records, edits included', (where) => {
    const query = grouped(COUNTED, where);
    fc.assert(
      fc.property(records, edited, (entries, next) => {
        const edits = editsOf(entries, next as Record<string, Value>);
        expect(text(shown(query, entries, edits))).toEqual(text(groupsOf(query, applyEdits(entries, edits))));
      }),
      { numRuns: 500 },
    );
  });

  test('an edit is neutral exactly when the group of that record and its number stay what they are', () => {
    const query = grouped([['sum', 'sum', ['n']]], OPEN);
    const { isNeutral } = compileGroupEstimate(query);
    fc.assert(
      fc.property(fc.option(record, { nil: undefined }), fc.option(record, { nil: undefined }), (before, after) => {
        const alone = (value: Value | undefined) => {
          if (value === undefined) return [];
          // The group's key, not the field: an absent field and `null` are two groups. The number: 0 and none both add up to 0.
          return [...groupsOf(query, [{ key: 'k', value }]).keys()].map((key) => [key, (value as PlainObject)['n']]);
        };
        const isSame = JSON.stringify(alone(before)) === JSON.stringify(alone(after));
        expect(isNeutral({ key: 'k', before, after })).toBe(isSame);
      }),
      {
        numRuns: 500,
        examples: [
          [
            { n: 4, open: true },
            { list: null, n: 4, open: true },
          ] as unknown as [Value, Value],
        ],
      },
    );
  });

  test('extremes grow with what is added, and stay when what they were goes: who is next is not known here', () => {
    const query = grouped([
      ['least', 'min', ['n']],
      ['most', 'max', ['n']],
    ]);
    const entries = [1, 5, 9].map((n, i): Entry => ({ key: `k${i}`, value: { list: 'a', n } }));
    const more = shown(query, entries, [{ key: 'k7', before: undefined, after: { list: 'a', n: 12 } }]);
    expect([...more.values()]).toEqual([{ list: 'a', least: 1, most: 12 }]);
    const less = shown(query, entries, [{ key: 'k2', before: { list: 'a', n: 9 }, after: undefined }]);
    expect([...less.values()]).toEqual([{ list: 'a', least: 1, most: 9 }]);
    const first = shown(query, [], [{ key: 'k0', before: undefined, after: { list: 'b', n: 3 } }]);
    expect([...first.values()]).toEqual([{ list: 'b', least: 3, most: 3 }]);
  });

  test('an average stays as the server said it', () => {
    const query = grouped([['mean', 'avg', ['n']]]);
    const entries: Entry[] = [{ key: 'a', value: { list: 'a', n: 4 } }];
    const after = shown(query, entries, [{ key: 'b', before: undefined, after: { list: 'a', n: 8 } }]);
    expect([...after.values()]).toEqual([{ list: 'a', mean: 4 }]);
  });

  test('a group whose counted rows all went is gone; where rows are not counted it stays', () => {
    const entries: Entry[] = [{ key: 'a', value: { list: 'a', n: 4 } }];
    const edits: Edit[] = [{ key: 'a', before: { list: 'a', n: 4 }, after: undefined }];
    expect(shown(grouped(COUNTED), entries, edits).size).toBe(0);
    expect(shown(grouped([]), entries, edits).size).toBe(1);
  });

  test('a group that the edits leave as it is keeps its object', () => {
    const query = grouped([['rows', 'count', null]]);
    const entries: Entry[] = [{ key: 'a', value: { list: 'a' } }];
    const confirmed = groupsOf(query, entries);
    const edits: Edit[] = [
      { key: 'b', before: undefined, after: { list: 'a' } },
      { key: 'a', before: { list: 'a' }, after: undefined },
    ];
    const [[key, group]] = [...compileGroupEstimate(query).groups(edits, (name) => confirmed.get(name))] as [
      [string, Value],
    ];
    expect(group).toBe(confirmed.get(key));
  });

  test('a sum that is out of range is null, as the server says it', () => {
    const query = grouped([['sum', 'sum', ['n']]]);
    const entries: Entry[] = [{ key: 'a', value: { list: 'a', n: Number.MAX_VALUE } }];
    const after = shown(query, entries, [{ key: 'b', before: undefined, after: { list: 'a', n: Number.MAX_VALUE } }]);
    expect([...after.values()]).toEqual([{ list: 'a', sum: null }]);
  });
});
