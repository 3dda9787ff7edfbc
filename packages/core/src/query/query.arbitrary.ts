import * as fc from 'fast-check';
import { setOwn, type PlainObject, type Value } from '../primitives/index.js';
import type { Entry } from './entry.js';
import type { AggregateInput, QueryInput, RelationInput, SortInput, WhereInput } from './query-input.js';
import { regexPattern } from './regex/regex.arbitrary.js';

/** Few names, so that generated queries and records meet; some of them would betray a prototype or a split path. */
const FIELDS = ['a', 'b', 'n', '__proto__', 'a.b', 'toString'] as const;

const fieldName = fc.constantFrom(...FIELDS);

export function objectOf(pairs: Iterable<readonly [string, unknown]>): PlainObject {
  const object: Record<string, unknown> = {};
  for (const [name, value] of pairs) setOwn(object, name, value);
  return object as PlainObject;
}

export const scalar: fc.Arbitrary<null | boolean | number | string> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer({ min: -2, max: 3 }),
  fc.constantFrom(0.5, -1e300, 1e300, Number.MIN_VALUE, Number.MAX_SAFE_INTEGER),
  fc.constantFrom('', 'a', 'A', 'ab', 'b', '1', 'é', '\u{1F600}', '\uFFFD', '__proto__'),
);

export const bytes: fc.Arbitrary<Uint8Array> = fc
  .array(fc.constantFrom(0, 1, 255), { maxLength: 3 })
  .map((list) => Uint8Array.from(list));

/** Any value, of few shapes and shallow, so that equal ones are common. */
export const value: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 6, arbitrary: scalar },
    { weight: 1, arbitrary: bytes },
    { weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 2 }) },
    {
      weight: 1,
      arbitrary: fc
        .array(fc.tuple(fc.oneof(fieldName, fc.constantFrom('$bytes', '$a')), tie('value')), { maxLength: 2 })
        .map(objectOf),
    },
  ),
})).value;

/** Mostly plain objects with the common fields; now and then a record that is a bare value. */
export const record: fc.Arbitrary<Value> = fc.oneof(
  { weight: 9, arbitrary: fc.array(fc.tuple(fieldName, value), { maxLength: 4 }).map(objectOf) },
  { weight: 1, arbitrary: value },
);

export const key: fc.Arbitrary<string> = fc.oneof(
  fc.integer({ min: 0, max: 40 }).map((n) => `k${n}`),
  fc.constantFrom('__proto__', 'constructor', '', 'é', '\u{1F600}'),
);

/** Entries with different keys. */
export const entries: fc.Arbitrary<Entry[]> = fc.uniqueArray(fc.record({ key, value: record }), {
  selector: (entry) => entry.key,
  maxLength: 40,
});

const names: fc.Arbitrary<readonly string[]> = fc.oneof(
  { weight: 6, arbitrary: fieldName.map((name) => [name]) },
  { weight: 2, arbitrary: fc.tuple(fieldName, fieldName) },
  { weight: 1, arbitrary: fc.constant(['_key']) },
);

const range = fc.oneof(fc.boolean(), fc.integer({ min: -2, max: 3 }), fc.constantFrom('', 'a', 'ab', 'b', 'k2'), bytes);

const likePattern = fc
  .array(fc.constantFrom('%', '%', '_', 'a', 'A', 'b', 'é', '\\%', '\\\\', '\u{1F600}'), { maxLength: 4 })
  .map((parts) => parts.join(''));

/** Operators of text and lists. */
const textOperators = fc.oneof(
  fc.constantFrom('$like', '$ilike').chain((name) => likePattern.map((operand) => ({ [name]: operand }))),
  fc.constantFrom('', 'a', 'A', 'ab', '\u{1F600}').map(($startsWith) => ({ $startsWith })),
  regexPattern.map(($regex) => ({ $regex })),
  value.map(($contains) => ({ $contains })),
  fc.constantFrom('', 'a', 'ab', 'é a', '1', '\u{1F600}').map(($match) => ({ $match })),
  fc
    .constantFrom('$containsAny', '$containsAll')
    .chain((name) => fc.array(value, { maxLength: 3 }).map((operand) => ({ [name]: operand }))),
);

const operators = fc.oneof(
  fc.constantFrom('$eq', '$ne').chain((name) => value.map((operand) => ({ [name]: operand }))),
  fc.constantFrom('$gt', '$gte', '$lt', '$lte').chain((name) => range.map((operand) => ({ [name]: operand }))),
  fc
    .constantFrom('$in', '$nin')
    .chain((name) => fc.array(value, { maxLength: 4 }).map((operand) => ({ [name]: operand }))),
  fc.boolean().map(($exists) => ({ $exists })),
  fc.boolean().map(($isNull) => ({ $isNull })),
  fc.tuple(range, range).map(($between) => ({ $between })),
  textOperators,
  fc.tuple(range, range).map(([$gte, $lt]) => ({ $gte, $lt })),
);

const pair: fc.Arbitrary<WhereInput> = fc.tuple(names, operators);

