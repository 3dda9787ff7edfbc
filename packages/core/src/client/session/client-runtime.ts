import type { Op, OpBody, OpId } from '../../crdt/index.js';
import { TopGunError } from '../../primitives/index.js';
import type { Query } from '../../query/index.js';
import type { BackoffConfig } from '../connection/backoff.js';
import type { ConnectionState } from '../connection/connection-state.js';
import type { HeartbeatConfig } from '../connection/heartbeat.js';
import type { Rejection } from '../outbox/rejection.js';
import { Rejections } from '../outbox/rejections.js';
import type { DraftedWrite } from '../outbox/transaction-draft.js';
import { JoinedWrites, type TrackedWrite, type WriteHandle } from '../outbox/write-handle.js';
import type { Environment } from '../ports/environment.js';
import type { StorageError } from '../ports/storage.js';
import type { ViewStore } from '../ports/view-store.js';
import { ExpiryTimer } from '../state/expiry-timer.js';
import { createRowSource } from '../state/create-row-source.js';
import { LiveView } from '../state/live-view.js';
import type { MapStore, MapStoreOptions } from '../state/map-store.js';
import { MapStores } from '../state/map-stores.js';
import { Notifier } from '../state/notifier.js';
import { SlicedWork } from '../state/sliced-work.js';
import { Subscriptions } from '../state/subscriptions.js';
import { SyncProgressStore, type SyncProgress } from '../state/sync-progress.js';
import { WeakRegistry } from '../state/weak-registry.js';
import type { ConnectionFault } from '../ports/tab-events.js';
import { subscriptionKey } from '../tabs/subscription-key.js';
import type { TabSync, TabSyncOptions } from '../tabs/tab-sync.js';
import { Backpressure, type BackpressureChange, type BackpressureConfig } from './backpressure.js';
import { ANONYMOUS, isSamePrincipal, subjectPrincipal, type Principal } from './database-name.js';
import { Listeners } from './listeners.js';
import { RefusedWrites } from './refused-writes.js';
import { Session } from './session.js';
import { SyncStatusStore } from './sync-status.js';
import { Tokens, type TokenProvider } from './tokens.js';
import { Transactions } from './transactions.js';

export interface ClientRuntimeOptions {
  readonly environment: Environment;
  readonly serverUrl: string | null;
  readonly backoff: BackoffConfig;
  readonly heartbeat: HeartbeatConfig;
  readonly backpressure: BackpressureConfig;
  readonly tokenProvider: TokenProvider | null;
  /** Whose database to open before a token is known. */
  readonly principal: string | null;
  /** In development, writes that look like mistakes are warned about. */
  readonly isDevelopment: boolean;
  readonly createTabSync: (options: TabSyncOptions) => TabSync;
  readonly createViewStore: <T>(initial: T) => ViewStore<T>;
}

export interface ConnectionChange {
  readonly state: ConnectionState;
  /** Why, when the server or the network said so. */
  readonly fault: ConnectionFault | null;
}

/**
 * What is behind a client's handles: the tab's stores, which last as long as the client, and the session of the present
 * principal, which fills them. All state changes of the tab go through here, as batches.
 */
export class ClientRuntime {
  readonly environment: Environment;
  readonly isLocalOnly: boolean;
  readonly notifier: Notifier;
  readonly stores: MapStores;
  readonly subscriptions = new Subscriptions();
  readonly rejections = new Rejections();
  readonly refusedWrites: RefusedWrites;
  readonly transactions: Transactions;
  readonly status: SyncStatusStore;
  readonly connectionChanges: Listeners<ConnectionChange>;
  readonly storageIssues: Listeners<StorageError>;
  readonly backpressureChanges: Listeners<BackpressureChange>;
  readonly progress: SyncProgressStore;
  readonly progressListeners: Listeners<SyncProgress>;
  /** When this client was made, by its device's clock. */
  readonly madeAt: number;
  readonly #options: ClientRuntimeOptions;
  readonly #expiry: ExpiryTimer;
  readonly #slicedWork: SlicedWork;
  readonly #tokens: Tokens;
  readonly #backpressure: Backpressure;
  readonly #warnedMaps = new Set<string>();
  readonly #views = new WeakRegistry<LiveView>();
  #session: Session;
  /** Principals change one after the other. */
  #switching: Promise<void> = Promise.resolve();
  #isStarted = false;
  #isPaused = false;
  #isClosed = false;
  #fault: ConnectionFault | null = null;

