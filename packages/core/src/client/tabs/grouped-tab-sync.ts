import type { Op } from '../../crdt/index.js';
import { assertNever } from '../../primitives/index.js';
import { CLOCK_TOLERANCE_MS } from '../connection/clock-offset.js';
import { decisionsOf } from '../connection/decided-earlier.js';
import type { LeaderInput } from '../connection/leader-parts.js';
import { createLeaderSync, type LeaderSync } from '../connection/leader-sync.js';
import type { DecidedEarlier } from '../connection/stored-outbox.js';
import type { ServerQuestion } from '../ports/server-question.js';
import type { ConnectionFault, SubscriptionKey, TabEvent } from '../ports/tab-events.js';
import { DEFAULT_CACHE_LIMITS } from '../storage/plan-sweep.js';
import { sweepCache } from '../storage/sweep-cache.js';
import { createCacheSweeps } from './cache-sweeps.js';
import { createCompaction } from './compaction.js';
import { CHANNEL_VERSION } from './channel-codec.js';
import { leaderLock, standForElection, type Leadership } from './leadership.js';
import { placeLocks } from './place-lock.js';
import { createRelay } from './relay.js';
import { createSiblingTabs, type SiblingTabs } from './sibling-tabs.js';
import { createTabMirror } from './tab-mirror.js';
import { heardLate, isOfConnection } from './heard-late.js';
import { farewellOf, type OpenSubscription, type TabMessage } from './tab-message.js';
import type { TabSync, TabSyncOptions } from './tab-sync.js';
import { watchLeader, type LeaderWatch } from './watch-leader.js';

const NEWER_TAB: ConnectionFault = {
  code: 'newer-tab',
  reason: 'A newer version of this app is open in another tab. Load this page again.',
};

/**
 * CL-4 with locks: one tab leads, the others reach it over the channel, and see to it that it lives. A leader that gives no sign of life is
 * robbed of the lead; when it runs again it steps down and follows. What it had under way comes to nothing: the next one has it in storage.
 */
