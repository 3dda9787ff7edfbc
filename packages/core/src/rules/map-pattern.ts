import { badRule } from './bad-rule.js';

const PATTERN = /^[A-Za-z0-9_.:/*-]{1,128}$/;

const MAX_FOUND = 1_000;

interface Pattern<T> {
  readonly test: RegExp;
  readonly literals: number;
  readonly name: string;
  readonly of: T;
}

/**
 * Finds what is meant for a map: what has its name, else the pattern with the most characters that are not `*`, and of those
 * the first by its text. `undefined`: nothing. Throws `bad-rule` for what is neither name nor pattern.
 */
export function createPatterns<T>(
  entries: readonly (readonly [name: string, of: T])[],
): (map: string) => T | undefined {
  const byName = new Map<string, T>();
  const patterns: Pattern<T>[] = [];
  for (const [name, of] of entries) {
    if (!PATTERN.test(name))
      throw badRule(JSON.stringify(name), 'is neither the name of a map nor a pattern of names.');
    if (!name.includes('*')) byName.set(name, of);
    else patterns.push({ test: toRegExp(name), literals: name.replaceAll('*', '').length, name, of });
  }
  patterns.sort((a, b) => b.literals - a.literals || (a.name < b.name ? -1 : 1));
  /** What was found last: a server has few maps, but whoever asks may name others. */
  const found = new Map<string, T | undefined>();
  return (map) => {
    const named = byName.get(map);
    if (named !== undefined || patterns.length === 0) return named;
    if (!found.has(map)) {
      if (found.size >= MAX_FOUND) found.clear();
      found.set(map, patterns.find(({ test }) => test.test(map))?.of);
    }
    return found.get(map);
  };
}

function toRegExp(pattern: string): RegExp {
  const parts = pattern.split(/\*+/).map((part) => part.replaceAll('.', '\\.'));
  return new RegExp(`^${parts.join('.*')}$`);
}
