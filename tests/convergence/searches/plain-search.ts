import type { SearchDefinitionInput } from '../../../packages/core/src/search/index.js';
import type { SearchOptions, SuggestOptions } from '../../../packages/core/src/client/search/search-result.js';
import { RECORD_MAPS } from '../maps.js';
import type { Fields, PlainRow } from '../queries.js';

const [TODOS, NOTES] = RECORD_MAPS;

/** What is searched of todos. Of notes the client and the server have no definition: searches say the fields. */
export const DEFINITIONS: Readonly<Record<string, SearchDefinitionInput>> = {
  [TODOS]: { fields: ['text', 'tag', 'secret'], vectors: { field: 'at', dimensions: 2 } },
};
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  [TODOS]: ['text', 'tag', 'secret'],
  [NOTES]: ['text', 'tag'],
};

/** Beginnings of each other, and a letter apart. */
export const WORDS = ['milk', 'mild', 'milky', 'oat', 'oats', 'bread', 'bred', 'tea'] as const;
export const PLACES = [
  [1, 0],
  [1, 1],
  [0, 1],
  [-1, 0],
] as const;

/** A search as an app asks it. What it finds is worked out by `findsPlainly`, which shares nothing with the engine. */
export interface PlainSearch {
  readonly map: string;
  readonly text: string;
  readonly options: SearchOptions & SuggestOptions;
  /** The condition in plain code. */
  readonly holds: (fields: Fields) => boolean;
}

const any = (): boolean => true;
const isDone = ({ done }: Fields): boolean => done === true;
const fields = ['text', 'tag'];

/** No two of one map have one text. */
export const SEARCHES: readonly PlainSearch[] = [
  { map: TODOS, text: 'mil', options: { fuzzy: false, highlight: true }, holds: any },
  { map: TODOS, text: 'milk tea', options: { combineWith: 'OR', limit: 1, facets: ['done', 'rank'] }, holds: any },
  { map: TODOS, text: 'oat', options: { where: { done: true }, facets: ['rank'] }, holds: isDone },
  { map: TODOS, text: 'bred', options: { fuzzy: 1, prefix: false, highlight: true }, holds: any },
  // Every text and secret that apps write once begins so.
  { map: TODOS, text: 'w', options: { facets: ['done'], limit: 2 }, holds: any },
  { map: TODOS, text: 'tea', options: { vector: [1, 0], minSimilarity: 0.6, facets: ['rank'] }, holds: any },
  { map: NOTES, text: 'mil oa', options: { fields, fuzzy: false }, holds: any },
  { map: NOTES, text: 'brea', options: { fields, limit: 1, facets: ['done'] }, holds: any },
];

export const COMPLETIONS: readonly PlainSearch[] = [
  { map: TODOS, text: 'mi', options: {}, holds: any },
  { map: TODOS, text: 'Oat br', options: { limit: 1 }, holds: any },
  { map: TODOS, text: 'w', options: {}, holds: any },
  { map: NOTES, text: 'mikl', options: { fields, fuzzy: 2 }, holds: any },
];

/** All that is found, in no order. */
export function findsPlainly(search: PlainSearch, rows: readonly PlainRow[]): readonly PlainRow[] {
  return rows.filter((row) => search.holds(row.fields) && (hasWords(search, row) || isNear(search, row)));
}

function hasWords(search: PlainSearch, row: PlainRow): boolean {
  const wanted = search.text.toLowerCase().split(' ');
  const words = wordsOf(search, row);
  const has = (one: string): boolean => words.some((word) => fits(search, one, word));
  return search.options.combineWith === 'OR' ? wanted.some(has) : wanted.every(has);
}

export const wordsOf = ({ map }: PlainSearch, row: PlainRow): readonly string[] =>
  (FIELDS[map] ?? []).flatMap((name) => {
    const text = row.fields[name];
    return typeof text === 'string' ? text.split(' ').filter((word) => word !== '') : [];
  });

/** Whether the word is one that is searched for: exactly, as its beginning, or with typing errors. */
export function fits({ options }: PlainSearch, wanted: string, word: string): boolean {
  if (word === wanted || (options.prefix !== false && word.startsWith(wanted))) return true;
  if (wanted.length < 4) return false;
  const { fuzzy = 0.2 } = options;
  const allowed = typeof fuzzy !== 'number' ? 0 : fuzzy < 1 ? Math.round(wanted.length * fuzzy) : fuzzy;
  return lettersApart(wanted, word) <= allowed;
}

function lettersApart(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length;
  const [restA, restB] = [a.slice(1), b.slice(1)];
  if (a[0] === b[0]) return lettersApart(restA, restB);
  return 1 + Math.min(lettersApart(restA, b), lettersApart(a, restB), lettersApart(restA, restB));
}

/** At most six records: all are among the nearest hundred. */
function isNear({ options }: PlainSearch, row: PlainRow): boolean {
  const [x, y] = (options.vector ?? []) as readonly number[];
  const at = row.fields['at'];
  if (x === undefined || y === undefined || !Array.isArray(at)) return false;
  const [u, v] = at as unknown as readonly [number, number];
  return (x * u + y * v) / (Math.hypot(x, y) * Math.hypot(u, v)) >= (options.minSimilarity ?? -1);
}

export interface PlainCount<T> {
  readonly value: T;
  readonly count: number;
}

/** The values of a field and how many have each, the most frequent first. */
export function countPlainly(name: string, rows: readonly PlainRow[]): readonly PlainCount<boolean | number>[] {
  const values = rows.map(({ fields: { [name]: value } }) => value).filter((value) => value !== undefined);
  return counted(values as readonly (boolean | number)[]);
}

/** What the text may become. */
export function completePlainly(search: PlainSearch, rows: readonly PlainRow[]): readonly PlainCount<string>[] {
  const wanted = search.text.toLowerCase().split(' ');
  const last = wanted.at(-1) ?? '';
  const lead = search.text.slice(0, search.text.length - last.length);
  const wordsOfEach = findsPlainly(search, rows).map((row) => [...new Set(wordsOf(search, row))]);
  const all = wordsOfEach.flat();
  const isBegun = all.some((word) => word.startsWith(last));
  const completes = (word: string): boolean =>
    isBegun
      ? word.startsWith(last)
      : !wanted.slice(0, -1).includes(word) && wanted.some((one) => fits(search, one, word));
  return counted(all.filter(completes).map((word) => lead + word)).slice(0, search.options.limit ?? 5);
}

function counted<T extends string | number | boolean>(values: readonly T[]): readonly PlainCount<T>[] {
  return [...new Set(values)]
    .map((value) => ({ value, count: values.filter((other) => other === value).length }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
}
