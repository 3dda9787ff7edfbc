import { TopGunError, type Value } from '../../packages/core/src/primitives/index.js';
import type { SchemaDefinition } from '../../packages/core/src/schema/index.js';
import type { WriteHandle } from '../../packages/core/src/client/outbox/write-handle.js';
import type { Environment, Timers } from '../../packages/core/src/client/ports/environment.js';
import type { QueryHandle } from '../../packages/core/src/client/query-handle.js';
import type { ViewState } from '../../packages/core/src/client/state/live-view.js';
import type { AnyRow } from '../../packages/core/src/client/state/row.js';
import { createMemoryNetwork } from '../../packages/core/src/client/testing/memory-network.js';
import type { MemoryTab } from '../../packages/core/src/client/testing/memory-tabs.js';
import type { SeededRandom } from '../../packages/core/src/client/testing/seeded-random.js';
import type { VirtualDevice } from '../../packages/core/src/client/testing/virtual-time.js';
import { TopGunClient } from '../../packages/core/src/client/topgun-client.js';
import type { Defects } from './defects.js';
import type { TabTurns } from './late-turns.js';
import type { LocalDisk } from './local-disk.js';
import type { NetworkPlace } from './network.js';
import type { DerivedQuery } from './derived-queries.js';
import type { PlainQuery } from './queries.js';
import { DEFINITIONS } from './searches/plain-search.js';
import { createSearchWorkers } from './searches/search-worker.js';
import { createTabSearches, type TabSearches } from './searches/tab-searches.js';

export interface OpenView {
  readonly map: string;
  readonly query: PlainQuery;
  readonly handle: QueryHandle<AnyRow>;
  /** What the app sees. */
  read(): ViewState<AnyRow>;
  stop(): void;
}

export interface OpenDerivedView {
  readonly query: DerivedQuery;
  readonly handle: QueryHandle<AnyRow>;
  stop(): void;
}

/** Absent: the record's end stays as it is. */
interface WithTtl {
  readonly ttlMs?: number | null;
}

/** A write of a record as an app makes it. */
export type AppEdit =
  | ({ readonly type: 'set'; readonly value: Readonly<Record<string, Value>> } & WithTtl)
  | ({ readonly type: 'update' | 'patch'; readonly fields: Readonly<Record<string, Value | undefined>> } & WithTtl)
  | { readonly type: 'remove' };

export interface RecordEdit {
  readonly map: string;
  readonly key: string;
  readonly edit: AppEdit;
}

/** One tab that runs the real client, as a page that shows some queries and writes now and then. */
export interface AppTab {
  readonly name: string;
  readonly client: TopGunClient;
  readonly disk: LocalDisk;
  readonly views: ReadonlyMap<string, OpenView>;
  readonly derivedViews: ReadonlyMap<string, OpenDerivedView>;
  readonly live: TabSearches;
  readonly isFrozen: boolean;
  /** Some of its views are being filled, or are waiting for their turn. */
  readonly isFilling: boolean;
  /** The time, in true ms, at which it was last thawed. Before the run: never. */
  readonly thawedAt: number;
  /** Opens the view, or gives the open one. */
  open(map: string, query: PlainQuery): OpenView;
  openDerived(query: DerivedQuery): OpenDerivedView;
  /** Of either kind. */
  closeView(key: string): void;
  /** What storage holds of the map is here. */
  isLoaded(map: string): boolean;
  value(map: string, key: string): Value | undefined;
  rows(map: string): ReadonlyMap<string, Value>;
  /** `null`: the client refused it at the call, because the map is loading or the record is not here. */
  edit(map: string, key: string, edit: AppEdit): WriteHandle | null;
  /** Any other write. `null`: as above. */
  write(make: (client: TopGunClient) => WriteHandle): WriteHandle | null;
  /** All or nothing. `null`: as above, for one of them. */
  transact(edits: readonly RecordEdit[]): WriteHandle | null;
  /** The browser says that it has a network again. */
  goOnline(): void;
  /** The app has another token of its user. */
  showToken(): void;
  freeze(): void;
  thaw(now: number): void;
  close(): Promise<void>;
  crash(): void;
  /** A crash that takes with it what is under way to the disk. */
  losePower(): void;
}

export interface AppTabOptions {
  readonly name: string;
  readonly random: SeededRandom;
  readonly ambient: SeededRandom;
  readonly virtual: VirtualDevice;
  readonly browserTab: MemoryTab;
  readonly place: NetworkPlace;
  readonly disk: LocalDisk;
  /** What the app that it runs knows of its maps. */
  readonly schema?: SchemaDefinition | undefined;
  /** What its user shows the server. Absent: nobody has signed in. */
  readonly getToken?: () => string;
  readonly tabs: Environment['tabs'];
  readonly loadHash: Environment['loadHash'];
  readonly log: Environment['log'];
  readonly defects: Defects;
  readonly timerRan: (what: string) => void;
  /** How it fills views, where it has turns of its own for that. */
  readonly turns?: (timers: Timers) => TabTurns;
  /** It hands ops to a connection. */
  readonly submits: () => void;
}

