import { idOf } from './op-id.js';
import {
  TrackedWrite,
  type WriteHandle,
  type WriteOutcome,
} from '../../packages/core/src/client/outbox/write-handle.js';

/** One write of an app, and what the app was told of it. */
export interface AppWrite {
  readonly tab: string;
  readonly track: TrackedWrite;
  isPersisted: boolean;
  acked: WriteOutcome | null;
}

/** Everything that apps wrote in a run: the side of the story that no part of the product tells. */
export interface History {
  /** Notes a write; one that changed nothing is no op and is passed over. */
  note(tab: string, handle: WriteHandle): void;
  readonly writes: readonly AppWrite[];
  /** By the op's id as it is now: ops get their final ids when they become durable. Unwritten ids can be issued again. */
  byId(): ReadonlyMap<string, readonly AppWrite[]>;
}

export function createHistory(): History {
  const writes: AppWrite[] = [];
  return {
    writes,
    note(tab, handle) {
      if (!(handle instanceof TrackedWrite)) return;
      const write: AppWrite = { tab, track: handle, isPersisted: false, acked: null };
      writes.push(write);
      void handle.persisted.then(() => (write.isPersisted = true));
      void handle.acked.then((outcome) => (write.acked = outcome));
    },
    byId() {
      const byId = new Map<string, AppWrite[]>();
      for (const write of writes) {
        const id = idOf(write.track.op);
        byId.set(id, [...(byId.get(id) ?? []), write]);
      }
      return byId;
    },
  };
}
