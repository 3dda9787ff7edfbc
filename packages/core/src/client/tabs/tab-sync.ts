import type { ReplicaId } from '../../clock/index.js';
import type { Op, OpId } from '../../crdt/index.js';
import { assertNever } from '../../primitives/index.js';
import type { Query } from '../../query/index.js';
import type { ConnectionState } from '../connection/connection-state.js';
import { CLOCK_TOLERANCE_MS } from '../connection/clock-offset.js';
import { decisionsOf } from '../connection/decided-earlier.js';
import { createLeaderSync, type LeaderInput, type LeaderParts, type LeaderSync } from '../connection/leader-sync.js';
import type { DecidedEarlier } from '../connection/stored-outbox.js';
import type { SubmissionWait } from '../connection/submission-wait.js';
import type { OutboxEntry } from '../ports/storage.js';
import type { ConnectionFault, MapChanges, RejectionsEvent, SubscriptionKey, TabEvent } from '../ports/tab-events.js';
import type { TabGroup } from '../ports/tabs.js';
import { createCompaction } from './compaction.js';
import { standForElection, type Leadership } from './leadership.js';
import { createRelay } from './relay.js';
import { createSiblingTabs, type SiblingTabs } from './sibling-tabs.js';
import { createTabMirror } from './tab-mirror.js';
import { heardLate, isOfConnection } from './heard-late.js';
import { farewellOf, type Farewell, type OpenSubscription, type TabMessage } from './tab-message.js';

/**
 * CL-4: this tab among its siblings. Exactly one tab of a group leads (it holds the lock `<name>:leader`), has the
 * connection and submits for all; the others reach it over the channel. Whoever uses a `TabSync` cannot tell which it is.
 * Where locks exclude nobody, each tab has a connection of its own (`createSolitaryTabSync`).
 *
 * Holds no records and no pending ops of the tab: those are the map stores'. The order of use is: create, `onEvent`,
 * load the outbox from storage (so that `LocalState.pendingOps` is complete), `start`.
 */
export interface TabSync {
  /** Joins the siblings and stands for election. Once. */
  start(): void;
  /** Says goodbye, finishes what is being stored, gives the leadership up. Leaves no timer or listener behind. */
  stop(farewell?: Farewell): Promise<void>;

  /** This tab writes as `replica` and has issued sequences up to `issuedSeq`. Again after a change of replica. */
  announce(replica: ReplicaId, issuedSeq: number): void;
  /**
   * The transaction that holds these ops of this tab has completed: siblings show them, the leader submits them. In the order of
   * the sequence, all of them, each once (the caller does not hold back while offline).
   */
  persisted(entries: readonly OutboxEntry[]): void;
  /** CL-10: these durable ops have come into the database from elsewhere: this tab and its siblings show them, the leader submits them. */
  brought(entries: readonly OutboxEntry[]): void;
  /** CL-7: what this tab has done to the list of refused writes, for its siblings. Not delivered to this tab's own listeners. */
  shareRejections(event: RejectionsEvent): void;
  /** Resolves once storage holds, or has failed to take, what this tab has heard from the server: a refusal is there before it can be taken off. */
  decisionsStored(): Promise<void>;
  /**
   * CR-11: whether an op about to be made durable may be stored with `handed: true`, because it will be sent as it is.
   * False is always safe (it costs one more transaction before the op is sent). `clockOffset`: as in `OutboxEntry`.
   */
  handsAtOnce(op: Op, clockOffset: number): boolean;
  /**
   * CL-8: the ops that surely nobody has sent, among `known`, which storage held when this tab opened, and those it has heard of since. Can be
   * asked after `stop` too.
   */
  unsent(known: readonly OutboxEntry[]): readonly OutboxEntry[];
  /** CL-34: why a durable op is not decided yet; `null`: another tab submits it. */
  waitOf(id: OpId): SubmissionWait | null;
  /** Local-only mode: confirmed changes this tab has stored, for its siblings. Not delivered to this tab's own listeners. */
  shareBase(maps: readonly MapChanges[]): void;

  /** Counted by the caller: opened by its first view, closed by its last. `key` is `subscriptionKey(map, query)`. */
  openSubscription(key: SubscriptionKey, map: string, query: Query): void;
  closeSubscription(key: SubscriptionKey): void;

