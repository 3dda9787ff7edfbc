import { describe, expect, expectTypeOf, test } from 'vitest';
import type { QueryInput, SortInput, WhereInput } from '../query-input.js';
import type {
  AskedAnyhow,
  AskedGroups,
  AskedRows,
  FieldsAsked,
  RelationsAsked,
  RowFilterFor,
  ShapedFilter,
} from './asked-query-types.js';
import type { ConditionFor, OperatorsFor, WhereFor } from './condition-for.js';
import type { Every, Flat, IsAny, NumberPathOf, PathOf, SplitPath, ValueAt } from './path-types.js';
import type { AggregatesFor, PathsFor, SortFor } from './query-for.js';
import type { ResultRow } from './result-row.js';

// Tables of types, held by the compiler: what each of the types that QU-30 is made of gives for one of each kind.

/** What nothing is known about. */
type Unknown = any;

interface Deep {
  a: { b: { c: { d: { e: { f: number } } } } };
}
interface Record1 {
  n: number;
  s: string;
  b: boolean;
  maybe?: number;
  orNull: string | null;
  list: number[];
  bytes: Uint8Array;
  at: Date;
  inner: { x: number; y?: { z: string } };
  mixed: number | { w: number };
}

describe('QU-30: paths', () => {
  test('of a record are its names and what is inside of objects, and of nothing else', () => {
    type Fields = 'n' | 's' | 'b' | 'maybe' | 'orNull' | 'list' | 'bytes' | 'at' | 'inner' | 'mixed';
    expectTypeOf<Fields | '_key' | 'inner.x' | 'inner.y' | 'inner.y.z' | 'mixed.w'>().toExtend<PathOf<Record1>>();
    for (const _ of [1]) {
      expectTypeOf<'list.0'>().not.toExtend<PathOf<Record1>>();
      expectTypeOf<'bytes.length'>().not.toExtend<PathOf<Record1>>();
      expectTypeOf<'s.length'>().not.toExtend<PathOf<Record1>>();
      expectTypeOf<'inner.z'>().not.toExtend<PathOf<Record1>>();
      expectTypeOf<'inner.'>().not.toExtend<PathOf<Record1>>();
      expectTypeOf<'.inner'>().not.toExtend<PathOf<Record1>>();
      expectTypeOf<''>().not.toExtend<PathOf<Record1>>();
    }
  });

  test('of nothing known are any text, of what has no fields the key', () => {
    expectTypeOf<PathOf<Unknown>>().toEqualTypeOf<string>();
    expectTypeOf<PathOf<string>>().toEqualTypeOf<'_key'>();
    expectTypeOf<PathOf<number[]>>().toEqualTypeOf<'_key'>();
    expectTypeOf<PathOf<Uint8Array>>().toEqualTypeOf<'_key'>();
    expectTypeOf<PathOf<null>>().toEqualTypeOf<'_key'>();
    expectTypeOf<PathOf<object>>().toEqualTypeOf<'_key'>();
    expectTypeOf<PathOf<{ readonly [name: string]: number }>>().toEqualTypeOf<string>();
  });

  test('with names that have dots need the list, and are followed five deep', () => {
    expectTypeOf<PathOf<{ 'a.b': number; c: number }>>().toEqualTypeOf<'_key' | 'c'>();
    expectTypeOf<'a.b.c.d.e'>().toExtend<PathOf<Deep>>();
    // Below that anything may be there.
    expectTypeOf<'a.b.c.d.e.anything'>().toExtend<PathOf<Deep>>();
    expectTypeOf<'a.b.c.d.x'>().not.toExtend<PathOf<Deep>>();
  });

  test('lead to the type of what is there, and may lead nowhere', () => {
    expectTypeOf<ValueAt<Record1, 'n'>>().toEqualTypeOf<number>();
    expectTypeOf<ValueAt<Record1, 'maybe'>>().toEqualTypeOf<number | undefined>();
    expectTypeOf<ValueAt<Record1, 'orNull'>>().toEqualTypeOf<string | null>();
    expectTypeOf<ValueAt<Record1, 'inner'>>().toEqualTypeOf<Record1['inner']>();
    expectTypeOf<ValueAt<Record1, 'inner.x'>>().toEqualTypeOf<number>();
    expectTypeOf<ValueAt<Record1, 'inner.y'>>().toEqualTypeOf<{ z: string } | undefined>();
    expectTypeOf<ValueAt<Record1, 'inner.y.z'>>().toEqualTypeOf<string | undefined>();
    expectTypeOf<ValueAt<Record1, 'mixed.w'>>().toEqualTypeOf<number | undefined>();
    expectTypeOf<ValueAt<Record1, '_key'>>().toEqualTypeOf<string>();
    expectTypeOf<ValueAt<Record1, 'nowhere'>>().toBeUnknown();
    expectTypeOf<ValueAt<Record1, 'inner.nowhere'>>().toBeUnknown();
    expectTypeOf<ValueAt<Unknown, 'x'>>().toBeAny();
    expectTypeOf<ValueAt<{ a: Unknown }, 'a.b'>>().toBeAny();
    expectTypeOf<ValueAt<{ a: { b: 1 } | null }, 'a.b'>>().toEqualTypeOf<1 | undefined>();
    expectTypeOf<ValueAt<{ k: 'x'; n: 1 } | { k: 'y'; m: 2 }, 'k'>>().toEqualTypeOf<'x' | 'y'>();
  });

  test('to numbers are those where a number may be', () => {
    expectTypeOf<NumberPathOf<Record1>>().toEqualTypeOf<'n' | 'maybe' | 'inner.x' | 'mixed' | 'mixed.w'>();
    expectTypeOf<NumberPathOf<{ a: string }>>().toBeNever();
    expectTypeOf<NumberPathOf<{ a: 1 | 2 | null }>>().toEqualTypeOf<'a'>();
    expectTypeOf<NumberPathOf<Unknown>>().toEqualTypeOf<string>();
  });

  test('are taken apart at their dots', () => {
    expectTypeOf<SplitPath<'a'>>().toEqualTypeOf<readonly ['a']>();
    expectTypeOf<SplitPath<'a.b'>>().toEqualTypeOf<readonly ['a', 'b']>();
    expectTypeOf<SplitPath<'a.b.c'>>().toEqualTypeOf<readonly ['a', 'b', 'c']>();
    expectTypeOf<SplitPath<''>>().toEqualTypeOf<readonly ['']>();
    expectTypeOf<SplitPath<'.'>>().toEqualTypeOf<readonly ['', '']>();
  });

  test('and the types that they are made with', () => {
    expectTypeOf<IsAny<Unknown>>().toEqualTypeOf<true>();
    for (const _ of [1]) {
      expectTypeOf<IsAny<unknown>>().toEqualTypeOf<false>();
      expectTypeOf<IsAny<never>>().toEqualTypeOf<false>();
      expectTypeOf<IsAny<0>>().toEqualTypeOf<false>();
      expectTypeOf<IsAny<object>>().toEqualTypeOf<false>();
    }
    expectTypeOf<Flat<{ a: 1 } & { b?: 2 }>>().toEqualTypeOf<{ a: 1; b?: 2 }>();
    expectTypeOf<Every<{ a: 1 } | { b: 2 }>>().toExtend<{ a: 1; b: 2 }>();
    expectTypeOf<Every<{ a: 1 }>>().toEqualTypeOf<{ a: 1 }>();
  });
});

