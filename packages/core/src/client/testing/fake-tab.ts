import { createHlc, stampMillis, type ReplicaId } from '../../clock/index.js';
import {
  applyOp,
  EMPTY_RECORD,
  materialize,
  mergeRecords,
  opToRecord,
  type LwwRecord,
  type Op,
  type OpBody,
} from '../../crdt/index.js';
import type { Query } from '../../query/index.js';
import { DEFAULT_BACKOFF } from '../connection/backoff.js';
import { DEFAULT_HEARTBEAT } from '../connection/heartbeat.js';
import type { BaseChange, Storage, StorageAdapter } from '../ports/storage.js';
import type { TabGroup } from '../ports/tabs.js';
import type { Transport } from '../ports/transport.js';
import { SlicedWork } from '../state/sliced-work.js';
import { opIdText } from '../storage/op-id.js';
import { subscriptionKey } from '../tabs/subscription-key.js';
import type { Decision, TabEvent } from '../ports/tab-events.js';
import { openTabSync } from '../tabs/open-tab-sync.js';
import type { TabSync } from '../tabs/tab-sync.js';
import { fakeHash } from './fake-hash.js';
import { createMemoryNetwork, type MemoryNetwork } from './memory-network.js';
import type { MemoryTab, MemoryTabs } from './memory-tabs.js';
import type { MemoryTransport } from './memory-transport.js';
import { createSeededRandom } from './seeded-random.js';
import type { VirtualDevice } from './virtual-time.js';

/** A tab with the plainest stores that apply `TabEvent`s as the contract says: what the leader's code is tested against. */
export interface FakeTab {
  readonly sync: TabSync;
  readonly storage: Storage;
  readonly network: MemoryNetwork;
  readonly replica: () => ReplicaId;
  readonly events: readonly TabEvent[];
  readonly decisions: readonly Decision[];
  readonly logged: readonly string[];
  /** Stamps, stores, tells. */
  write(map: string, key: string, body: OpBody): Promise<Op>;
  subscribe(map: string, query: Query): string;
  unsubscribe(key: string): void;
  /** What a plain read shows: base ⊕ pending. */
  rows(map: string): ReadonlyMap<string, unknown>;
  /** Members of a settled subscription; `null` while it is not settled. */
  members(key: string): ReadonlySet<string> | null;
  pending(): readonly Op[];
  crash(): void;
  /** Nothing of it runs, and it keeps its locks; what comes to it waits. */
  freeze(): void;
  thaw(): void;
  close(): Promise<void>;
}

export interface FakeTabOptions {
  readonly tabs: MemoryTabs;
  readonly adapter: StorageAdapter;
  readonly transport: MemoryTransport;
  readonly device: VirtualDevice;
  readonly serverUrl?: string | null;
  readonly seed?: number;
  readonly getToken?: () => string | null | Promise<string | null>;
  readonly wrapStorage?: (storage: Storage) => Storage;
  readonly name?: string;
  readonly channelVersion?: number;
}

