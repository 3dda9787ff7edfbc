import type { Op, OpBody, Resolvers } from '../../crdt/index.js';
import { TopGunError } from '../../primitives/index.js';
import type { Query } from '../../query/index.js';
import type { ConnectionState } from '../connection/connection-state.js';
import type { Rejection } from '../outbox/rejection.js';
import { Rejections } from '../outbox/rejections.js';
import type { DraftedWrite } from '../outbox/transaction-draft.js';
import { JoinedWrites, type TrackedWrite, type WriteHandle } from '../outbox/write-handle.js';
import type { Environment } from '../ports/environment.js';
import type { StorageError } from '../ports/storage.js';
import { ExpiryTimer } from '../state/expiry-timer.js';
import { createRowSource } from '../state/create-row-source.js';
import { KeptViews } from '../state/kept-views.js';
import { LiveView } from '../state/live-view.js';
import type { MapStore, MapStoreOptions } from '../state/map-store.js';
import { MapStores } from '../state/map-stores.js';
import { Notifier } from '../state/notifier.js';
import { ServerQuestions } from '../state/server-questions.js';
import { SlicedWork } from '../state/sliced-work.js';
import { Subscriptions } from '../state/subscriptions.js';
import { DEFAULT_TURNS } from '../state/turned-load.js';
import { SyncProgressStore, type SyncProgress } from '../state/sync-progress.js';
import { WeakRegistry } from '../state/weak-registry.js';
import type { ConnectionFault } from '../ports/tab-events.js';
import { subscriptionKey } from '../tabs/subscription-key.js';
import { Backpressure, type BackpressureChange } from './backpressure.js';
import type { Farewell } from '../tabs/tab-message.js';
import type { AdoptedWrites } from './adopt-anonymous.js';
import type { Claims } from '../../rules/index.js';
import type { SchemaDefinition } from '../../schema/index.js';
import { Adoptions } from './adoptions.js';
import type { ClientRuntimeOptions } from './client-runtime-options.js';
import { ANONYMOUS, isSamePrincipal, notesName, principalOf, subjectOf, type Principal } from './database-name.js';
import { createDeviceNotes, type DeviceNotes, type Notes } from './device-notes.js';
import { startEarly, type EarlyStart } from './early-start.js';
import { isThenable } from './is-thenable.js';
import { Listeners } from './listeners.js';
import { RefusedWrites } from './refused-writes.js';
import { Session, type UnsentWrites } from './session.js';
import { StaleSpreads } from './stale-spreads.js';
import { SyncStatusStore } from './sync-status.js';
import { Tokens, type Credential, type TokenProvider } from './tokens.js';
import { Transactions } from './transactions.js';

export interface ConnectionChange {
  readonly state: ConnectionState;
  /** Why, when the server or the network said so. */
  readonly fault: ConnectionFault | null;
}

type Asked = Credential | null | Promise<Credential | null>;

/** How long the first start on a device waits for the app's token, before it opens nobody's database. */
export const TOKEN_PATIENCE_MS = 1_000;

/**
 * What is behind a client's handles: the tab's stores, which last as long as the client, and the session of the present
 * principal, which fills them. All state changes of the tab go through here, as batches.
 */
export class ClientRuntime {
  readonly environment: Environment;
  /** What maps hold; `null`: nobody says. */
  readonly schema: SchemaDefinition | null;
  readonly isLocalOnly: boolean;
  readonly notifier: Notifier;
  readonly stores: MapStores;
  readonly subscriptions = new Subscriptions();
  readonly questions: ServerQuestions;
  readonly rejections: Rejections;
  readonly refusedWrites: RefusedWrites;
  readonly transactions: Transactions;
  readonly staleSpreads: StaleSpreads;
  readonly status: SyncStatusStore;
  readonly connectionChanges: Listeners<ConnectionChange>;
  readonly storageIssues: Listeners<StorageError>;
  readonly backpressureChanges: Listeners<BackpressureChange>;
  readonly progress: SyncProgressStore;
  readonly progressListeners: Listeners<SyncProgress>;
  readonly resolvers: Resolvers | undefined;
  /** When this client was made, by its device's clock. */
  readonly madeAt: number;
  readonly #options: ClientRuntimeOptions;
  readonly #early: EarlyStart;
  readonly #expiry: ExpiryTimer;
  readonly #slicedWork: SlicedWork;
  readonly #keptViews: KeptViews;
  readonly #tokens: Tokens;
  readonly #notes: DeviceNotes;
  readonly #adoptions: Adoptions;
  readonly #backpressure: Backpressure;
  readonly #views = new WeakRegistry<LiveView>();
  #session: Session;
  /** Principals change one after the other. */
  #switching: Promise<void> = Promise.resolve();
  #isStarted = false;
  #isPaused = false;
  #isClosed = false;
  #fault: ConnectionFault | null = null;
  #endPatience = (): void => {};

