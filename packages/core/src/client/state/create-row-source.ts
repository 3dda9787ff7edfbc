import { stripForWire, type Query } from '../../query/index.js';
import { GroupedRows } from './grouped-rows.js';
import { IncludedRows } from './included-rows.js';
import { MapRows } from './map-rows.js';
import type { MapStores } from './map-stores.js';
import type { RowSource } from './row-source.js';
import type { Subscriptions } from './subscriptions.js';

export interface RowSourceOptions {
  readonly map: string;
  readonly query: Query;
  readonly stores: Pick<MapStores, 'use'>;
  readonly subscriptions: Pick<Subscriptions, 'of'>;
  readonly isLocalOnly: boolean;
}

/** The rows of a query, of the kind that it asks for. Begins to load the maps that they come from; asks the server for nothing. */
export function createRowSource({ map, query, stores, subscriptions, isLocalOnly }: RowSourceOptions): RowSource {
  const { groupBy } = query;
  if (query.include !== undefined) {
    return new IncludedRows({
      map,
      query,
      storeOf: (name) => stores.use(name),
      subscriptionOf: (name, part) => subscriptions.of(name, part),
      isLocalOnly,
    });
  }
  const subscription = subscriptions.of(map, stripForWire(query));
  const store = stores.use(map);
  if (groupBy === undefined) return new MapRows({ query, store, subscription, isLocalOnly });
  const groups = stores.use(subscription.rowsMap);
  return new GroupedRows({ query: { ...query, groupBy }, records: store, groups, subscription, isLocalOnly });
}
