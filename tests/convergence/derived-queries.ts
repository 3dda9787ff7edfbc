import type { Value } from '../../packages/core/src/primitives/index.js';
import type { QueryInput } from '../../packages/core/src/query/index.js';
import { RECORD_MAPS } from './maps.js';
import { falling, fieldsOf, rising, type Fields, type PlainRow } from './queries.js';

/** The records of a map. */
export type RecordsOf = (map: string) => readonly PlainRow[];

/** A query of groups, related rows or chosen fields: as an app writes it, and its answer in plain code that shares nothing with the engine. */
export interface DerivedQuery {
  readonly map: string;
  readonly input: QueryInput;
  readonly answer: (records: RecordsOf) => readonly ShownRow[];
}

export type ShownRow = { readonly [name: string]: Value | undefined };

const [TODOS, NOTES] = RECORD_MAPS;
type Order = (a: Fields, b: Fields) => number;

export const recordsFrom =
  (values: (map: string) => ReadonlyMap<string, Value>): RecordsOf =>
  (map) =>
    [...values(map)].map(([key, value]) => ({ key, fields: fieldsOf(value) }));

const inOrder = (rows: readonly PlainRow[], order: Order): PlainRow[] =>
  [...rows].sort((a, b) => order(a.fields, b.fields) || (a.key < b.key ? -1 : 1));

const numbersOf = (rows: readonly PlainRow[], field: string): number[] =>
  rows.map(({ fields }) => fields[field]).filter((value) => typeof value === 'number');

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/** A row for all rows with one value in that field, one for those without any; the key comes first, and says which. */
function groupsOf(
  rows: readonly PlainRow[],
  field: string,
  shown: (rows: readonly PlainRow[]) => Fields = () => ({}),
): PlainRow[] {
  const values = [...new Set(rows.map(({ fields }) => fields[field]))];
  return values.map((value) => {
    const members = rows.filter(({ fields }) => fields[field] === value);
    const key = value === undefined ? '[[]]' : `[[${JSON.stringify(value)}]]`;
    return { key, fields: { ...(value === undefined ? {} : { [field]: value }), ...shown(members) } };
  });
}

const shownAs = ({ key, fields }: PlainRow): ShownRow => ({ ...fields, _key: key });

const relatedBy = (rows: readonly PlainRow[], field: string, value: Value | undefined): PlainRow[] =>
  value === undefined ? [] : rows.filter(({ fields }) => fields[field] === value);

const unordered: Order = () => 0;

export const DERIVED_QUERIES: readonly DerivedQuery[] = [
  {
    map: TODOS,
    input: { groupBy: 'done', aggregate: { rows: 'count', ranks: { sum: 'rank' } } },
    answer: (records) => {
      const shown = (rows: readonly PlainRow[]) => ({ rows: rows.length, ranks: sum(numbersOf(rows, 'rank')) });
      return inOrder(groupsOf(records(TODOS), 'done', shown), unordered).map(shownAs);
    },
  },
  {
    map: TODOS,
    input: { groupBy: 'rank', aggregate: { rows: 'count' }, sort: { rows: 'desc' }, limit: 2 },
    answer: (records) => {
      const groups = groupsOf(records(TODOS), 'rank', (rows) => ({ rows: rows.length }));
      return inOrder(groups, falling('rows')).slice(0, 2).map(shownAs);
    },
  },
  {
    map: TODOS,
    input: { where: { done: true }, aggregate: { mean: { avg: 'rank' }, most: { max: 'rank' } } },
    answer: (records) => {
      const done = records(TODOS).filter(({ fields }) => fields['done'] === true);
      if (done.length === 0) return [];
      const ranks = numbersOf(done, 'rank');
      const isNone = ranks.length === 0;
      return [
        { _key: '[]', mean: isNone ? null : sum(ranks) / ranks.length, most: isNone ? null : Math.max(...ranks) },
      ];
    },
  },
  {
    map: NOTES,
    input: { distinct: 'rank' },
    answer: (records) => inOrder(groupsOf(records(NOTES), 'rank'), unordered).map(shownAs),
  },
  {
    map: TODOS,
    input: { fields: 'tag', sort: { rank: 'asc' }, limit: 2 },
    answer: (records) =>
      inOrder(records(TODOS), rising('rank'))
        .slice(0, 2)
        .map(({ key, fields }) => ({ _key: key, tag: fields['tag'] })),
  },
  {
    map: TODOS,
    input: { include: { note: { map: NOTES, on: ['_key', '_key'], one: true } } },
    answer: (records) =>
      inOrder(records(TODOS), unordered).map((row) => {
        const note = records(NOTES).find(({ key }) => key === row.key);
        return { ...shownAs(row), note: note === undefined ? null : (shownAs(note) as Value) };
      }),
  },
  {
    map: NOTES,
    input: {
      sort: { rank: 'desc' },
      limit: 2,
      include: {
        open: { map: TODOS, on: ['rank', 'rank'], where: { done: { $ne: true } }, sort: { tag: 'desc' }, limit: 2 },
      },
    },
    answer: (records) =>
      inOrder(records(NOTES), falling('rank'))
        .slice(0, 2)
        .map((row) => {
          const open = relatedBy(records(TODOS), 'rank', row.fields['rank']).filter(
            ({ fields }) => fields['done'] !== true,
          );
          return { ...shownAs(row), open: inOrder(open, falling('tag')).slice(0, 2).map(shownAs) as Value };
        }),
  },
  {
    map: TODOS,
    input: {
      where: { done: false },
      include: {
        peers: {
          map: TODOS,
          on: ['rank', 'rank'],
          include: { notes: { map: NOTES, on: ['done', 'done'], fields: 'tag' } },
        },
      },
    },
    answer: (records) =>
      inOrder(
        records(TODOS).filter(({ fields }) => fields['done'] === false),
        unordered,
      ).map((row) => ({
        ...shownAs(row),
        peers: inOrder(relatedBy(records(TODOS), 'rank', row.fields['rank']), unordered).map((peer) => ({
          ...shownAs(peer),
          notes: inOrder(relatedBy(records(NOTES), 'done', peer.fields['done']), unordered).map(({ key, fields }) => ({
            _key: key,
            tag: fields['tag'],
          })),
        })) as Value,
      })),
  },
];
