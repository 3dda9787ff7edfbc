import * as fc from 'fast-check';
import { canonicalJson, isPlainObject, setOwn, type PlainObject, type Value } from '../../primitives/index.js';
import { evaluate } from '../evaluate.js';
import type { Entry } from '../entry.js';
import { key, queryInput, record, value } from '../query.arbitrary.js';
import {
  ALWAYS,
  type Aggregate,
  type Cursor,
  type CursorValue,
  type GroupBy,
  type Path,
  type Query,
  type SortKey,
} from '../query.js';
import { parseQuery } from '../parse-query.js';
import type { Definition } from '../view-oracle.arbitrary.js';

/** The rows of a query with groups, fields and a cursor in words as plain as can be. `cursor` is the row that `query.after` was made of. */
export function naiveRows(query: Query, records: readonly Entry[], cursor: Entry | null): Entry[] {
  let rows = evaluate({ where: query.where, sort: [], limit: null }, records);
  if (query.groupBy !== undefined) rows = naiveGroups(query.groupBy, rows);
  rows = evaluate({ where: ALWAYS, sort: query.sort, limit: null }, rows);
  if (cursor !== null) rows = rows.filter((row) => isBehind(query.sort, row, cursor));
  if (query.limit !== null) rows = rows.slice(0, query.limit);
  const { fields } = query;
  return fields === undefined ? rows : rows.map((row) => ({ key: row.key, value: naiveFields(fields, row) }));
}

/** The definition of such a query. */
export const naiveDefinition = (query: Query, cursor: Entry | null): Definition => ({
  answer: (records) => ({
    rows: naiveRows(query, records, cursor),
    matching: naiveRows({ ...query, limit: null }, records, cursor).length,
  }),
  isOfRecords: query.groupBy === undefined && query.fields === undefined,
});

/** Sorted before the other whichever of them came first: so they are at different places too. */
function isBehind(sort: readonly SortKey[], row: Entry, cursor: Entry): boolean {
  const ofTwo = (pair: readonly Entry[]): Entry | undefined => evaluate({ where: ALWAYS, sort, limit: null }, pair)[1];
  return ofTwo([row, cursor]) === row && ofTwo([cursor, row]) === row;
}

export function at(path: Path, { key: name, value: record_ }: Entry): Value | undefined {
  if (path.length === 1 && path[0] === '_key') return name;
  let place: Value | undefined = record_;
  for (const field of path) {
    place = isPlainObject(place) && Object.hasOwn(place, field) ? (place as PlainObject)[field] : undefined;
  }
  return place;
}

function put(object: Record<string, unknown>, path: Path, item: Value | undefined): void {
  if (item === undefined) return;
  const [first, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) return setOwn(object, first, item);
  if (!Object.hasOwn(object, first)) setOwn(object, first, {});
  put(object[first] as Record<string, unknown>, rest, item);
}

export function naiveFields(fields: readonly Path[], row: Entry): Value {
  const object: Record<string, unknown> = {};
  for (const path of fields) put(object, path, at(path, row));
  return object as PlainObject;
}

function naiveGroups({ by, aggregates }: GroupBy, rows: readonly Entry[]): Entry[] {
  const names = rows.map((row) => canonicalJson(by.map((path) => listOf(at(path, row)))));
  return [...new Set(names)].map((name) => {
    const members = rows.filter((_, i) => names[i] === name);
    const object: Record<string, unknown> = {};
    for (const path of by) put(object, path, at(path, members[0] as Entry));
    for (const aggregate of aggregates) setOwn(object, aggregate[0], naiveAggregate(aggregate, members));
    return { key: name, value: object as PlainObject };
  });
}

const listOf = (item: Value | undefined): Value[] => (item === undefined ? [] : [item]);

function naiveAggregate([, fn, path]: Aggregate, rows: readonly Entry[]): Value {
  if (path === null) return rows.length;
  const values = rows.flatMap((row) => listOf(at(path, row))).filter((item) => item !== null);
  const numbers = values.filter((item) => typeof item === 'number');
  const sorted = inOrder(values);
  switch (fn) {
    case 'count':
      return values.length;
    case 'sum':
      return naiveSum(numbers);
    case 'avg': {
      const sum = naiveSum(numbers);
      return sum === null || numbers.length === 0 ? null : sum / numbers.length;
    }
    case 'min':
      return sorted[0] ?? null;
    case 'max':
      return sorted.at(-1) ?? null;
  }
}