describe('QU-30: conditions', () => {
  type Names<V> = keyof OperatorsFor<V>;
  type Equality = '$eq' | '$ne' | '$in' | '$nin' | '$exists' | '$isNull';
  type Range = '$gt' | '$gte' | '$lt' | '$lte' | '$between';
  type Text = '$startsWith' | '$like' | '$ilike' | '$regex' | '$match';
  type Contains = '$contains' | '$containsAny' | '$containsAll';

  test('have the operators that make sense of the value', () => {
    expectTypeOf<Names<number>>().toEqualTypeOf<Equality | Range>();
    expectTypeOf<Names<boolean>>().toEqualTypeOf<Equality | Range>();
    expectTypeOf<Names<string>>().toEqualTypeOf<Equality | Range | Text | Contains>();
    expectTypeOf<Names<Uint8Array>>().toEqualTypeOf<Equality | Range>();
    expectTypeOf<Names<string[]>>().toEqualTypeOf<Equality | Contains>();
    expectTypeOf<Names<{ a: 1 }>>().toEqualTypeOf<Equality>();
    expectTypeOf<Names<null>>().toEqualTypeOf<Equality>();
    expectTypeOf<Names<'a' | 'b'>>().toEqualTypeOf<Equality | Range | Text | Contains>();
    expectTypeOf<Names<string | number>>().toEqualTypeOf<Equality | Range | Text | Contains>();
    expectTypeOf<Names<string | null>>().toEqualTypeOf<Equality | Range | Text | Contains>();
  });

  test('compare with values that may be there, ranges with any of their type', () => {
    expectTypeOf<OperatorsFor<'a' | 'b'>['$eq']>().toEqualTypeOf<'a' | 'b' | undefined>();
    expectTypeOf<OperatorsFor<'a' | 'b'>['$gt']>().toEqualTypeOf<string | undefined>();
    expectTypeOf<OperatorsFor<'a' | 'b'>['$contains']>().toEqualTypeOf<string | undefined>();
    expectTypeOf<OperatorsFor<1 | 2>['$between']>().toEqualTypeOf<readonly [from: number, to: number] | undefined>();
    expectTypeOf<OperatorsFor<number | null>['$in']>().toEqualTypeOf<readonly (number | null)[] | undefined>();
    expectTypeOf<OperatorsFor<number | null>['$lt']>().toEqualTypeOf<number | undefined>();
    expectTypeOf<OperatorsFor<(string | number)[]>['$containsAny']>().toEqualTypeOf<
      readonly (string | number)[] | undefined
    >();
    expectTypeOf<ConditionFor<number | undefined>>().toEqualTypeOf<number | OperatorsFor<number>>();
  });

  test('of nothing known are any', () => {
    expectTypeOf<WhereFor<Unknown>>().toEqualTypeOf<WhereInput>();
    expectTypeOf<SortFor<Unknown>>().toEqualTypeOf<SortInput>();
  });

  test('and what does not fit is an error where it is written', () => {
    const where = (..._good: readonly WhereFor<Record1>[]): void => {};
    where({ n: 1, 'inner.y.z': 'a', mixed: { w: 1 }, _key: 'k' }, { maybe: { $exists: false } }, { orNull: null });
    where({ $and: [{ n: { $gte: 1 } }, { $or: [{ b: true }, { $not: { s: 'x' } }] }] }, [['n'], 1], [[['a', 'b'], 2]]);
    where({ bytes: { $gt: new Uint8Array(1) }, list: { $containsAll: [1] } });
    // @ts-expect-error: null is no number.
    where({ n: null });
    // @ts-expect-error: nothing is never asked for by itself.
    where({ maybe: { $eq: undefined } });
    // @ts-expect-error: a list of numbers has no text.
    where({ list: { $containsAny: ['1'] } });
    // @ts-expect-error: a text is within no numbers.
    where({ n: { $in: ['1'] } });
    // @ts-expect-error: nor between them.
    where({ n: { $between: ['1', '2'] } });
    // @ts-expect-error: bytes have no words.
    where({ bytes: { $match: 'x' } });
    // @ts-expect-error: $exists is asked with true or false.
    where({ n: { $exists: 1 } });
    // @ts-expect-error: no such operator, and no such path.
    where({ $nor: [] });
    // @ts-expect-error: a connective takes a list.
    where({ $or: { n: 1 } });
    expect(where).toBeTypeOf('function');
  });
});