export function createGroupedTabSync(options: TabSyncOptions): TabSync {
  const { environment, group, local, serverUrl } = options;
  const { databaseId } = options.storage.identity;
  const tab = environment.random.id(12);
  const mirror = createTabMirror();
  const subs = new Map<SubscriptionKey, OpenSubscription>();
  const questions = new Map<string, ServerQuestion>();
  const compaction = createCompaction({ storage: options.storage, environment });
  const sweeps = createCacheSweeps({ environment, sweep });
  let leadership: Leadership | null = null;
  let leader: LeaderSync | null = null;
  let siblings: SiblingTabs | null = null;
  let isPaused = false;
  let brought: readonly string[] = [];
  /** The number under which this tab leads. */
  let ownLead: number | null = null;
  let watch: LeaderWatch | null = null;
  /** The last tab that said it leads, and the highest number of a lead that was heard of. */
  let leadingTab: string | null = null;
  let latestLead = 0;

  const { channelVersion = CHANNEL_VERSION } = options;
  const relay = createRelay({
    group,
    tab,
    log: environment.log,
    onMessage: receive,
    onForeign: hearForeign,
    mayBeAlone,
    isAlone,
    version: channelVersion,
  });

  /** Whoever leads knows its siblings, but for those that have not said hello yet; the others know of the leader, as soon as it has said so. */
  function mayBeAlone(): boolean {
    if (group.countHeld === undefined) return false;
    return leader === null ? leadingTab === null : siblings?.isEmpty() === true;
  }

  async function isAlone(): Promise<boolean> {
    // This tab's own.
    return (await group.countHeld?.(placeLocks(options.name))) === 1;
  }

  function emit(event: TabEvent): void {
    if (leader !== null && (event.type === 'changes' || event.type === 'decided')) compaction.touch();
    if (event.type === 'connection') sweeps.connected(leader !== null && event.state === 'live');
    if (event.type === 'answered' && !questions.delete(event.token)) return;
    mirror.take(event);
  }

  async function sweep(): Promise<void> {
    const { storage, name, cache = DEFAULT_CACHE_LIMITS } = options;
    const swept = await sweepCache({ storage, name, group, clock: environment.clock, limits: cache });
    for (const { map, reason } of swept) options.events?.evicted(map, reason);
  }

  function stand(): void {
    leadership = standForElection(group, options.name, { elected, robbed: followAnother });
    const { stealing } = group;
    if (serverUrl === null || stealing === null) return;
    watch = watchLeader({
      environment,
      ask: () => relay.post({ type: 'ask' }),
      holder: () => stealing.holderOf(leaderLock(options.name)),
      steal: () => leadership?.steal(),
    });
  }

  function elected(): void {
    watch?.stop();
    watch = null;
    if (serverUrl === null) {
      compaction.start();
      return;
    }
    // Whoever else has waited in vain for the one before begins anew.
    relay.post({ type: 'answer' });
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
      outdated: followAnother,
      emit,
      post: (event, to) => relay.post({ type: 'event', event }, to),
    });
    compaction.start();
    options.events?.leader(true);
    for (const [replica, issuedSeq] of mirror.replicas()) leader.announce(replica, issuedSeq);
    for (const { key, map, query } of subs.values()) leader.open(tab, key, map, query);
    for (const [token, question] of questions) leader.ask(tab, token, question);
    lead(leader, pending).catch((error: unknown) => environment.log('error', 'taking over the lead failed', error));
  }

  const announcement = (): TabMessage => ({ type: 'leader', isPaused, lead: ownLead, databaseId });

  async function lead(started: LeaderSync, pending: readonly Op[]): Promise<void> {
    // CL-6: the one before may be frozen with its connection, and so may storage: nothing is live until this tab is.
    emit({ type: 'connection', state: 'offline', error: null });
    // What the one before has stored is in what is read then, and nothing of it comes later.
    ownLead = await started.takeNumber();
    if (leader !== started) return;
    if (ownLead !== null && ownLead < latestLead) return followAnother();
    latestLead = ownLead ?? latestLead;
    relay.post(announcement());
    started.takeBrought(brought);
    await started.start();
    takeDecided(await started.findDecided(pending));
  }

  /** CL-4: this tab has been robbed of the lead, as the lock, storage or the next leader says. */
  function followAnother(): void {
    if (stepDown()) introduce();
  }

  function stepDown(): boolean {
    const robbed = leader;
    if (robbed === null) return false;
    environment.log('warn', 'another tab has taken the lead from this one, which had given no sign of life');
    leader = null;
    ownLead = null;
    siblings?.stop();
    siblings = null;
    robbed.abandon();
    compaction.stop().catch((error: unknown) => environment.log('error', 'ending the compaction failed', error));
    options.events?.leader(false);
    // Nothing is known of the next one's connection yet.
    emit({ type: 'unsettled', subs: null });
    emit({ type: 'connection', state: 'offline', error: null });
    leadership?.resign();
    stand();
    return true;
  }

  /** CL-4: a newer tab does not wait for an older one, which cannot serve it; an older one cannot be served, and says so. */
  function hearForeign(said: 'ask' | 'answer', version: number): void {
    if (said === 'ask') {
      if (leader !== null) relay.post({ type: 'answer' });
      return;
    }
    if (leader !== null) return;
    if (version < channelVersion) leadership?.steal();
    else {
      watch?.heard();
      emit({ type: 'connection', state: 'incompatible', error: NEWER_TAB });
    }
  }

  /** What a leader before this one decided, and could not tell. */
  function takeDecided(decided: readonly DecidedEarlier[]): void {
    const decisions = decisionsOf(decided, local.pendingOps());
    if (decisions.length > 0) emit({ type: 'decided', position: 0, decisions });
  }

  function introduce(): void {
    const pending = local.pendingOps().map(({ replica, seq }) => ({ replica, seq }));
    relay.post({
      type: 'tab',
      replicas: mirror.replicas(),
      subs: [...subs.values()],
      questions: [...questions],
      pending,
      ...(brought.length === 0 ? {} : { brought }),
    });
  }

  function receive(message: TabMessage, from: string): void {
    if (leader !== null && message.type !== 'bye' && siblings?.heard(from) === false && message.type !== 'tab') {
      // Taken for gone, and back again.
      relay.post(announcement(), from);
    }
    switch (message.type) {
      case 'event':
        if (serverUrl === null) compaction.touch();
        if (from === leadingTab) watch?.heard();
        if (!isFormer(from)) emit(message.event);
        else if (!isOfConnection(message.event)) emit(heardLate(message.event));
        return;
      case 'leader':
        if (message.databaseId === databaseId && message.lead !== null) {
          // The last words of one that was robbed.
          if (message.lead < latestLead) return;
          latestLead = message.lead;
        }
        // Of a number that is being taken just now it is seen then.
        if (leader !== null && (ownLead === null || latestLead <= ownLead)) return;
        stepDown();
        watch?.heard();
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
      case 'question':
        leader?.ask(from, message.token, message.question);
        return;
      case 'end-question':
        leader?.endQuestion(from, message.token);
        return;
      case 'input':
        takeInput(message.input);
        return;
      case 'ask':
        if (leader !== null) relay.post({ type: 'answer' });
        return;
      case 'answer':
        watch?.heard();
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
    for (const [token, question] of message.questions) leading.ask(from, token, question);
    leading.greet(from, message.pending);
    leading.takeBrought(message.brought ?? []);
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
    watch?.needs();
  }

  return {
    start() {
      introduce();
      stand();
    },
    async stop(farewell) {
      relay.post({ type: 'bye', ...farewell });
      siblings?.stop();
      watch?.stop();
      await leader?.stop();
      await Promise.all([compaction.stop(), sweeps.stop()]);
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
      watch?.needs();
    },
    brought(entries) {
      relay.post({ type: 'persisted', entries });
      emit({ type: 'persisted', entries });
      leader?.persisted(entries);
    },
    broughtMaps(maps) {
      brought = maps;
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
      watch?.needs();
    },
    closeSubscription(key) {
      subs.delete(key);
      if (leader !== null) leader.close(tab, key);
      else if (serverUrl !== null) relay.post({ type: 'close', key });
    },
    ask(token, question) {
      questions.set(token, question);
      if (leader !== null) leader.ask(tab, token, question);
      else if (serverUrl !== null) relay.post({ type: 'question', token, question });
      watch?.needs();
    },
    endQuestion(token) {
      if (!questions.delete(token)) return;
      if (leader !== null) leader.endQuestion(tab, token);
      else if (serverUrl !== null) relay.post({ type: 'end-question', token });
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