export function openAppTab(options: AppTabOptions): AppTab {
  const { name, virtual, browserTab, disk, place } = options;
  const network = createMemoryNetwork();
  const crashed: (() => void)[] = [];
  const views = new Map<string, OpenView>();
  const derivedViews = new Map<string, OpenDerivedView>();
  let isFrozen = false;
  let thawedAt = Number.NEGATIVE_INFINITY;
  let isGone = false;
  const transport = place.transportOf({
    name,
    timers: virtual.timers,
    // CL-8: what it has in memory alone it leads alone.
    submits: () => {
      if (!isGone && !client.isInMemory) options.submits();
    },
    onCrash: (told) => void crashed.push(told),
  });
  const timers: Timers = {
    after: (delayMs, run) => virtual.timers.after(delayMs, () => (options.timerRan(name), run())),
  };
  const turns = options.turns?.({ after: (delayMs, run) => timers.after(delayMs, () => void (isGone || run())) });
  const workers = createSearchWorkers(virtual.timers, options.ambient, options.defects);
  const client = new TopGunClient<Record<string, any>>({
    serverUrl: 'http://grid.test',
    search: DEFINITIONS,
    storage: disk,
    ...(options.schema === undefined ? {} : { schema: options.schema as SchemaDefinition<Record<string, any>> }),
    ...(options.getToken === undefined ? {} : { auth: { getToken: options.getToken } }),
    environment: {
      clock: virtual.clock,
      timers,
      ...(turns === undefined ? {} : { viewTurns: turns }),
      random: options.random,
      network,
      tabs: options.tabs,
      transport: {
        connect: (...args) => (isGone ? { send() {}, close() {} } : transport.connect(...args)),
      },
      loadHash: options.loadHash,
      startSearchWorker: workers.start,
      log: (level, message, detail) => {
        if (!isGone) options.log(level, message, detail);
      },
    },
  });

  function readerOf(handle: QueryHandle<AnyRow>): () => ViewState<AnyRow> {
    if (options.defects.viewsAreLate !== true) return handle.getSnapshot;
    let shown = handle.getSnapshot();
    return () => {
      const last = shown;
      shown = handle.getSnapshot();
      return last;
    };
  }

  /** What the client refuses at the call is no write. */
  function attempt(write: () => WriteHandle): WriteHandle | null {
    try {
      return write();
    } catch (error) {
      if (error instanceof TopGunError && REFUSED_AT_CALL.has(error.code)) return null;
      throw error;
    }
  }

  function end(leaveDisk: () => void): void {
    isGone = true;
    leaveDisk();
    browserTab.crash();
    virtual.crash();
    for (const tell of crashed) tell();
  }

  return {
    name,
    client,
    disk,
    views,
    derivedViews,
    live: createTabSearches(() => client, workers),
    get isFrozen() {
      return isFrozen;
    },
    get isFilling() {
      return turns?.isAtWork === true;
    },
    get thawedAt() {
      return thawedAt;
    },
    open(map, query) {
      const handle = client.query(map, query.input) as unknown as QueryHandle<AnyRow>;
      const known = views.get(handle.key);
      if (known !== undefined) return known;
      const unsubscribe = handle.subscribe(() => {});
      const stop = (): void => {
        unsubscribe();
        views.delete(handle.key);
      };
      const view = { map, query, handle, read: readerOf(handle), stop };
      views.set(handle.key, view);
      return view;
    },
    openDerived(query) {
      const handle = client.query(query.map, query.input) as unknown as QueryHandle<AnyRow>;
      const known = derivedViews.get(handle.key);
      if (known !== undefined) return known;
      const unsubscribe = handle.subscribe(() => {});
      const stop = (): void => {
        unsubscribe();
        derivedViews.delete(handle.key);
      };
      const view = { query, handle, stop };
      derivedViews.set(handle.key, view);
      return view;
    },
    closeView(key) {
      views.get(key)?.stop();
      derivedViews.get(key)?.stop();
    },
    isLoaded: (map) => client.explain(map).status === 'loaded',
    value: (map, key) => client.getMap(map).get(key) as Value | undefined,
    rows: (map) => new Map(client.getMap(map).entries() as Iterable<[string, Value]>),
    edit: (map, key, edit) => attempt(() => apply(client.getMap(map), key, edit)),
    write: (make) => attempt(() => make(client)),
    transact: (edits) =>
      attempt(() =>
        client.transaction((tx) => {
          for (const { map, key, edit } of edits) apply(tx.map(map), key, edit);
        }),
      ),
    goOnline: () => network.goOnline(),
    showToken() {
      const { getToken } = options;
      if (getToken !== undefined) void client.setAuthTokenProvider(getToken);
    },
    freeze() {
      isFrozen = true;
      browserTab.freeze();
      virtual.freeze();
    },
    thaw(now) {
      isFrozen = false;
      thawedAt = now;
      browserTab.thaw();
      virtual.thaw();
    },
    async close() {
      await client.close();
      isGone = true;
      browserTab.crash();
      for (const tell of crashed) tell();
    },
    crash: () => end(disk.crash),
    losePower: () => end(disk.losePower),
  };
}

const REFUSED_AT_CALL: ReadonlySet<string> = new Set(['not-loaded', 'record-absent', 'schema-violation']);

/** What a map and a map within a transaction have in common. */
interface EditedMap<T> {
  set(key: string, next: Record<string, Value>, options: WithTtl): T;
  update(
    key: string,
    change: (previous: Record<string, Value>) => Record<string, Value | undefined>,
    options: WithTtl,
  ): T;
  patch(key: string, fields: Record<string, Value | undefined>, options: WithTtl): T;
  remove(key: string): T;
}

function apply<T>(map: EditedMap<T>, key: string, edit: AppEdit): T {
  if (edit.type === 'remove') return map.remove(key);
  const options = edit.ttlMs === undefined ? {} : { ttlMs: edit.ttlMs };
  switch (edit.type) {
    case 'set':
      return map.set(key, { ...edit.value }, options);
    case 'update':
      return map.update(key, (previous) => ({ ...previous, ...edit.fields }), options);
    case 'patch':
      return map.patch(key, { ...edit.fields }, options);
  }
}