describe('QU-30: orders, fields and aggregates', () => {
  test('name paths there are, by name or in a list', () => {
    const sort = (..._good: readonly SortFor<Record1>[]): void => {};
    sort(
      {},
      { n: 'asc', 'inner.x': 'desc', _key: 'asc' },
      [
        ['n', 'asc'],
        [['any', 'names'], 'desc'],
      ],
      { _score: 'desc' },
    );
    // @ts-expect-error: no such path.
    sort({ no: 'asc' });
    // @ts-expect-error: no such direction.
    sort({ n: 'down' });
    // @ts-expect-error: nor in a pair.
    sort([['n', 'down']]);
    // @ts-expect-error: no such path in a pair.
    sort([['no', 'asc']]);
    const fields = (..._good: readonly PathsFor<Record1>[]): void => {};
    fields('n', 'inner.y.z', [], ['n', ['any', 'names']], ['_key']);
    // @ts-expect-error: no such path.
    fields('no');
    // @ts-expect-error: nor in a list.
    fields(['n', 'no']);
    const aggregates = (..._good: readonly AggregatesFor<Record1>[]): void => {};
    aggregates(
      {},
      { a: 'count', b: { count: 's' }, c: { sum: 'mixed.w' }, d: { avg: ['any'] }, e: { min: 'at' }, f: { max: 's' } },
    );
    // @ts-expect-error: a text has no sum.
    aggregates({ a: { sum: 's' } });
    // @ts-expect-error: a boolean has no average.
    aggregates({ a: { avg: 'b' } });
    // @ts-expect-error: no such function.
    aggregates({ a: { median: 'n' } });
    // @ts-expect-error: no such path.
    aggregates({ a: { min: 'no' } });
    expect([sort, fields, aggregates]).toHaveLength(3);
  });
});

