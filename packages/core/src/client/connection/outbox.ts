import type { ReplicaId } from '../../clock/index.js';
import type { OpId } from '../../crdt/index.js';
import { partitionOf, type Hash64 } from '../../primitives/index.js';
import type { OutboxEntry } from '../ports/storage.js';
import { createIdRanges } from './id-ranges.js';
import {
  createReplicaQueue,
  enqueueOp,
  findOp,
  replaceEntry,
  resetQueue,
  takeOp,
  undecidedCount,
  undecidedOps,
  type QueuedOp,
  type ReplicaQueue,
} from './replica-queue.js';

/**
 * The leader's picture of the stored outbox: every undecided op of every replica of the database, closed tabs' included.
 * Holds nothing that storage does not hold.
 */
export interface Outbox {
  readonly queues: ReadonlyMap<ReplicaId, ReplicaQueue>;
  /** The queue of a replica, made when it is new. */
  queue(replica: ReplicaId): ReplicaQueue;
  /** Takes durable ops in; those that are here already, or were decided lately, are passed over. A handed one replaces one that is not. */
  add(entries: readonly OutboxEntry[]): void;
  has(id: OpId): boolean;
  /** Replaces entries that are here by newer versions of themselves. */
  replace(entries: readonly OutboxEntry[]): void;
  /** Takes an op out for good: it will not come in again. */
  remove(id: OpId): QueuedOp | undefined;
  /** Whether it was taken out for good. */
  wasDecided(id: OpId): boolean;
  /** SY-2: these were decided by a ledger that has lost them: they may come in again. */
  reopen(ids: readonly OpId[]): void;
  /** SY-2: takes ops in once more that were decided by a ledger that has lost them. */
  takeBack(entries: readonly OutboxEntry[]): void;
  /** Forgets a replica, its ops and what was decided of them: they are another tab's to submit, and may come in again. */
  drop(replica: ReplicaId): void;
  entries(): readonly OutboxEntry[];
  /** Ops not yet marked as handed over. */
  unhanded(): readonly OutboxEntry[];
  /** Whether this very entry is among those. */
  isUnhanded(entry: OutboxEntry): boolean;
  hasUnhanded(): boolean;
  /** Whether all that was undecided at the last `reset` is decided. */
  isCaughtUp(): boolean;
  /** A new connection: nothing is sent on it yet, and the server has said nothing. */
  reset(): void;
  size(): number;
}

export function createOutbox(hash: Hash64): Outbox {
  const queues = new Map<ReplicaId, ReplicaQueue>();
  /** Lest a late message or an older read of the storage bring them back. */
  const decided = createIdRanges();
  let owed = 0;

  function queueOf(replica: ReplicaId): ReplicaQueue {
    let queue = queues.get(replica);
    if (queue === undefined) {
      queue = createReplicaQueue(replica);
      queues.set(replica, queue);
    }
    return queue;
  }

  function entries(): readonly OutboxEntry[] {
    const all: OutboxEntry[] = [];
    for (const queue of queues.values()) for (const { entry } of undecidedOps(queue)) all.push(entry);
    return all;
  }

  function replaceUnhanded(entry: OutboxEntry): void {
    const queued = findOp(queueOf(entry.op.replica), entry.op.seq);
    if (queued !== undefined && !queued.entry.handed) replaceEntry(queueOf(entry.op.replica), queued, entry);
  }

  return {
    queues,
    queue: queueOf,
    add(added) {
      for (const entry of added) {
        const { op } = entry;
        if (decided.has(op)) continue;
        const isNew = enqueueOp(queueOf(op.replica), new HashedLate(entry, hash));
        // Once handed over it stays as it is: who says so knows more than a message from before.
        if (!isNew && entry.handed) replaceUnhanded(entry);
      }
    },
    has(id) {
      const queue = queues.get(id.replica);
      return queue !== undefined && findOp(queue, id.seq) !== undefined;
    },
    replace(newer) {
      for (const entry of newer) {
        const queue = queues.get(entry.op.replica);
        const queued = queue === undefined ? undefined : findOp(queue, entry.op.seq);
        if (queue !== undefined && queued !== undefined) replaceEntry(queue, queued, entry);
      }
    },
    remove(id) {
      decided.add(id);
      const queue = queues.get(id.replica);
      const taken = queue === undefined ? undefined : takeOp(queue, id.seq);
      if (taken === undefined) return undefined;
      if (taken.owed) owed -= 1;
      return taken;
    },
    wasDecided: (id) => decided.has(id),
    reopen(ids) {
      for (const id of ids) decided.remove(id);
    },
    takeBack(entries) {
      this.reopen(entries.map(({ op }) => op));
      this.add(entries);
      for (const { op } of entries) {
        const queued = findOp(queueOf(op.replica), op.seq);
        if (queued === undefined || queued.owed) continue;
        queued.owed = true;
        owed += 1;
      }
    },
    drop(replica) {
      // Whoever submits them meanwhile may have to give them back (SY-2).
      decided.forget(replica);
      const queue = queues.get(replica);
      if (queue === undefined) return;
      queues.delete(replica);
      for (const queued of undecidedOps(queue)) if (queued.owed) owed -= 1;
    },
    entries,
    unhanded: () => [...queues.values()].flatMap(({ unhanded }) => Array.from(unhanded.values(), ({ entry }) => entry)),
    isUnhanded: (entry) => queues.get(entry.op.replica)?.unhanded.get(entry.op.seq)?.entry === entry,
    hasUnhanded() {
      for (const { unhanded } of queues.values()) if (unhanded.size > 0) return true;
      return false;
    },
    isCaughtUp: () => owed === 0,
    reset() {
      owed = 0;
      for (const queue of queues.values()) {
        resetQueue(queue);
        owed += undecidedCount(queue);
      }
    },
    size() {
      let size = 0;
      for (const queue of queues.values()) size += undecidedCount(queue);
      return size;
    },
  };
}

/** An op whose partition is found when it is to be sent: of a long queue that is much later, and to hash its key costs more than the rest of its way here. */
class HashedLate implements QueuedOp {
  entry: OutboxEntry;
  owed = false;
  readonly #hash: Hash64;
  #partition = -1;

  constructor(entry: OutboxEntry, hash: Hash64) {
    this.entry = entry;
    this.#hash = hash;
  }

  get partition(): number {
    if (this.#partition === -1) this.#partition = partitionOf(this.#hash, this.entry.op.map, this.entry.op.key);
    return this.#partition;
  }
}
