import type { Stamp } from '../../clock/index.js';
import type { CountOp, Op } from '../../crdt/index.js';
import { assertNever, TopGunError } from '../../primitives/index.js';
import type { OpWriter } from '../outbox/op-writer.js';
import type { Rejections } from '../outbox/rejections.js';
import type {
  AnotherLedgerEvent,
  ChangesEvent,
  ConnectionEvent,
  DecidedEvent,
  RejectionsEvent,
  SettledEvent,
  SubscriptionFailedEvent,
  TabEvent,
} from '../ports/tab-events.js';
import { opIdText } from '../storage/op-id.js';
import type { MapStore } from './map-store.js';
import type { MapStores } from './map-stores.js';
import type { Notifier } from './notifier.js';
import type { Subscriptions } from './subscriptions.js';
import type { ServerQuestions } from './server-questions.js';
import type { SyncProgressStore } from './sync-progress.js';

/** Everything of a tab that an event may change. */
export interface TabState {
  readonly notifier: Notifier;
  readonly stores: MapStores;
  readonly subscriptions: Subscriptions;
  readonly writer: OpWriter;
  readonly rejections: Rejections;
  readonly progress: SyncProgressStore;
  readonly questions: Pick<ServerQuestions, 'answered'>;
  readonly connectionChanged: (event: ConnectionEvent) => void;
  /** CR-7: accepted deltas stay pending until the totals that storage has of them are read, and then leave. All of one map. */
  readonly readTotals: (ops: readonly CountOp[]) => void;
  /** The number of undecided ops may have changed. */
  readonly pendingChanged: () => void;
}

/** Brings the tab up to date with one event, as one batch: a view shows all of it or nothing of it. */
export function applyTabEvent(tab: TabState, event: TabEvent): void {
  tab.notifier.batch(() => {
    switch (event.type) {
      case 'changes':
        return applyChanges(tab, event);
      case 'settled':
        tab.progress.end([event.sub]);
        return applySettled(tab, event);
      case 'progress':
        return tab.progress.note(event);
      case 'unsettled':
        tab.progress.end(event.subs);
        return unsettle(tab, event.subs);
      case 'subscription-failed':
        tab.progress.end([event.sub]);
        return applyFailure(tab, event);
      case 'another-ledger':
        return applyAnotherLedger(tab, event);
      case 'persisted':
        for (const { op } of event.entries) {
          tab.stores.pending.put(op);
          tab.stores.peek(op.map)?.put(op);
        }
        return tab.pendingChanged();
      case 'decided':
        return applyDecisions(tab, event);
      case 'clock': {
        const moved = new Map<Stamp, Stamp>();
        for (const { op } of event.restamped) {
          const before = tab.stores.pending.find(op);
          if (before !== undefined) moved.set(before.stamp, op.stamp);
          tab.stores.pending.put(op);
          tab.stores.peek(op.map)?.put(op);
        }
        tab.writer.clockCorrected(event, moved);
        return tab.stores.clockCorrected(event.offsetMs);
      }
      case 'reissued':
        for (const { from, entry } of event.moved) {
          const { op } = entry;
          tab.stores.pending.remove({ ...from, map: op.map });
          tab.stores.pending.put(op);
          tab.stores.peek(op.map)?.replace({ ...from, key: op.key }, op);
        }
        return tab.writer.movedReplica(event);
      case 'rejections':
        return applyRejections(tab, event);
      case 'connection':
        return tab.connectionChanged(event);
      case 'answered':
        return tab.questions.answered(event.token, event.answer);
      default:
        return assertNever(event);
    }
  });
}

function applyChanges({ stores, subscriptions }: TabState, { maps, subs, through }: ChangesEvent): void {
  for (const { map, changes } of maps) stores.peek(map)?.changeBase(changes);
  for (const { sub, entered, left, full } of subs) {
    const subscription = subscriptions.find(sub);
    if (subscription === undefined) continue;
    subscription.move(entered, left, full);
    // With no key to look at, the window's fullness may still have changed what is sure.
    stores.peek(subscription.rowsMap)?.touch([...entered, ...left]);
  }
  if (through === null) return;
  for (const subscription of subscriptions.all()) subscription.advance(through);
  for (const store of stores.all()) {
    const reached = store.acks.take(through);
    if (reached.length > 0) store.touch(reached);
  }
}