interface Schema {
  one: { id: string; n: number };
  two: { oneId: string; text: string };
}

describe('QU-30: queries that are asked as objects', () => {
  const rows = <F extends FieldsAsked<Schema, 'one'>, R extends RelationsAsked<Schema, 'one'>>(
    _query: AskedRows<Schema, 'one', F, R>,
  ): void => {};
  const groups = (
    ..._good: readonly AskedGroups<
      Schema,
      'one',
      PathsFor<Schema['one']>,
      AggregatesFor<Schema['one']>,
      PathsFor<Schema['one']>
    >[]
  ): void => {};

  test('of rows have no groups, and name what the schema has', () => {
    rows({ where: { n: { $gt: 1 } }, sort: { n: 'asc' }, limit: 3, cursor: null, fields: ['id'] });
    rows({
      include: {
        x: {
          map: 'two',
          on: ['id', 'oneId'],
          where: { text: 'a' },
          include: { y: { map: 'one', on: ['oneId', 'id'] } },
        },
      },
    });
    // @ts-expect-error: no such path.
    rows({ where: { no: 1 } });
    // @ts-expect-error: no such map.
    rows({ include: { x: { map: 'three', on: ['id', 'oneId'] } } });
    // @ts-expect-error: no such path in the related rows' conditions.
    rows({ include: { x: { map: 'two', on: ['id', 'oneId'], where: { no: 'a' } } } });
    // @ts-expect-error: no such operator there.
    rows({ include: { x: { map: 'two', on: ['id', 'oneId'], where: { text: { $nope: 'a' } } } } });
    rows({
      include: {
        // @ts-expect-error: nor two relations deep.
        x: { map: 'two', on: ['id', 'oneId'], include: { y: { map: 'one', on: ['oneId', 'id'], where: { no: 1 } } } },
      },
    });
    // @ts-expect-error: rows have no groups.
    rows({ groupBy: 'n' });
    expect(rows).toBeTypeOf('function');
  });

  test('of groups have no fields and no relations, and one way to be made', () => {
    groups(
      { groupBy: 'n' },
      { groupBy: ['n'], aggregate: { c: 'count' } },
      { aggregate: { c: 'count' }, sort: { c: 'asc' } },
      { distinct: 'id' },
    );
    // @ts-expect-error: groups have no fields.
    groups({ groupBy: 'n', fields: 'id' });
    // @ts-expect-error: nor relations.
    groups({ distinct: 'n', include: {} });
    // @ts-expect-error: different values are groups already.
    groups({ distinct: 'n', groupBy: 'n' });
    // @ts-expect-error: and have no aggregates.
    groups({ distinct: 'n', aggregate: { c: 'count' } });
    // @ts-expect-error: something must make groups.
    groups({ sort: { n: 'asc' } });
    expect(groups).toBeTypeOf('function');
  });

  test('of a map about which nothing is known are any; of another only what is not known to be one', () => {
    expectTypeOf<AskedAnyhow<Unknown, { a: 1 }>>().toEqualTypeOf<{ a: 1 }>();
    expectTypeOf<AskedAnyhow<Schema['one'], QueryInput>>().toEqualTypeOf<QueryInput>();
    expectTypeOf<AskedAnyhow<Schema['one'], { readonly where: { readonly no: 1 } }>>().toBeNever();
  });

  test('of a hook are checked by the rows that it shows, where these have names', () => {
    expectTypeOf<RowFilterFor<Unknown>>().toEqualTypeOf<QueryInput>();
    expectTypeOf<RowFilterFor<object>>().toEqualTypeOf<QueryInput>();
    expectTypeOf<RowFilterFor<{ readonly [name: string]: number }>>().toEqualTypeOf<QueryInput>();
    const filter = (..._good: readonly RowFilterFor<Schema['one']>[]): void => {};
    filter({}, { where: { n: 1 }, sort: { id: 'asc' }, limit: 1 }, { include: { x: { map: 'any', on: ['a', 'b'] } } });
    // @ts-expect-error: no such path.
    filter({ where: { no: 1 } });
    // @ts-expect-error: whole rows have no chosen fields.
    filter({ fields: ['n'] });
    const shaped = (..._good: readonly ShapedFilter[]): void => {};
    shaped({ fields: 'a' }, { groupBy: ['a'], where: { b: 1 } }, { aggregate: { n: 'count' } }, { distinct: 'a' });
    // @ts-expect-error: nothing is shaped here.
    shaped({ where: { a: 1 } });
    expect([filter, shaped]).toHaveLength(2);
  });
});

