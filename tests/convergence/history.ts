import { canonicalJson } from '../../packages/core/src/primitives/index.js';
import { idOf } from './op-id.js';
import type { Op, OpId } from '../../packages/core/src/crdt/index.js';
import type { Value } from '../../packages/core/src/primitives/index.js';
import {
  JoinedWrites,
  TrackedWrite,
  type WriteHandle,
  type WriteOutcome,
} from '../../packages/core/src/client/outbox/write-handle.js';

/** One write of an app, and what the app was told of it. */
export interface AppWrite {
  readonly tab: string;
  readonly track: TrackedWrite;
  isPersisted: boolean;
  /** Storage has lost it since, as no real one should. */
  isForgotten: boolean;
  acked: WriteOutcome | null;
  /** Ids it has, or had, beside the one its tab knows. */
  readonly otherIds: Set<string>;
}

/** The ids under which the ledger may hold it. */
export const idsOf = ({ track, otherIds }: AppWrite): ReadonlySet<string> => new Set([...otherIds, idOf(track.op)]);

/** Everything that apps wrote in a run: the side of the story that no part of the product tells. */
export interface History {
  /** Notes a write, or those of a transaction; one that changed nothing is no op and is passed over. */
  note(tab: string, handle: WriteHandle): void;
  /** Those that were to happen together. */
  readonly transactions: readonly (readonly AppWrite[])[];
  readonly writes: readonly AppWrite[];
  /** An op goes on under another id, as when storage has gone back in time (CR-2): the tab that wrote it may be gone. */
  moved(from: Op, to: Op): void;
  /**
   * The local database has lost the transactions that held these ops. `lives`: their tabs go on, and may yet hear that they were durable;
   * then their ids are never issued again.
   */
  forget(ids: readonly OpId[], lives?: boolean): void;
  /** The tab has crashed. Its code may still run a little in this process; no app hears what it says. */
  crashed(tab: string): void;
  /** What the tab wrote in memory alone is gone with it. */
  forgetTab(tab: string): void;
  /** By every id the op has had since it was durable: ops get their final ids when they become durable. Unwritten ids can be issued again. */
  byId(): ReadonlyMap<string, readonly AppWrite[]>;
}

export function createHistory(): History {
  const writes: AppWrite[] = [];
  const transactions: (readonly AppWrite[])[] = [];
  const gone = new Set<string>();
  function noteOne(tab: string, track: TrackedWrite): AppWrite {
    const write: AppWrite = { tab, track, isPersisted: false, isForgotten: false, acked: null, otherIds: new Set() };
    writes.push(write);
    void track.persisted.then(() => {
      if (!gone.has(tab)) write.isPersisted = true;
    });
    void track.acked.then((outcome) => (write.acked = outcome));
    return write;
  }

  return {
    writes,
    transactions,
    note(tab, handle) {
      if (handle instanceof TrackedWrite) noteOne(tab, handle);
      if (!(handle instanceof JoinedWrites)) return;
      const tracks = handle.writes.filter((write) => write instanceof TrackedWrite);
      transactions.push(tracks.map((track) => noteOne(tab, track)));
    },
    moved(from, to) {
      const id = idOf(from);
      for (const write of writes) {
        // Ids that were issued twice stand for several writes.
        if (!idsOf(write).has(id) || !isSameChange(from, write.track.op)) continue;
        write.otherIds.add(id).add(idOf(to));
      }
    },
    forget(ids, lives = false) {
      const lost = new Set(ids.map(idOf));
      for (const write of writes) {
        if ((lives || write.isPersisted) && [...idsOf(write)].some((id) => lost.has(id))) write.isForgotten = true;
      }
    },
    crashed: (tab) => void gone.add(tab),
    forgetTab(tab) {
      for (const write of writes) if (write.tab === tab) write.isForgotten = true;
    },
    byId() {
      const byId = new Map<string, AppWrite[]>();
      for (const write of writes) {
        for (const id of idsOf(write)) byId.set(id, [...(byId.get(id) ?? []), write]);
      }
      return byId;
    },
  };
}

/** The same change under the same key; stamps apart, which are corrected on the way (CR-11), and with them ends (CR-9) and tags (CR-6). */
export const isSameChange = (a: Op, b: Op): boolean => changeText(a) === changeText(b);

const changeText = (op: Op): string => canonicalJson([op.map, op.key, op.kind, contentOf(op)]);

function contentOf(op: Op): Value {
  switch (op.kind) {
    case 'create':
    case 'patch': {
      const values = Object.fromEntries(op.fields.map(({ name, value }) => [name, value ?? null]));
      return [values, typeof op.expiresAt, op.expiresAt === null];
    }
    case 'remove':
      return null;
    case 'add':
    case 'discard':
      return op.value;
    case 'count':
      return op.delta;
  }
}
