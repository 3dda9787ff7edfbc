import type { CountOp, LwwRecord, Op } from '../../crdt/index.js';
import { EventLog } from '../timeline/event-log.js';
import { noteTabEvent } from '../timeline/note-tab-event.js';
import { OpWriter } from '../outbox/op-writer.js';
import type { Hash64 } from '../ports/environment.js';
import type {
  BaseChange,
  OutboxEntry,
  Storage,
  StorageCommit,
  StorageError,
  StoredRejection,
} from '../ports/storage.js';
import { runInTurns } from '../connection/run-in-turns.js';
import { applyTabEvent, unsettle } from '../state/apply-tab-event.js';
import type { MapStore } from '../state/map-store.js';
import type { TabEvent } from '../ports/tab-events.js';
import type { Farewell } from '../tabs/tab-message.js';
import type { TabSync } from '../tabs/tab-sync.js';
import { opIdText } from '../storage/op-id.js';
import { databaseName, isSamePrincipal, principalOf, type Principal } from './database-name.js';
import { KeepStored } from './keep-stored.js';
import { MapLoads } from './map-loads.js';
import {
  loadHashFor,
  openDatabase,
  openInMemory,
  prepareDatabase,
  type OpenDatabase,
  type PreparedDatabase,
} from './open-database.js';
import { mergeRescued, rescueCommit, rescuedBase } from './rescue.js';
import { RetryWaits } from './retry-waits.js';
import type { SessionOptions } from './session-options.js';

/** CL-10: what has become of the writes the server had not decided when their database was closed. */
export interface UnsentWrites {
  /** On this device: they go on when the same user is back. */
  readonly kept: number;
  /** Gone for good: deleted with the database, or storage could not take them. */
  readonly lost: number;
}

/**
 * CL-10: this tab at work for one principal. Takes writes from its first moment; `open` gives them a database and a way out; `close`
 * makes durable what was written and lets go of everything. A session that was `retire`d no longer touches the tab's stores,
 * which another one fills by then.
 */
export class Session {
  readonly writer: OpWriter;
  /** CL-35: one user's keys are in no other's report. */
  readonly events: EventLog;
  readonly #options: SessionOptions;
  readonly #keepStored: KeepStored;
  readonly #waits: RetryWaits;
  readonly #loads: MapLoads;
  #principal: Principal;
  #isCurrent = true;
  /** CL-8: the database is gone, as was told; another is on its way. */
  #isLost = false;
  /** What storage held when this tab opened it, and what was brought there. */
  #held: readonly OutboxEntry[] = [];
  /** Of the database that is gone: what surely nobody has sent. */
  #unsent: readonly OutboxEntry[] = [];
  /** Those that were lost, maybe before they were in use. */
  readonly #lostStorages = new WeakSet<Storage>();
  /** Those for which another one is, or was, on its way. */
  readonly #replacedStorages = new WeakSet<Storage>();
  /** A sibling deletes the database on purpose, and this tab is to open it anew. */
  #purge: Farewell | null = null;
  #opening: Promise<void> | null = null;
  #database: OpenDatabase | null = null;
  #sync: TabSync | null = null;
  #stopListening: () => void = () => {};