describe('QU-30: rows of queries of which not all is known', () => {
  type AnySchema = Record<string, Unknown>;
  test('have a key, and any field', () => {
    type Row = ResultRow<AnySchema, 'm', { readonly where: { readonly a: 1 } }>;
    expectTypeOf<Row['_key']>().toEqualTypeOf<string>();
    expectTypeOf<Row['whatever']>().toBeAny();
    type Grouped = ResultRow<AnySchema, 'm', { readonly groupBy: 'a'; readonly aggregate: { readonly n: 'count' } }>;
    expectTypeOf<Grouped['n']>().toEqualTypeOf<number>();
    type Related = ResultRow<
      AnySchema,
      'm',
      { readonly include: { readonly x: { readonly map: 'o'; readonly one: true } } }
    >;
    expectTypeOf<Related['x']>().toExtend<{ readonly _key: string } | null>();
  });

  test('of fields that are chosen later may have each of the record', () => {
    type Row = ResultRow<Schema, 'one', { readonly fields: readonly string[] }>;
    expectTypeOf<Row>().toEqualTypeOf<{ id?: string; n?: number; readonly _key: string }>();
    type One = ResultRow<Schema, 'one', { readonly fields: string }>;
    expectTypeOf<One>().toEqualTypeOf<Row>();
    type Names = ResultRow<Schema, 'one', { readonly fields: readonly (readonly ['n'])[] }>;
    expectTypeOf<Names>().toEqualTypeOf<{ n: number; readonly _key: string }>();
  });
});
