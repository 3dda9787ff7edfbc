import type { ReplicaId, Stamp } from '@topgun/core/clock';
import type { LwwRecord, MapType, OpTransaction, WireRecord } from '@topgun/core/crdt';
import type { Digest } from '@topgun/core/merkle';
import type { JsonValue } from '@topgun/core/primitives';
import type {
  AskSearchMessage,
  CalledMessage,
  CallMessage,
  CallRefusedMessage,
  ReadJournalMessage,
  SearchFactsMessage,
  SearchRefusedMessage,
  JournalMessage,
  JournalRefusedMessage,
  RejectionCode,
  RowChange,
  SubmitBatch,
  WireOp,
} from '@topgun/core/protocol';
import type { Query, QueryError } from '@topgun/core/query';
import type { CountedPart, IndexShare, RankedPart } from '@topgun/core/search';
import type { Identity } from './identity.js';
import type { CallCommand, CallEvent } from './joint-calls.js';
import type { JointId } from './ledger.js';
import type { SessionId } from './session-id.js';

export type { SessionId };

/** Names one live view in a host: one per distinct (map, canonical query), shared by its subscribers. */
export type ViewId = string;

/**
 * PI-5, PI-6: owns partitions outright and runs the op pipeline for them. Commands go in, one event per commit comes out;
 * both are plain data, so a host can move to a worker thread or another node.
 */
export interface PartitionHost {
  /** Replays the ledger; the host serves after it resolves. */
  start(): Promise<HostStarted>;
  /** Commands are taken in order per session and never throw; their outcomes are `HostEvent`s. */
  send(command: HostCommand): void;
  onEvent(listener: (event: HostEvent) => void): () => void;
  /** PI-10: takes no more ops, commits what is staged, writes behind what is left. */
  drain(): Promise<void>;
  stop(): Promise<void>;
}

/** Whom a session speaks for, the highest sequence it has issued, and the highest that its client knows to have been accepted (SY-2). */
export type ReplicaIntroduction =
  | readonly [ReplicaId, issued: number]
  | readonly [ReplicaId, issued: number, acked: number];

export interface HostStarted {
  readonly lineage: string;
  readonly position: number;
  /** CR-10: of a host that is one of several. */
  readonly forgottenThrough?: number;
  /** PI-49: of a host that is one of several. */
  readonly mapBytes?: readonly MapBytes[];
}

/** PI-49: how much memory the records of a map with a quota take in one host. */
export type MapBytes = readonly [map: string, bytes: number];

export type HostCommand =
  /**
   * The session speaks for these replicas from now on: those that did before end with `session-replaced`, and what is still queued of them is
   * dropped. Answered by `announced` once what is staged of these replicas is decided.
   */
  | {
      readonly type: 'announce';
      readonly session: SessionId;
      readonly replicas: readonly ReplicaIntroduction[];
      /** SY-2: the ledger that the client knows; `null`: none. Absent: that of the session's first announcement. */
      readonly lineage?: string | null;
      /** Whose session it is, with the first announcement. Absent: nobody is asked who they are. */
      readonly identity?: Identity;
    }
  | {
      readonly type: 'submit';
      readonly session: SessionId;
      readonly batches: readonly SubmitBatch[];
      readonly bytes: number;
      /** CR-12: the ops are this transaction, said by the client. */
      readonly transaction?: OpTransaction | undefined;
      /** PI-27: these are only some of its parts: `tried` answers what would become of them, and `settle-joint` says what shall. */
      readonly joint?: JointId | undefined;
    }
  /**
   * Answered by `view-opened`, `view-resumed`, `view-level` or `view-refused`; `sub` is echoed. `have`: the digest of the rows that the
   * client holds, if it holds some.
   */
  | {
      readonly type: 'open-view';
      readonly session: SessionId;
      readonly sub: number;
      readonly map: string;
      readonly query: Query;
      readonly have?: Digest | null;
      /** CR-10: the position up to which the client's rows are complete. Absent: that is not known. */
      readonly heldThrough?: number;
    }
  /** SY-2: a turn of the client, after `view-level`. Answered like `open-view`, or by `exchange-failed`. */
  | { readonly type: 'exchange'; readonly session: SessionId; readonly sub: number; readonly nodes: Uint8Array }
  | { readonly type: 'close-view'; readonly session: SessionId; readonly sub: number }
  /** JO-3: answered by `journal-answered`, or later, or never if it is ended before. */
  | { readonly type: 'read-journal'; readonly session: SessionId; readonly question: ReadJournalMessage }
  /** PR-1: answered by `call-answered`. */
  | { readonly type: 'call'; readonly session: SessionId; readonly call: CallMessage; readonly bytes: number }
  | { readonly type: 'end-journal'; readonly session: SessionId; readonly id: number }
  /** SE-44: answered by `search-answered`, or later, or never if it is ended before. */
  | { readonly type: 'ask-search'; readonly session: SessionId; readonly question: AskSearchMessage }
  | { readonly type: 'end-search'; readonly session: SessionId; readonly id: number }
  | { readonly type: 'session-closed'; readonly session: SessionId }
  | PeerCommand;

