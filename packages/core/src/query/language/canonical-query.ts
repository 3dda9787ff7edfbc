import { canonicalJson } from '../../primitives/index.js';
import { canonicalPredicate } from './canonical-predicate.js';
import { isKeyPath, outermostPaths } from './path-list.js';
import type { Cursor, GroupBy, Query, Relation, SortKey, Within } from '../query.js';

/**
 * The query as one string: queries that differ only in the order of members, in nesting of like
 * connectives, in repetition or in double negation give the same one.
 */
export function canonicalQuery(query: Query): string {
  return canonicalJson(canonicalForm(query));
}

/** The same query, simplified: what cannot decide is gone, what has no order is sorted. Never deeper or larger; idempotent. */
export function canonicalForm(query: Query): Query {
  const levels = decidingLevels(query.sort);
  const { after, fields, groupBy, include, search, within } = query;
  return {
    where: canonicalPredicate(query.where),
    sort: levels.map((level) => query.sort[level] as SortKey),
    limit: query.limit,
    ...(after === undefined ? {} : { after: afterLevels(after, levels) }),
    ...(fields === undefined ? {} : { fields: outermostPaths(fields) }),
    ...(groupBy === undefined ? {} : { groupBy: canonicalGroups(groupBy) }),
    ...(include === undefined || include.length === 0 ? {} : { include: canonicalRelations(include) }),
    ...(within === undefined ? {} : { within: canonicalWithin(within) }),
    ...(search === undefined ? {} : { search }),
  };
}

/** The levels of a sort order without those that cannot decide: a path sorted by before, all after the key, and the implied last `_key`. */
function decidingLevels(sort: readonly SortKey[]): number[] {
  const levels: number[] = [];
  const seen = new Set<string>();
  for (const [level, [path, direction]] of sort.entries()) {
    const isKey = isKeyPath(path);
    if (isKey && direction === 'asc') break;
    const name = canonicalJson(path);
    if (!seen.has(name)) levels.push(level);
    seen.add(name);
    if (isKey) break;
  }
  return levels;
}

function afterLevels({ values, key }: Cursor, levels: readonly number[]): Cursor {
  return { values: values.filter((_, level) => levels.includes(level)), key };
}

function canonicalGroups({ by, aggregates }: GroupBy): GroupBy {
  return { by: outermostPaths(by), aggregates: aggregates.toSorted(([a], [b]) => (a < b ? -1 : 1)) };
}

function canonicalRelations(include: readonly Relation[]): Relation[] {
  return include
    .map((relation) => {
      const query = canonicalForm(relation.query);
      return { ...relation, query: relation.one ? { ...query, limit: 1 } : query };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function canonicalWithin({ map, query, on }: Within): Within {
  return { map, query: canonicalForm(query), on };
}
