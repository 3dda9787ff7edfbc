import type { QueryInput } from '../../packages/core/src/query/index.js';
import type { Value } from '../../packages/core/src/primitives/index.js';

export type Fields = Readonly<Record<string, Value | undefined>>;

/** A query twice: as an app writes it, and in plain code that shares nothing with the engine. */
export interface PlainQuery {
  readonly input: QueryInput;
  readonly holds: (fields: Fields, key: string) => boolean;
  /** Less than 0: the first comes first. The key decides what this leaves open. */
  readonly order: (a: Fields, b: Fields) => number;
  readonly limit: number;
}

export interface PlainRow {
  readonly key: string;
  readonly fields: Fields;
}

const UNLIMITED = Number.POSITIVE_INFINITY;
const unordered = (): number => 0;

/** QU-3 for what these apps store: nothing comes first, then numbers, or texts by code unit. */
function rising(field: string): PlainQuery['order'] {
  return (a, b) => {
    const [x, y] = [a[field], b[field]];
    if (x === y) return 0;
    if (x === undefined) return -1;
    return y === undefined || (x as number | string) > (y as number | string) ? 1 : -1;
  };
}

function falling(field: string): PlainQuery['order'] {
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