/** What hosts that share a ledger are told so that together they are like one. */
export type PeerCommand =
  /** CR-2: answered by `replicas-checked`. */
  | {
      readonly type: 'check-replicas';
      readonly session: SessionId;
      readonly replicas: readonly ReplicaId[];
      readonly principal: string | null;
    }
  /** PI-27: to be tried now, after `judged`. */
  | { readonly type: 'try-joint'; readonly session: SessionId; readonly joint: JointId }
  /** PI-27: why parts of the transaction are refused; of none: all are taken. `null`: nothing is decided of it, and its session ends. */
  | {
      readonly type: 'settle-joint';
      readonly session: SessionId;
      readonly joint: JointId;
      readonly refusals: readonly (readonly [seq: number, Refused])[] | null;
    }
  /** CR-7: nothing more is taken of what the session has sent for these. Answered by `session-settled`, when what was staged of it is decided. */
  | { readonly type: 'settle-session'; readonly session: SessionId; readonly replicas: readonly ReplicaId[] }
  /** CR-7: an op elsewhere has decided what the map holds. */
  | { readonly type: 'fix-type'; readonly session: SessionId; readonly map: string; readonly holds: MapType }
  /** PI-49: the records of the map take as much as they may in all hosts together, or do no longer. */
  | { readonly type: 'fill-map'; readonly session: SessionId; readonly map: string; readonly isFull: boolean }
  /** PI-50: the log is kept for this host alone: of all that differs from its snapshot one is taken. */
  | { readonly type: 'take-snapshots'; readonly session: SessionId }
  /** SY-2: the history goes on under this name. */
  | { readonly type: 'rename-history'; readonly session: SessionId; readonly lineage: string }
  | CallCommand
  | SearchCommand
  /** SE-72: answered by `search-counted`, or later, or never if it is ended before; or by `search-answered`, where it is refused. */
  | { readonly type: 'count-search'; readonly session: SessionId; readonly question: AskSearchMessage };

/** SE-70: steps of running the search that the session has open; `run` is echoed. */
export type SearchCommand =
  /** Answered by `search-shared`. */
  | { readonly type: 'share-search'; readonly session: SessionId; readonly run: number }
  /** Answered by `search-ranked`. `all`: what the hosts have together. */
  | { readonly type: 'rank-search'; readonly session: SessionId; readonly run: number; readonly all: IndexShare }
  /** What of this host's records shows from now on. The diffs are told, then `search-shown`. */
  | { readonly type: 'show-search'; readonly session: SessionId; readonly run: number; readonly shown: ShownKeys };

/** The keys that show, the best first, of how many that are found, and with a vector what is farther away than what is near. */
export interface ShownKeys {
  readonly keys: readonly string[];
  readonly total: number;
  readonly reach?: number;
}

/** What is of no session says this one. */
export const NO_SESSION: SessionId = '';

/** CR-12: what would be decided of a part. `earlier`: it was decided before, by itself. */
export interface TriedPart {
  readonly seq: number;
  readonly map: string;
  readonly key: string;
  readonly verdict: 'earlier' | 'accepted' | Refused;
}

export interface Refused {
  readonly code: RejectionCode;
  readonly reason: string;
}

