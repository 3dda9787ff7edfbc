import { compilePredicate, type EachRecord, type Query } from '../../query/index.js';
import type { MapStore } from './map-store.js';

/** The records of a map that meet a query's conditions, found by the map's indexes where they help. */
export function matchingRecords(store: Pick<MapStore, 'indexes' | 'values'>, { where }: Query): EachRecord {
  const matches = compilePredicate(where);
  const isAll = where.type === 'and' && where.of.length === 0;
  return (visit) => {
    const { plan, entries } = store.indexes.select(where);
    if (plan.access.type !== 'scan') {
      for (const { key, value } of entries) if (matches(key, value)) visit(key, value);
    } else if (isAll) {
      for (const [key, value] of store.values) visit(key, value);
    } else {
      for (const [key, value] of store.values) if (matches(key, value)) visit(key, value);
    }
  };
}