/** By the interpreter, which has a comparison of its own. */
function inOrder(values: readonly Value[]): Value[] {
  const rows = values.map((item, i) => ({ key: `${i}`, value: { item } }));
  return evaluate({ where: ALWAYS, sort: [[['item'], 'asc']], limit: null }, rows).map(
    (row) => at(['item'], row) as Value,
  );
}

/** All numbers as whole multiples of the least double; rounded by reading the decimal digits of the total. */
export function naiveSum(numbers: readonly number[]): number | null {
  const total = numbers.reduce((sum, number) => sum + unitsOf(number), 0n);
  const digits = (total < 0n ? -total : total) * 5n ** 1074n;
  // units · 2^-1074 = units · 5^1074 · 10^-1074
  const text = `${total < 0n ? '-' : ''}${digits}e-1074`;
  const sum = total === 0n ? 0 : Number(text);
  return Number.isFinite(sum) ? sum : null;
}

function unitsOf(number: number): bigint {
  let [rest, halvings] = [number, 0];
  while (!Number.isInteger(rest)) [rest, halvings] = [rest * 2, halvings + 1];
  return (BigInt(rest) << 1074n) >> BigInt(halvings);
}

const paths: fc.Arbitrary<Path> = fc.constantFrom<Path[]>(['a'], ['b'], ['n'], ['a.b'], ['__proto__'], ['toString']);

/** No path of these begins with another one. */
export const pathList: fc.Arbitrary<Path[]> = fc.oneof(
  { weight: 4, arbitrary: fc.uniqueArray(paths, { selector: ([name]) => name, maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom<Path[][]>([['a', 'b'], ['a', 'n'], ['b']], [['_key']], [['n', 'n', 'a']]) },
);

const aggregate: fc.Arbitrary<Aggregate> = fc.oneof(
  fc.constant<Aggregate>(['rows', 'count', null]),
  fc
    .tuple(fc.constantFrom('count', 'sum', 'avg', 'min', 'max'), paths)
    .map(([fn, path]): Aggregate => [`${fn} of ${path[0]}`, fn, path]),
);

export const groupBy: fc.Arbitrary<GroupBy> = fc.record({
  by: pathList,
  aggregates: fc.uniqueArray(aggregate, { selector: ([name]) => name, maxLength: 4 }),
});

const groupSort: fc.Arbitrary<SortKey[]> = fc.array(
  fc.tuple(
    fc.oneof(
      paths,
      fc.constantFrom('rows', 'sum of n', 'min of a', 'max of n', 'avg of n', '_key').map((name): Path => [name]),
    ),
    fc.constantFrom('asc' as const, 'desc' as const),
  ),
  { maxLength: 2 },
);

const plainQuery: fc.Arbitrary<Query> = queryInput.map((input) => {
  const parsed = parseQuery(input);
  if (!parsed.ok) throw new Error(parsed.error.code);
  return parsed.value;
});

/** A query with the row its cursor was made of. */
export type Asked = readonly [query: Query, cursor: Entry | null];

const cursorRow = fc.option(fc.record({ key, value: record }), { nil: null });

export const projected: fc.Arbitrary<Asked> = fc
  .tuple(plainQuery, pathList)
  .map(([query, fields]) => [{ ...query, fields }, null]);

export const placed: fc.Arbitrary<Asked> = fc
  .tuple(plainQuery, fc.record({ key, value: record }), fc.option(pathList, { nil: undefined }))
  .map(([query, row, fields]) => [{ ...query, after: cursorAt(query.sort, row), ...(fields && { fields }) }, row]);

export const grouped: fc.Arbitrary<Asked> = fc
  .tuple(plainQuery, groupBy, groupSort, cursorRow, value)
  .map(([query, groups, sort, row, sum]) => {
    const place = row === null ? null : { key: row.key, value: withSum(row.value, sum) };
    const after = place === null ? {} : { after: cursorAt(sort, place) };
    return [{ where: query.where, sort, limit: query.limit, groupBy: groups, ...after }, place];
  });

const withSum = (row: Value, sum: Value): Value =>
  isPlainObject(row) ? ({ ...(row as PlainObject), 'sum of n': sum, rows: 2 } as PlainObject) : row;

export function cursorAt(sort: readonly SortKey[], row: Entry): Cursor {
  const values = sort.map(([path]): CursorValue => {
    const item = at(path, row);
    if (item === undefined) return { missing: true };
    return typeof item === 'object' && item !== null ? { json: canonicalJson(item) } : item;
  });
  return { values, key: row.key };
}
