import type { StorageError } from '../ports/storage.js';
import type { ConnectionState } from '../ports/tab-events.js';

/**
 * What happened to an op. `created`: written in this tab. `persisted`: durable on this device, written here or in a sibling tab. `sent`:
 * handed to the connection, which only the tab that leads knows. `applied` and `superseded`: the server has accepted it. `returned`: the
 * server has lost it and gets it once more (SY-2).
 */
export type TimelineOpStep = 'created' | 'persisted' | 'sent' | 'applied' | 'superseded' | 'returned';

/** CL-8: what the browser said to being asked to keep what is stored. `unknown`: it cannot say. */
export type PersistenceAnswer = 'granted' | 'denied' | 'unknown';

/** One event. `at`: this device's clock, in ms since 1970. `op`: the id of the write. */
export type TimelineEvent = { readonly at: number } & (
  | { readonly type: TimelineOpStep; readonly op: string; readonly map: string; readonly key: string }
  /** The server, or this side on its behalf, has refused it, for the reason of that code. */
  | {
      readonly type: 'rejected';
      readonly op: string;
      readonly map: string;
      readonly key: string;
      readonly code: string;
    }
  /** The write goes on under another id: it was made before storage was open, or storage went back in time (CR-2). */
  | {
      readonly type: 'renamed';
      readonly op: string;
      readonly map: string;
      readonly key: string;
      readonly from: string;
    }
  | { readonly type: 'connection'; readonly state: ConnectionState; readonly code?: string }
  | { readonly type: 'leader'; readonly leader: 'this-tab' | 'another-tab' }
  | { readonly type: 'storage-fault'; readonly code: StorageError['code'] }
  /** SY-6: the confirmed records of the map have left this device: nobody had used it for too long, or there was too much. Whoever uses it again gets them from the server. */
  | { readonly type: 'evicted'; readonly map: string; readonly reason: 'age' | 'size' }
  /** CL-8: whether the browser keeps what is stored here, when it was asked. */
  | { readonly type: 'storage-persistence'; readonly answer: PersistenceAnswer }
);

/** CL-35: what has happened in a tab lately, as plain data. */
export interface ClientTimeline {
  /** This device's clock, in ms since 1970. */
  readonly takenAt: number;
  /** Events before these, which are no longer kept. */
  readonly dropped: number;
  /** Oldest first; at most 1,000. */
  readonly events: readonly TimelineEvent[];
}
