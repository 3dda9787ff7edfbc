import type { ReplicaId } from '../../clock/index.js';
import type { Op, OpId } from '../../crdt/index.js';
import { assertNever } from '../../primitives/index.js';
import type { ServerMessage, WelcomeMessage } from '../../protocol/index.js';
import type { Query } from '../../query/index.js';
import type { Environment, Hash64 } from '../ports/environment.js';
import type { LocalState } from '../ports/local-state.js';
import type { OutboxEntry, Storage, StorageCommit, StoredRejection } from '../ports/storage.js';
import type { DecidedEvent, Decision, SubscriptionKey, TabEvent } from '../ports/tab-events.js';
import { opIdText } from '../storage/op-id.js';
import type { BackoffConfig } from './backoff.js';
import { createBackgroundCommits } from './background-commits.js';
import { isConnected } from './connection-state.js';
import { createConnection } from './connection.js';
import type { HeartbeatConfig } from './heartbeat.js';
import { createOutbox } from './outbox.js';
import { createOutboxPreparation } from './outbox-preparation.js';
import type { ReplicaLeases } from './replica-leases.js';
import { createSubmitter } from './submitter.js';
import { createSubscriptionHub } from './subscription-hub.js';

/** What a tab is while it leads: the connection, the submission of everybody's ops, everybody's subscriptions. */
export interface LeaderSync {
  /** Adopts the stored outbox, closed tabs' ops included, and connects. Resolves when it is adopted. */
  start(): Promise<void>;
  stop(): Promise<void>;
  announce(replica: ReplicaId, issuedSeq: number): void;
  /** Durable ops of any tab. */
  persisted(entries: readonly OutboxEntry[]): void;
  open(tab: string, key: SubscriptionKey, map: string, query: Query): void;
  close(tab: string, key: SubscriptionKey): void;
  closeTab(tab: string): void;
  /** Reads the stored outbox again, for ops nobody spoke of: their tab ended between its transaction and its message. */
  adopt(): void;
  /** Decisions that came to another tab, after this tab's stores have taken them in. */
  noteDecided(event: DecidedEvent): void;
  /** Another tab speaks for this replica now: its ops are sent there. */
  disown(replica: ReplicaId): void;
  /** Of these ops, thought to be pending, the ones that have been decided: no outbox holds them. */
  findDecided(ids: readonly OpId[]): Promise<readonly DecidedEarlier[]>;
  input(input: LeaderInput): void;
  /** Tells tab `to`, which knows of the ops `known`, how things stand. */
  greet(to: string, known: readonly OpId[]): void;
}

export type LeaderInput = 'connect' | 'disconnect' | 'force' | 'token-changed';

export interface DecidedEarlier {
  readonly id: OpId;
  readonly rejection: Pick<StoredRejection, 'code' | 'reason' | 'at'> | null;
}

/** What the leader takes from outside. */
export interface LeaderParts {
  /** Already open; closed by whoever opened it, after `stop`. */
  readonly storage: Storage;
  readonly local: LocalState;
  readonly hash: Hash64;
  readonly environment: Pick<Environment, 'clock' | 'timers' | 'random' | 'network' | 'transport' | 'log'>;
  readonly backoff: BackoffConfig;
  readonly heartbeat: HeartbeatConfig;
  /** Asked at each connection attempt; `null` is "without a token". A rejection counts as a failed attempt. */
  readonly getToken: () => string | null | Promise<string | null>;
}

export interface LeaderSyncOptions {
  readonly tab: string;
  readonly sync: LeaderParts;
  readonly serverUrl: string;
  /** What this tab last heard of the clock and of a pause, from the leader before. */
  readonly offsetMs: number;
  readonly isPaused: () => boolean;
  /** Which replicas this tab speaks for, where others speak for themselves. `null`: for all. */
  readonly leases: ReplicaLeases | null;
  /** Undecided ops that this one must not overtake. Those that are here do not count: what is here is sent in its right order. */
  readonly before: (op: Op) => Iterable<OpId>;
  /** To this tab's own stores. */
  readonly emit: (event: TabEvent) => void;
  /** To the siblings, or only to tab `to`. */
  readonly post: (event: TabEvent, to?: string) => void;
}

