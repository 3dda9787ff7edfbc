import type { ReplicaId } from '../../clock/index.js';
import type { OpId } from '../../crdt/index.js';
import { assertNever } from '../../primitives/index.js';
import type { SubmissionWait } from './submission-wait.js';
import type { ServerMessage, WelcomeMessage } from '../../protocol/index.js';
import type { Query } from '../../query/index.js';
import type { ServerQuestion } from '../ports/server-question.js';
import type { OutboxEntry, StorageCommit } from '../ports/storage.js';
import type { DecidedEvent, SubscriptionKey, TabEvent } from '../ports/tab-events.js';
import { opIdText } from '../storage/op-id.js';
import { backoffDelay, DEFAULT_BACKOFF } from './backoff.js';
import { createBackgroundCommits } from './background-commits.js';
import { createBroughtRows } from './brought-rows.js';
import { isConnected } from './connection-state.js';
import { createClearDecided } from './clear-decided.js';
import { createConnection } from './connection.js';
import { decisionsOf } from './decided-earlier.js';
import { createGiveBack } from './give-back.js';
import { guardTransport } from './guarded-transport.js';
import { KnownLedger } from './known-ledger.js';
import { createLeadNumber } from './lead-number.js';
import { createKeptReplicas } from './kept-replicas.js';
import type { LeaderInput, LeaderSyncOptions } from './leader-parts.js';
import { createOutbox } from './outbox.js';
import { createOutboxPreparation } from './outbox-preparation.js';
import { createQuestions } from './questions.js';
import { createSkewRepair } from './skew-repair.js';
import { createStoredOutbox, type DecidedEarlier } from './stored-outbox.js';
import { createSubmitter } from './submitter.js';
import { createSubscriptionHub } from './subscription-hub.js';
import { ToldAgain } from './told-again.js';
import { createToldEarly } from './told-early.js';

/** What a tab is while it leads: the connection, the submission of everybody's ops, everybody's subscriptions. */
export interface LeaderSync {
  /** CL-4: takes the number of this lead, if storage takes anything; the one of the lead before means nothing from then on. */
  takeNumber(): Promise<number | null>;
  /** Adopts the stored outbox, closed tabs' ops included, and connects. Resolves when it is adopted. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** CL-4: another tab leads. Nothing is stored, sent or told any more. */
  abandon(): void;
  announce(replica: ReplicaId, issuedSeq: number): void;
  /** Durable ops of any tab. */
  persisted(entries: readonly OutboxEntry[]): void;
  open(tab: string, key: SubscriptionKey, map: string, query: Query): void;
  close(tab: string, key: SubscriptionKey): void;
  closeTab(tab: string): void;
  /** The answer comes as `answered`, to that tab. */
  ask(tab: string, token: string, question: ServerQuestion): void;
  endQuestion(tab: string, token: string): void;
  /** Reads the stored outbox again, for ops nobody spoke of: their tab ended between its transaction and its message. */
  adopt(): void;
  /** Decisions that came to another tab, after this tab's stores have taken them in. */
  noteDecided(event: DecidedEvent): void;
  /** CL-8: a tab has brought what it held of these maps into the database, which was made anew. */
  takeBrought(maps: readonly string[]): void;
  /** Another tab speaks for this replica now: its ops are sent there. */
  disown(replica: ReplicaId): void;
  /** Of these ops, thought to be pending, the ones that have been decided: no outbox holds them. */
  findDecided(ids: readonly OpId[]): Promise<readonly DecidedEarlier[]>;
  /** What is here and not marked as handed over: only what is can be sent. */
  unsent(): readonly OutboxEntry[];
  input(input: LeaderInput): void;
  /** Resolves once what was heard up to now is stored, or storage has failed to take it. */
  decisionsStored(): Promise<void>;
  /** CL-34: why a durable op is not decided yet. */
  waitOf(id: OpId): SubmissionWait;
  /** Tells tab `to`, which knows of the ops `known`, how things stand. */
  greet(to: string, known: readonly OpId[]): void;
}

