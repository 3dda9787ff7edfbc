import type { Op, OpId } from '../../packages/core/src/crdt/index.js';
import type {
  LeaseOutcome,
  Storage,
  StorageAdapter,
  StorageCommit,
  StorageError,
} from '../../packages/core/src/client/ports/storage.js';
import {
  applyCommit,
  applyEviction,
  applyLead,
  applyLease,
  applyRelease,
  createMemoryDatabase,
  keepView,
  keptOpsOf,
  keptThroughOf,
  type MemoryDatabase,
  noteUse,
  storedMapsOf,
} from '../../packages/core/src/client/storage/memory-database.js';
import { isOutdated, OUTDATED } from '../../packages/core/src/client/storage/lead.js';
import { isSameChange } from './history.js';
import { timeOf } from './op-id.js';
import { compareOpIds, compareRejections } from '../../packages/core/src/client/storage/op-id.js';
import { err, ok, type Result } from '../../packages/core/src/primitives/index.js';
import { MemoryAdapter } from '../../packages/core/src/client/adapters/memory-storage.js';
import { createSeededRandom, type SeededRandom } from '../../packages/core/src/client/testing/seeded-random.js';

/** Which of the last transactions are lost: those that the browser need not have synced, or whichever they are. */
export type Loss = 'relaxed' | 'any';

/**
 * A device's local database: what its tabs share and what outlives them. It keeps every transaction it was given, so it can be put
 * back to where it was before any of them.
 */
export interface SharedDatabase {
  readonly adapter: StorageAdapter;
  /** What the device remembers of its principals: of one here, who is nobody, so that it is not where anything goes wrong. */
  readonly notes: StorageAdapter;
  /** Resolves when nothing of tabs that are gone is still to happen: until then nobody else gets in. */
  landing: Promise<unknown>;
  /** How many transactions it holds. */
  readonly length: number;
  /** Only while no tab is open. Takes back up to so many of the last transactions; gives the ops that were in them. */
  loseLast(count: number, loss: Loss): readonly OpId[];
  /** Deletes it, open or not: whoever has it open is told, and can do nothing with it any more. The next to open it makes a new one. */
  wipe(): readonly OpId[];
}

interface Transaction<T = unknown> {
  readonly apply: (database: MemoryDatabase) => T;
  readonly isStrict: boolean;
  readonly ops: readonly OpId[];
}

interface Incarnation {
  readonly id: string;
  database: MemoryDatabase;
  transactions: Transaction[];
  readonly listeners: Set<(error: StorageError) => void>;
  isDeleted: boolean;
}

const DELETED: StorageError = { code: 'lost', message: 'The local database was deleted.' };

const idOfOp = ({ op: { replica, seq } }: { readonly op: OpId }): OpId => ({ replica, seq });

export interface SharedDatabaseOptions {
  readonly random: SeededRandom;
  /** Told when an op goes on under another id. */
  readonly moved: (from: Op, to: Op) => void;
}

