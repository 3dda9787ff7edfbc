import type { ReplicaId } from '../../clock/index.js';
import { CLOCK_TOLERANCE_MS } from '../connection/clock-offset.js';
import { decisionsOf } from '../connection/decided-earlier.js';
import { createLeaderSync } from '../connection/leader-sync.js';
import { successorOf } from '../connection/reissue.js';
import { createReplicaLeases, LEASE_RENEWAL_MS } from '../connection/replica-leases.js';
import { createSiblingCreates } from '../connection/sibling-creates.js';
import type { TabEvent } from '../ports/tab-events.js';
import { createCompaction } from './compaction.js';
import { createRelay } from './relay.js';
import { createTabMirror } from './tab-mirror.js';
import { farewellOf, type TabMessage } from './tab-message.js';
import type { TabSync, TabSyncOptions } from './tab-sync.js';

export interface SolitaryTabSyncOptions extends TabSyncOptions {
  readonly serverUrl: string;
}

/**
 * CL-4 without Web Locks: every tab leads itself. It has its own connection and subscriptions, and submits the ops of its own
 * replica and of those whose tab is gone, as far as it has their leases. Tabs still tell each other what they have made
 * durable and what was decided of it, where there is a channel: so edits show in the siblings offline too. Whatever
 * could not be told is found in the stored outbox, at the next look.
 *
 * A tab that was away for longer than its lease (frozen, asleep) may find its replica taken over: it goes on as another.
 */
export function createSolitaryTabSync(options: SolitaryTabSyncOptions): TabSync {
  const { environment, group, local, serverUrl, storage } = options;
  const tab = environment.random.id(12);
  const mirror = createTabMirror();
  const compaction = createCompaction({ storage, environment });
  let isPaused = false;
  let cancelLook: (() => void) | null = null;

  const relay = createRelay({ group, tab, log: environment.log, onMessage: receive });
  const leases = createReplicaLeases({ storage, holder: tab, environment, onLost: goOnAsAnother });
  const creates = createSiblingCreates();
  mirror.onEvent(creates.hear);
  const leader = createLeaderSync({
    tab,
    serverUrl,
    sync: options,
    offsetMs: 0,
    isPaused: () => isPaused,
    leases,
    before: creates.before,
    outdated() {},
    emit,
    post(event) {
      if (concernsSiblings(event)) relay.post({ type: 'event', event });
    },
  });

  function emit(event: TabEvent): void {
    if (event.type === 'changes' || event.type === 'decided') compaction.touch();
    mirror.take(event);
  }

  function receive(message: TabMessage): void {
    if (message.type === 'persisted' || message.type === 'rejections') emit(message);
    else if (message.type === 'event' && concernsSiblings(message.event)) hear(message.event);
    else if (message.type === 'bye') {
      leader.adopt();
      const farewell = farewellOf(message);
      if (farewell !== null) options.left?.(farewell);
    }
  }

  /** What was not decided on this tab's own connection. */
  function hear(event: TabEvent): void {
    emit(event);
    if (event.type === 'decided') leader.noteDecided(event);
  }

  function goOnAsAnother(replica: ReplicaId): void {
    leader.disown(replica);
    if (!mirror.replicas().some(([own]) => own === replica) || mirror.isSpent(replica)) return;
    const successor = successorOf(replica, environment.random.id(12));
    environment.log('warn', `another tab has taken over what this one wrote as ${replica}; it goes on as ${successor}`);
    emit({ type: 'reissued', replica, successor, moved: [] });
    // From here on it is a sibling's.
    creates.note(local.pendingOps().filter((op) => op.replica === replica));
  }

  function lookLater(): void {
    cancelLook = environment.timers.after(LEASE_RENEWAL_MS, () => {
      lookLater();
      creates.tick();
      look().catch((error: unknown) => environment.log('error', 'looking after the leases failed', error));
    });
  }

  async function look(): Promise<void> {
    await leases.renew();
    leader.adopt();
    await findDecided();
  }

  /** Reads the outbox, and finds what others have decided of the ops that are pending here. */
  async function findDecided(): Promise<void> {
    const pending = local.pendingOps();
    const decisions = decisionsOf(await leader.findDecided(pending), local.pendingOps());
    if (decisions.length > 0) hear({ type: 'decided', position: 0, decisions });
  }

  async function start(): Promise<void> {
    await leader.start();
    await findDecided();
  }

  return {
    start() {
      // What storage held when this tab opened shows here already, and may be edited before the outbox is read once more.
      creates.note(local.pendingOps());
      compaction.start();
      options.events?.leader(true);
      lookLater();
      start().catch((error: unknown) => environment.log('error', 'connecting failed', error));
    },
    async stop(farewell) {
      cancelLook?.();
      await leader.stop();
      await compaction.stop();
      await leases.giveAllBack();
      // Not before: whoever hears it takes over what is left.
      relay.post({ type: 'bye', ...farewell });
      relay.stop();
    },
    announce(replica, issuedSeq) {
      mirror.own(replica, issuedSeq);
      leases.own(replica);
      leader.announce(replica, issuedSeq);
    },
    persisted(entries) {
      for (const { op } of entries) {
        mirror.own(op.replica, op.seq);
        creates.written(op);
      }
      relay.post({ type: 'persisted', entries });
      leader.persisted(entries.filter(({ op }) => leases.has(op.replica)));
    },
    brought(entries) {
      relay.post({ type: 'persisted', entries });
      emit({ type: 'persisted', entries });
      // Once the leases of those replicas are this tab's.
      leader.adopt();
    },
    // What siblings hold each has from a connection of its own.
    broughtMaps() {},
    shareRejections: (event) => relay.post(event),
    decisionsStored: leader.decisionsStored,
    handsAtOnce: (op, clockOffset) =>
      mirror.state() === 'live' &&
      leases.areCurrent() &&
      mirror.isProven(op.replica) &&
      !mirror.isSpent(op.replica) &&
      Math.abs(clockOffset - mirror.offsetMs()) < CLOCK_TOLERANCE_MS,
    // What siblings have sent of theirs they do not say.
    unsent: () => leader.unsent(),
    waitOf: (id) => (leases.has(id.replica) ? leader.waitOf(id) : null),
    // Local-only mode has no server to be alone with.
    shareBase() {},
    openSubscription: (key, map, query) => leader.open(tab, key, map, query),
    closeSubscription: (key) => leader.close(tab, key),
    ask: (token, question) => leader.ask(tab, token, question),
    endQuestion: (token) => leader.endQuestion(tab, token),
    connectionState: mirror.state,
    connectionFault: mirror.fault,
    disconnect() {
      isPaused = true;
      leader.input('disconnect');
    },
    connect() {
      isPaused = false;
      leader.input('connect');
    },
    forceReconnect() {
      isPaused = false;
      leader.input('force');
    },
    tokenChanged: () => leader.input('token-changed'),
    onEvent: mirror.onEvent,
  };
}

/** What becomes of ops is the same for all tabs; rows, subscriptions and connections are each tab's own. */
const concernsSiblings = (event: TabEvent): boolean =>
  event.type === 'decided' || event.type === 'reissued' || event.type === 'another-ledger';
