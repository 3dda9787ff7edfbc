import { materialize, type LwwRecord } from '@topgun/core/crdt';
import { evaluate, windowSize, type Entry, type Query } from '@topgun/core/query';

/** The records of several maps. */
export type Maps = ReadonlyMap<string, ReadonlyMap<string, LwwRecord>>;

/** SY-5: the rows that the server's view of a query shows, from scratch: with the slack of its window, and of those it stands on. */
export function naiveView(query: Query, map: string, maps: Maps): Entry[] {
  const entries = new Map([...maps.keys()].map((name) => [name, entriesOf(maps, name)]));
  return evaluate(withSlack(query), entries.get(map) ?? [], { maps: entries });
}

function withSlack(query: Query): Query {
  const { within } = query;
  const limit = query.limit === null ? null : windowSize(query);
  if (within === undefined) return { ...query, limit };
  return { ...query, limit, within: { ...within, query: withSlack(within.query) } };
}

/** The records of a map that show. */
export function entriesOf(maps: Maps, map: string): Entry[] {
  return [...(maps.get(map) ?? [])].flatMap(([key, record]) => {
    const value = materialize(record);
    return value === undefined ? [] : [{ key, value }];
  });
}
