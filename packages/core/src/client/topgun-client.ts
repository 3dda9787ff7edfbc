import { TopGunError, type Value } from '../primitives/index.js';
import type { Action, Permission, Rules } from '../rules/index.js';
import type {
  AggregatesAsked,
  AskedAnyhow,
  AskedGroups,
  AskedRows,
  FieldsAsked,
  GroupPathsFor,
  QueryBuilder,
  QueryInput,
  QuerySource,
  RelationsAsked,
  ResultRow,
} from '../query/index.js';
import type { SuggestedText } from './search/search-result.js';
import type { AnySchema } from './any-schema.js';
import { askedQuery } from './asked-query.js';
import { whyNoAnswer } from './await-answer.js';
import { checkedMapName } from './checked-map-name.js';
import type { TopGunClientOptions, WriteOf } from './client-options.js';
import type { ConnectionState } from './connection/connection-state.js';
import { explainMap, explainRecord } from './diagnostics/explain.js';
import type { MapExplanation, RecordExplanation } from './diagnostics/explanation.js';
import { gatherMap, gatherRecord } from './diagnostics/gather-facts.js';
import type { ClientTimeline } from './timeline/client-timeline.js';
import { EventJournal } from './event-journal.js';
import { MapHandle } from './map-handle.js';
import { ORMapHandle } from './or-map-handle.js';
import type { Rejection } from './outbox/rejection.js';
import type { WriteHandle } from './outbox/write-handle.js';
import { counterPlace, PNCounterHandle } from './pn-counter-handle.js';
import type { StorageError } from './ports/storage.js';
import { QueryHandle } from './query-handle.js';
import { queryOnce, type QueryOnceOptions } from './query-once.js';
import type { AdoptedWrites } from './session/adopt-anonymous.js';
import type { BackpressureChange } from './session/backpressure.js';
import { ClientRuntime, type ConnectionChange } from './session/client-runtime.js';
import { subjectOf } from './session/database-name.js';
import type { RejectionList } from './session/refused-writes.js';
import type { UnsentWrites } from './session/session.js';
import { runBatch } from './session/run-batch.js';
import { runtimeOptions } from './runtime-options.js';
import type { SyncStatus } from './session/sync-status.js';
import { SearchAccess } from './search/search-access.js';
import { SearchHandle, SuggestHandle } from './search/search-handle.js';
import { searchOnce, suggestOnce } from './search/search-once.js';
import { searchRequest } from './search/search-request.js';
import type { SearchOptions, SearchResults, SuggestOptions } from './search/search-result.js';
import { recordSyncState, type RecordSyncState } from './state/record-sync-state.js';
import type { SyncProgress } from './state/sync-progress.js';
import type { TokenProvider } from './session/tokens.js';
import { callServer, type AnyCalls, type ArgsOf, type CallParts, type ResultOf } from './server-call.js';
import { Transaction } from './transaction.js';
import { waitForState } from './wait-for-state.js';

/**
 * An app's maps, on this device and, with a `serverUrl`, in sync with a server. Reads and writes work from the first moment, in
 * memory; opening storage and connecting go on in the background.
 *
 * ```ts
 * interface Schema { todos: { text: string; done: boolean } }
 * const client = new TopGunClient<Schema>({ serverUrl: 'http://localhost:8080' });
 * client.getMap('todos').set('1', { text: 'Try it', done: false });
 * ```
 */
export class TopGunClient<S extends object = AnySchema, W extends object = S, P extends object = AnyCalls> {
  readonly rejections: RejectionList;
  readonly #runtime: ClientRuntime;
  readonly #maps = new Map<string, MapHandle<unknown>>();
  readonly #orMaps = new Map<string, ORMapHandle<unknown>>();
  readonly #counters = new Map<string, PNCounterHandle>();
  readonly #search: SearchAccess;
  readonly #rules: Rules | null;
  #startIssue: StorageError | null = null;

