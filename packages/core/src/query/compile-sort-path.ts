import type { Value } from '../primitives/index.js';
import { compilePath, type PathReader } from './compile-path.js';
import { compileMatchScore } from './predicate/compile-match.js';
import { SCORE_FIELD, type MatchPredicate, type Path, type Predicate, type Query } from './query.js';

/** What of a query says how its rows are ordered. `where` counts where they are sorted by `_score`. */
export type Ordering = Pick<Query, 'sort'> & Partial<Pick<Query, 'where' | 'groupBy'>>;

export const isScorePath = ([first, ...rest]: Path): boolean => first === SCORE_FIELD && rest.length === 0;

/** The texts that rows are matched with: what `_score` is of. Not those that they must not meet. */
export function scoredMatches(where: Predicate | undefined): readonly MatchPredicate[] {
  if (where === undefined) return [];
  if (where.type === 'match') return [where];
  return where.type === 'and' || where.type === 'or' ? where.of.flatMap(scoredMatches) : [];
}

/** Reads what rows are sorted by. Of groups `_score` is a field like any other. */
export function compileSortPath(path: Path, { where, groupBy }: Ordering): PathReader {
  const matches = isScorePath(path) && groupBy === undefined ? scoredMatches(where) : [];
  return matches.length === 0 ? compilePath(path) : compileScore(matches);
}

/** Remembers scores by value, which never changes: a row is compared with many others. */
function compileScore(matches: readonly MatchPredicate[]): PathReader {
  const parts = matches.map(compileMatchScore);
  const sum = (key: string, value: Value): number => parts.reduce((score, part) => score + part(key, value), 0);
  const isOfKey = matches.some(({ path }) => path.length === 1 && path[0] === '_key');
  if (isOfKey) return sum;
  const known = new WeakMap<object, number>();
  return (key, value) => {
    if (typeof value !== 'object' || value === null) return sum(key, value);
    let score = known.get(value);
    if (score === undefined) known.set(value, (score = sum(key, value)));
    return score;
  };
}
