import type { Op } from '../../crdt/index.js';
import { encodeBase64url } from '../../primitives/index.js';
import type {
  ClientMessage,
  ErrorMessage,
  Hello,
  HelloSub,
  LevelMessage,
  PushedSub,
  PushMessage,
  RowsMessage,
  SameMessage,
} from '../../protocol/index.js';
import type { Query } from '../../query/index.js';
import type { Environment, Hash64 } from '../ports/environment.js';
import type { BaseChange, Storage, StorageCommit } from '../ports/storage.js';
import type { LocalState } from '../ports/local-state.js';
import type { MembershipChange, SubscriptionKey, TabEvent } from '../ports/tab-events.js';
import type { ReadonlyKeys } from '../key-set.js';
import { rowsMap, rowsQuery } from '../rows-map.js';
import { createAckedRows } from './acked-rows.js';
import { AskedAhead } from './asked-ahead.js';
import { CacheCheck, CHECK_ANSWER_MS, type CheckedRows } from './cache-check.js';
import { newSubscription, offeringOf, wordsFor, type HubSubscription } from './hub-subscription.js';
import type { OfferedRows } from './offered-rows.js';
import { createOffers } from './offers.js';
import { basesNeeded } from './picked-rows.js';
import { createStaleCheck } from './stale-check.js';
import {
  applyRowChanges,
  createWireSubscription,
  dropUnsent,
  forgetOffered,
  judgeNumber,
  keepOffered,
  takeTurn,
  type WireSubscription,
} from './subscription.js';

/** How long a subscription nobody reads is kept: a component that is shown again at once costs nothing (SY-6). */
export const LINGER_MS = 30_000;

/** SY-2: the most that one turn of an exchange may say: its text fits into a message. Beyond it all rows are asked for. */
const TURN_BYTES = 768 * 1024;

/**
 * SY-1, SY-2, SY-5, SY-6: all tabs' subscriptions over the leader's one connection: one wire subscription per key, counted per tab.
 * Turns the server's rows into base changes and membership; holds no records.
 */
export interface SubscriptionHub {
  open(tab: string, key: SubscriptionKey, map: string, query: Query): void;
  close(tab: string, key: SubscriptionKey): void;
  /** The tab is gone, with all that it had open. */
  closeTab(tab: string): void;
  /** PT-10: what the hello of a new connection asks for: as much as can be told at once. */
  greet(): Pick<Hello, 'subs'>;
  /** PT-10: whether the server has taken that. */
  welcomed(isTaken: boolean): void;
  /** PT-10: it was too early to ask: all is asked for when it is `connected`. */
  askLater(): void;
  /** `isSameLedger`: positions mean what they meant on the connection before. `position`: the one the server said first. */
  connected(isSameLedger: boolean, position: number): void;
  disconnected(): void;
  same(message: SameMessage): void;
  level(message: LevelMessage): void;
  rows(message: RowsMessage): void;
  push(message: PushMessage): void;
  /** Every answered subscription is complete up to this position. */
  advance(through: number): void;
  /** An error about subscription `sub` of this connection. */
  refused(sub: number, error: ErrorMessage): void;
  noteAcked(op: Op, position: number): void;
  /** What this device holds of the map is not what the server was told: asks anew, with the digest of what it is. */
  recheck(map: string): void;
  /** Whether every subscription has its first answer, or was refused. */
  isCaughtUp(): boolean;
  /** RU-6: that is so for the first time on this connection: what no subscription asks for is looked through. */
  caughtUp(): void;
  stop(): void;
}

export interface SubscriptionHubOptions {
  readonly environment: Pick<Environment, 'clock' | 'timers' | 'log'>;
  readonly local: LocalState;
  readonly storage: Pick<Storage, 'loadMap' | 'storedMaps'>;
  readonly hash: Hash64;
  readonly send: (message: ClientMessage) => void;
  /** Tells this tab at once, the siblings (or only tab `to`) once the commit is stored. */
  readonly publish: (event: TabEvent, commit: StorageCommit | null, to?: string) => void;
}

