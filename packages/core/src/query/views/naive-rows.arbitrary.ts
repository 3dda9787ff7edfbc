import * as fc from 'fast-check';
import { isPlainObject, type PlainObject, type Value } from '../../primitives/index.js';
import { cursorAt } from '../cursor/cursor-at.js';
import type { Entry } from '../entry.js';
import { evaluate, evaluateShown } from '../evaluate/evaluate.js';
import { parseQuery } from '../parse-query.js';
import { key, queryInput, record, value } from '../query.arbitrary.js';
import { KEY_FIELD, type Aggregate, type GroupBy, type Path, type Query, type SortKey } from '../query.js';
import type { Definition } from './view-oracle.arbitrary.js';

/** The rows of a query over one map, from scratch; with `fields`, what is shown of them besides their key. */
export function naiveRows(query: Query, records: readonly Entry[]): Entry[] {
  const rows = evaluate(query, records);
  return query.fields === undefined ? rows : naiveShown(query, rows, evaluateShown(query, records));
}

/** Rows with what is shown of each, besides its key. */
export function naiveShown({ fields, include }: Query, rows: readonly Entry[], shown: readonly PlainObject[]): Entry[] {
  if (fields === undefined && include === undefined) return [...rows];
  return rows.map(({ key: name }, i) => {
    const { [KEY_FIELD]: _, ...value_ } = shown[i] as PlainObject;
    return { key: name, value: value_ };
  });
}

/** The definition of such a query. */
export const naiveDefinition = (query: Query): Definition => ({
  answer: (records) => ({
    rows: naiveRows(query, records),
    matching: evaluate({ ...query, limit: null }, records).length,
  }),
  isOfRecords: query.groupBy === undefined && query.fields === undefined,
});

/** The value at a path, as `evaluate` reads it. */
export function at(path: Path, { key: name, value: held }: Entry): Value | undefined {
  if (path.length === 1 && path[0] === KEY_FIELD) return name;
  let place_: Value | undefined = held;
  for (const field of path) {
    place_ = isPlainObject(place_) && Object.hasOwn(place_, field) ? (place_ as PlainObject)[field] : undefined;
  }
  return place_;
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

const place = fc.record({ key, value: record });

export const projected: fc.Arbitrary<Query> = fc
  .tuple(plainQuery, pathList)
  .map(([query, fields]) => ({ ...query, fields }));

export const placed: fc.Arbitrary<Query> = fc
  .tuple(plainQuery, place, fc.option(pathList, { nil: undefined }))
  .map(([query, row, fields]) => ({ ...query, after: cursorAt(query, row), ...(fields && { fields }) }));

export const grouped: fc.Arbitrary<Query> = fc
  .tuple(plainQuery, groupBy, groupSort, fc.option(place, { nil: null }), value)
  .map(([query, groups, sort, row, sum]) => {
    const after = row === null ? {} : { after: cursorAt({ sort }, { key: row.key, value: withSum(row.value, sum) }) };
    return { where: query.where, sort, limit: query.limit, groupBy: groups, ...after };
  });

const withSum = (row: Value, sum: Value): Value =>
  isPlainObject(row) ? ({ ...(row as PlainObject), 'sum of n': sum, rows: 2 } as PlainObject) : row;