function applySettled({ stores, subscriptions }: TabState, event: SettledEvent): void {
  const subscription = subscriptions.find(event.sub);
  if (subscription === undefined) return;
  subscription.settle(event.members, event.full, event.through);
  stores.peek(event.map)?.touch([]);
}

function applyFailure({ stores, subscriptions }: TabState, event: SubscriptionFailedEvent): void {
  const subscription = subscriptions.find(event.sub);
  if (subscription === undefined) return;
  subscription.fail(new TopGunError(event.code, event.reason));
  stores.peek(subscription.rowsMap)?.touch([]);
}

function applyAnotherLedger({ stores, pendingChanged }: TabState, { returned }: AnotherLedgerEvent): void {
  for (const store of stores.all()) {
    const acked = store.acks.take(Number.MAX_SAFE_INTEGER);
    if (acked.length > 0) store.touch(acked);
  }
  for (const { op } of returned) {
    stores.pending.put(op);
    stores.peek(op.map)?.put(op);
  }
  pendingChanged();
}

function applyRejections({ stores, rejections }: TabState, { added, removed }: RejectionsEvent): void {
  for (const rejection of added) rejections.restore(rejection);
  for (const id of removed) rejections.remove(opIdText(id));
  for (const { map, key } of [...added.map(({ op }) => op), ...removed]) stores.peek(map)?.touch([key]);
}

/** `null`: all. */
export function unsettle(
  { stores, subscriptions }: Pick<TabState, 'stores' | 'subscriptions'>,
  subs: readonly string[] | null,
): void {
  for (const key of subs ?? [...subscriptions.all()].map((subscription) => subscription.key)) {
    const subscription = subscriptions.find(key);
    if (subscription === undefined || !subscription.isSettled) continue;
    subscription.unsettle();
    stores.peek(subscription.rowsMap)?.touch([]);
  }
}

function applyDecisions(tab: TabState, event: DecidedEvent): void {
  const { position, decisions, totals = [], isInBase = false } = event;
  const { notifier, stores, rejections, writer } = tab;
  for (const { map, changes } of totals) stores.peek(map)?.changeBase(changes);
  const accepted = new Map<MapStore, Op[]>();
  const withdrawn = new Map<MapStore, Op[]>();
  for (const decision of decisions) {
    const { op, outcome } = decision;
    // CL-8: told once more, for whoever shows it as pending. Here it does not, and what became of its record is known: it would come back with the op.
    if (position === 0 && !isPending(stores, op)) continue;
    stores.pending.remove(op);
    if (outcome === 'rejected') for (const notify of rejections.add(decision)) notifier.enqueue(notify);
    const store = stores.peek(op.map);
    if (store === undefined) continue;
    if (outcome !== 'rejected' && decision.isChanged === true) store.restate(op);
    const byStore = outcome === 'rejected' || isInBase ? withdrawn : accepted;
    const ops = byStore.get(store);
    if (ops === undefined) byStore.set(store, [op]);
    else ops.push(op);
  }
  // Each record once, however many ops of it are decided: behind a long queue each costs as much as behind a short one.
  for (const [store, ops] of accepted) store.confirm(ops, position, tab.readTotals);
  for (const [store, ops] of withdrawn) store.refuse(ops);
  writer.decided(decisions);
  tab.pendingChanged();
}

/** Durable or not. */
function isPending(stores: MapStores, { map, key, replica, seq }: Op): boolean {
  if (stores.pending.find({ map, replica, seq }) !== undefined) return true;
  // One of this tab's own, of whose transaction it has not heard.
  const ops = stores.peek(map)?.overlay.pendingOps(key) ?? [];
  return ops.some((op) => op.seq === seq && op.replica === replica);
}
