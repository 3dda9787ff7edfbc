import { decodeStamp, encodeStamp, type ReplicaId, type Stamp } from '../../clock/index.js';
import { opToRecord, retagOp, type LwwRecord, type Op, type OpBody, type OpId } from '../../crdt/index.js';
import { ok, once, type Result } from '../../primitives/index.js';
import type { BackoffConfig } from '../connection/backoff.js';
import type { EventLog } from '../timeline/event-log.js';
import type { Clock, Random, Timers } from '../ports/environment.js';
import type { BaseChange, OutboxEntry, Storage, StorageCommit, StorageError } from '../ports/storage.js';
import { OpIdMap } from '../storage/op-id-map.js';
import { isOneTransaction } from '../storage/whole-slice.js';
import type { ClockEvent, Decision, MapChanges, ReissuedEvent } from '../ports/tab-events.js';
import type { TabSync } from '../tabs/tab-sync.js';
import { CommitQueue } from './commit-queue.js';
import { handedTogether } from './handed-together.js';
import { createLocalTotals } from './local-totals.js';
import { isSameOp, OpIssuer, type IssuedWrite, type SeenRecords } from './op-issuer.js';
import { rejectionOf } from './rejection.js';
import { APPLIED, TrackedWrite } from './write-handle.js';

/** What the writer tells of and asks for; the tab's stores answer. */
export interface WriterHost {
  /** These ops go on under other identities: to whoever looks, all at once. */
  reissued(ops: readonly { readonly old: Op; readonly next: Op }[]): void;
  /** Local only: what these ops make of confirmed state is durable, all of it at once. Of a counter's delta it is the total (CR-7). */
  becameBase(ops: readonly { readonly op: Op; readonly delta: LwwRecord }[]): void;
  /** The op has other tags now, and is shown as it was. */
  retagged(op: Op): void;
  /** The op's transaction has completed. */
  persisted(op: Op): void;
  /** The durable undecided ops of all replicas. */
  durableOps(): Iterable<Op>;
  /** CL-7: what was written instead of these refused ops is durable. */
  replaced(ops: readonly Op[]): void;
  /** The number of ops that are not durable yet has changed. */
  sizeChanged(): void;
}

export interface OpWriterOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly backoff: BackoffConfig;
  readonly host: WriterHost;
  readonly events: EventLog;
  readonly onError: (error: StorageError) => void;
}

/** An open database, and who this tab is in it. */
export interface WriterTarget {
  readonly storage: Storage;
  readonly sync: Pick<TabSync, 'announce' | 'decisionsStored' | 'handsAtOnce' | 'persisted' | 'shareBase'>;
  readonly replica: ReplicaId;
  readonly issued: { readonly seq: number; readonly stamp: Stamp | '' };
  /** No server will ever decide: ops become confirmed state at once, and no outbox is kept. */
  readonly isLocalOnly: boolean;
}

/**
 * CL-1, CL-2: this tab's own writes on their way from memory to storage. Gives each its identity, makes it durable in strict
 * group commits, and only then tells siblings and leader. Also answers who awaits a write.
 *
 * Writes made before the database is open have provisional identities and wait here; `open` issues them again, in order, before any
 * is stored.
 */
export class OpWriter {
  readonly #host: WriterHost;
  readonly #makeIssuer: () => OpIssuer;
  readonly #events: EventLog;
  readonly #queue: CommitQueue<TrackedWrite>;
  /** Undecided own writes by op id. */
  readonly #tracked = new OpIdMap<TrackedWrite>();
  readonly #makeTotals = once(createLocalTotals);
  #committing: readonly OutboxEntry[] = [];
  /** Local only: what the writes under way make of confirmed state, each by itself and by map. */
  #deltas: readonly LwwRecord[] = [];
  #baseChanges: readonly MapChanges[] = [];
  #target: WriterTarget | null = null;

  constructor(options: OpWriterOptions) {
    this.#host = options.host;
    this.#events = options.events;
    // Nobody has written yet, and may not before the database is open.
    this.#makeIssuer = once(() => new OpIssuer(options.clock, options.random.id(12) as ReplicaId));
    this.#queue = new CommitQueue(options);
  }