  constructor(options: ClientRuntimeOptions) {
    const { environment, createViewStore } = options;
    this.#options = options;
    // Before all else is made: what it begins takes its time elsewhere.
    this.#early = startEarly(options, () => ({ views: this.#keptViews.awaited() }));
    this.environment = environment;
    this.schema = options.schema;
    this.staleSpreads = new StaleSpreads(environment.log);
    this.madeAt = environment.clock.now();
    this.questions = new ServerQuestions(() => environment.random.id(12));
    this.resolvers = options.resolvers;
    this.isLocalOnly = options.serverUrl === null;
    this.notifier = new Notifier((error) => environment.log('error', 'A listener of the app failed.', error));
    this.rejections = new Rejections(this.notifier);
    this.#expiry = new ExpiryTimer({
      clock: environment.clock,
      timers: environment.timers,
      notifier: this.notifier,
      expired: (map, key) => this.stores.peek(map)?.expire(key),
    });
    this.#slicedWork = new SlicedWork(environment);
    this.#keptViews = new KeptViews({ notifier: this.notifier, timers: environment.timers });
    const storeOptions: MapStoreOptions = {
      notifier: this.notifier,
      expiry: this.#expiry,
      takeSteps: this.#slicedWork.begin,
      remembersEarlier: options.isDevelopment,
    };
    this.stores = new MapStores(storeOptions, (store) => this.#session.load(store));
    this.connectionChanges = new Listeners(this.notifier);
    this.storageIssues = new Listeners(this.notifier);
    this.storageIssues.add((issue) => {
      if (issue.isOver !== true) this.#session.events.storageFault(issue);
    });
    this.backpressureChanges = new Listeners(this.notifier);
    this.#backpressure = new Backpressure(options.backpressure, (change) => this.backpressureChanges.tell(change));
    this.progressListeners = new Listeners(this.notifier);
    this.progress = new SyncProgressStore((progress) => this.progressListeners.tell(progress));
    this.#tokens = new Tokens(options.tokenProvider);
    this.#notes = createDeviceNotes(environment, notesName(options.serverUrl));
    this.#adoptions = new Adoptions({ environment, serverUrl: options.serverUrl, notes: this.#notes });
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
      write: (writes, replaces) => this.#writeTogether(writes, replaces),
    });
    this.refusedWrites = new RefusedWrites({
      rejections: this.rejections,
      stores: this.stores,
      schema: this.schema,
      notifier: this.notifier,
      transactions: this.transactions,
      forget: (refused) => this.#session.forget(refused),
    });
    this.#session = this.#createSession(principalOf(options.principal));
  }

  get principal(): Principal {
    return this.#session.principal;
  }

  /** What the user whose database is open is known to claim. */
  get claims(): Claims {
    return this.#tokens.claimsOf(this.principal);
  }

  get isInMemory(): boolean {
    return this.#session.database?.isInMemory ?? false;
  }

  /** Work that nobody waits for, in slices. */
  readonly takeSteps = (steps: Iterator<void>): void => this.#slicedWork.begin(steps);

  /** This tab at work for the present principal. */
  get session(): Session {
    return this.#session;
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
      const keptViews = this.#keptViews;
      const turns = this.environment.viewTurns ?? { ...DEFAULT_TURNS, begin: this.#slicedWork.beginUrgent };
      const source = createRowSource({ map, query, stores, subscriptions, keptViews, turns, isLocalOnly });
      return new LiveView({ query, source, notifier, createViewStore: this.#options.createViewStore });
    });
  }

  /** CL-1: the change is visible in every view when this returns, and on its way to storage. */
  write(store: MapStore, key: string, body: OpBody, replaces?: readonly Op[]): TrackedWrite {
    if (this.#isClosed) throw new TopGunError('closed', 'This client is closed.');
    this.transactions.assertNone();
    this.assertRoom(1);
    if (this.notifier.isInBatch) return this.#writeOne(store, key, body, replaces);
    return this.notifier.batch(() => this.#writeOne(store, key, body, replaces));
  }

  #writeOne(store: MapStore, key: string, body: OpBody, replaces: readonly Op[] | undefined): TrackedWrite {
    const { writer } = this.#session;
    const op = writer.issue(store.name, key, body, store.overlay);
    this.#show(store, op);
    this.status.changed();
    return writer.write(op, replaces);
  }

  /** CL-33. @throws OutboxFullError where `count` more undecided writes are too many */
  assertRoom(count: number): void {
    if (this.#backpressure.isBounded) this.#backpressure.assertRoom(this.pendingOps, count);
  }

  /** CR-12: all of it in one notification, and from here on as one: durable in one commit, submitted in one message. */
  #writeTogether(writes: readonly DraftedWrite<MapStore>[], replaces: readonly Op[]): WriteHandle {
    const [first] = writes;
    if (first !== undefined && writes.length === 1) return this.write(first.store, first.key, first.body, replaces);
    if (this.#isClosed) throw new TopGunError('closed', 'This client is closed.');
    this.assertRoom(writes.length);
    return this.notifier.batch(() => {
      const { writer } = this.#session;
      const ops = writer.issueTogether(
        writes.map(({ store, key, body }) => ({ map: store.name, key, body, seen: store.overlay })),
      );
      ops.forEach((op, i) => this.#show((writes[i] as DraftedWrite<MapStore>).store, op));
      this.status.changed();
      return new JoinedWrites(ops.map((op, i) => writer.write(op, i === 0 ? replaces : [])));
    });
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
    if (!(await this.#comply(await this.#credential()))) this.#session.sync?.tokenChanged();
  }

  async signOut(purge: boolean): Promise<UnsentWrites> {
    this.#tokens.set(null);
    // Whose database is to be closed has to be known.
    if (!this.#isStarted) await this.start();
    return this.#switchTo(ANONYMOUS, { subject: null, token: null, purges: purge });
  }

  /** CL-10. @throws TopGunError `no-server`, `needs-auth`, `storage-…` */
  async adoptAnonymous(): Promise<AdoptedWrites> {
    if (this.isLocalOnly) throw new TopGunError('no-server', 'Without a server nothing is unsent.');
    await this.start();
    const credential = await this.#credential();
    if (credential !== null) await this.#comply(credential);
    const session = this.#session;
    const subject = subjectOf(session.principal);
    if (subject === null) throw new TopGunError('needs-auth', 'Nobody has signed in to whom they could be given.');
    await this.#switching;
    const farewell = { subject, token: credential?.token ?? null, purges: false };
    const { taken, left, entries, rejections } = await this.#adoptions.run(farewell);
    session.bring(entries, rejections);
    return { writes: taken, rejections: rejections.length, left };
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
    this.#endPatience();
    const session = this.#session;
    const before = this.#switching;
    this.#switching = before.catch(() => {}).then(() => this.#closeLast(session));
    return this.#switching;
  }

  async #closeLast(session: Session): Promise<void> {
    await session.close();
    this.questions.close(new TopGunError('closed', 'This client is closed.'));
    this.#early.abandon();
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
      questions: this.questions,
      keptViews: this.#keptViews,
      rejections: this.rejections,
      progress: this.progress,
      afterViews: this.#slicedWork.beginSoon,
      getToken: () =>
        this.#tokens.tokenFor(session.principal, (other) => {
          if (session.isCurrent) this.#complyLater(other);
        }),
      connectionChanged: ({ state, error }) => this.#connectionIs(state, error),
      pendingChanged: () => this.status.changed(),
      storageIssue: (error) => this.storageIssues.tell(error),
      followed: (farewell) => this.#follow(farewell),
    });
    return session;
  }

  async #startSession(): Promise<void> {
    const session = this.#session;
    const asked = this.#credential();
    const isOpen = this.#options.principal === null;
    const atHand = isThenable(asked) ? null : (asked?.principal ?? null);
    if (isOpen && atHand !== null) this.#early.expect(atHand);
    const notes = await this.#notes.read();
    if (isOpen) {
      // Nothing has been stored yet: what was written so far is that one's.
      session.adoptPrincipal(await this.#firstPrincipal(asked, notes));
    }
    // The connection asks too, but this tab may have none, or open another's database before it has one.
    void Promise.resolve(asked).then((credential) => {
      if (this.#session === session) this.#complyLater(credential);
    });
    await this.#openSession(session, notes);
  }

  /** Whose database to open first: whom the token at hand is for, who was here last, whom the token to come is for, or nobody. */
  async #firstPrincipal(asked: Asked, { last }: Notes): Promise<Principal> {
    if (!isThenable(asked)) return asked?.principal ?? principalOf(last);
    if (last !== null || this.#isClosed) return principalOf(last);
    const told = Promise.resolve(asked).then((credential) => credential?.principal ?? null);
    // A hanging request for a token must not keep what is written from being durable.
    const patience = new Promise<null>((resolve) => {
      this.#endPatience = () => resolve(null);
    });
    const stop = this.environment.timers.after(TOKEN_PATIENCE_MS, this.#endPatience);
    const first = await Promise.race([told, patience]);
    stop();
    return first ?? ANONYMOUS;
  }

  async #openSession(session: Session, notes?: Notes): Promise<void> {
    const { last, adopting } = notes ?? (await this.#notes.read());
    if (adopting !== null) await this.#adoptions.finish(adopting);
    const subject = subjectOf(session.principal);
    // Before anything of theirs is written.
    if (subject !== null && subject !== last) await this.#note(subject);
    await session.open((sync) => {
      if (this.#isPaused) sync.disconnect();
      this.#connectionIs(sync.connectionState(), sync.connectionFault());
    }, this.#early.take(session.principal));
  }

  /** Storage that cannot note it cannot be opened either, or will tell of its next commit. */
  async #note(last: string | null): Promise<void> {
    const noted = await this.#notes.write({ last });
    if (!noted.ok) this.environment.log('warn', `Who was here last could not be noted: ${noted.error.message}`);
  }

  /** CL-10: opens the database of whom the token is for. False: it is open already, or nobody knows whose. */
  async #comply(credential: Credential | null): Promise<boolean> {
    const principal = credential?.principal ?? null;
    if (credential === null || principal === null || isSamePrincipal(principal, this.principal)) return false;
    const farewell = { subject: subjectOf(principal), token: credential.token, purges: false };
    await this.#switchTo(principal, farewell);
    return true;
  }

  #complyLater(credential: Credential | null): void {
    this.#comply(credential).catch((error: unknown) =>
      this.environment.log('error', 'The database of another principal could not be opened.', error),
    );
  }

  /** CL-10: as a sibling did. */
  #follow({ subject, token }: Farewell): void {
    const principal = principalOf(subject);
    this.#tokens.follow(this.principal, principal, token);
    this.#switchTo(principal).catch((error: unknown) =>
      this.environment.log('error', 'A sibling tab could not be followed.', error),
    );
  }

  /** CL-10: another principal's database takes the place of the present one. `farewell`: what siblings are told. */
  async #switchTo(principal: Principal, farewell?: Farewell): Promise<UnsentWrites> {
    if (this.#isClosed) return this.#switching.then(() => ({ kept: 0, lost: 0 }));
    const old = this.#session;
    const next = this.#createSession(principal);
    this.questions.endCalls(
      new TopGunError('principal-changed', 'Another principal took over before the answer came.'),
    );
    this.notifier.batch(() => {
      old.retire();
      this.#session = next;
      this.subscriptions.disconnect();
      this.questions.disconnect();
      this.stores.pending.clear();
      this.rejections.clear();
      this.progress.end(null);
      for (const store of this.stores.all()) store.reset();
      this.#connectionIs('offline', null);
    });
    const before = this.#switching;
    const closed = before
      .catch(() => {})
      .then(async () => {
        // First of all: after a crash the one who signs out is not back.
        if (subjectOf(principal) === null && subjectOf(old.principal) !== null) await this.#note(null);
        return old.close(farewell);
      });
    this.#switching = closed.then(async () => {
      if (this.#isStarted && next.isCurrent) await this.#openSession(next);
    });
    await this.#switching;
    return closed;
  }

  /** At once where the app has the token at hand. */
  #credential(): Asked {
    const failed = (error: unknown): null => {
      this.environment.log('warn', 'The token could not be had; going on without.', error);
      return null;
    };
    try {
      const current = this.#tokens.current();
      return isThenable(current) ? Promise.resolve(current).catch(failed) : current;
    } catch (error) {
      return failed(error);
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
    this.#session.events.connection(state, fault?.code ?? null);
    this.connectionChanges.tell({ state, fault });
  }
}