  constructor(principal: Principal, options: SessionOptions) {
    const { environment, backoff } = options;
    this.#principal = principal;
    this.#options = options;
    this.events = new EventLog(environment.clock);
    this.#keepStored = new KeepStored(environment, this.events);
    this.#waits = new RetryWaits({ environment, backoff });
    this.#loads = new MapLoads({
      environment,
      notifier: options.notifier,
      waits: this.#waits,
      loadsFrom: (storage) => this.#isCurrent && this.#database?.storage === storage,
      failed: (error) => this.#tell(error),
    });
    this.writer = new OpWriter({
      clock: environment.clock,
      timers: environment.timers,
      random: environment.random,
      backoff,
      events: this.events,
      host: {
        reissued: (ops) =>
          this.#whenCurrent(() => options.notifier.batch(() => ops.forEach((op) => this.#reissued(op)))),
        becameBase: (ops) => {
          this.#keepStored.written(this.#database);
          this.#whenCurrent(() => options.notifier.batch(() => ops.forEach((op) => this.#becameBase(op))));
        },
        retagged: (op) => this.#whenCurrent(() => options.notifier.batch(() => options.stores.peek(op.map)?.put(op))),
        persisted: (op) => {
          this.#keepStored.written(this.#database);
          this.#whenCurrent(() => options.stores.pending.put(op));
        },
        durableOps: () => options.stores.pending.all(),
        replaced: (ops) => this.#takenOff(ops),
        sizeChanged: () => this.#whenCurrent(options.pendingChanged),
      },
      onError: (error) => this.#tell(error),
    });
  }

  get principal(): Principal {
    return this.#principal;
  }

  get sync(): TabSync | null {
    return this.#sync;
  }

  get database(): OpenDatabase | null {
    return this.#database;
  }

  get isCurrent(): boolean {
    return this.#isCurrent;
  }

  /** Before `open` only: nothing is stored under the other's name yet. */
  adoptPrincipal(principal: Principal): void {
    this.#principal = principal;
  }

  /** `prepare` runs before the tab stands for election. Once: `begun` is the principal's database, and taken or given up. */
  open(prepare: (sync: TabSync) => void, begun: PreparedDatabase): Promise<void> {
    if (this.#opening !== null) begun.abandon();
    this.#opening ??= this.#open(prepare, begun);
    return this.#opening;
  }

  /** Begins to load the map, when there is something to load from. */
  load(store: MapStore): void {
    if (this.#database !== null && this.#isCurrent) void this.#loads.load(this.#database, store);
  }

  /** From now on the tab's stores are another session's. */
  retire(): void {
    if (this.#isCurrent) this.#options.keptViews.close();
    this.#isCurrent = false;
    this.#stopListening();
    this.#loads.stop();
    this.#waits.end();
    // Whoever waits for a map of this session is to look again: the next session loads it, or nobody does.
    for (const store of this.#options.stores.all()) store.abandonWaiting();
  }

  /**
   * Flushes and lets go. `farewell`: what siblings are told; where it `purges`, the database is deleted. Errors of storage are told as issues.
   */
  async close(farewell?: Farewell): Promise<UnsentWrites> {
    // Switched away from, or closed, before its turn came: what was written still gets its database.
    if (this.#opening === null && this.writer.waiting > 0) this.#opening = this.#open(() => {});
    // Whoever opened it was told why it could not be.
    await this.#opening?.catch(() => {});
    await this.writer.close();
    this.retire();
    await this.#sync?.stop(farewell);
    const lost = this.writer.waiting;
    const database = this.#database;
    if (database === null) return { kept: 0, lost };
    const { storage, isInMemory } = database;
    const outbox = await storage.loadOutbox();
    const unsent = outbox.ok ? outbox.value.length : 0;
    let isGone = isInMemory;
    if (farewell?.purges === true) {
      const destroyed = await storage.destroy();
      if (destroyed.ok) isGone = true;
      else this.#options.storageIssue(destroyed.error);
    } else {
      await storage.close();
    }
    database.leave();
    return isGone ? { kept: 0, lost: lost + unsent } : { kept: unsent, lost };
  }

  /** CL-10: what has come into the open database from elsewhere is shown, here and in the siblings, and submitted. */
  bring(entries: readonly OutboxEntry[], added: readonly StoredRejection[]): void {
    if (!this.#isCurrent || this.#sync === null) return;
    if (entries.length > 0) this.#sync.brought(entries);
    if (added.length === 0) return;
    const event = { type: 'rejections', added, removed: [] } as const;
    this.#apply(event);
    this.#sync.shareRejections(event);
  }

  /** CL-7: takes refused writes out of storage and off the siblings' lists. False: storage failed, as is told. */
  async forget(refused: readonly StoredRejection[]): Promise<boolean> {
    await this.#sync?.decisionsStored();
    const ops = refused.map(({ op }) => op);
    const removeRejections = ops.map(({ replica, seq }) => ({ replica, seq }));
    const forgotten = await this.#database?.storage.commit({ removeRejections });
    if (forgotten?.ok === false) {
      this.#tell(forgotten.error);
      return false;
    }
    this.#takenOff(ops);
    return true;
  }

  /** Storage holds them no more. The list of this tab knows, unless it was read anew meanwhile. */
  #takenOff(ops: readonly Op[]): void {
    const removed = ops.map(({ replica, seq, map, key }) => ({ replica, seq, map, key }));
    const event = { type: 'rejections', added: [], removed } as const;
    this.#whenCurrent(() => this.#apply(event));
    this.#sync?.shareRejections(event);
  }

  async #open(prepare: (sync: TabSync) => void, begun?: PreparedDatabase): Promise<void> {
    const { environment, serverUrl, stores, subscriptions, keptViews } = this.#options;
    const name = databaseName(serverUrl, this.#principal);
    const prepared = begun ?? prepareDatabase(environment, name);
    // Without a server nobody else has what is confirmed.
    const openOptions = {
      told: (error: StorageError) => this.#tell(error),
      evicts: serverUrl !== null,
      ahead: { views: keptViews.awaited() },
    };
    const read =
      (await this.#read(await openDatabase(environment, prepared, openOptions), prepare)) ??
      (await this.#read(await openInMemory(environment, name), prepare));
    if (read === null) throw new Error('storage in memory could not be read');
    const { database } = read;
    const { storage, replica, issued } = database;
    const isLocalOnly = serverUrl === null;
    // What the app waits for is told before all that it does not wait for is made.
    const isShown = this.#isCurrent && !this.#isLost;
    if (isShown) this.#restore(read);
    const hash = await loadHashFor(environment, database);
    this.#database = database;
    this.#held = read.outbox;
    const { sync, flush } = this.#follow(database, hash);
    if (this.#isLost) await this.#rescue(read, sync);
    if (!this.#isCurrent) {
      // Only what was written before the switch is left to do: it waits in this database's outbox for its principal.
      this.writer.open({ storage, sync: NO_SIBLINGS, replica, issued, isLocalOnly });
      return;
    }
    // It may have been deleted too, by now: then another one is on its way already, or is asked for below.
    this.#isLost &&= this.#lostStorages.has(storage);
    if (!isShown) this.#restore(read);
    flush();
    prepare(sync);
    this.writer.open({ storage, sync, replica, issued, isLocalOnly });
    sync.start();
    subscriptions.connect(sync);
    this.#options.questions.connect(sync);
    for (const store of stores.all()) this.load(store);
    if (this.#lostStorages.has(storage)) this.#lose(storage, GONE, prepare);
  }

  /**
   * CL-8: the database was deleted, or is not to be had any more, under the open tab. The tab goes on in a new one, to which it brings what
   * it holds; its replica is another then, unless it is the same database after all (CR-2).
   */
  #lose(storage: Storage, error: StorageError, prepare: (sync: TabSync) => void): void {
    this.#lostStorages.add(storage);
    if (!this.#isCurrent || this.#database?.storage !== storage || this.#replacedStorages.has(storage)) return;
    if (this.#purge !== null) return this.#options.followed(this.#purge);
    this.#replacedStorages.add(storage);
    this.#tell(error);
    this.#isLost = true;
    const opened = this.#opening ?? Promise.resolve();
    this.#opening = opened.catch(() => {}).then(() => this.#recover(prepare));
    this.#opening.catch((failure: unknown) =>
      this.#options.environment.log('error', 'The local database could not be made anew.', failure),
    );
  }

  async #recover(prepare: (sync: TabSync) => void): Promise<void> {
    const { notifier, stores, subscriptions } = this.#options;
    const [database, sync] = [this.#database, this.#sync];
    await this.writer.suspend();
    if (!this.#isCurrent) return;
    this.#stopListening();
    this.#database = null;
    this.#sync = null;
    notifier.batch(() => {
      unsettle({ stores, subscriptions }, null);
      subscriptions.disconnect();
    });
    this.#options.questions.disconnect();
    await sync?.stop();
    if (sync !== null) this.#unsent = sync.unsent(this.#held);
    await database?.storage.close();
    database?.leave();
    if (this.#isCurrent) await this.#open(prepare);
  }

  async #rescue({ database, outbox }: ReadDatabase, sync: TabSync): Promise<void> {
    const { rejections, stores } = this.#options;
    const { storage } = database;
    await Promise.all(Array.from(stores.all(), (store) => this.#loads.keepInUse(database, store)));
    // A sibling that was here first may know that it was sent.
    const sent = new Set(outbox.filter(({ handed }) => handed).map(({ op }) => opIdText(op)));
    const unsent = this.#unsent.filter(({ op }) => !sent.has(opIdText(op)));
    const commit = rescueCommit(stores, rejections.stored(), unsent);
    this.#held = [...outbox, ...(commit.putOps ?? [])];
    if (!(await this.#bringTo(storage, commit))) return;
    for (const part of rescuedBase(stores)) if (!(await this.#bringTo(storage, part))) return;
    await this.#takeRescued(storage, sync);
  }

  /** Until storage takes it. False: it is gone as well, as has been told, and the next one is on its way; or nobody needs it any more. */
  async #bringTo(storage: Storage, commit: StorageCommit): Promise<boolean> {
    for (let failures = 1; this.#isCurrent; failures++) {
      const brought = await storage.commit(commit);
      if (brought.ok) return true;
      if (brought.error.code === 'lost') return false;
      this.#tell(brought.error);
      await this.#waits.wait(failures);
    }
    return false;
  }

  /** A sibling may have brought more, and know better (CL-8). */
  async #takeRescued(storage: Storage, sync: TabSync): Promise<void> {
    const { environment, notifier, stores } = this.#options;
    const loaded = [...stores.all()].filter(({ status }) => status === 'loaded');
    for (const store of loaded) {
      const rows = await storage.loadMap(store.name);
      if (!this.#isCurrent) return;
      if (!rows.ok) this.#tell(rows.error);
      else {
        const batch = (change: () => void): void => this.#whenCurrent(() => notifier.batch(change));
        const steps = mergeRescued(store, rows.value, batch);
        await new Promise<void>((done) => runInTurns(environment, steps, done));
      }
    }
    sync.broughtMaps(loaded.map(({ name }) => name));
  }

  /** Of a database that is gone every commit and every load says so: once is enough. */
  #tell(error: StorageError): void {
    if (!this.#isLost || error.code !== 'lost') this.#options.storageIssue(error);
  }

  #apply(event: TabEvent): void {
    noteTabEvent(this.events, event);
    applyTabEvent({ ...this.#options, writer: this.writer, readTotals: (ops) => void this.#readTotals(ops) }, event);
  }

  /** Its group has heard of the siblings since before it was opened: an op that becomes durable meanwhile is in what is read here, or in what they say. */
  async #read(database: OpenDatabase, prepare: (sync: TabSync) => void): Promise<ReadDatabase | null> {
    const { storageIssue } = this.#options;
    const { storage } = database;
    const stops = [storage.onLost((error) => this.#lose(storage, error, prepare)), storage.onCorrupt(storageIssue)];
    this.#stopListening = () => stops.forEach((stop) => stop());
    const [outbox, rejections] = await Promise.all([
      storage.loadOutbox(),
      storage.loadRejections(),
      // They are shown with what is read here.
      this.#options.keptViews.expect(storage),
    ]);
    if (outbox.ok && rejections.ok) {
      return { database, outbox: outbox.value, rejections: rejections.value };
    }
    // An outbox that cannot be read must not be written beside: what is in it might be issued twice.
    for (const read of [outbox, rejections]) if (!read.ok) this.#tell(read.error);
    this.#stopListening();
    await storage.close();
    database.leave();
    return null;
  }

  /** `flush`: from then on what siblings say is applied; what they have said until then at once. */
  #follow(database: OpenDatabase, hash: Hash64): { readonly sync: TabSync; readonly flush: () => void } {
    const sync = this.#createSync(database, hash);
    const apply = (event: TabEvent): void => this.#apply(event);
    let early: TabEvent[] | null = [];
    const stops = [this.#stopListening, sync.onEvent((event) => (early === null ? apply(event) : early.push(event)))];
    this.#stopListening = () => stops.forEach((stop) => stop());
    this.#sync = sync;
    return {
      sync,
      flush() {
        const events = early ?? [];
        early = null;
        events.forEach(apply);
      },
    };
  }

  /** What is undecided and refused, and what was kept of the views, shows. */
  #restore({ database, outbox, rejections }: ReadDatabase): void {
    const { keptViews, notifier, stores, pendingChanged } = this.#options;
    notifier.batch(() => {
      for (const rejection of rejections) {
        this.#options.rejections.restore(rejection);
        stores.peek(rejection.op.map)?.touch([rejection.op.key]);
      }
      for (const { op } of outbox) {
        stores.pending.put(op);
        stores.peek(op.map)?.put(op);
      }
      pendingChanged();
      keptViews.open(database.storage);
    });
  }

  #createSync({ name, group, storage }: OpenDatabase, hash: Hash64): TabSync {
    const { environment, serverUrl, backoff, heartbeat, getToken, stores } = this.#options;
    return this.#options.createTabSync({
      serverUrl,
      name,
      group,
      storage,
      hash,
      left: (farewell) => {
        if (!this.#isCurrent) return;
        // Not before it is gone, or this tab would open, and bring back, what is about to be deleted.
        const isAnew = farewell.purges && isSamePrincipal(principalOf(farewell.subject), this.#principal);
        if (isAnew) this.#purge = farewell;
        else this.#options.followed(farewell);
      },
      events: this.events,
      storageFailed: (error) => this.#tell(error),
      environment,
      backoff,
      heartbeat,
      getToken,
      local: {
        base: async (map) => {
          const store = stores.use(map);
          await store.whenLoaded();
          return this.#isCurrent && store.status === 'loaded' ? store.overlay.baseRecords() : null;
        },
        isInMemory: (map) => stores.peek(map) !== undefined,
        baseRevision: (map) => stores.use(map).overlay.baseRevision,
        pendingOps: () => [...stores.pending.all()],
        afterViews: this.#options.afterViews,
      },
    });
  }

  /** Nearly always it was when it was written. */
  #becameBase({ op, delta }: { readonly op: Op; readonly delta: LwwRecord }): void {
    const store = this.#options.stores.peek(op.map);
    if (store?.overlay.isPending(op.key) !== true) return;
    if (op.kind === 'count') store.changeBase([{ type: 'merge', key: op.key, delta }]);
    store.confirm([op], 0);
  }

  #reissued({ old, next }: { readonly old: Op; readonly next: Op }): void {
    this.#options.stores.peek(old.map)?.replace(old, next);
  }

  /** CR-7: decided under another leader, which stored the totals with the decisions. */
  async #readTotals(ops: readonly CountOp[]): Promise<void> {
    const [first] = ops;
    const records = first === undefined ? undefined : await this.#database?.storage.loadMap(first.map);
    if (first === undefined || records === undefined || !this.#isCurrent) return;
    const { notifier, storageIssue, stores } = this.#options;
    if (!records.ok) storageIssue(records.error);
    const totals = records.ok ? records.value : new Map<string, LwwRecord>();
    const changes = [...new Set(ops.map(({ key }) => key))].flatMap((key): BaseChange[] => {
      const delta = totals.get(key);
      return delta === undefined ? [] : [{ type: 'merge', key, delta }];
    });
    notifier.batch(() => {
      const store = stores.peek(first.map);
      store?.changeBase(changes);
      store?.refuse(ops);
    });
  }

  #whenCurrent(run: () => void): void {
    if (this.#isCurrent) run();
  }
}

/** A database that this tab hears of, and what was read of it since. */
interface ReadDatabase {
  readonly database: OpenDatabase;
  readonly outbox: readonly OutboxEntry[];
  readonly rejections: readonly StoredRejection[];
}

const GONE: StorageError = { code: 'lost', message: 'The local database is gone.' };

const NO_SIBLINGS = {
  announce() {},
  decisionsStored: () => Promise.resolve(),
  handsAtOnce: () => false,
  persisted() {},
  shareBase() {},
};
