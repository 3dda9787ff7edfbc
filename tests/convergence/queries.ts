import type { QueryInput } from '../../packages/core/src/query/index.js';
import { isPlainObject, type Value } from '../../packages/core/src/primitives/index.js';

export type Fields = Readonly<Record<string, Value | undefined>>;

/** A query twice: as an app writes it, and in plain code that shares nothing with the engine. */
export interface PlainQuery {
  readonly input: QueryInput;
  readonly holds: (fields: Fields, key: string) => boolean;
  /** Less than 0: the first comes first. The key decides what this leaves open. */
  readonly order: (a: Fields, b: Fields) => number;
  readonly limit: number;
}

/** What a query sees of a value. A set and a counter have no fields a query could name, and show as `value`. */
export const fieldsOf = (value: Value): Fields => (isPlainObject(value) ? (value as Fields) : { value });

export interface PlainRow {
  readonly key: string;
  readonly fields: Fields;
}

const UNLIMITED = Number.POSITIVE_INFINITY;
const unordered = (): number => 0;

/** QU-3 for what these apps store: nothing comes first, then `false` and `true`, numbers, or texts by code unit. */
export function rising(field: string): PlainQuery['order'] {
  return (a, b) => {
    const [x, y] = [a[field], b[field]];
    if (x === y) return 0;
    if (x === undefined) return -1;
    return y === undefined || (x as number | string) > (y as number | string) ? 1 : -1;
  };
}

export function falling(field: string): PlainQuery['order'] {
  const up = rising(field);
  return (a, b) => up(b, a);
}

const rankOf = ({ rank }: Fields): number => (typeof rank === 'number' ? rank : Number.NaN);

export const EVERYTHING: PlainQuery = { input: {}, holds: () => true, order: unordered, limit: UNLIMITED };

export const QUERIES: readonly PlainQuery[] = [
  EVERYTHING,
  {
    input: { where: { done: true } },
    holds: ({ done }) => done === true,
    order: unordered,
    limit: UNLIMITED,
  },
  {
    input: { where: { done: false }, sort: { rank: 'asc' } },
    holds: ({ done }) => done === false,
    order: rising('rank'),
    limit: UNLIMITED,
  },
  { input: { sort: { rank: 'asc' }, limit: 2 }, holds: () => true, order: rising('rank'), limit: 2 },
  {
    input: { where: { rank: { $gte: 3 } }, sort: { rank: 'desc' }, limit: 1 },
    holds: (fields) => rankOf(fields) >= 3,
    order: falling('rank'),
    limit: 1,
  },
  { input: { where: { _key: 'b' } }, holds: (_fields, key) => key === 'b', order: unordered, limit: UNLIMITED },
  {
    input: { where: { $or: [{ done: true }, { rank: { $lt: 4 } }] }, sort: { tag: 'desc' }, limit: 3 },
    holds: (fields) => fields['done'] === true || rankOf(fields) < 4,
    order: falling('tag'),
    limit: 3,
  },
  {
    input: { where: { rank: { $in: [0, 2, 4, 6], $ne: 4 } } },
    holds: ({ rank }) => rank === 0 || rank === 2 || rank === 6,
    order: unordered,
    limit: UNLIMITED,
  },
  {
    input: { where: { done: { $exists: false }, rank: { $nin: [1, 3] } }, sort: { rank: 'desc' }, limit: 2 },
    holds: ({ done, rank }) => done === undefined && rank !== 1 && rank !== 3,
    order: falling('rank'),
    limit: 2,
  },
  {
    input: {
      where: { $not: { done: true }, rank: { $gt: 1, $lte: 6 } },
      sort: { done: 'asc', rank: 'desc' },
      limit: 2,
    },
    holds: (fields) => fields['done'] !== true && rankOf(fields) > 1 && rankOf(fields) <= 6,
    order: (a, b) => rising('done')(a, b) || falling('rank')(a, b),
    limit: 2,
  },
];

/** The answer, worked out from all the rows there are. */
export function evaluatePlainly(query: PlainQuery, rows: Iterable<PlainRow>): readonly PlainRow[] {
  const matching = [...rows].filter(({ key, fields }) => query.holds(fields, key));
  return matching.sort(comparePlainly(query)).slice(0, query.limit);
}

/** Negative when the first row comes first; never 0 for two rows. */
export const comparePlainly =
  ({ order }: PlainQuery) =>
  (a: PlainRow, b: PlainRow): number =>
    order(a.fields, b.fields) || (a.key < b.key ? -1 : 1);