export type HostEvent =
  | {
      readonly type: 'announced';
      readonly session: SessionId;
      readonly decided: readonly (readonly [ReplicaId, number])[];
      readonly position: number;
      /** SY-2: the client comes from another history, or from more of it than there is, and of what is decided earlier ops may be missing. */
      readonly gaps?: true;
    }
  | {
      readonly type: 'view-opened';
      readonly session: SessionId;
      readonly sub: number;
      readonly view: ViewId;
      readonly rows: readonly HostRow[];
      readonly full: boolean;
      readonly through: number;
      /** CR-10: more has been forgotten than the client can have heard of. */
      readonly anew: boolean;
    }
  /** SY-2: what has to be done to the rows the client holds to have the view's. With neither `changes` nor `nodes` they are the same. */
  | {
      readonly type: 'view-resumed';
      readonly session: SessionId;
      readonly sub: number;
      readonly view: ViewId;
      readonly changes: readonly RowChange[];
      /** The last turn of an exchange; may be empty. */
      readonly nodes: Uint8Array;
      readonly full: boolean;
      readonly through: number;
    }
  /** SY-2: a turn in finding out what the client lacks. The view's diffs reach it from here on. */
  | {
      readonly type: 'view-level';
      readonly session: SessionId;
      readonly sub: number;
      readonly view: ViewId;
      readonly nodes: Uint8Array;
    }
  /** AB-1: at so many records was looked to open a view for the session. */
  | { readonly type: 'view-cost'; readonly session: SessionId; readonly looked: number }
  /** What the client said in an exchange makes no sense. The view is closed. */
  | { readonly type: 'exchange-failed'; readonly session: SessionId; readonly sub: number; readonly reason: string }
  | {
      readonly type: 'view-refused';
      readonly session: SessionId;
      readonly sub: number;
      readonly error: QueryError | ViewRefusal;
    }
  | {
      readonly type: 'journal-answered';
      readonly session: SessionId;
      readonly answer: JournalMessage | JournalRefusedMessage;
    }
  | {
      readonly type: 'search-answered';
      readonly session: SessionId;
      readonly answer: SearchFactsMessage | SearchRefusedMessage;
    }
  /** `rows`, `ops`: what its queries looked at, and what it wrote. */
  | {
      readonly type: 'call-answered';
      readonly session: SessionId;
      readonly name: string;
      readonly answer: CalledMessage | CallRefusedMessage;
      readonly rows: number;
      readonly ops: number;
    }
  | Committed
  | PeerEvent
  /** SY-2: the ledger goes on under another name, since it has turned out to have been put back. */
  | { readonly type: 'history-changed'; readonly lineage: string }
  /** The session ends: its ops can never be decided, or a newer one speaks for a replica of it. The gateway tells it and closes it when `fatal`. */
  | {
      readonly type: 'session-error';
      readonly session: SessionId;
      readonly code:
        | 'out-of-order'
        | 'unknown-replica'
        | 'overloaded'
        /** CL-5: it sends as nobody does who keeps to the protocol. */
        | 'window-exceeded'
        | 'commit-failed'
        | 'malformed'
        | 'session-replaced';
      readonly reason: string;
      readonly fatal: boolean;
    }
  /**
   * PI-36: the host has died, and begins again by itself. It knows no session any more, and what it had not answered is not decided, or will be told as
   * a duplicate: sessions end, and come back after `host-up`.
   */
  | { readonly type: 'host-down'; readonly reason: string }
  | ({ readonly type: 'host-up' } & HostStarted)
  /** PI-36: it has died so often that it is not begun again. `message` is a sentence for whoever runs the server. The process exits. */
  | { readonly type: 'host-lost'; readonly message: string }
  /** PI-3: another server has claimed the ledger. Nothing will be acked any more; the process exits. */
  | { readonly type: 'fenced' }
  /** The ledger cannot be read or written any more, and what it holds is not known. The process exits. */
  | { readonly type: 'ledger-lost' }
  /** PI-7: records that were to be brought in are damaged. `message` is a sentence for whoever runs the server. The process exits. */
  | { readonly type: 'ledger-damaged'; readonly message: string };

