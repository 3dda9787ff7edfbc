import type { Stamp } from '../../clock/index.js';
import type { Existence, Op } from '../../crdt/index.js';
import type { Query } from '../../query/index.js';
import type { ConnectionFault, ConnectionState } from '../ports/tab-events.js';
import type { RecordSyncState } from '../state/record-sync-state.js';
import type { PersistenceAnswer } from '../timeline/client-timeline.js';
import type { AckNote, FaultNote } from '../timeline/event-log.js';
import type { SubmissionWait } from '../connection/submission-wait.js';

/**
 * What an undecided write waits for. `storage`: to be durable on this device. `leader`: another tab sends it, and only that one knows more.
 * `connection`: there is none. `preparation`: until the server has said what it has decided of its author, and storage that it may be sent.
 * `window`: as many writes as may be are sent and undecided. `sibling-create`: the creation of its record, which another tab submits.
 * `sending`: nothing. `decision`: the server's, it has been sent.
 */
export type PendingWait = 'storage' | 'leader' | SubmissionWait['waitsFor'];

/** A write that the server has not decided. */
export interface PendingExplanation {
  readonly op: string;
  readonly key: string;
  readonly kind: Op['kind'];
  readonly stamp: Stamp;
  /** It survives a crash of this device. */
  readonly isDurable: boolean;
  /** On the present connection; `null`: another tab sends it. */
  readonly isSent: boolean | null;
  readonly waitsFor: PendingWait;
  /** The id of the write that has to leave before it, and waits for that; `null`: it is its own turn. */
  readonly behind: string | null;
}

/** CL-7: a refused write, without what was tried (`rejections.list()` has that). */
export interface RejectionNote {
  readonly id: string;
  readonly code: string;
  readonly reason: string;
  /** Server time of the refusal, in ms since 1970. */
  readonly at: number;
}

/** What the server has confirmed of a record, by the stamps of it: no value. */
export interface ConfirmedStamps {
  /** Whether it was created or removed last, and when; `null`: nothing is known that says. */
  readonly existence: Existence | null;
  /** Of a map of records: by the names of the fields. */
  readonly fields: { readonly [name: string]: Stamp };
  /** CR-9: when it ends, in ms since 1970 by the server's clock; `null`: never. */
  readonly expiresAt: number | null;
}

/** A live subscription of this tab whose rows are the map's. */
export interface SubscriptionNote {
  readonly map: string;
  readonly query: Query;
  /** The server's whole answer is known, and kept current. */
  readonly isSettled: boolean;
  /** How many rows the server has confirmed of it. */
  readonly rows: number;
  /** Why the server refuses it. */
  readonly error: { readonly code: string; readonly reason: string } | null;
}

/** How this tab stands with the server. */
export interface ConnectionNote {
  /** There is no server to speak to. */
  readonly isLocalOnly: boolean;
  readonly state: ConnectionState;
  readonly fault: ConnectionFault | null;
  /** The app has disconnected, in this tab. */
  readonly isPaused: boolean;
  /** This tab speaks to the server itself. */
  readonly leads: boolean;
}

/** How this tab stands with the local database. */
export interface StorageNote {
  /** `memory`: storage could not be had, and nothing survives the page (CL-8). */
  readonly kind: 'opening' | 'database' | 'memory';
  /** Writes of this tab, of all maps, that are not durable yet. */
  readonly unsaved: number;
  /** CL-8: whether the browser keeps what is stored here; `null`: it is asked after the first durable write. */
  readonly persistence: PersistenceAnswer | null;
  /** The latest fault since this tab is at work for its user. */
  readonly lastFault: FaultNote | null;
}

/**
 * Whether a record is here. `unused`: nothing in this tab has used the map, so nothing of it is read. `loading`: the map is being read from storage.
 * `removed`, `expired`: it was here. `incomplete`: edits of it are known, and nothing that created it. `unknown`: nothing is known of it.
 */
export type Presence = 'shown' | 'unused' | 'loading' | 'removed' | 'expired' | 'incomplete' | 'unknown';

/** CL-34: why a record is as it is on this device. Plain data, without the record's values. */
export interface RecordExplanation {
  /** In a few sentences, for a person. */
  readonly summary: string;
  readonly map: string;
  readonly key: string;
  readonly presence: Presence;
  readonly syncState: RecordSyncState;
  /** `null`: the server has confirmed nothing that is still held. */
  readonly confirmed: ConfirmedStamps | null;
  /** In the order in which they will leave. */
  readonly pending: readonly PendingExplanation[];
  /** The last write of it that the server accepted, as far as the timeline reaches (CL-35). */
  readonly lastAck: AckNote | null;
  /** Refused writes of it that nobody has retried or discarded, oldest first. */
  readonly rejections: readonly RejectionNote[];
  readonly subscriptions: readonly (SubscriptionNote & {
    /** The record is one of its rows. */
    readonly holds: boolean;
  })[];
  readonly connection: ConnectionNote;
  readonly storage: StorageNote;
}

/** CL-34: how a map stands on this device. */
export interface MapExplanation {
  /** In a few sentences, for a person. */
  readonly summary: string;
  readonly map: string;
  readonly status: 'unused' | 'loading' | 'loaded';
  /** Records shown. */
  readonly records: number;
  /** Records of which the server has confirmed something. */
  readonly confirmed: number;
  /** Undecided writes. */
  readonly pending: number;
  /** The undecided write that will leave first. */
  readonly oldestPending: PendingExplanation | null;
  /** Refused writes that nobody has retried or discarded. */
  readonly rejections: number;
  readonly subscriptions: readonly SubscriptionNote[];
  readonly connection: ConnectionNote;
  readonly storage: StorageNote;
}
