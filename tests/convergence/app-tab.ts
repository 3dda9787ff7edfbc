import { TopGunError, type Value } from '../../packages/core/src/primitives/index.js';
import type { WriteHandle } from '../../packages/core/src/client/outbox/write-handle.js';
import type { Environment } from '../../packages/core/src/client/ports/environment.js';
import type { QueryHandle } from '../../packages/core/src/client/query-handle.js';
import type { AnyRow } from '../../packages/core/src/client/state/row.js';
import { createMemoryNetwork } from '../../packages/core/src/client/testing/memory-network.js';
import type { MemoryTab } from '../../packages/core/src/client/testing/memory-tabs.js';
import type { SeededRandom } from '../../packages/core/src/client/testing/seeded-random.js';
import type { VirtualDevice } from '../../packages/core/src/client/testing/virtual-time.js';
import { TopGunClient } from '../../packages/core/src/client/topgun-client.js';
import { parseQuery, type Query, type QueryInput } from '../../packages/core/src/query/index.js';
import type { LocalDisk } from './local-disk.js';
import type { NetworkPlace } from './network.js';

export interface OpenView {
  readonly map: string;
  readonly query: Query;
  readonly handle: QueryHandle<AnyRow>;
  stop(): void;
}

/** A write as an app makes it. */
export type AppEdit =
  | { readonly type: 'set'; readonly value: Readonly<Record<string, Value>> }
  | { readonly type: 'update' | 'patch'; readonly fields: Readonly<Record<string, Value | undefined>> }
  | { readonly type: 'remove' };

/** One tab that runs the real client, as a page that shows some queries and writes now and then. */
export interface AppTab {
  readonly name: string;
  readonly client: TopGunClient;
  readonly disk: LocalDisk;
  readonly views: ReadonlyMap<string, OpenView>;
  readonly isFrozen: boolean;
  /** Opens the view, or gives the open one. */
  open(map: string, input: QueryInput): OpenView;
  closeView(key: string): void;
  value(map: string, key: string): Value | undefined;
  rows(map: string): ReadonlyMap<string, Value>;
  /** `null`: the client refused it at the call, because the map is loading or the record is not here. */
  edit(map: string, key: string, edit: AppEdit): WriteHandle | null;
  /** The browser says that it has a network again. */
  goOnline(): void;
  freeze(): void;
  thaw(): void;
  close(): Promise<void>;
  crash(): void;
}

export interface AppTabOptions {
  readonly name: string;
  readonly random: SeededRandom;
  readonly virtual: VirtualDevice;
  readonly browserTab: MemoryTab;
  readonly place: NetworkPlace;
  readonly disk: LocalDisk;
  readonly tabs: Environment['tabs'];
  readonly loadHash: Environment['loadHash'];
  readonly log: Environment['log'];
}

export function openAppTab(options: AppTabOptions): AppTab {
  const { virtual, browserTab, disk, place } = options;
  const network = createMemoryNetwork();
  const crashed: (() => void)[] = [];
  const views = new Map<string, OpenView>();
  let isFrozen = false;
  let isGone = false;
  const client = new TopGunClient({
    serverUrl: 'http://grid.test',
    storage: disk,
    environment: {
      clock: virtual.clock,
      timers: virtual.timers,
      random: options.random,
      network,
      tabs: options.tabs,
      transport: place.transportOf({ timers: virtual.timers, onCrash: (told) => void crashed.push(told) }),
      loadHash: options.loadHash,
      log: (level, message, detail) => {
        if (!isGone) options.log(level, message, detail);
      },
    },
  });

  function editor(map: string, key: string, edit: AppEdit): WriteHandle {
    const handle = client.getMap(map);
    switch (edit.type) {
      case 'set':
        return handle.set(key, { ...edit.value });
      case 'update':
        return handle.update(key, (previous) => ({ ...previous, ...edit.fields }));
      case 'patch':
        return handle.patch(key, { ...edit.fields });
      case 'remove':
        return handle.remove(key);
    }
  }

  return {
    name: options.name,
    client,
    disk,
    views,
    get isFrozen() {
      return isFrozen;
    },
    open(map, input) {
      const handle = client.query(map, input) as unknown as QueryHandle<AnyRow>;
      const known = views.get(handle.key);
      if (known !== undefined) return known;
      const query = parseQuery(input);
      if (!query.ok) throw new Error('a bad query in a test');
      const unsubscribe = handle.subscribe(() => {});
      const stop = (): void => {
        unsubscribe();
        views.delete(handle.key);
      };
      const view = { map, query: query.value, handle, stop };
      views.set(handle.key, view);
      return view;
    },
    closeView(key) {
      views.get(key)?.stop();
    },
    value: (map, key) => client.getMap(map).get(key) as Value | undefined,
    rows: (map) => new Map(client.getMap(map).entries() as Iterable<[string, Value]>),
    edit(map, key, edit) {
      try {
        return editor(map, key, edit);
      } catch (error) {
        if (error instanceof TopGunError && (error.code === 'not-loaded' || error.code === 'record-absent'))
          return null;
        throw error;
      }
    },
    goOnline: () => network.goOnline(),
    freeze() {
      isFrozen = true;
      browserTab.freeze();
      virtual.freeze();
    },
    thaw() {
      isFrozen = false;
      browserTab.thaw();
      virtual.thaw();
    },
    async close() {
      await client.close();
      isGone = true;
      browserTab.crash();
      for (const tell of crashed) tell();
    },
    crash() {
      isGone = true;
      disk.crash();
      browserTab.crash();
      virtual.crash();
      for (const tell of crashed) tell();
    },
  };
}