/** What is heard only by who makes one host of several. */
export type PeerEvent =
  /** CR-2: which of the replicas are another principal's, and which are the asking one's already. */
  | {
      readonly type: 'replicas-checked';
      readonly session: SessionId;
      readonly foreign: readonly ReplicaId[];
      readonly own: readonly ReplicaId[];
      /** Whose they are cannot be read now. */
      readonly failed: boolean;
    }
  /** CR-7: nothing of it is decided any more that has not been told. */
  | { readonly type: 'session-settled'; readonly session: SessionId }
  /** PI-27: `beforeOp` has been asked of its parts here: they wait for `try-joint`. Absent, where there is no such hook. */
  | { readonly type: 'judged'; readonly session: SessionId; readonly joint: JointId }
  /** PI-27, PR-9: `null`: the parts cannot be taken any more, whatever was said before. */
  | {
      readonly type: 'tried';
      readonly session: SessionId;
      readonly joint: JointId;
      readonly parts: readonly TriedPart[] | null;
    }
  /** PI-49: since records were brought in they take another amount here. */
  | { readonly type: 'maps-measured'; readonly session: SessionId; readonly mapBytes: readonly MapBytes[] }
  | CallEvent
  | SearchEvent
  /** SE-72: `isCurrent`: it is so as of now; otherwise as of `through`. `mark` tells it apart from what was counted before. */
  | ({ readonly type: 'search-counted'; readonly session: SessionId } & CountedSearch);

export interface CountedSearch {
  readonly id: number;
  readonly part: CountedPart;
  readonly mark: string;
  readonly through: number;
  readonly isCurrent: boolean;
}

/** SE-70: what a host says of the search that the session has open. */
export type SearchEvent =
  /** SE-71: a commit has changed what it finds. */
  | { readonly type: 'search-changed'; readonly session: SessionId }
  | { readonly type: 'search-shared'; readonly session: SessionId; readonly run: number; readonly share: IndexShare }
  | { readonly type: 'search-ranked'; readonly session: SessionId; readonly run: number; readonly part: RankedPart }
  | { readonly type: 'search-shown'; readonly session: SessionId; readonly run: number };

/** Why the pipeline takes nothing more: as the events of the same names say. */
export type HostStop = 'fenced' | 'ledger-lost' | 'ledger-damaged';

/** One commit's outcome. The gateway sends the verdicts first, then the diffs (PI-1). */
export interface Committed {
  readonly type: 'committed';
  readonly position: number;
  readonly verdicts: readonly SessionVerdicts[];
  readonly diffs: readonly ViewDiffs[];
  /** Subscriptions that stand no longer: more rows match now than one without a limit may have. */
  readonly outgrown: readonly OutgrownView[];
  /** CR-10: who is complete up to this position has missed nothing that was forgotten. Of a host that is one of several. */
  readonly forgottenThrough?: number;
  /** JO-1: what the host's part of the commit has of the journal, in its order. Of a host that is one of several; absent: nothing. */
  readonly journal?: readonly JournalChange[];
  /** PI-49: where the commit has changed what they take. Of a host that is one of several. */
  readonly mapBytes?: readonly MapBytes[];
}

/** JO-1: a change of what shows of a record; values are in their wire form. */
export interface JournalChange {
  readonly type: 'add' | 'update' | 'remove';
  readonly map: string;
  readonly key: string;
  readonly value?: JsonValue;
  readonly previous?: JsonValue;
  readonly author: string | null;
  readonly stamp: Stamp;
}

export interface OutgrownView {
  readonly session: SessionId;
  readonly sub: number;
  readonly error: ViewRefusal;
}

export interface ViewRefusal {
  readonly code: 'too-many-rows' | 'overloaded' | 'bad-query';
  readonly message: string;
}

export interface SessionVerdicts {
  readonly session: SessionId;
  readonly replica: ReplicaId;
  readonly accepted: readonly (readonly [seq: number, outcome: 'applied' | 'superseded'])[];
  readonly rejected: readonly { readonly seq: number; readonly code: RejectionCode; readonly reason: string }[];
  /** The counters that accepted deltas are part of. */
  readonly totals: readonly CounterTotal[];
  /** HK-3: accepted ops that are stored otherwise than they were sent, as their author is told of them. */
  readonly changed: readonly WireOp[];
}

/** CR-7: a counter as the commit leaves it. */
export interface CounterTotal {
  readonly map: string;
  readonly key: string;
  readonly record: LwwRecord;
}

export interface HostRow {
  readonly key: string;
  readonly record: LwwRecord;
  /** The record as it goes over the wire, where that is known already. */
  readonly wire?: WireRecord;
}

export interface ViewDiffs {
  readonly view: ViewId;
  readonly subscribers: readonly (readonly [SessionId, sub: number])[];
  /** In the form in which subscribers get them: encoded once for all. */
  readonly changes: readonly RowChange[];
  /** The view's window (limit + slack) is full. */
  readonly full: boolean;
}