export function createSharedDatabase({ random, moved }: SharedDatabaseOptions): SharedDatabase {
  let current: Incarnation | null = null;

  function mint(): Incarnation {
    const id = random.id(12);
    return { id, database: createMemoryDatabase(id), transactions: [], listeners: new Set(), isDeleted: false };
  }

  function run<T>(of: Incarnation, transaction: Transaction<T>): T {
    of.transactions.push(transaction);
    return transaction.apply(of.database);
  }

  function restore(of: Incarnation, length: number): readonly OpId[] {
    const lost = of.transactions.splice(length);
    of.database = createMemoryDatabase(of.id);
    for (const { apply } of of.transactions) apply(of.database);
    return lost.flatMap(({ ops }) => ops);
  }

  function commitOf(commit: StorageCommit): Transaction<void> {
    const ops = (commit.putOps ?? []).map(idOfOp);
    return { apply: (database) => applyCommit(database, commit), isStrict: ops.length > 0, ops };
  }

  /** The same change under another id: at the same time, unless it had been refused for its time. Beside them others may leave as decided. */
  function noteMoves({ outbox }: MemoryDatabase, { putOps = [], removeOps = [] }: StorageCommit): void {
    const left = new Set(removeOps.flatMap((id) => outbox.get(id)?.op ?? []));
    const free = new Set(putOps.map(({ op }) => op));
    const pairUp = (isSame: (to: Op, from: Op) => boolean): void => {
      for (const from of left) {
        // Of several that say the same, as adds to a set may, each goes on as one of its own.
        const to = [...free].find((op) => isSameChange(op, from) && isSame(op, from));
        if (to === undefined) continue;
        free.delete(to);
        left.delete(from);
        moved(from, to);
      }
    };
    pairUp((to, from) => timeOf(to) === timeOf(from));
    pairUp(() => true);
  }

  function open(of: Incarnation): Storage {
    // Always a later microtask, as with any real storage.
    const answer = <T>(read: () => T): Promise<Result<T, StorageError>> =>
      Promise.resolve(of.isDeleted ? err(DELETED) : ok(read()));
    return {
      identity: { databaseId: of.id, issued: new Map(of.database.issued) },
      loadOutbox: () => answer(() => [...of.database.outbox.values()].sort((a, b) => compareOpIds(a.op, b.op))),
      loadMap: (map) => answer(() => new Map(of.database.maps.get(map))),
      loadRejections: () => answer(() => [...of.database.rejections.values()].sort(compareRejections)),
      keptThrough: () => answer(() => keptThroughOf(of.database)),
      loadKept: () => answer(() => keptOpsOf(of.database)),
      loadView: (key) => answer(() => of.database.views.get(key) ?? null),
      keepView: (view) =>
        answer(() => run(of, { apply: (database) => keepView(database, view), isStrict: false, ops: [] })),
      commit(commit) {
        if (!of.isDeleted && isOutdated(commit, of.database.lead)) return Promise.resolve(err(OUTDATED));
        return answer(() => {
          noteMoves(of.database, commit);
          return run(of, commitOf(commit));
        });
      },
      takeLead: () => answer(() => run(of, { apply: applyLead, isStrict: false, ops: [] })),
      latestLead: () => answer(() => of.database.lead),
      lease: (request) =>
        answer((): LeaseOutcome =>
          run(of, { apply: (database) => applyLease(database, request), isStrict: false, ops: [] }),
        ),
      release: (replica, holder) =>
        answer(() =>
          run(of, { apply: (database) => applyRelease(database, replica, holder), isStrict: false, ops: [] }),
        ),
      noteUse: (map, now) => answer(() => noteUse(of.database, map, now)),
      storedMaps: () => answer(() => storedMapsOf(of.database)),
      evict: (maps) =>
        answer(() => run(of, { apply: (database) => applyEviction(database, maps), isStrict: false, ops: [] })),
      compact: () => answer(() => false),
      onLost(listener) {
        of.listeners.add(listener);
        return () => of.listeners.delete(listener);
      },
      onCorrupt: () => () => {},
      close: () => Promise.resolve(),
      destroy: () => answer(() => void wipe()),
    };
  }

  function wipe(): readonly OpId[] {
    const of = current;
    if (of === null) return [];
    current = null;
    of.isDeleted = true;
    for (const listener of [...of.listeners]) listener(DELETED);
    return of.transactions.flatMap(({ ops }) => ops);
  }

  return {
    adapter: {
      open() {
        current ??= mint();
        return Promise.resolve(ok(open(current)));
      },
    },
    notes: new MemoryAdapter({ random: createSeededRandom(1) }),
    landing: Promise.resolve(),
    get length() {
      return current?.transactions.length ?? 0;
    },
    loseLast(count, loss) {
      if (current === null) return [];
      let length = current.transactions.length;
      const least = Math.max(0, length - count);
      while (length > least && (loss === 'any' || current.transactions[length - 1]?.isStrict === false)) length -= 1;
      return restore(current, length);
    },
    wipe,
  };
}
