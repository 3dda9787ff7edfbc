import { canonicalJson } from '../../primitives/index.js';
import type { Literal, Path, Predicate } from '../query.js';

/** A path and the values of which a row must have one there. */
export interface PinnedEquality {
  readonly path: Path;
  readonly values: readonly Literal[];
}

/**
 * The paths at which a query's conditions let only certain values be, each once, with those values: what its `eq` and
 * `in` say at the top or in a top-level `and`. A row with another value, or none, cannot meet the query. With two
 * such conditions on one path, the values both allow; there may be none.
 */
export function pinnedEqualities({ where }: { readonly where: Predicate }): PinnedEquality[] {
  const byPath = new Map<string, PinnedEquality>();
  for (const { path, values } of demands(where)) {
    const name = canonicalJson(path);
    const earlier = byPath.get(name);
    byPath.set(name, { path, values: earlier === undefined ? values : common(earlier.values, values) });
  }
  return [...byPath.values()];
}

function demands(predicate: Predicate): PinnedEquality[] {
  switch (predicate.type) {
    case 'eq':
      return [{ path: predicate.path, values: [predicate.value] }];
    case 'in':
      return [{ path: predicate.path, values: predicate.values }];
    case 'and':
      return predicate.of.flatMap(demands);
    default:
      return [];
  }
}

function common(a: readonly Literal[], b: readonly Literal[]): Literal[] {
  const texts = new Set(b.map((value) => canonicalJson(value)));
  return a.filter((value) => texts.has(canonicalJson(value)));
}
