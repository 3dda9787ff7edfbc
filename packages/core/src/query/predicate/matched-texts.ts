import type { Path, Predicate } from '../query.js';

/** Where the texts are whose words a condition is about, each place as often as it is named. */
export function matchedPaths(where: Predicate): readonly Path[] {
  switch (where.type) {
    case 'match':
      return [where.path];
    case 'not':
      return matchedPaths(where.of);
    case 'and':
    case 'or':
      return where.of.flatMap(matchedPaths);
    default:
      return [];
  }
}

/** What a condition says beside texts: it holds wherever the whole does, and names the words of none. */
export function beyondTexts(where: Predicate): Predicate {
  const parts = where.type === 'and' ? where.of : [where];
  return { type: 'and', of: parts.filter((part) => matchedPaths(part).length === 0) };
}