export function createLeaderSync(options: LeaderSyncOptions): LeaderSync {
  const { sync, tab: ownTab, emit, post, leases } = options;
  const { environment, storage, local } = sync;
  const commits = createBackgroundCommits({ storage, environment });
  const outbox = createOutbox(sync.hash);
  let lineage: string | null = null;
  let isSubscribing = false;
  let isSameLedger = true;
  let stopped = false;
  const listenedFor = new Set<string>();
  let lastRead: Promise<unknown> = Promise.resolve();

  const mayAct = (): boolean => leases === null || leases.areCurrent();
  const speaksFor = ({ op }: OutboxEntry): boolean => leases === null || leases.has(op.replica);

  /**
   * This tab hears of a change before storage has it. A map that began to load in between would get it from neither: so it is loaded, and
   * listens, from its first change on.
   */
  function listenFor(map: string): void {
    if (listenedFor.has(map)) return;
    listenedFor.add(map);
    local.base(map).catch((error: unknown) => environment.log('error', 'loading a map failed', error));
  }

  function publish(event: TabEvent, commit: StorageCommit | null, to?: string): void {
    for (const { map } of commit?.base ?? []) listenFor(map);
    if (to === undefined || to === ownTab) emit(event);
    if (to === ownTab && commit === null) return;
    commits.publish(commit, () => {
      if (to !== ownTab) post(event, to);
    });
  }

  const hub = createSubscriptionHub({
    environment,
    local,
    publish,
    send: (message) => connection.send(message),
  });

  const submitter = createSubmitter({
    outbox,
    publish,
    send: (message) => connection.send(message),
    mayAct,
    waits(op) {
      for (const id of options.before(op)) if (!outbox.has(id)) return true;
      return false;
    },
    noteAcked: hub.noteAcked,
    serverNow: () => environment.clock.now() + connection.offsetMs(),
  });

  const preparation = createOutboxPreparation({
    outbox,
    commits,
    local,
    environment,
    toldOffsetMs: options.offsetMs,
    offsetMs: () => (isConnected(connection.state()) && mayAct() ? connection.offsetMs() : null),
    tell: (event) => publish(event, null),
    verify,
    announce(replica) {
      submitter.announce(replica, 0);
      leases?.claim([replica]).catch((error: unknown) => environment.log('error', 'taking a lease failed', error));
    },
    whenRead: startSubscribing,
    whenReady: progress,
  });

  const connection = createConnection({
    url: options.serverUrl,
    environment,
    backoff: sync.backoff,
    heartbeat: sync.heartbeat,
    offsetMs: options.offsetMs,
    getToken: sync.getToken,
    greet: () => ({ replicas: submitter.greet().map(([replica, seq]) => [replica, seq]), lineage }),
    onState: (state, error) =>
      publish({ type: 'connection', state, error }, null, state === 'closed' ? ownTab : undefined),
    onWelcome,
    onMessage,
    onDown() {
      isSubscribing = false;
      submitter.disconnected();
      hub.disconnected();
    },
  });

  function onWelcome(welcome: WelcomeMessage): void {
    isSameLedger = lineage === null || lineage === welcome.lineage;
    lineage = welcome.lineage;
    submitter.connected(welcome);
    preparation.run();
    progress();
    adopt();
  }

  function startSubscribing(): void {
    if (isSubscribing || !isConnected(connection.state())) return;
    isSubscribing = true;
    hub.connected(isSameLedger);
  }

  /** Sends what can be sent, and notices when everything from before this connection is settled. */
  function progress(): void {
    submitter.flush();
    const isCaughtUp =
      connection.state() === 'reconciling' &&
      mayAct() &&
      preparation.isIdle() &&
      outbox.isCaughtUp() &&
      hub.isCaughtUp();
    if (isCaughtUp) connection.input('caught-up');
  }

  function onMessage(message: ServerMessage): void {
    switch (message.type) {
      case 'welcome':
        return;
      case 'announced':
        submitter.announced(message);
        preparation.run();
        break;
      case 'decided':
        submitter.decided(message);
        break;
      case 'rows':
        hub.rows(message);
        break;
      case 'push':
        hub.push(message);
        break;
      case 'pong':
        hub.advance(message.through);
        break;
      case 'error': {
        const sub = message.about?.sub;
        if (sub === undefined) environment.log('warn', `the server says: ${message.reason}`, message);
        else hub.refused(sub, message);
        break;
      }
      default:
        assertNever(message);
    }
    progress();
  }

  function take(entries: readonly OutboxEntry[]): void {
    outbox.add(entries);
    preparation.run();
    progress();
  }

  /** Takes in what is stored. Resolves to the ids of all that is; to `null` when it cannot be read. One read after the other. */
  function readOutbox(): Promise<ReadonlySet<string> | null> {
    const read = lastRead.then(readNow, readNow);
    lastRead = read;
    return read;
  }

  async function readNow(): Promise<ReadonlySet<string> | null> {
    if (stopped) return null;
    if (!mayAct()) await leases?.renew();
    let stored = await storage.loadOutbox();
    if (stored.ok && (await leases?.claim(replicasOf(stored.value)))) {
      // Whoever had them before may have been at work since.
      stored = await storage.loadOutbox();
    }
    if (stopped) return null;
    if (!stored.ok) {
      // The next welcome, and the next look at the tabs, tries again.
      environment.log('warn', `the outbox cannot be read: ${stored.error.message}`, stored.error);
      return null;
    }
    const unheard = stored.value.filter(({ op }) => !outbox.has(op));
    take(stored.value.filter(speaksFor));
    const orphans = unheard.filter((entry) => outbox.has(entry.op) || !speaksFor(entry));
    if (orphans.length > 0) publish({ type: 'persisted', entries: orphans }, null);
    letGoOfFinished(stored.value);
    return new Set(stored.value.map(({ op }) => opIdText(op)));
  }

  async function verify(entries: readonly OutboxEntry[]): Promise<boolean> {
    const storedIds = await readOutbox();
    if (storedIds === null) return false;
    const missing = entries.map(({ op }) => op).filter((op) => !storedIds.has(opIdText(op)));
    const rejections = await rejectionsOf(missing);
    if (rejections === null) return false;
    const decisions = missing.map((op): Decision => {
      const rejection = rejections.get(opIdText(op));
      return rejection === undefined ? { op, outcome: 'applied' } : { op, outcome: 'rejected', ...rejection };
    });
    for (const { op, outcome } of decisions) {
      outbox.remove(op);
      if (outcome !== 'rejected') hub.noteAcked(op, 0);
    }
    if (decisions.length > 0) publish({ type: 'decided', position: 0, decisions }, null);
    return true;
  }

  /** What storage holds of refusals of these ops, by id; `null` when it cannot be read. */
  async function rejectionsOf(
    ids: readonly OpId[],
  ): Promise<ReadonlyMap<string, NonNullable<DecidedEarlier['rejection']>> | null> {
    if (ids.length === 0) return new Map();
    const stored = await storage.loadRejections();
    if (!stored.ok) return null;
    return new Map(stored.value.map(({ op, code, reason, at }) => [opIdText(op), { code, reason, at }]));
  }

  /** Adopted replicas of which nothing is left. */
  function letGoOfFinished(stored: readonly OutboxEntry[]): void {
    if (leases === null) return;
    const unfinished = replicasOf([...stored, ...outbox.entries()]);
    for (const replica of leases.adopted()) {
      if (unfinished.has(replica)) continue;
      submitter.forget(replica);
      leases.giveBack(replica).catch((error: unknown) => environment.log('error', 'giving a lease back failed', error));
    }
  }

  function adopt(): void {
    readOutbox().catch((error: unknown) => environment.log('error', 'adopting the outbox failed', error));
  }

  return {
    async start() {
      // Whatever was said of the leader before is over.
      publish({ type: 'unsettled', subs: null }, null);
      publish({ type: 'connection', state: connection.state(), error: null }, null);
      await readOutbox();
      if (!stopped && !options.isPaused()) connection.input('connect');
    },
    async stop() {
      hub.stop();
      connection.input('close');
      stopped = true;
      await commits.stop();
      await lastRead.catch(() => {});
    },
    announce(replica, issuedSeq) {
      submitter.announce(replica, issuedSeq);
      preparation.run();
    },
    persisted(entries) {
      outbox.add(entries);
      // Nearly always they are ready as they are.
      if (!preparation.isIdle()) preparation.run();
      submitter.flush();
    },
    open(tab, key, map, query) {
      hub.open(tab, key, map, query);
    },
    close: hub.close,
    closeTab: hub.closeTab,
    adopt,
    noteDecided({ position, decisions }) {
      for (const { op, outcome } of decisions) if (outcome !== 'rejected') hub.noteAcked(op, position);
      // An op that waited for one of these waits no longer.
      progress();
    },
    disown(replica) {
      submitter.forget(replica);
    },
    async findDecided(ids) {
      if (ids.every((id) => outbox.has(id))) return [];
      // Its author's message may be behind this one: what is in storage is pending.
      const storedIds = await readOutbox();
      if (storedIds === null) return [];
      const missing = ids.filter((id) => !outbox.has(id) && !storedIds.has(opIdText(id)));
      const rejections = await rejectionsOf(missing);
      if (rejections === null) return [];
      return missing.map((id) => ({ id, rejection: rejections.get(opIdText(id)) ?? null }));
    },
    input(input) {
      connection.input(input);
    },
    greet(to, known) {
      const ids = new Set(known.map(opIdText));
      const entries = outbox.entries().filter(({ op }) => !ids.has(opIdText(op)));
      if (entries.length > 0) publish({ type: 'persisted', entries }, null, to);
      const offsetMs = preparation.toldOffsetMs();
      if (offsetMs !== 0) publish({ type: 'clock', offsetMs, restamped: [] }, null, to);
      publish({ type: 'connection', state: connection.state(), error: connection.fault() }, null, to);
    },
  };
}

const replicasOf = (entries: readonly OutboxEntry[]): ReadonlySet<ReplicaId> =>
  new Set(entries.map(({ op }) => op.replica));