  constructor(options: ClientRuntimeOptions) {
    const { environment, createViewStore } = options;
    this.#options = options;
    this.environment = environment;
    this.madeAt = environment.clock.now();
    this.isLocalOnly = options.serverUrl === null;
    this.notifier = new Notifier((error) => environment.log('error', 'A listener of the app failed.', error));
    this.#expiry = new ExpiryTimer({
      clock: environment.clock,
      timers: environment.timers,
      notifier: this.notifier,
      expired: (map, key) => this.stores.peek(map)?.expire(key),
    });
    this.#slicedWork = new SlicedWork(environment);
    const storeOptions: MapStoreOptions = {
      notifier: this.notifier,
      expiry: this.#expiry,
      takeSteps: this.#slicedWork.begin,
      remembersEarlier: options.isDevelopment,
    };
    this.stores = new MapStores(storeOptions, (store) => this.#session.load(store));
    this.connectionChanges = new Listeners(this.notifier);
    this.storageIssues = new Listeners(this.notifier);
    this.backpressureChanges = new Listeners(this.notifier);
    this.#backpressure = new Backpressure(options.backpressure, (change) => this.backpressureChanges.tell(change));
    this.progressListeners = new Listeners(this.notifier);
    this.progress = new SyncProgressStore((progress) => this.progressListeners.tell(progress));
    this.#tokens = new Tokens(options.tokenProvider);
    this.status = new SyncStatusStore({
      clock: environment.clock,
      notifier: this.notifier,
      countPending: () => this.pendingOps,
      createStore: createViewStore,
    });
    this.status.states.subscribe(({ pendingOps }) => this.#backpressure.note(pendingOps));
    this.transactions = new Transactions({
      notifier: this.notifier,
      storeOf: (map) => this.stores.use(map),
      write: (writes) => this.#writeTogether(writes),
    });
    this.refusedWrites = new RefusedWrites({
      rejections: this.rejections,
      stores: this.stores,
      notifier: this.notifier,
      transactions: this.transactions,
      forget: (ids) => this.#forgetRejections(ids),
    });
    this.#session = this.#createSession(options.principal === null ? ANONYMOUS : subjectPrincipal(options.principal));
  }

  get principal(): Principal {
    return this.#session.principal;
  }

  get isInMemory(): boolean {
    return this.#session.database?.isInMemory ?? false;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The app has disconnected, in this tab. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  get fault(): ConnectionFault | null {
    return this.#fault;
  }

  /** Undecided ops: durable ones of all tabs, and what of this tab is still on its way to storage. */
  get pendingOps(): number {
    return this.isLocalOnly ? 0 : this.stores.pending.size + this.#session.writer.waiting;
  }

  view(map: string, query: Query): LiveView {
    return this.#views.get(subscriptionKey(map, query), () => {
      const { stores, subscriptions, isLocalOnly, notifier } = this;
      const source = createRowSource({ map, query, stores, subscriptions, isLocalOnly });
      return new LiveView({ query, source, notifier, createViewStore: this.#options.createViewStore });
    });
  }

  /**
   * CL-1: the change is visible in every view when this returns, and on its way to storage. `seen`: the record it was planned
   * against, for callers that hold it.
   */
  write(store: MapStore, key: string, body: OpBody, seen = store.overlay.record(key)): TrackedWrite {
    if (this.#isClosed) throw new TopGunError('closed', 'This client is closed.');
    this.transactions.assertNone();
    this.assertRoom(1);
    return this.notifier.batch(() => {
      const { writer } = this.#session;
      const op = writer.issue(store.name, key, body, seen);
      this.#show(store, op);
      this.status.changed();
      return writer.write(op);
    });
  }

  /** CL-33. @throws OutboxFullError where `count` more undecided writes are too many */
  assertRoom(count: number): void {
    this.#backpressure.assertRoom(this.pendingOps, count);
  }

  /** CR-12: all of it in one notification, and from here on as one: durable in one commit, submitted in one message. */
  #writeTogether(writes: readonly DraftedWrite<MapStore>[]): WriteHandle {
    const [first] = writes;
    if (first !== undefined && writes.length === 1) return this.write(first.store, first.key, first.body);
    if (this.#isClosed) throw new TopGunError('closed', 'This client is closed.');
    this.assertRoom(writes.length);
    return this.notifier.batch(() => {
      const { writer } = this.#session;
      const ops = writer.issueTogether(
        writes.map(({ store, key, body }) => ({ map: store.name, key, body, seen: store.overlay.record(key) })),
      );
      ops.forEach((op, i) => this.#show((writes[i] as DraftedWrite<MapStore>).store, op));
      this.status.changed();
      return new JoinedWrites(ops.map((op) => writer.write(op)));
    });
  }

  /** In development, once per map: `set` puts back what somebody else has just changed (CR-4). */
  warnOfStaleSpread(map: string, key: string, fields: readonly string[]): void {
    if (this.#warnedMaps.has(map)) return;
    this.#warnedMaps.add(map);
    const message =
      `set("${map}", "${key}") gives ${fields.join(', ')} the value back that an edit from elsewhere has just changed. ` +
      'If it spreads a record read earlier, use update(key, previous => next), or pass that record as `base`.';
    this.environment.log('warn', message);
  }

  /** Opens storage and connects. Whatever goes wrong with storage is told as an issue; the client works all the same. */
  async start(): Promise<void> {
    if (this.#isStarted || this.#isClosed) return this.#switching;
    this.#isStarted = true;
    this.#switching = this.#startSession();
    return this.#switching;
  }

  async setTokenProvider(provider: TokenProvider | null): Promise<void> {
    this.#tokens.set(provider);
    if (!this.#isStarted) return;
    const principal = await this.#principalOfToken();
    if (principal !== null && !isSamePrincipal(principal, this.principal)) return this.#switchTo(principal, false);
    this.#session.sync?.tokenChanged();
  }

  async signOut(purge: boolean): Promise<void> {
    this.#tokens.set(null);
    return this.#switchTo(ANONYMOUS, purge);
  }

  pause(): void {
    this.#isPaused = true;
    this.#session.sync?.disconnect();
  }

  resume(): void {
    this.#isPaused = false;
    this.#session.sync?.connect();
  }

  forceReconnect(): void {
    this.#session.sync?.forceReconnect();
  }

  onRejected(listener: (rejection: Rejection) => void): () => void {
    return this.rejections.onAdded(listener);
  }

  /** Makes durable what was written, and leaves nothing running. */
  async close(): Promise<void> {
    if (this.#isClosed) return this.#switching;
    this.#isClosed = true;
    const session = this.#session;
    const before = this.#switching;
    this.#switching = before.catch(() => {}).then(() => this.#closeLast(session));
    return this.#switching;
  }

  async #closeLast(session: Session): Promise<void> {
    // Writes that were never started on their way still get their database.
    if (!this.#isStarted && session.writer.waiting > 0) await session.open(() => {});
    await session.close({ purge: false });
    this.#expiry.stop();
    this.#slicedWork.stop();
    this.notifier.batch(() => {
      this.subscriptions.disconnect();
      for (const store of this.stores.all()) {
        store.touch([]);
        store.abandonWaiting();
      }
      this.#connectionIs('closed', null);
    });
  }

  #createSession(principal: Principal): Session {
    const options = this.#options;
    const session: Session = new Session(principal, {
      environment: options.environment,
      serverUrl: options.serverUrl,
      backoff: options.backoff,
      heartbeat: options.heartbeat,
      createTabSync: options.createTabSync,
      notifier: this.notifier,
      stores: this.stores,
      subscriptions: this.subscriptions,
      rejections: this.rejections,
      progress: this.progress,
      getToken: () =>
        this.#tokens.tokenFor(session.principal, (other) => {
          if (!session.isCurrent) return;
          this.#switchTo(other, false).catch((error: unknown) =>
            options.environment.log('error', 'The database of another principal could not be opened.', error),
          );
        }),
      connectionChanged: ({ state, error }) => this.#connectionIs(state, error),
      pendingChanged: () => this.status.changed(),
      storageIssue: (error) => this.storageIssues.tell(error),
    });
    return session;
  }

  async #startSession(): Promise<void> {
    // Whose database it is has to be known first; where it is said, nobody waits for a token.
    const principal = this.#options.principal === null ? await this.#principalOfToken() : null;
    if (principal !== null && !isSamePrincipal(principal, this.principal)) {
      // Nothing of the first session has been stored: what was written so far is the newcomer's.
      this.#session.adoptPrincipal(principal);
    }
    await this.#openSession(this.#session);
  }

  #openSession(session: Session): Promise<void> {
    return session.open((sync) => {
      if (this.#isPaused) sync.disconnect();
      this.#connectionIs(sync.connectionState(), sync.connectionFault());
    });
  }

  /** CL-10: another principal's database takes the place of the present one. */
  #switchTo(principal: Principal, purge: boolean): Promise<void> {
    if (this.#isClosed) return this.#switching;
    const old = this.#session;
    const next = this.#createSession(principal);
    this.notifier.batch(() => {
      old.retire();
      this.#session = next;
      this.subscriptions.disconnect();
      this.stores.pending.clear();
      this.rejections.clear();
      this.progress.end(null);
      for (const store of this.stores.all()) store.reset();
      this.#connectionIs('offline', null);
    });
    const before = this.#switching;
    this.#switching = before
      .catch(() => {})
      .then(async () => {
        await old.close({ purge });
        if (this.#isStarted && next.isCurrent) await this.#openSession(next);
      });
    return this.#switching;
  }

  async #forgetRejections(ids: readonly OpId[]): Promise<void> {
    const result = await this.#session.database?.storage.commit({ removeRejections: ids });
    if (result?.ok === false) this.storageIssues.tell(result.error);
  }

  async #principalOfToken(): Promise<Principal | null> {
    try {
      return await this.#tokens.principal();
    } catch (error) {
      this.environment.log('warn', 'The token could not be had; going on without.', error);
      return null;
    }
  }

  #show(store: MapStore, op: Op): void {
    // Without a server it is base at once, unless its identity or, of a counter, its total is still to come (CR-7).
    if (this.isLocalOnly && store.status === 'loaded' && op.kind !== 'count') store.confirm([op], 0);
    else store.add(op);
  }

  #connectionIs(state: ConnectionState, fault: ConnectionFault | null): void {
    const isSame = this.status.connectionState === state && this.#fault === fault;
    this.#fault = fault;
    this.status.connectionIs(state);
    if (isSame) return;
    this.connectionChanges.tell({ state, fault });
  }
}