  constructor(options: TopGunClientOptions<S, W> = {}) {
    const runtime = new ClientRuntime(runtimeOptions(options));
    this.#runtime = runtime;
    this.#rules = options.rules ?? null;
    this.rejections = runtime.refusedWrites;
    this.#search = new SearchAccess({
      storeOf: (map) => runtime.stores.use(map),
      takeSteps: runtime.takeSteps,
      timers: runtime.environment.timers,
      definitions: options.search ?? {},
      schemaOf: (map) => runtime.schema?.of(map),
      isClosed: () => runtime.isClosed,
      savedIndexes: () => runtime.session.database?.storage.savedIndexes ?? null,
      startWorker: runtime.environment.startSearchWorker ?? null,
      log: (message, detail) => runtime.environment.log('warn', message, detail),
      subscriptionOf: (map, query) => (runtime.isLocalOnly ? null : runtime.subscriptions.of(map, query)),
      mayAnswer: () => !runtime.isLocalOnly && whyNoAnswer(runtime) === null,
      ask: (question, answered) => runtime.questions.ask(question, { answered, failed: () => {} }),
      onConnectionChange: (listener) => runtime.connectionChanges.add(listener),
    });
    runtime.storageIssues.add((issue) => {
      this.#startIssue ??= issue;
    });
    // Not at once: a token set right after the construction still decides whose database is opened.
    void Promise.resolve()
      .then(() => runtime.start())
      .catch((error: unknown) => runtime.environment.log('error', 'The client could not start.', error));
  }

  /**
   * Optional: everything works before it resolves. Resolves when storage is open.
   *
   * @throws TopGunError `storage-unavailable` … when storage could not be had: the client goes on in memory alone (CL-8)
   */
  async start(): Promise<void> {
    await this.#runtime.start();
    const issue = this.#startIssue;
    if (issue !== null && this.#runtime.isInMemory) throw new TopGunError(`storage-${issue.code}`, issue.message);
  }

  /** Makes durable what was written, closes storage and connection, and leaves nothing running. Writes throw `closed` afterwards. */
  close(): Promise<void> {
    const closing = this.#runtime.close();
    this.#search.stop();
    return closing;
  }

  /** The map of that name: the same handle every time. @throws TopGunError `map-name` */
  getMap<K extends keyof S & string>(name: K): MapHandle<S[K], WriteOf<S, W, K>> {
    const known = this.#maps.get(name);
    if (known !== undefined) return known as MapHandle<S[K], WriteOf<S, W, K>>;
    const handle = new MapHandle<S[K], WriteOf<S, W, K>>(checkedMapName(name), this.#runtime);
    this.#maps.set(name, handle as MapHandle<unknown>);
    return handle;
  }

  /**
   * CR-12: several writes, of any maps, that happen all or not at all: here, in storage, on the server, and in what other clients show.
   * `write` runs at once, reads its own writes, and must not be async; when it throws, nothing has happened. Everything is visible
   * when this returns, in one notification, and the handle is of the whole: refused in one part, it is refused in all.
   *
   * Not isolated: its fields merge with those of others like any write's. What must hold of several records at once is the server's to see to.
   *
   * ```ts
   * client.transaction((tx) => {
   *   tx.map('lists').patch('home', { open: 0 });
   *   tx.map('todos').remove('t1');
   * });
   * ```
   *
   * @throws TopGunError `async-transaction`, `nested-transaction`, `write-outside-transaction` (by a map's own handle, inside `write`),
   * `transaction-too-large` (beyond 256 writes), `outbox-full` (CL-33: there is no room for all of it), and whatever `write` throws
   */
  transaction(write: (tx: Transaction<S, W>) => void): WriteHandle {
    const { transactions } = this.#runtime;
    return transactions.run((draft) => write(new Transaction<S, W>(draft, this.#runtime)));
  }

  /**
   * CL-30: many writes, of any maps and kinds, that views and listeners hear of once: when the outermost batch ends, before this
   * returns. `write` runs at once; in it maps give its own writes back, while queries with listeners show what they showed before.
   *
   * Not a transaction: each write is an op of its own, and when `write` throws, what it has written until then stays, and is told.
   * For what must happen together or not at all there is `transaction`, which may be part of a batch.
   *
   * ```ts
   * client.batch(() => {
   *   for (const row of imported) client.getMap('todos').set(row.id, row);
   * });
   * ```
   *
   * @returns what `write` returns
   * @throws TopGunError `async-batch` when that is a promise: writes after its first `await` would be in no batch; and whatever
   * `write` throws
   */
  batch<T>(write: () => T): T {
    return runBatch(this.#runtime.notifier, write);
  }

  /**
   * The map of sets of that name, whose values are of the schema's type: the same handle every time.
   *
   * @throws TopGunError `map-name`
   */
  getORMap<K extends keyof S & string>(name: K): ORMapHandle<S[K]> {
    const known = this.#orMaps.get(name);
    if (known !== undefined) return known as ORMapHandle<S[K]>;
    const handle = new ORMapHandle<S[K]>(checkedMapName(name), this.#runtime);
    this.#orMaps.set(name, handle as ORMapHandle<unknown>);
    return handle;
  }

  /**
   * The counter of that name: the same handle every time. `likes:1` is key `1` of the map `likes`; without a colon the map has one.
   *
   * @throws TopGunError `map-name`, `invalid-key`, `key-too-long`
   */
  getPNCounter(name: string): PNCounterHandle {
    let handle = this.#counters.get(name);
    if (handle === undefined) {
      handle = new PNCounterHandle(name, counterPlace(name), this.#runtime);
      this.#counters.set(name, handle);
    }
    return handle;
  }

  /**
   * PR-7: has the server run one of its procedures, once, and resolves to what it returned: what it wrote is durable then, and shows here where it is subscribed to. It sees what
   * this client has written before. Works in any tab; never offline: nothing is queued.
   *
   * ```ts
   * const { ticket } = await client.call('reserve', { seats: [4, 5] });
   * ```
   *
   * @throws CallError with why there is no result, and whether it may have run all the same
   */
  call<K extends keyof P & string>(name: K, ...[args, options]: CallParts<ArgsOf<P, K>>): Promise<ResultOf<P, K>> {
    return callServer(this.#runtime, name, args, options ?? {}) as Promise<ResultOf<P, K>>;
  }

  /** What was changed, by whom and when, in maps of which the server keeps a journal. */
  getEventJournal(): EventJournal {
    return new EventJournal(this.#runtime);
  }

  /**
   * A live query, as an object or as a builder of that map (`queriesOf`). Handles of one query share everything.
   *
   * @throws TopGunError `map-name`, `bad-query` (its `cause`, a `QueryError`, has the place in the query)
   */
  query<K extends keyof S & string, Q>(map: NoInfer<K>, built: QueryBuilder<S, K, Q>): QueryHandle<ResultRow<S, K, Q>>;
  query<K extends keyof S & string, const I extends QueryInput>(
    map: K,
    input: AskedAnyhow<S[K], I>,
  ): QueryHandle<ResultRow<S, K, I>>;
  query<
    K extends keyof S & string,
    const G extends GroupPathsFor<S[K]> | undefined = undefined,
    const A extends AggregatesAsked<S, K> = undefined,
    const D extends GroupPathsFor<S[K]> | undefined = undefined,
  >(
    map: K,
    groups: AskedGroups<S, K, G, A, D>,
  ): QueryHandle<ResultRow<S, K, { readonly groupBy: G; readonly aggregate: A; readonly distinct: D }>>;
  query<
    K extends keyof S & string,
    const F extends FieldsAsked<S, K> = undefined,
    const R extends RelationsAsked<S, K> = undefined,
  >(map: K, rows?: AskedRows<S, K, F, R>): QueryHandle<ResultRow<S, K, { readonly fields: F; readonly include: R }>>;
  query(map: string, source?: unknown): QueryHandle<unknown> {
    const asked = askedQuery(map, (source ?? {}) as QuerySource, this.#runtime.madeAt);
    return new QueryHandle(checkedMapName(map), asked, this.#runtime);
  }

  /**
   * CL-22: the server's answer to a query, once. Waits until this client's writes to the query's maps, made before the call, are decided (those of its other tabs too, as
   * far as this tab has been told of them: once they are durable), and then for an answer that has them in it. Writes made after the call may be in it, pending.
   * Without a server what this device holds is the answer.
   *
   * What it resolves to is always the server's answer: without one it rejects, and `allowLocal` makes the error bring along what this device holds.
   * No subscription is left behind.
   *
   * @throws QueryOnceError `offline`, `timeout`, `closed` …; TopGunError `map-name`, `bad-query`, `cursor-expired`, `cursor-invalid`
   */
  queryOnce<K extends keyof S & string, Q>(
    map: NoInfer<K>,
    built: QueryBuilder<S, K, Q>,
    options?: QueryOnceOptions,
  ): Promise<readonly ResultRow<S, K, Q>[]>;
  queryOnce<K extends keyof S & string, const I extends QueryInput>(
    map: K,
    input: AskedAnyhow<S[K], I>,
    options?: QueryOnceOptions,
  ): Promise<readonly ResultRow<S, K, I>[]>;
  queryOnce<
    K extends keyof S & string,
    const G extends GroupPathsFor<S[K]> | undefined = undefined,
    const A extends AggregatesAsked<S, K> = undefined,
    const D extends GroupPathsFor<S[K]> | undefined = undefined,
  >(
    map: K,
    groups: AskedGroups<S, K, G, A, D>,
    options?: QueryOnceOptions,
  ): Promise<readonly ResultRow<S, K, { readonly groupBy: G; readonly aggregate: A; readonly distinct: D }>[]>;
  queryOnce<
    K extends keyof S & string,
    const F extends FieldsAsked<S, K> = undefined,
    const R extends RelationsAsked<S, K> = undefined,
  >(
    map: K,
    rows?: AskedRows<S, K, F, R>,
    options?: QueryOnceOptions,
  ): Promise<readonly ResultRow<S, K, { readonly fields: F; readonly include: R }>[]>;
  async queryOnce(map: string, source?: unknown, options: QueryOnceOptions = {}): Promise<readonly unknown[]> {
    const asked = askedQuery(map, (source ?? {}) as QuerySource, this.#runtime.madeAt);
    if ('error' in asked) throw asked.error;
    return queryOnce(this.#runtime, checkedMapName(map), asked, options);
  }

  /**
   * SE-20: the records held here whose text has these words, the best first: offline too, this client's pending writes included. The index is made
   * with the first search of a map. What is searched says the client's option `search`, or `fields`.
   *
   * @throws TopGunError `bad-search` (its `cause`, a `SearchError`, says what), `no-search-fields`, `search-unavailable`, `closed`, `map-name`
   */
  async search<K extends keyof S & string>(
    map: K,
    text: string,
    options?: SearchOptions,
  ): Promise<SearchResults<S[K]>> {
    return searchOnce<S[K]>(this.#search, searchRequest('search', checkedMapName(map), text, options));
  }

  /** SE-21: a search that stays answered as records change. Its errors are in what it shows. @throws TopGunError `map-name` */
  searchSubscribe<K extends keyof S & string>(map: K, text: string, options?: SearchOptions): SearchHandle<S[K]> {
    const request = searchRequest('search', checkedMapName(map), text, options);
    return new SearchHandle<S[K]>(request, this.#search, this.#runtime.notifier);
  }

  /** SE-11: what a text that is being typed may become, by the words of the records held here. Throws as `search` does. */
  async suggest(map: keyof S & string, text: string, options?: SuggestOptions): Promise<readonly SuggestedText[]> {
    return suggestOnce(this.#search, searchRequest('suggest', checkedMapName(map), text, options));
  }

  /** Completions that stay current. @throws TopGunError `map-name` */
  suggestSubscribe(map: keyof S & string, text: string, options?: SuggestOptions): SuggestHandle {
    const request = searchRequest('suggest', checkedMapName(map), text, options);
    return new SuggestHandle(request, this.#search, this.#runtime.notifier);
  }

  /** Fetches the code of the search, so that it is there when somebody searches offline. The hooks call it. */
  readonly prepareSearch = (): void => this.#search.prepare();

  readonly getConnectionState = (): ConnectionState => this.#runtime.status.connectionState;

  /** Returns the unsubscribe. */
  readonly onConnectionStateChange = (listener: (change: ConnectionChange) => void): (() => void) =>
    this.#runtime.connectionChanges.add(listener);

  /** Resolves when the connection is in that state. @throws TopGunError `timeout`, or `closed` when it never will be */
  waitForState(state: ConnectionState, timeoutMs?: number): Promise<void> {
    return waitForState(this.#runtime, state, timeoutMs);
  }

  /** Drops the connection, if any, and opens a new one at once. */
  forceReconnect(): void {
    this.#runtime.forceReconnect();
  }

  /** Pauses the connection, for all tabs of this database, until `connect`. */
  disconnect(): void {
    this.#runtime.pause();
  }

  connect(): void {
    this.#runtime.resume();
  }

  /** How state, pending writes and the last sync stand; changes identity only with its content. */
  readonly getSyncStatus = (): SyncStatus => this.#runtime.status.states.getState();

  /** Returns the unsubscribe. */
  readonly onSyncStatusChange = (listener: (status: SyncStatus) => void): (() => void) =>
    this.#runtime.status.states.subscribe((status) => this.#runtime.notifier.guard(() => listener(status)));

  /**
   * Calls the listener as a large first answer to one of this tab's queries comes in; the last time with `received` equal to
   * `total`. What fits into one message is not told of. Returns the unsubscribe.
   */
  readonly onSyncProgress = (listener: (progress: SyncProgress) => void): (() => void) =>
    this.#runtime.progressListeners.add(listener);

  /** How far first answers to the map's queries have come; `null` when none is on its way. */
  readonly getSyncProgress = (map: keyof S & string): SyncProgress | null => this.#runtime.progress.of(map);

  /** Writes of this database, of all its tabs, that the server has not decided. */
  readonly getPendingOpsCount = (): number => this.#runtime.pendingOps;

  /**
   * CL-33: calls the listener when the number of undecided writes reaches `backpressure.warnAt` or `maxPendingOps`, and when it has drained
   * below; once for each crossing, at the end of the batch that crossed. Returns the unsubscribe.
   */
  readonly onBackpressure = (listener: (change: BackpressureChange) => void): (() => void) =>
    this.#runtime.backpressureChanges.add(listener);

  /** CL-9: how one record stands with the server. */
  readonly syncState = (map: keyof S & string, key: string): RecordSyncState =>
    recordSyncState(this.#runtime, this.#runtime.stores.use(map), key);

  /** Calls the listener when the record's sync state changes; other records cost it nothing. Returns the unsubscribe. */
  readonly onSyncStateChange = (
    map: keyof S & string,
    key: string,
    listener: (state: RecordSyncState) => void,
  ): (() => void) => {
    let shown = this.syncState(map, key);
    return this.#runtime.stores.use(map).onKey(key, () => {
      const state = this.syncState(map, key);
      if (state === shown) return;
      shown = state;
      listener(state);
    });
  };

  /** Calls the listener with each write the server refuses from now on. Returns the unsubscribe. */
  readonly onWriteRejected = (listener: (rejection: Rejection) => void): (() => void) =>
    this.#runtime.onRejected(listener);

  /** Calls the listener with each fault of local storage (CL-8). Returns the unsubscribe. */
  readonly onStorageIssue = (listener: (issue: StorageError) => void): (() => void) =>
    this.#runtime.storageIssues.add(listener);

  /**
   * CL-34: why a record is here or missing, unsent or refused on this device, as plain data with a `summary` for a person: what the server has
   * confirmed of it, each undecided write and what that waits for, refusals, the subscriptions that hold it, storage and connection.
   * Without a key: how the map stands, and why its oldest undecided write is not decided. Asking reads nothing from storage and subscribes to nothing.
   */
  explain(map: keyof S & string, key: string): RecordExplanation;
  explain(map: keyof S & string): MapExplanation;
  explain(map: keyof S & string, key?: string): RecordExplanation | MapExplanation {
    return key === undefined
      ? explainMap(gatherMap(this.#runtime, map))
      : explainRecord(gatherRecord(this.#runtime, map, key));
  }

  /**
   * CL-35: the last 1,000 things that happened in this tab, oldest first, as plain data for `JSON.stringify`: writes made, stored, sent and
   * decided, the connection's states, who leads, faults of storage. Of the present user alone.
   *
   * No record's value is in it, nor any text of the server or of storage. Names of maps, *keys*, ids of writes and codes are: where keys tell
   * something private (an address, say), so does this.
   */
  readonly timeline = (): ClientTimeline => this.#runtime.session.events.timeline();

  /** True when storage could not be had, so that nothing survives the page (CL-8). */
  get isInMemory(): boolean {
    return this.#runtime.isInMemory;
  }

  /** CL-10: the subject whose local database is open, with or without a connection; `null`: nobody's. */
  get principal(): string | null {
    return subjectOf(this.#runtime.principal);
  }

  /**
   * Whether the rules would let the user do this, as far as this device can know: offline too, by the last token and what is held here, and
   * functions, which the server alone runs, taken to grant. For showing what makes sense to offer; the server decides. Without `rules` everything is allowed.
   *
   * @param next the record as it would be; of `create` and `update`
   */
  can(action: Action, map: keyof S & string, key: string, next?: Value): Permission {
    const name = checkedMapName(map);
    if (this.#rules === null) return { allowed: true };
    const before = this.getMap(map).get(key) as Value | undefined;
    return this.#rules.for(this.#runtime.claims).preview({ action, map: name, key, before, after: next });
  }

  /** From now on this token. One of another subject closes the open database and opens that subject's (CL-10). */
  setAuthToken(token: string): Promise<void> {
    return this.#runtime.setTokenProvider(() => token);
  }

  /** From now on tokens from here. */
  setAuthTokenProvider(provider: TokenProvider): Promise<void> {
    return this.#runtime.setTokenProvider(provider);
  }

  /**
   * Forgets the token, here and in all tabs of this app that have the user's database open, and opens nobody's (CL-10). The user's stays on the
   * device, with what is unsent, for when they are back; `purge` deletes it, unsent writes included, of which `getPendingOpsCount()` tells
   * how many there are. Resolves once that is done, to what has become of them.
   */
  signOut({ purge = false }: { readonly purge?: boolean } = {}): Promise<UnsentWrites> {
    return this.#runtime.signOut(purge);
  }

  /**
   * CL-10: gives the user who has signed in what was written on this device before anybody had: unsent writes, with their order, times and
   * transactions, and refused ones. It is never done unasked, as the user may not be the one who wrote them. What a crash interrupts goes on at the
   * next start; asking again is safe.
   *
   * Waits while another tab submits the same writes as nobody's: for as long as the browser keeps such a tab frozen.
   *
   * ```ts
   * await client.setAuthToken(token);
   * if (confirm('Add what you wrote before signing in?')) await client.adoptAnonymous();
   * ```
   *
   * @throws TopGunError `needs-auth` while nobody has signed in, `no-server` without one, `storage-…` when storage fails
   */
  adoptAnonymous(): Promise<AdoptedWrites> {
    return this.#runtime.adoptAnonymous();
  }
}