/** Conditions of every form the language has; never refused. */
export const where: fc.Arbitrary<WhereInput> = fc.letrec<{ where: WhereInput }>((tie) => ({
  where: fc.oneof(
    { maxDepth: 4, depthSize: 'small', withCrossShrink: true },
    { weight: 4, arbitrary: pair },
    { weight: 1, arbitrary: fc.array(pair as fc.Arbitrary<never>, { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.record({ a: scalar, n: scalar }, { requiredKeys: [] }) },
    { weight: 1, arbitrary: fc.array(tie('where'), { maxLength: 3 }).map(($and) => ({ $and })) },
    { weight: 1, arbitrary: fc.array(tie('where'), { maxLength: 3 }).map(($or) => ({ $or })) },
    { weight: 1, arbitrary: tie('where').map(($not) => ({ $not })) },
  ),
})).where;

export const sort: fc.Arbitrary<SortInput> = fc.array(fc.tuple(names, fc.constantFrom('asc', 'desc')), {
  maxLength: 3,
});

export const queryInput: fc.Arbitrary<QueryInput> = fc.record(
  { where, sort, limit: fc.integer({ min: 1, max: 12 }) },
  { requiredKeys: [] },
);

const paths = fc.array(names, { maxLength: 3 });

export const fields: fc.Arbitrary<readonly (readonly string[])[]> = paths;

/** Paths to group by: not the key's, which is refused. */
export const groupBy: fc.Arbitrary<readonly (readonly string[])[]> = paths.map((list) =>
  list.filter(([first]) => first !== '_key'),
);

const aggregateOf: fc.Arbitrary<AggregateInput> = fc.oneof(
  fc.constant('count' as const),
  fc.constantFrom('count', 'sum', 'avg', 'min', 'max').chain((fn) => names.map((path) => ({ [fn]: path }) as never)),
);

/** Names that no field of the records has, one of which would betray a prototype. */
const aggregate = fc.array(fc.tuple(fc.constantFrom('x', 'total', 'constructor'), aggregateOf), { maxLength: 3 });

/** A sort order of groups: by what they are made by, what is shown of them, and what is not there. */
const groupSort = fc.array(
  fc.tuple(fc.oneof(names, fc.constantFrom(['x'], ['total'])), fc.constantFrom('asc', 'desc')),
  { maxLength: 2 },
);

/** Queries that show groups. */
export const groupedQueryInput: fc.Arbitrary<QueryInput> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record(
      { where, sort: groupSort, limit: fc.integer({ min: 1, max: 6 }), groupBy, aggregate: aggregate.map(objectOf) },
      { requiredKeys: ['aggregate'] },
    ) as fc.Arbitrary<never>,
  },
  { weight: 1, arbitrary: fc.record({ where, distinct: groupBy }, { requiredKeys: ['distinct'] }) },
);

/** The maps that generated relations are about. */
export const RELATED_MAPS = ['one', 'other'] as const;

const link = fc.constantFrom<Value[]>('k0', 'k1', 'k1', 'k2', 1, null);

/** Entries that refer to each other a lot, by key and by value; for queries with relations. */
export const linkedEntries: fc.Arbitrary<Entry[]> = fc.uniqueArray(
  fc.record({
    key: fc.constantFrom('k0', 'k1', 'k2', 'k3', 'k4', 'k5', 'k6'),
    value: fc.record({ a: link, b: link, n: value }, { requiredKeys: [] }) as fc.Arbitrary<Value>,
  }),
  { selector: (entry) => entry.key, minLength: 2, maxLength: 7 },
);

const linkPath = fc.constantFrom(['a'], ['a'], ['b'], ['_key'], ['n']);

/** Conditions that many rows meet, so that queries with several of them have rows at all. */
const mildWhere = fc.oneof(fc.constant({}), fc.constant({ $not: { n: 1 } }), where);

const relation: fc.Arbitrary<RelationInput> = fc.letrec<{ relation: RelationInput }>((tie) => ({
  relation: fc
    .record({
      map: fc.constantFrom(...RELATED_MAPS),
      on: fc.tuple(linkPath, linkPath),
      one: fc.boolean(),
      where: mildWhere,
      sort,
      limit: fc.integer({ min: 1, max: 4 }),
      fields: fc.option(fields, { nil: undefined }),
      include: fc.oneof(
        { maxDepth: 2, depthSize: 'small' },
        { weight: 1, arbitrary: fc.constant(undefined) },
        { weight: 1, arbitrary: fc.record({ inner: tie('relation') }) },
      ),
    })
    .map(({ limit, one, ...rest }) => ({ ...rest, one, ...(one ? {} : { limit }) })),
})).relation;

/** Queries that show related rows, of `RELATED_MAPS`. */
export const includingQueryInput: fc.Arbitrary<QueryInput> = fc.record(
  {
    where: mildWhere,
    sort,
    limit: fc.integer({ min: 1, max: 12 }),
    fields,
    include: fc.oneof(fc.record({ x: relation }), fc.record({ x: relation, y: relation })),
  },
  { requiredKeys: ['include'] },
);

/**
 * What the shortest counterexample failed with, and the seed that finds it again; `null` when the property held.
 * A seed of its own makes a search for a known defect find the same one every time.
 */
export function findCounterexample<T>(property: fc.IProperty<T>, numRuns: number, seed?: number): string | null {
  const details = fc.check(property, seed === undefined ? { numRuns } : { numRuns, seed });
  if (!details.failed) return null;
  return `${String(details.errorInstance)}\n${fc.defaultReportMessage(details)}`;
}
