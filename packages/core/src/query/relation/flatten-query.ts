import type { Query, Relation } from '../query.js';

/** One subscription of those that answer a query. */
export interface WireQuery {
  /** The names of the relations that lead to it; none for the query itself. */
  readonly path: readonly string[];
  readonly map: string;
  readonly query: Query;
}

/**
 * The subscriptions that bring everything a query shows: one for its own rows and one for each of its relations, which
 * is about all rows that any parent row relates to. Parents come before what is related to them.
 */
export function flattenQuery(map: string, query: Query): WireQuery[] {
  const root = stripForWire(query);
  return [{ path: [], map, query: root }, ...flattenRelations([], map, root, query.include)];
}

function flattenRelations(
  path: readonly string[],
  map: string,
  parent: Query,
  include: readonly Relation[] = [],
): WireQuery[] {
  return include.flatMap((relation) => {
    const here = [...path, relation.name];
    const query: Query = { ...stripForWire(relation.query), within: { map, query: parent, on: relation.on } };
    return [
      { path: here, map: relation.map, query },
      ...flattenRelations(here, relation.map, query, relation.query.include),
    ];
  });
}

/** The query without what its receiver has no part in: records travel whole, and relations as queries of their own. */
export function stripForWire(query: Query): Query {
  const { fields: _fields, include: _include, ...rest } = query;
  return rest;
}