export async function openFakeTab(options: FakeTabOptions): Promise<FakeTab> {
  const { device } = options;
  const name = options.name ?? 'topgun:test';
  const browserTab: MemoryTab = options.tabs.openTab();
  const group: TabGroup = browserTab.port.join(name);
  const opened = await options.adapter.open(name);
  if (!opened.ok) throw new Error(opened.error.message);
  const storage = options.wrapStorage?.(opened.value) ?? opened.value;
  let replica = await claimReplica(group, name, storage.identity.databaseId, options.seed ?? 1);
  const issued = storage.identity.issued.get(replica);
  const hlc = createHlc({ replica, last: issued?.stamp ?? '' });
  let seq = issued?.seq ?? 0;
  let offsetMs = 0;

  const bases = new Map<string, Map<string, LwwRecord>>();
  const pending = new Map<string, Op>();
  const subs = new Map<string, { members: Set<string>; isSettled: boolean }>();
  const events: TabEvent[] = [];
  const decisions: Decision[] = [];
  const logged: string[] = [];
  const network = createMemoryNetwork();

  const baseOf = (map: string): Map<string, LwwRecord> => {
    const base = bases.get(map) ?? new Map<string, LwwRecord>();
    bases.set(map, base);
    return base;
  };
  let baseRevision = 0;
  const merge = (map: string, key: string, delta: LwwRecord): void => {
    baseRevision += 1;
    baseOf(map).set(key, mergeRecords(baseOf(map).get(key) ?? EMPTY_RECORD, delta));
  };

  /** What was heard of a map before it was loaded, to be applied once more after that. */
  const heard = new Map<string, BaseChange[]>();
  const loaded = new Set<string>();

  function change(map: string, changes: readonly BaseChange[]): void {
    if (!loaded.has(map)) heard.set(map, [...(heard.get(map) ?? []), ...changes]);
    for (const one of changes) {
      baseRevision += 1;
      if (one.type === 'drop') baseOf(map).delete(one.key);
      else merge(map, one.key, one.delta);
    }
  }

  async function load(map: string): Promise<Map<string, LwwRecord> | null> {
    if (loaded.has(map)) return baseOf(map);
    const stored = await storage.loadMap(map);
    if (!stored.ok) return null;
    for (const [key, record] of stored.value) merge(map, key, record);
    loaded.add(map);
    change(map, heard.get(map) ?? []);
    return baseOf(map);
  }

  let crashed = false;
  const connections: { close(): void }[] = [];
  let frozen = false;
  const waiting: (() => void)[] = [];
  const come = (news: () => void): void => {
    if (frozen) waiting.push(news);
    else if (!crashed) news();
  };
  /** A crashed tab hears no more, and its connections end. */
  const transport: Transport = {
    connect(url, hello, heard) {
      const connection = options.transport.connect(url, hello, {
        onMessage: (message) => come(() => heard.onMessage(message)),
        onClose: (close) => come(() => heard.onClose(close)),
      });
      connections.push(connection);
      return connection;
    },
  };

  const sync = openTabSync({
    serverUrl: options.serverUrl === undefined ? 'ws://test' : options.serverUrl,
    name,
    group,
    storage,
    hash: fakeHash,
    ...(options.channelVersion === undefined ? {} : { channelVersion: options.channelVersion }),
    environment: {
      clock: device.clock,
      timers: device.timers,
      random: createSeededRandom(options.seed ?? 1),
      network,
      transport,
      log: (_level, message) => void logged.push(message),
    },
    backoff: DEFAULT_BACKOFF,
    heartbeat: DEFAULT_HEARTBEAT,
    getToken: options.getToken ?? (() => null),
    local: {
      base: load,
      isInMemory: (map) => loaded.has(map) || heard.has(map),
      baseRevision: () => baseRevision,
      pendingOps: () => [...pending.values()],
      afterViews: new SlicedWork(device).beginSoon,
    },
  });

  function apply(event: TabEvent): void {
    events.push(event);
    switch (event.type) {
      case 'changes':
        for (const { map, changes } of event.maps) change(map, changes);
        for (const { sub, entered, left } of event.subs) {
          const found = subs.get(sub);
          for (const key of entered) found?.members.add(key);
          for (const key of left) found?.members.delete(key);
        }
        return;
      case 'settled':
        if (subs.has(event.sub)) subs.set(event.sub, { members: new Set(event.members), isSettled: true });
        return;
      case 'unsettled':
        for (const key of event.subs ?? subs.keys()) {
          const found = subs.get(key);
          if (found !== undefined) found.isSettled = false;
        }
        return;
      case 'persisted':
        for (const { op } of event.entries) pending.set(opIdText(op), op);
        return;
      case 'another-ledger':
        for (const { op } of event.returned) pending.set(opIdText(op), op);
        return;
      case 'decided':
        for (const decision of event.decisions) {
          decisions.push(decision);
          pending.delete(opIdText(decision.op));
          if (decision.outcome === 'rejected') continue;
          const { op } = decision;
          change(op.map, [{ type: 'merge', key: op.key, delta: opToRecord(op) }]);
        }
        return;
      case 'clock': {
        offsetMs = event.offsetMs;
        for (const { op } of event.restamped) pending.set(opIdText(op), op);
        const own = [...pending.values()].filter((op) => op.replica === replica).map((op) => op.stamp);
        hlc.rebase(undefined, own.sort().at(-1) ?? '');
        return;
      }
      case 'reissued':
        for (const { from, entry } of event.moved) {
          pending.delete(opIdText(from));
          pending.set(opIdText(entry.op), entry.op);
        }
        if (event.replica === replica) {
          replica = event.successor;
          seq = event.moved.length;
          hlc.rebase(replica);
          sync.announce(replica, seq);
        }
        return;
      case 'rejections':
      case 'progress':
      case 'subscription-failed':
      case 'connection':
      case 'answered':
        return;
    }
  }
  sync.onEvent(apply);

  const outbox = await storage.loadOutbox();
  if (outbox.ok) for (const { op } of outbox.value) pending.set(opIdText(op), op);
  sync.announce(replica, seq);
  sync.start();

  return {
    sync,
    storage,
    network,
    replica: () => replica,
    events,
    decisions,
    logged,
    async write(map, key, body) {
      seq += 1;
      const now = device.clock.now() + offsetMs;
      // What it sees, a sibling's op too, comes before what it writes.
      for (const op of pending.values()) {
        if (op.map !== map || op.key !== key || op.stamp <= hlc.last) continue;
        if (!hlc.receive(op.stamp, now).ok) hlc.rebase(undefined, op.stamp);
      }
      const stamp = hlc.tick(now);
      const op: Op = { ...body, replica, seq, stamp, map, key };
      const clockOffset = stampMillis(stamp) - device.clock.now();
      const entry = { op, handed: sync.handsAtOnce(op, clockOffset), clockOffset };
      const stored = await storage.commit({ putOps: [entry] });
      if (!stored.ok) throw new Error(stored.error.message);
      pending.set(opIdText(op), op);
      sync.persisted([entry]);
      return op;
    },
    subscribe(map, query) {
      const key = subscriptionKey(map, query);
      subs.set(key, { members: new Set(), isSettled: false });
      void load(map);
      sync.openSubscription(key, map, query);
      return key;
    },
    unsubscribe(key) {
      subs.delete(key);
      sync.closeSubscription(key);
    },
    rows(map) {
      const rows = new Map<string, unknown>();
      const merged = new Map(baseOf(map));
      for (const op of pending.values()) {
        if (op.map === map) merged.set(op.key, applyOp(merged.get(op.key) ?? EMPTY_RECORD, op));
      }
      for (const [key, record] of merged) {
        const value = materialize(record);
        if (value !== undefined) rows.set(key, value);
      }
      return rows;
    },
    members(key) {
      const found = subs.get(key);
      return found?.isSettled === true ? found.members : null;
    },
    pending: () => [...pending.values()],
    crash() {
      crashed = true;
      for (const connection of connections) connection.close();
      device.crash();
      browserTab.crash();
    },
    freeze() {
      frozen = true;
      device.freeze();
      browserTab.freeze();
    },
    thaw() {
      frozen = false;
      device.thaw();
      for (const news of waiting.splice(0)) come(news);
      browserTab.thaw();
    },
    async close() {
      await sync.stop();
      group.leave();
    },
  };
}

/** CR-2: the first place nobody holds; where locks exclude nobody, one of this tab's own. */
async function claimReplica(group: TabGroup, name: string, databaseId: string, seed: number): Promise<ReplicaId> {
  if (!group.isExclusive) return `${databaseId}.own${seed}` as ReplicaId;
  for (let place = 0; ; place += 1) {
    if ((await group.tryLock(`${name}:place:${place}`)) !== null) return `${databaseId}.${place}` as ReplicaId;
  }
}