  get #issuer(): OpIssuer {
    return this.#makeIssuer();
  }

  get #totals(): ReturnType<typeof createLocalTotals> {
    return this.#makeTotals();
  }

  /** Own ops that are not durable yet. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** Gives the change its identity. `seen` has the record it was planned against. */
  issue(map: string, key: string, body: OpBody, seen: SeenRecords): Op {
    return this.#issuer.issue(map, key, body, seen);
  }

  /** CR-12: as `issue`, for the parts of a transaction. */
  issueTogether(writes: readonly IssuedWrite[]): Op[] {
    return this.#issuer.issueTogether(writes);
  }

  /**
   * Starts the op on its way. It is already visible. The parts of a transaction share one commit (CR-12), in which the refused
   * ops that they are written instead of leave storage (CL-7).
   */
  write(op: Op, replaces?: readonly Op[]): TrackedWrite {
    const write = new TrackedWrite(op, this.#issuer.leadOf(op), replaces);
    this.#tracked.set(op, write);
    this.#queue.add(write);
    this.#events.op('created', op, this.#issuer.issuedAt);
    return write;
  }

  open(target: WriterTarget): void {
    this.#target = target;
    this.#issuer.adopt(target.replica, target.issued);
    this.#reissueWaiting();
    target.sync.announce(target.replica, target.issued.seq);
    this.#queue.open(target.storage, {
      areOne: (write, next) => isOneTransaction(write.op, next.op),
      prepare: (writes) => (target.isLocalOnly ? this.#readTotals(target, writes) : awaitRefusals(target, writes)),
      toCommit: (writes) => (target.isLocalOnly ? this.#baseCommit(writes) : this.#outboxCommit(target, writes)),
      committed: (writes) => (target.isLocalOnly ? this.#confirmed(target, writes) : this.#persisted(target, writes)),
    });
  }

  /** CL-8: the database is gone. What was not durable waits for `open`, and is issued again then; what was keeps its id. */
  async suspend(): Promise<void> {
    await this.#queue.suspend();
    this.#target = null;
  }

  /** Makes durable what it can. False when storage failed and some writes are in memory alone. */
  async close(): Promise<boolean> {
    const isDurable = await this.#queue.close();
    this.#target = null;
    return isDurable;
  }

  decided(decisions: readonly Decision[]): void {
    for (const decision of decisions) {
      const write = this.#tracked.take(decision.op);
      if (write === undefined) continue;
      write.settleAcked(
        decision.outcome === 'rejected'
          ? { ok: false, rejected: rejectionOf(decision) }
          : { ok: true, outcome: decision.outcome },
      );
    }
  }

  /** CR-11: the clock's offset, and the ops that were stamped anew by it; `moved`: their stamps, by those they had. */
  clockCorrected({ offsetMs, restamped }: ClockEvent, moved: ReadonlyMap<Stamp, Stamp>): void {
    for (const entry of restamped) {
      const write = this.#tracked.get(entry.op);
      if (write === undefined) continue;
      write.op = entry.op;
      write.clockOffset = entry.clockOffset ?? 0;
    }
    if (moved.size > 0) this.#retagWaiting(moved);
    let last: Stamp | '' = '';
    const note = (op: Op): void => {
      if (op.replica === this.#issuer.replica && op.stamp > last) last = op.stamp;
    };
    for (const op of this.#host.durableOps()) note(op);
    for (const write of this.#queue.items()) note(write.op);
    this.#issuer.correct(offsetMs, last);
  }

  /** CR-2: storage went back in time; this replica, if it is the one, goes on under another id. */
  movedReplica({ replica, successor, moved }: ReissuedEvent): void {
    for (const { from, entry } of moved) {
      const write = this.#tracked.get(from);
      if (write === undefined) continue;
      this.#rename(write, entry.op);
      write.clockOffset = entry.clockOffset ?? 0;
    }
    const stamps = new Map(moved.map(({ from, entry: { op } }) => [stampAs(from.replica, op.stamp), op.stamp]));
    if (replica !== this.#issuer.replica) return this.#retagWaiting(stamps);
    const seq = moved.reduce((greatest, { entry }) => Math.max(greatest, entry.op.seq), 0);
    this.#issuer.adopt(successor, { seq, stamp: '' });
    this.#reissueWaiting(stamps);
    this.#target?.sync.announce(successor, seq);
  }

  /** An op whose transaction runs keeps its id: the leader finds it in storage under that, and moves it as it did the others. */
  #reissueWaiting(moved = new Map<Stamp, Stamp>()): void {
    const ops = Array.from(this.#queue.waiting(), (write) => {
      const old = write.op;
      this.#rename(write, this.#issuer.reissue(retagOp(old, moved)));
      this.#events.renamed(old, write.op);
      moved.set(old.stamp, write.op.stamp);
      write.clockOffset = this.#issuer.leadOf(write.op);
      return { old, next: write.op };
    });
    if (ops.length > 0) this.#host.reissued(ops);
  }

  #retagWaiting(moved: ReadonlyMap<Stamp, Stamp>): void {
    for (const write of this.#queue.waiting()) {
      const op = retagOp(write.op, moved);
      if (op === write.op) continue;
      write.op = op;
      this.#host.retagged(op);
    }
  }

  #rename(write: TrackedWrite, op: Op): void {
    this.#tracked.take(write.op);
    write.op = op;
    this.#tracked.set(op, write);
  }

  #outboxCommit({ sync }: WriterTarget, writes: readonly TrackedWrite[]): StorageCommit {
    const putOps = handedTogether(
      writes.map(({ op, clockOffset }) => ({ op, handed: sync.handsAtOnce(op, clockOffset), clockOffset })),
    );
    this.#committing = putOps;
    const replaced = replacedBy(writes);
    return replaced.length === 0 ? { putOps } : { putOps, removeRejections: replaced.map(idOf) };
  }

  #persisted({ sync }: WriterTarget, writes: readonly TrackedWrite[]): void {
    this.#events.entries('persisted', this.#committing);
    const entries: OutboxEntry[] = [];
    writes.forEach((write, i) => {
      const entry = this.#committing[i] as OutboxEntry;
      write.settlePersisted();
      // The leader may have found it in storage, and moved it or had it decided, before this tab heard of its own transaction.
      if (!isSameOp(write.op, entry.op) || this.#tracked.get(write.op) !== write) return;
      entries.push(entry);
      this.#host.persisted(entry.op);
    });
    // The list that was stored, where it is that, since what it was encoded as can be had of it.
    if (entries.length > 0) sync.persisted(entries.length === this.#committing.length ? this.#committing : entries);
    this.#committing = [];
    const replaced = replacedBy(writes);
    if (replaced.length > 0) this.#host.replaced(replaced);
    this.#host.sizeChanged();
  }

  #readTotals({ storage }: WriterTarget, writes: readonly TrackedWrite[]): Promise<Result<void, StorageError>> | null {
    const ops = writes.map(({ op }) => op).filter((op) => op.kind === 'count');
    return ops.length === 0 ? null : this.#totals.prepare(storage, ops);
  }

  #baseCommit(writes: readonly TrackedWrite[]): StorageCommit {
    this.#totals.undo();
    this.#deltas = writes.map(({ op }) => (op.kind === 'count' ? this.#totals.advance(op) : opToRecord(op)));
    this.#baseChanges = baseChangesOf(writes, this.#deltas);
    // Through the outbox in one step: that makes the commit strict, and remembers the stamps issued for the next start.
    return {
      putOps: writes.map(({ op }) => ({ op, handed: false })),
      removeOps: writes.map(({ op }) => op),
      base: this.#baseChanges,
    };
  }

  #confirmed({ sync }: WriterTarget, writes: readonly TrackedWrite[]): void {
    this.#totals.keep();
    const deltas = this.#deltas;
    sync.shareBase(this.#baseChanges);
    this.#baseChanges = [];
    this.#events.entries('persisted', writes);
    this.#host.becameBase(writes.map(({ op }, i) => ({ op, delta: deltas[i]! })));
    for (const write of writes) {
      this.#tracked.take(write.op);
      write.settlePersisted();
      write.settleAcked(APPLIED);
    }
    this.#host.sizeChanged();
  }
}

