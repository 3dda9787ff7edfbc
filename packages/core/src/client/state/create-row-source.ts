import { stripForWire, type Query } from '../../query/index.js';
import { GroupedRows } from './grouped-rows.js';
import { IncludedRows } from './included-rows.js';
import { MapRows } from './map-rows.js';
import type { KeptViews } from './kept-views.js';
import type { MapStores } from './map-stores.js';
import type { RowSource } from './row-source.js';
import type { Subscriptions } from './subscriptions.js';
import type { ViewTurns } from '../ports/view-turns.js';

export interface RowSourceOptions {
  readonly map: string;
  readonly query: Query;
  readonly stores: Pick<MapStores, 'use'>;
  readonly subscriptions: Pick<Subscriptions, 'of'>;
  /** CL-2: what shows of plain records before they are loaded. */
  readonly keptViews: Pick<KeptViews, 'previewed'>;
  readonly turns: ViewTurns;
  readonly isLocalOnly: boolean;
}

/** The rows of a query, of the kind that it asks for. Begins to load the maps that they come from; asks the server for nothing. */
export function createRowSource(options: RowSourceOptions): RowSource {
  const { map, query, stores, subscriptions, keptViews, turns, isLocalOnly } = options;
  const { groupBy } = query;
  if (query.include !== undefined) {
    return new IncludedRows({
      map,
      query,
      storeOf: (name) => stores.use(name),
      subscriptionOf: (name, part) => subscriptions.of(name, part),
      turns,
      isLocalOnly,
    });
  }
  const subscription = subscriptions.of(map, stripForWire(query));
  const store = stores.use(map);
  if (groupBy === undefined) {
    const rows = new MapRows({ query, store, subscription, turns, isLocalOnly });
    return keptViews.previewed(subscription.key, query, store, rows);
  }
  const groups = stores.use(subscription.rowsMap);
  return new GroupedRows({ query: { ...query, groupBy }, records: store, groups, subscription, turns, isLocalOnly });
}
