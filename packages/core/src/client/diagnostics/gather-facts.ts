import type { Op } from '../../crdt/index.js';
import type { ClientRuntime } from '../session/client-runtime.js';
import type { MapStore } from '../state/map-store.js';
import { recordSyncState } from '../state/record-sync-state.js';
import type { Subscription } from '../state/subscription.js';
import type { MapFacts, PendingFacts, RecordFacts, WholeMapFacts } from './explain.js';
import type { SubscriptionNote } from './explanation.js';

/** CL-34: what there is to know of a record at this moment. Changes nothing: a map that is not in use is not put to use by being asked about. */
export function gatherRecord(runtime: ClientRuntime, map: string, key: string): RecordFacts {
  const { stores, rejections, session, environment } = runtime;
  const store = stores.peek(map);
  const ops = store?.overlay.pendingOps(key) ?? [...stores.pending.of(map)].filter((op) => op.key === key);
  const asked = store ?? { name: map, overlay: { isPending: () => ops.length > 0 } };
  return {
    ...gatherAround(runtime, map, store),
    key,
    isShown: store?.values.has(key) ?? false,
    base: store?.overlay.baseRecords().get(key),
    held: store?.overlay.held(key),
    now: store?.overlay.now() ?? environment.clock.now(),
    syncState: recordSyncState(runtime, asked, key),
    pending: ops.map((op) => gatherPending(runtime, op)),
    lastAck: session.events.lastAck(map, key),
    rejections: rejections
      .list()
      .filter((rejection) => rejection.map === map && rejection.key === key)
      .map(({ id, code, reason, at }) => ({ id, code, reason, at })),
    subscriptions: subscriptionsOf(runtime, map).map((subscription) => ({
      ...noteOf(subscription),
      holds: subscription.members.has(key),
    })),
  };
}

/** CL-34: as `gatherRecord`. Looks at each undecided op of the map. */
export function gatherMap(runtime: ClientRuntime, map: string): WholeMapFacts {
  const { stores, rejections } = runtime;
  const store = stores.peek(map);
  let pending = 0;
  let oldest: Op | null = null;
  for (const op of store === undefined ? stores.pending.of(map) : pendingOf(store)) {
    pending += 1;
    if (oldest === null || op.stamp < oldest.stamp) oldest = op;
  }
  return {
    ...gatherAround(runtime, map, store),
    records: store?.values.size ?? 0,
    confirmed: store?.overlay.baseRecords().size ?? 0,
    pending,
    oldest: oldest === null ? null : gatherPending(runtime, oldest),
    rejections: rejections.list().filter((rejection) => rejection.map === map).length,
    subscriptions: subscriptionsOf(runtime, map).map(noteOf),
  };
}

function* pendingOf({ overlay }: MapStore): Iterable<Op> {
  for (const key of overlay.pendingKeys()) yield* overlay.pendingOps(key);
}

function gatherAround(runtime: ClientRuntime, map: string, store: MapStore | undefined): MapFacts {
  const { session, isLocalOnly, isPaused, status, fault } = runtime;
  const { database, events, writer } = session;
  const kind = database === null ? 'opening' : database.isInMemory ? 'memory' : 'database';
  return {
    map,
    status: store?.status ?? 'unused',
    connection: { isLocalOnly, state: status.connectionState, fault, isPaused, leads: events.leads },
    storage: { kind, unsaved: writer.waiting, persistence: events.persistence, lastFault: events.lastFault },
  };
}

function gatherPending({ stores, session }: ClientRuntime, op: Op): PendingFacts {
  const isDurable = stores.pending.find(op) !== undefined;
  return { op, isDurable, wait: isDurable ? (session.sync?.waitOf(op) ?? null) : null };
}

const subscriptionsOf = ({ subscriptions }: ClientRuntime, map: string): readonly Subscription[] =>
  [...subscriptions.all()].filter(({ rowsMap }) => rowsMap === map);

function noteOf({ map, query, isSettled, members, error }: Subscription): SubscriptionNote {
  const refused = error === null ? null : { code: error.code, reason: error.message };
  return { map, query, isSettled, rows: members.size, error: refused };
}