  connectionState(): ConnectionState;
  connectionFault(): ConnectionFault | null;
  /**
   * Pauses and resumes for real, for all tabs of the group (there is one connection); a later leader keeps the pause. Where each
   * tab has a connection of its own, for this tab.
   */
  disconnect(): void;
  connect(): void;
  /** Drops the connection, if any, and opens a new one at once. */
  forceReconnect(): void;
  /** The app has a new token: the leader asks for it and connects when it was waiting for one. */
  tokenChanged(): void;

  /** Called synchronously, in order of registration; the returned function ends it. */
  onEvent(listener: (event: TabEvent) => void): () => void;
}

export interface TabSyncOptions extends LeaderParts {
  /** `null`: local only. No connection is made and the state stays `offline`. */
  readonly serverUrl: string | null;
  /** Names database, locks and channel of this origin and principal (CL-10). In memory mode: something no other tab has. */
  readonly name: string;
  /** Already joined under `name`; left by whoever joined it, after `stop`. */
  readonly group: TabGroup;
  /** A sibling leaves for another principal's database (CL-10). */
  readonly left?: (farewell: Farewell) => void;
}

export function createTabSync(options: TabSyncOptions): TabSync {
  const { environment, group, local, serverUrl } = options;
  const tab = environment.random.id(12);
  const mirror = createTabMirror();
  const subs = new Map<SubscriptionKey, OpenSubscription>();
  const compaction = createCompaction({ storage: options.storage, environment });
  let leadership: Leadership | null = null;
  let leader: LeaderSync | null = null;
  let siblings: SiblingTabs | null = null;
  let isPaused = false;
  /** The last tab that said it leads. */
  let leadingTab: string | null = null;

  const relay = createRelay({ group, tab, log: environment.log, onMessage: receive });

  function emit(event: TabEvent): void {
    if (leader !== null && (event.type === 'changes' || event.type === 'decided')) compaction.touch();
    mirror.take(event);
  }

  function elected(): void {
    if (serverUrl === null) {
      compaction.start();
      return;
    }
    siblings = createSiblingTabs({
      timers: environment.timers,
      ping: () => relay.post({ type: 'ping' }),
      onGone: (gone) => {
        leader?.closeTab(gone);
        leader?.adopt();
      },
      onRollCall: () => leader?.adopt(),
    });
    // Before the outbox is read: an op that is pending here and in no outbox then has been decided.
    const pending = local.pendingOps();
    leader = createLeaderSync({
      tab,
      serverUrl,
      sync: options,
      offsetMs: mirror.offsetMs(),
      isPaused: () => isPaused,
      leases: null,
      before: () => [],
      emit,
      post: (event, to) => relay.post({ type: 'event', event }, to),
    });
    compaction.start();
    options.events?.leader(true);
    for (const [replica, issuedSeq] of mirror.replicas()) leader.announce(replica, issuedSeq);
    for (const { key, map, query } of subs.values()) leader.open(tab, key, map, query);
    relay.post({ type: 'leader', isPaused });
    lead(leader, pending).catch((error: unknown) => environment.log('error', 'taking over the lead failed', error));
  }

  async function lead(started: LeaderSync, pending: readonly Op[]): Promise<void> {
    await started.start();
    takeDecided(await started.findDecided(pending));
  }

  /** What a leader before this one decided, and could not tell. */
  function takeDecided(decided: readonly DecidedEarlier[]): void {
    const decisions = decisionsOf(decided, local.pendingOps());
    if (decisions.length > 0) emit({ type: 'decided', position: 0, decisions });
  }

  function introduce(): void {
    const pending = local.pendingOps().map(({ replica, seq }) => ({ replica, seq }));
    relay.post({ type: 'tab', replicas: mirror.replicas(), subs: [...subs.values()], pending });
  }

  function receive(message: TabMessage, from: string): void {
    if (leader !== null && message.type !== 'bye' && siblings?.heard(from) === false && message.type !== 'tab') {
      // Taken for gone, and back again.
      relay.post({ type: 'leader', isPaused }, from);
    }
    switch (message.type) {
      case 'event':
        if (serverUrl === null) compaction.touch();
        if (!isFormer(from)) emit(message.event);
        else if (!isOfConnection(message.event)) emit(heardLate(message.event));
        return;
      case 'leader':
        leadingTab = from;
        options.events?.leader(false);
        isPaused = message.isPaused;
        introduce();
        return;
      case 'tab':
        if (leader !== null) welcome(leader, message, from);
        return;
      case 'decided-earlier':
        takeDecided(message.decided);
        return;
      case 'announce':
        leader?.announce(message.replica, message.issuedSeq);
        return;
      case 'persisted':
        emit({ type: 'persisted', entries: message.entries });
        leader?.persisted(message.entries);
        return;
      case 'rejections':
        emit(message);
        return;
      case 'open':
        leader?.open(from, message.sub.key, message.sub.map, message.sub.query);
        return;
      case 'close':
        leader?.close(from, message.key);
        return;
      case 'input':
        takeInput(message.input);
        return;
      case 'ping':
        relay.post({ type: 'pong' }, from);
        return;
      case 'pong':
        return;
      case 'bye': {
        siblings?.remove(from);
        const farewell = farewellOf(message);
        if (farewell !== null) options.left?.(farewell);
        return;
      }
      default:
        assertNever(message);
    }
  }

  /** Its last words may arrive after its successor's first. */
  const isFormer = (from: string): boolean => leader !== null || (leadingTab !== null && leadingTab !== from);

  function welcome(leading: LeaderSync, message: Extract<TabMessage, { type: 'tab' }>, from: string): void {
    siblings?.add(from);
    leading.closeTab(from);
    for (const [replica, issuedSeq] of message.replicas) leading.announce(replica, issuedSeq);
    for (const { key, map, query } of message.subs) leading.open(from, key, map, query);
    leading.greet(from, message.pending);
    if (isPaused) relay.post({ type: 'input', input: 'disconnect' }, from);
    leading.findDecided(message.pending).then(
      (decided) => {
        if (decided.length > 0) relay.post({ type: 'decided-earlier', decided }, from);
      },
      (error: unknown) => environment.log('error', 'looking for decided ops failed', error),
    );
  }

  function takeInput(input: LeaderInput): void {
    if (input === 'disconnect') isPaused = true;
    if (input === 'connect' || input === 'force') isPaused = false;
    leader?.input(input);
  }

  function say(input: LeaderInput): void {
    // Siblings hear it even when this tab leads: one of them may lead next.
    relay.post({ type: 'input', input });
    takeInput(input);
  }

  return {
    start() {
      introduce();
      leadership = standForElection(group, options.name, elected);
    },
    async stop(farewell) {
      relay.post({ type: 'bye', ...farewell });
      siblings?.stop();
      await leader?.stop();
      await compaction.stop();
      relay.stop();
      leadership?.resign();
    },
    announce(replica, issuedSeq) {
      mirror.own(replica, issuedSeq);
      if (leader === null) relay.post({ type: 'announce', replica, issuedSeq });
      else leader.announce(replica, issuedSeq);
    },
    persisted(entries) {
      mirror.persisted(entries);
      relay.post({ type: 'persisted', entries });
      leader?.persisted(entries);
    },
    brought(entries) {
      relay.post({ type: 'persisted', entries });
      emit({ type: 'persisted', entries });
      leader?.persisted(entries);
    },
    shareRejections: (event) => relay.post(event),
    decisionsStored: () => leader?.decisionsStored() ?? Promise.resolve(),
    handsAtOnce: (op, clockOffset) =>
      mirror.state() === 'live' &&
      mirror.isProven(op.replica) &&
      !mirror.isSpent(op.replica) &&
      Math.abs(clockOffset - mirror.offsetMs()) < CLOCK_TOLERANCE_MS,
    unsent: (known) => [...mirror.unsent(known), ...(leader?.unsent() ?? [])],
    waitOf: (id) => leader?.waitOf(id) ?? null,
    shareBase(maps) {
      compaction.touch();
      relay.post({ type: 'event', event: { type: 'changes', maps, subs: [], through: null } });
    },
    openSubscription(key, map, query) {
      const sub = { key, map, query };
      subs.set(key, sub);
      if (leader !== null) leader.open(tab, key, map, query);
      else if (serverUrl !== null) relay.post({ type: 'open', sub });
    },
    closeSubscription(key) {
      subs.delete(key);
      if (leader !== null) leader.close(tab, key);
      else if (serverUrl !== null) relay.post({ type: 'close', key });
    },
    connectionState: mirror.state,
    connectionFault: mirror.fault,
    disconnect: () => say('disconnect'),
    connect: () => say('connect'),
    forceReconnect: () => say('force'),
    tokenChanged: () => say('token-changed'),
    onEvent: mirror.onEvent,
  };
}