const NOTHING_OFFERED = 'The server goes by rows that it was not told of.';

export function createSubscriptionHub(options: SubscriptionHubOptions): SubscriptionHub {
  const { environment, local, send, publish } = options;
  const byKey = new Map<SubscriptionKey, HubSubscription>();
  const byNumber = new Map<number, HubSubscription>();
  const acked = createAckedRows();
  const offers = createOffers(options);
  const ahead = new AskedAhead();
  let welcomedAt = 0;
  let isSameLedger = true;
  let isConnected = false;
  let connection = 0;
  let nextNumber = 1;
  let through = 0;
  const stale = createStaleCheck({
    environment,
    local,
    acked,
    subscriptions: () => byKey.values(),
    positionOf,
    connection: () => connection,
    drop: (map, keys) =>
      publishChanges(new Map([[map, keys.map((key): BaseChange => ({ type: 'drop', key }))]]), [], null),
  });
  /** RU-6: one question about stored rows at a time. */
  let check: HubSubscription | null = null;
  let endWait = (): void => {};
  const cache = new CacheCheck({ ...options, confirmed: (map) => confirmed(map), ask: askAbout });

  const isWanted = (subscription: HubSubscription): boolean =>
    subscription === check || byKey.get(subscription.key) === subscription;

  /** Asks for it, as soon as it is known what this device holds of it. */
  function subscribe(subscription: HubSubscription): void {
    if (!subscription.wantsAll) return offers.make(offeringOf(subscription), (rows) => ask(subscription, rows));
    subscription.wantsAll = false;
    ask(subscription, null);
  }

  function ask(subscription: HubSubscription, rows: OfferedRows | null): void {
    if (!isConnected || !isWanted(subscription)) return;
    const offered = held(rows);
    send({ type: 'subscribe', ...wordsFor(subscription, nextNumber, offered) });
    begin(subscription, offered);
  }

  const held = (rows: OfferedRows | null): OfferedRows | null => (rows === null || rows.keys.size === 0 ? null : rows);

  function begin(subscription: HubSubscription, offered: OfferedRows | null): void {
    subscription.wire = createWireSubscription(nextNumber, offered);
    byNumber.set(nextNumber, subscription);
    nextNumber += 1;
  }

  /** PT-10: what the hello asks for is kept, as if it were asked for just now, or nothing of it is heard any more. */
  function settleAhead(isKept: boolean, isTaken: boolean): void {
    for (const [number, subscription] of ahead.settle(isKept)) {
      byNumber.delete(number);
      subscription.wire = null;
      if (isTaken) send({ type: 'unsubscribe', sub: number });
    }
  }

  function unsubscribe(subscription: HubSubscription): void {
    const { wire } = subscription;
    offers.cancel(subscription.key);
    if (wire === null) return;
    noteHeld(subscription);
    subscription.wire = null;
    byNumber.delete(wire.number);
    if (isConnected && !wire.failed) send({ type: 'unsubscribe', sub: wire.number });
  }

  const confirmed = (map: string): ReadonlyKeys[] =>
    [...byKey.values()].flatMap(({ map: its, wire }) =>
      its === map && wire !== null && !wire.failed ? [wire.members] : [],
    );

  /** RU-6: rows that are stored, as a subscription of its own that ends with its first answer. */
  function askAbout({ map, asks, keys, rows }: CheckedRows): Promise<boolean> {
    if (!isConnected) return Promise.resolve(false);
    return new Promise((done) => {
      const asking = newSubscription({ key: '', asks, map, query: null, checked: { keys, done } });
      check = asking;
      endWait = environment.timers.after(CHECK_ANSWER_MS, () => endCheck(asking, null));
      ask(asking, rows);
    });
  }

  /** What the server has not spoken of is not there, or not to be seen any more. */
  function endCheck(subscription: HubSubscription, wire: WireSubscription | null): void {
    const { checked, map } = subscription;
    const spokenFor = confirmed(map);
    const isGone = (key: string): boolean =>
      wire?.members.has(key) === false &&
      !spokenFor.some((keys) => keys.has(key)) &&
      !acked.isAhead(map, key, positionOf(wire));
    const gone = checked?.keys.filter(isGone) ?? [];
    if (gone.length > 0) {
      publishChanges(new Map([[map, gone.map((key): BaseChange => ({ type: 'drop', key }))]]), [], null);
    }
    check = null;
    endWait();
    unsubscribe(subscription);
    checked?.done(wire !== null);
  }

  /** Something of it was missed: ask for all of it once more. */
  function resubscribe(subscription: HubSubscription): void {
    if (subscription === check) return endCheck(subscription, null);
    unsubscribe(subscription);
    publish({ type: 'unsettled', subs: [subscription.key] }, null);
    subscribe(subscription);
  }

  function fail(subscription: HubSubscription, code: string, reason: string): void {
    if (subscription.wire !== null) subscription.wire.failed = true;
    if (subscription === check) return endCheck(subscription, null);
    publish({ type: 'subscription-failed', sub: subscription.key, code, reason }, null);
    stale.answered(subscription.map);
  }

  /** AB-3: it was refused for now. */
  function askLater(subscription: HubSubscription, afterMs: number): void {
    const { wire } = subscription;
    environment.timers.after(afterMs, () => {
      if (subscription.wire === wire && byKey.get(subscription.key) === subscription) resubscribe(subscription);
    });
  }

  function noteHeld(subscription: HubSubscription): void {
    const { wire } = subscription;
    if (wire?.answered === true && !wire.failed) subscription.heldThrough = positionOf(wire);
  }

  /** A push completes all subscriptions at once, a first answer only its own. */
  function positionOf(wire: WireSubscription): number {
    return Math.max(through, wire.through);
  }

  function tellSettled(subscription: HubSubscription, wire: WireSubscription, to?: string): void {
    const { key, map } = subscription;
    const members = wire.members.copy();
    publish({ type: 'settled', sub: key, map, members, full: wire.full, through: positionOf(wire) }, null, to);
  }

  function tellProgress({ key, map }: HubSubscription, wire: WireSubscription, message: RowsMessage): void {
    wire.total ??= message.total ?? null;
    wire.received += message.changes.length;
    if (wire.total === null || message.done || check?.wire === wire) return;
    publish({ type: 'progress', sub: key, map, received: wire.received, total: wire.total }, null);
  }

  function release(subscription: HubSubscription, tab: string): void {
    if (!subscription.tabs.delete(tab) || subscription.tabs.size > 0) return;
    subscription.cancelLinger = environment.timers.after(LINGER_MS, () => {
      byKey.delete(subscription.key);
      unsubscribe(subscription);
      offers.forget(subscription.key);
      stale.answered(subscription.map);
    });
  }

  /** The subscription of a message, when it is of this connection and nothing before it was missed. */
  function receive(sub: number, n: number): { subscription: HubSubscription; wire: WireSubscription } | null {
    const subscription = byNumber.get(sub);
    const wire = subscription?.wire;
    // Unknown numbers are late messages of subscriptions that were ended.
    if (subscription === undefined || wire === null || wire === undefined || wire.failed) return null;
    const verdict = judgeNumber(wire, n);
    if (verdict === 'gap') resubscribe(subscription);
    return verdict === 'next' ? { subscription, wire } : null;
  }

  /** An exchange that leads nowhere: all rows are asked for instead. */
  function giveUp(subscription: HubSubscription): void {
    subscription.wantsAll = true;
    resubscribe(subscription);
  }

  function take(
    message: Pick<PushedSub, 'sub' | 'n' | 'changes' | 'full'>,
    replaces?: (row: string) => boolean,
  ): {
    subscription: HubSubscription;
    wire: WireSubscription;
    base: readonly BaseChange[];
    membership: MembershipChange;
  } | null {
    const found = receive(message.sub, message.n);
    if (found === null) return null;
    const { subscription, wire } = found;
    const applied = applyRowChanges(subscription.key, wire, message.changes, message.full, replaces);
    if (applied !== null) return { ...found, ...applied };
    fail(subscription, 'malformed', 'The server sent a row that cannot be read.');
    return null;
  }

  function publishChanges(
    changesByMap: ReadonlyMap<string, readonly BaseChange[]>,
    subs: readonly MembershipChange[],
    complete: number | null,
  ): void {
    const maps = [...changesByMap].map(([map, changes]) => ({ map, changes }));
    if (maps.length === 0 && subs.length === 0 && complete === null) return;
    publish({ type: 'changes', maps, subs, through: complete }, maps.length === 0 ? null : { base: maps });
  }

  function advance(
    position: number,
    changes: ReadonlyMap<string, readonly BaseChange[]>,
    subs: readonly MembershipChange[],
  ): void {
    const isLater = position > through;
    if (isLater) through = position;
    publishChanges(changes, subs, isLater ? position : null);
    if (isLater) stale.acked(acked.takeThrough(position));
  }

  function answered(subscription: HubSubscription, wire: WireSubscription, at: number): void {
    wire.answered = true;
    wire.through = at;
    if (subscription === check) return endCheck(subscription, wire);
    tellSettled(subscription, wire);
    stale.answered(subscription.map);
  }

  function isAskedFor(map: string): boolean {
    if (check?.map === map) return true;
    for (const subscription of byKey.values()) if (subscription.map === map) return true;
    return false;
  }

  return {
    open(tab, key, map, query) {
      let subscription = byKey.get(key);
      if (subscription === undefined) {
        const asks = { map, query };
        subscription = newSubscription({ key, asks, map: rowsMap(map, query), query: rowsQuery(query) });
        byKey.set(key, subscription);
        if (!isConnected) offers.prepare(offeringOf(subscription));
      }
      subscription.cancelLinger?.();
      subscription.cancelLinger = null;
      subscription.tabs.add(tab);
      const { wire } = subscription;
      if (wire?.answered === true) tellSettled(subscription, wire, tab);
      else if (isConnected && (wire === null || wire.failed)) {
        unsubscribe(subscription);
        subscribe(subscription);
      }
    },
    close(tab, key) {
      const subscription = byKey.get(key);
      if (subscription !== undefined) release(subscription, tab);
    },
    closeTab(tab) {
      for (const subscription of byKey.values()) release(subscription, tab);
    },
    greet() {
      // Those of an attempt that came to nothing.
      settleAhead(false, false);
      const subs: HelloSub[] = [];
      for (const subscription of byKey.values()) {
        const rows = offers.ready(offeringOf(subscription));
        if (rows === undefined) continue;
        const words = wordsFor(subscription, nextNumber, held(rows));
        if (!ahead.add(subscription, words)) continue;
        begin(subscription, held(rows));
        subs.push(words);
      }
      return subs.length === 0 ? {} : { subs };
    },
    welcomed(isTaken) {
      if (!isTaken) settleAhead(false, false);
    },
    askLater: () => settleAhead(false, true),
    connected(isSame, position) {
      isConnected = true;
      welcomedAt = position;
      isSameLedger = isSame;
      if (!isSameLedger) {
        acked.takeThrough(Number.POSITIVE_INFINITY);
        for (const subscription of byKey.values()) subscription.heldThrough = 0;
      }
      settleAhead(isSame, true);
      for (const subscription of byKey.values()) if (subscription.wire === null) subscribe(subscription);
    },
    disconnected() {
      isConnected = false;
      connection += 1;
      cache.end();
      if (check !== null) endCheck(check, null);
      for (const subscription of byKey.values()) noteHeld(subscription);
      // Positions of the next connection may be of another ledger.
      through = 0;
      byNumber.clear();
      for (const subscription of byKey.values()) {
        subscription.wire = null;
        offers.prepare(offeringOf(subscription));
      }
      publish({ type: 'unsettled', subs: null }, null);
    },
    same({ sub, through: at = welcomedAt, full = false }) {
      const received = receive(sub, 0);
      if (received === null) return;
      const { subscription, wire } = received;
      if (!keepOffered(wire)) return fail(subscription, 'malformed', NOTHING_OFFERED);
      wire.next += 1;
      wire.full = full;
      answered(subscription, wire, at);
    },
    level({ sub, n, nodes }) {
      const received = receive(sub, n);
      if (received === null) return;
      const { subscription, wire } = received;
      if (!keepOffered(wire)) return fail(subscription, 'malformed', NOTHING_OFFERED);
      wire.next += 1;
      const reply = takeTurn(wire, nodes);
      if (reply === null || reply.length > TURN_BYTES) return giveUp(subscription);
      send({ type: 'turn', sub, nodes: encodeBase64url(reply) });
    },
    rows(message) {
      const found = byNumber.get(message.sub);
      const asked = found?.wire;
      if (found !== undefined && asked?.failed === false && asked.next === message.n) {
        if (message.kept !== true) forgetOffered(asked);
        else if (!keepOffered(asked)) return fail(found, 'malformed', NOTHING_OFFERED);
        if (message.nodes !== undefined && takeTurn(asked, message.nodes) === null) return giveUp(found);
      }
      const { anew = false } = message;
      const isAhead = (row: string): boolean => acked.isAhead(found?.map ?? '', row, message.through);
      // What is held of a row that differs may be of a history which the server does not have; and of one that was no member, the server may have
      // forgotten since what this client has heard in time, and taken something older (CR-10).
      const isOther =
        !isSameLedger || (asked?.offered ?? null) !== null || (found !== undefined && found.heldThrough > 0);
      const taken = take(message, (row) => anew || (isOther && !isAhead(row)));
      if (taken === null) return;
      const { subscription, wire, base } = taken;
      publishChanges(new Map(base.length === 0 ? [] : [[subscription.map, base]]), [], null);
      tellProgress(subscription, wire, message);
      if (!message.done) return;
      dropUnsent(wire);
      answered(subscription, wire, message.through);
    },
    push(message) {
      const changes = new Map<string, BaseChange[]>();
      const subs: MembershipChange[] = [];
      for (const part of message.subs) {
        const map = byNumber.get(part.sub)?.map ?? '';
        // CR-10: a row that enters is here as a whole, and what is held of it may be a removal that the server has forgotten.
        const taken = take(part, (row) => !acked.isAhead(map, row, message.through));
        if (taken === null) continue;
        if (taken.base.length > 0) changes.set(map, [...(changes.get(map) ?? []), ...taken.base]);
        if (taken.wire.answered) subs.push(taken.membership);
      }
      advance(message.through, changes, subs);
    },
    advance(position) {
      advance(position, new Map(), []);
    },
    refused(sub, error) {
      const subscription = byNumber.get(sub);
      if (subscription === undefined) return;
      fail(subscription, error.code, error.reason);
      if (error.retryAfterMs !== undefined) askLater(subscription, error.retryAfterMs);
    },
    noteAcked(op, position) {
      // Whoever asks for the map later gets an answer from after the ack.
      if (!isAskedFor(op.map)) return;
      if (position > through) acked.note(op.map, op.key, position);
      else stale.acked(new Map([[op.map, [op.key]]]));
    },
    recheck(map) {
      for (const subscription of byKey.values()) {
        const { asks, wire } = subscription;
        if (wire === null || wire.failed || !basesNeeded(subscription.map, asks.query).has(map)) continue;
        resubscribe(subscription);
      }
    },
    isCaughtUp: () =>
      isConnected && [...byKey.values()].every(({ wire }) => wire !== null && (wire.answered || wire.failed)),
    caughtUp: () => cache.begin(),
    stop() {
      isConnected = false;
      connection += 1;
      cache.end();
      if (check !== null) endCheck(check, null);
      for (const { cancelLinger } of byKey.values()) cancelLinger?.();
      offers.forgetAll();
      byKey.clear();
      byNumber.clear();
    },
  };
}
