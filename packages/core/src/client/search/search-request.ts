import { canonicalJson, checkValue, type Value } from '../../primitives/index.js';
import { parseQuery } from '../../query/index.js';
import type { SearchOptions, SuggestOptions } from './search-result.js';

/** What an app asks for. Not checked yet: what checks it is loaded with the first search. */
export interface SearchRequest {
  readonly kind: 'search' | 'suggest';
  readonly map: string;
  readonly text: string;
  readonly options: SearchOptions | SuggestOptions;
  readonly delayMs: number;
  /** The same for what means the same. */
  readonly key: string;
}

/** Longer than any text that is searched for: that there is more of it is all that has to be known. */
const MAX_KEY_TEXT = 2_000;

export function searchRequest(
  kind: SearchRequest['kind'],
  map: string,
  text: string,
  given: SearchOptions | SuggestOptions = {},
): SearchRequest {
  // An option that is `undefined` is absent, and how long is waited makes no other answer.
  const told = Object.entries(given).filter(([name, value]) => name !== 'debounceMs' && value !== undefined);
  const options: SearchOptions = Object.fromEntries(told.map(([name, value]) => [name, plain(value)]));
  const delayMs = Number(given.debounceMs ?? 0);
  return { kind, map, text, options, delayMs, key: keyOf(kind, map, text, options) };
}

/** Nothing is searched for, in words or by a vector: whatever the options, nothing is found. */
export function isBlank({ kind, text, options }: SearchRequest): boolean {
  const hasVector = kind === 'search' && (options as SearchOptions).vector !== undefined;
  return !hasVector && typeof text === 'string' && text.trim() === '';
}

/** What models give is a vector, too. */
const plain = (value: unknown): unknown => (value instanceof Float32Array ? [...value] : value);

function keyOf(kind: string, map: string, text: string, { where, ...rest }: SearchOptions): string {
  const told = typeof text === 'string' ? text.slice(0, MAX_KEY_TEXT) : typeof text;
  const query = where === undefined ? null : parseQuery({ where });
  const condition = query === null ? null : query.ok ? query.value.where : { bad: query.error.code };
  return canonicalJson([kind, map, told, condition as unknown as Value, valueOf(rest)]);
}

/** Options that are no values are refused later; until then all of them are one. */
function valueOf(options: object): Value {
  const checked = checkValue(options);
  return checked.ok ? checked.value : { bad: true };
}
