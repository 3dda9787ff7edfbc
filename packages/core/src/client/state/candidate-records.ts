import type { FindRecords, Query } from '../../query/index.js';
import type { MapStore } from './map-store.js';

/** Finds the records of a map among which all are that meet a query's conditions, by the map's indexes where they help. */
export function candidateRecords(store: Pick<MapStore, 'indexes' | 'values'>, { where }: Query): FindRecords {
  return (order) => {
    const { plan, entries, maxLooks } = store.indexes.select(where, order);
    const { access } = plan;
    const isInOrder = access.type === 'order' || (access.type === 'range' && access.direction !== undefined);
    return {
      inOrder: isInOrder ? { entries, maxLooks } : null,
      each(visit) {
        if (access.type === 'scan' || access.type === 'order') store.values.forEach((value, key) => visit(key, value));
        else for (const { key, value } of entries) visit(key, value);
      },
    };
  };
}
