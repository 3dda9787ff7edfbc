import type { SearchChange, SearchResult } from './search-result.js';

/** What leads from one answer to the next: what left first, then what came or differs, in the order of the answer. */
export function searchChanges<T>(
  before: readonly SearchResult<T>[],
  after: readonly SearchResult<T>[],
): readonly SearchChange<T>[] {
  const left = new Map(before.map((result) => [result.key, result]));
  const came: SearchChange<T>[] = [];
  for (const result of after) {
    const { key } = result;
    const previous = left.get(key);
    left.delete(key);
    if (previous === undefined) came.push({ type: 'enter', key, result });
    else if (differs(previous, result)) came.push({ type: 'update', key, result });
  }
  return [...Array.from(left.keys(), (key) => ({ type: 'leave', key }) as const), ...came];
}

/** Scores change a little with every record that comes or goes: that alone is no change of a result. */
function differs(a: SearchResult<unknown>, b: SearchResult<unknown>): boolean {
  return a.value !== b.value || a.source !== b.source || a.matchedTerms.join() !== b.matchedTerms.join();
}