/** CL-7: the leader may be about to store what it has heard: storage has to hold a refusal before that can leave it. */
async function storedFirst({ sync }: WriterTarget): Promise<Result<void, StorageError>> {
  await sync.decisionsStored();
  return ok(undefined);
}

const awaitRefusals = (
  target: WriterTarget,
  writes: readonly TrackedWrite[],
): Promise<Result<void, StorageError>> | null =>
  writes.some(({ replaces }) => replaces.length > 0) ? storedFirst(target) : null;

const replacedBy = (writes: readonly TrackedWrite[]): readonly Op[] =>
  writes.some(({ replaces }) => replaces.length > 0) ? writes.flatMap(({ replaces }) => replaces) : [];

const idOf = ({ replica, seq }: OpId): OpId => ({ replica, seq });

function baseChangesOf(writes: readonly TrackedWrite[], deltas: readonly LwwRecord[]): readonly MapChanges[] {
  const byMap = new Map<string, BaseChange[]>();
  for (const [i, { op }] of writes.entries()) {
    const changes = byMap.get(op.map) ?? [];
    byMap.set(op.map, changes);
    changes.push({ type: 'merge', key: op.key, delta: deltas[i]! });
  }
  return [...byMap].map(([map, changes]) => ({ map, changes }));
}

/** CR-2: the stamp of an op before it moved to another replica: of the same time. */
const stampAs = (replica: ReplicaId, stamp: Stamp): Stamp => encodeStamp({ ...decodeStamp(stamp), replica });
