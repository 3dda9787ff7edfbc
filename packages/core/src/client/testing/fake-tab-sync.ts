import type { Op, OpId } from '../../crdt/index.js';
import type { Query } from '../../query/index.js';
import type { ConnectionState } from '../connection/connection-state.js';
import type { OutboxEntry } from '../ports/storage.js';
import type { SubmissionWait } from '../connection/submission-wait.js';
import type { Decision, MapChanges, RejectionsEvent, SubscriptionKey, TabEvent } from '../ports/tab-events.js';
import type { Farewell } from '../tabs/tab-message.js';
import type { TabSync, TabSyncOptions } from '../tabs/tab-sync.js';

/** A `TabSync` in the hands of a test: it remembers what it was told, and says what the test has it say. */
export interface FakeTabSync extends TabSync {
  readonly options: TabSyncOptions;
  readonly calls: readonly string[];
  /** What `stop` was given last. */
  readonly farewell: Farewell | null;
  readonly announced: readonly (readonly [replica: string, issuedSeq: number])[];
  /** Ops told as persisted and not decided by `decide`, in order. */
  readonly outbox: readonly OutboxEntry[];
  readonly shared: readonly MapChanges[];
  readonly rejections: readonly RejectionsEvent[];
  readonly open: ReadonlyMap<SubscriptionKey, { readonly map: string; readonly query: Query }>;
  /** What `handsAtOnce` answers. */
  hands: boolean;
  /** What `waitOf` answers. */
  wait: SubmissionWait | null;
  emit(event: TabEvent): void;
  connectionIs(state: ConnectionState): void;
  /** Decides these ops: `applied` unless said otherwise. */
  decide(position: number, ops: readonly Op[], outcome?: 'applied' | 'superseded' | 'rejected'): void;
}

export function createFakeTabSync(options: TabSyncOptions): FakeTabSync {
  const calls: string[] = [];
  const announced: (readonly [string, number])[] = [];
  const shared: MapChanges[] = [];
  const rejections: RejectionsEvent[] = [];
  const open = new Map<SubscriptionKey, { map: string; query: Query }>();
  const listeners = new Set<(event: TabEvent) => void>();
  let outbox: OutboxEntry[] = [];
  let state: ConnectionState = 'offline';
  let farewell: Farewell | null = null;
  const isOp = (a: OpId, b: OpId): boolean => a.seq === b.seq && a.replica === b.replica;

  const fake: FakeTabSync = {
    options,
    calls,
    announced,
    shared,
    rejections,
    open,
    hands: false,
    wait: null,
    get outbox() {
      return outbox;
    },
    start: () => void calls.push('start'),
    get farewell() {
      return farewell;
    },
    stop: (said) => {
      calls.push('stop');
      farewell = said ?? null;
      return Promise.resolve();
    },
    announce: (replica, issuedSeq) => void announced.push([replica, issuedSeq]),
    persisted: (entries) => void outbox.push(...entries),
    brought(entries) {
      outbox.push(...entries);
      fake.emit({ type: 'persisted', entries });
    },
    shareRejections: (event) => void rejections.push(event),
    decisionsStored: () => Promise.resolve(),
    handsAtOnce: () => fake.hands,
    unsent: (known) => [...known, ...outbox].filter(({ handed }) => !handed && state === 'offline'),
    waitOf: () => fake.wait,
    broughtMaps: (maps) => void calls.push(`brought ${maps.join(' ')}`),
    shareBase: (maps) => void shared.push(...maps),
    ask: (token) => void calls.push(`ask ${token}`),
    endQuestion: (token) => void calls.push(`end ${token}`),
    openSubscription(key, map, query) {
      if (open.has(key)) throw new Error(`subscription opened twice: ${key}`);
      open.set(key, { map, query });
    },
    closeSubscription(key) {
      if (!open.delete(key)) throw new Error(`subscription closed twice: ${key}`);
    },
    connectionState: () => state,
    connectionFault: () => null,
    disconnect: () => void calls.push('disconnect'),
    connect: () => void calls.push('connect'),
    forceReconnect: () => void calls.push('forceReconnect'),
    tokenChanged: () => void calls.push('tokenChanged'),
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    emit(event) {
      for (const listener of [...listeners]) listener(event);
    },
    connectionIs(next) {
      state = next;
      fake.emit({ type: 'connection', state, error: null });
    },
    decide(position, ops, outcome = 'applied') {
      outbox = outbox.filter(({ op }) => !ops.some((decided) => isOp(decided, op)));
      const decisions = ops.map((op): Decision =>
        outcome === 'rejected'
          ? { op, outcome, code: 'not-permitted', reason: 'You may not.', at: position }
          : { op, outcome },
      );
      fake.emit({ type: 'decided', position, decisions });
    },
  };
  return fake;
}