export function createLeaderSync(options: LeaderSyncOptions): LeaderSync {
  const { sync, tab: ownTab, emit, post, leases } = options;
  const { environment, storage, local } = sync;
  const lead = leases === null ? createLeadNumber(storage, environment.timers) : null;
  const commits = createBackgroundCommits({
    storage,
    environment,
    lead,
    outdated: options.outdated,
    storageFailed: sync.storageFailed,
    storedLate: () => toldEarly.stored(),
  });
  // This tab itself is ahead of storage, and listens from its first change on. Without locks each tab stores what it learns.
  const toldEarly = createToldEarly((event) => leases === null && post(event));
  const isLeading = (): Promise<boolean> => lead?.isLatest() ?? Promise.resolve(true);
  const transport = guardTransport({ ...environment, isLeading, lost: options.outdated });
  const outbox = createOutbox(sync.hash);
  const ledger = new KnownLedger();
  let subscribing: 'not yet' | 'soon' | 'begun' = 'not yet';
  let stopped = false;
  let isAbandoned = false;
  let isReady = false;
  let endPause = (): void => {};
  const listenedFor = new Set<string>();

  const speaks = (): boolean => leases === null || leases.areCurrent();
  const speaksFor = (replica: ReplicaId): boolean => leases === null || leases.has(replica);
  const mayAct = (): boolean => speaks() && !giveBack.isBusy();

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
    if (isAbandoned) return;
    for (const { map } of commit?.base ?? []) listenFor(map);
    if (to === undefined || to === ownTab) emit(event);
    if (to === ownTab && commit === null) return;
    commits.publish(commit, (isDurable) => {
      if (to !== ownTab) post(event, to);
      if (!isDurable && commit !== null) toldEarly.note(event, commit);
    });
  }

  const hub = createSubscriptionHub({
    environment,
    local,
    storage,
    hash: sync.hash,
    publish,
    send: (message) => connection.send(message),
  });

  const tell = (event: TabEvent): void => publish(event, null);
  const brought = createBroughtRows({ storage, commits, environment, tell, recheck: hub.recheck });

  const toldAgain = new ToldAgain({ outbox, speaksFor: (replica) => speaks() && speaksFor(replica) });

  const questions = createQuestions({
    send: (message) => connection.send(message),
    answered: (tab, token, answer) => publish({ type: 'answered', token, answer }, null, tab),
  });

  const submitter = createSubmitter({
    outbox,
    publish,
    send: (message) => connection.send(message),
    sent: (op) => sync.events?.op('sent', op),
    speaks,
    speaksFor,
    mayAct,
    waits(op) {
      for (const id of options.before(op)) if (!outbox.has(id)) return true;
      return false;
    },
    toldAgain({ map }) {
      if (subscribing === 'begun') toldAgain.note(map);
    },
    noteAcked: hub.noteAcked,
    keep: (ops, position) =>
      ledger.lineage === null || position === 0 || ops.length === 0
        ? []
        : [{ lineage: ledger.lineage, position, at: environment.clock.now(), ops }],
    // Where tabs hear of totals from several connections, the later one is that with the later stamp.
    replacesTotals: () => leases === null || !ledger.isSame,
    repairs: (entry) => repair.take(entry),
    serverNow: () => environment.clock.now() + connection.offsetMs(),
  });

  const clear = createClearDecided({
    storage,
    outbox,
    commits,
    log: environment.log,
    decidedOf: (ops) => stored.decidedOf(ops),
    told: (decisions) => tell({ type: 'decided', position: 0, decisions, isInBase: true }),
  });

  const stored = createStoredOutbox({
    storage,
    outbox,
    leases,
    environment,
    async knowsAccepted(claimed) {
      if (claimed) kept.invalidate();
      return kept.isRead || kept.read();
    },
    take,
    found: (entries) => publish({ type: 'persisted', entries }, null),
    foundDecided: clear,
    finished: (replica) => submitter.forget(replica),
  });

  const kept = createKeptReplicas({
    storage,
    outbox,
    leases,
    log: environment.log,
    found: progress,
  });

  const giveBack = createGiveBack({
    outbox,
    commits,
    storage,
    environment,
    returned(entries) {
      ledger.hasLost();
      publish({ type: 'another-ledger', returned: entries }, null);
    },
    whenDone() {
      preparation.run();
      progress();
    },
  });

  const preparation = createOutboxPreparation({
    outbox,
    commits,
    local,
    environment,
    toldOffsetMs: options.offsetMs,
    offsetMs: () => (isConnected(connection.state()) && mayAct() ? connection.offsetMs() : null),
    tell,
    verify,
    announce: speakFor,
    whenRead: startSubscribing,
    whenReady: progress,
  });

  const repair = createSkewRepair({
    outbox,
    commits,
    local,
    environment,
    offsetMs: () => connection.offsetMs(),
    askTime: () => connection.send({ type: 'ping', at: environment.clock.now() }),
    announce: speakFor,
    tell,
    whenReady: progress,
  });

  /** A replica that this tab has made up for ops which go on under another id. */
  function speakFor(replica: ReplicaId): void {
    submitter.announce(replica, 0);
    leases?.claim([replica]).catch((error: unknown) => environment.log('error', 'taking a lease failed', error));
  }

  const connection = createConnection({
    url: options.serverUrl,
    environment: { ...environment, transport },
    backoff: sync.backoff,
    heartbeat: sync.heartbeat,
    offsetMs: options.offsetMs,
    getToken: sync.getToken,
    greet: () => ({ replicas: submitter.greet(), lineage: ledger.lineage, ...hub.greet() }),
    onState: (state, error) =>
      publish({ type: 'connection', state, error }, null, state === 'closed' ? ownTab : undefined),
    onWelcome,
    onMessage,
    onDown() {
      subscribing = 'not yet';
      submitter.disconnected();
      giveBack.disconnected();
      toldAgain.disconnected();
      repair.disconnected();
      hub.disconnected();
      questions.disconnected();
    },
  });

  function onWelcome(welcome: WelcomeMessage): void {
    ledger.welcomed(welcome);
    if (!ledger.isSame) publish({ type: 'another-ledger', returned: [] }, null);
    submitter.connected(welcome);
    questions.connected();
    hub.welcomed(welcome.subscribed === true);
    if (giveBack.check(welcome.gaps === true)) ledger.hasLost();
    preparation.run();
    progress();
    // PT-10: an answer that comes now would be there before its time.
    if (subscribing !== 'begun') hub.askLater();
    adopt();
  }

  function startSubscribing(): void {
    if (subscribing === 'begun' || !isConnected(connection.state())) return;
    subscribing = giveBack.isBusy() || toldAgain.areDue() ? 'soon' : 'begun';
    if (subscribing === 'soon') return;
    hub.connected(ledger.isSame, ledger.welcomedAt);
  }

  /** Sends what can be sent, and notices when everything from before this connection is settled. */
  function progress(): void {
    submitter.flush();
    if (subscribing === 'soon') startSubscribing();
    for (const map of toldAgain.take()) hub.recheck(map);
    const isCaughtUp =
      connection.state() === 'reconciling' &&
      mayAct() &&
      preparation.isIdle() &&
      outbox.isCaughtUp() &&
      hub.isCaughtUp();
    if (!isCaughtUp) return;
    connection.input('caught-up');
    hub.caughtUp();
  }

  function onMessage(message: ServerMessage): void {
    switch (message.type) {
      case 'welcome':
        return;
      case 'announced':
        submitter.announced(message);
        giveBack.check(message.gaps === true);
        preparation.run();
        break;
      case 'decided':
        ledger.heard(message.position);
        submitter.decided(message);
        break;
      case 'same':
        hub.same(message);
        break;
      case 'level':
        hub.level(message);
        break;
      case 'rows':
        hub.rows(message);
        break;
      case 'push':
        ledger.heard(message.through);
        hub.push(message);
        break;
      case 'pong':
        ledger.heard(message.through);
        hub.advance(message.through);
        repair.heardTime(message.serverTime);
        // The clock may have been set since the welcome.
        preparation.run();
        break;
      case 'journal':
      case 'journal-refused':
      case 'search-facts':
      case 'search-refused':
      case 'called':
      case 'call-refused':
        questions.answered(message);
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

  /** Takes out what was decided under another leader. */
  async function verify(entries: readonly OutboxEntry[]): Promise<boolean> {
    const ops = entries.map(({ op }) => op);
    const decided = await stored.decidedOf(ops);
    if (decided === null) return false;
    const decisions = decisionsOf(decided, ops);
    for (const { op, outcome } of decisions) {
      outbox.remove(op);
      if (outcome !== 'rejected') hub.noteAcked(op, 0);
    }
    if (decisions.length > 0) publish({ type: 'decided', position: 0, decisions }, null);
    return true;
  }

  async function readStored(): Promise<void> {
    await stored.read();
    await kept.read();
  }

  function pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = environment.timers.after(delayMs, resolve);
      endPause = () => {
        cancel();
        resolve();
      };
    });
  }

  function adopt(): void {
    readStored().catch((error: unknown) => environment.log('error', 'adopting the outbox failed', error));
  }

  function end(): void {
    hub.stop();
    brought.stop();
    connection.input('close');
    stopped = true;
    endPause();
    lead?.stop();
  }

  return {
    async takeNumber() {
      const taken = await lead?.take();
      if (taken?.ok === false) environment.log('warn', `the lead is not noted: ${taken.error.message}`, taken.error);
      return lead?.current() ?? null;
    },
    abandon() {
      isAbandoned = true;
      transport.end();
      commits.abandon();
      end();
      void stored.stop();
    },
    async start() {
      // Whatever was said of the leader before is over.
      publish({ type: 'unsettled', subs: null }, null);
      publish({ type: 'connection', state: connection.state(), error: null }, null);
      await readStored();
      // Before it is known what was accepted nothing newer may be sent.
      for (let failures = 1; !kept.isRead && !stopped; failures += 1) {
        await pause(backoffDelay(DEFAULT_BACKOFF, failures, environment.random.unit()) ?? 0);
        await readStored();
      }
      if (kept.latest !== null) ledger.remember(kept.latest);
      isReady = true;
      if (!stopped && !options.isPaused()) connection.input('connect');
    },
    async stop() {
      end();
      await Promise.all([commits.stop(), stored.stop()]);
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
    closeTab(tab) {
      hub.closeTab(tab);
      questions.closeTab(tab);
    },
    ask: questions.ask,
    endQuestion: questions.end,
    adopt,
    noteDecided({ position, decisions }) {
      for (const { op, outcome } of decisions) if (outcome !== 'rejected') hub.noteAcked(op, position);
      // An op that waited for one of these waits no longer.
      progress();
    },
    takeBrought: brought.take,
    disown(replica) {
      submitter.forget(replica);
    },
    async findDecided(ids) {
      if (ids.every((id) => outbox.has(id))) return [];
      // While storage fails it holds what is decided, and told, already: who joins meanwhile finds it there, and is told here.
      if (!(await commits.store(null))) return [];
      // Its author's message may be behind this one: what is in storage is pending.
      const decided = await stored.decidedOf(ids);
      return decided?.filter(({ id }) => !outbox.has(id)) ?? [];
    },
    async decisionsStored() {
      // What is being told just now is stored right after it was told.
      await Promise.resolve();
      return new Promise((resolve) => commits.publish(null, () => resolve()));
    },
    unsent: outbox.unhanded,
    waitOf: submitter.waitOf,
    input(input) {
      // What is asked for before is what `start` comes to.
      if (isReady) connection.input(input);
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
