import { canonicalQuery, validateQuery, type Query } from '../query/index.js';

/** No name that an app may give to a map begins like this. */
const GROUPS = '$groups ';

/**
 * The map in which the rows of a query are kept on this device. Records are kept in their own map, whatever query brought them; groups are
 * rows that exist for their query alone, so each such query has a map to itself (QU-60).
 */
export const rowsMap = (map: string, query: Query): string =>
  query.groupBy === undefined ? map : `${GROUPS}${map}\0${canonicalQuery(query)}`;

/** Of a map of groups: what they are the answer to, of which map. `null`: it is a map of records. */
export function askedFor(rowsMap: string): { readonly map: string; readonly query: Query } | null {
  if (!rowsMap.startsWith(GROUPS)) return null;
  const end = rowsMap.indexOf('\0');
  const query = validateQuery(JSON.parse(rowsMap.slice(end + 1)));
  return query.ok ? { map: rowsMap.slice(GROUPS.length, end), query: query.value } : null;
}

/** Which rows of `rowsMap` are the query's; `null`: that cannot be told from them alone. */
export function rowsQuery(query: Query): Query | null {
  if (query.within !== undefined || query.search !== undefined) return null;
  if (query.groupBy === undefined) return query;
  const { groupBy: _, ...ofGroups } = query;
  return { ...ofGroups, where: { type: 'and', of: [] } };
}
