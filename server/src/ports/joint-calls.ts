import type { LwwRecord, MapType, OpBody } from '@topgun/core/crdt';
import type { Value } from '@topgun/core/primitives';
import type { Query } from '@topgun/core/query';
import type { Identity } from './identity.js';
import type { JointId } from './ledger.js';
import type { SessionId } from './session-id.js';

/** What a write of a set or a counter says, whatever is there. */
export type BlindWrite =
  | { readonly type: 'add'; readonly value: Value }
  | { readonly type: 'discard'; readonly value: Value }
  | { readonly type: 'count'; readonly delta: number };

/** One write of a call: what it does to the record that it finds. */
export interface CallWrite {
  readonly partition: number;
  readonly map: string;
  readonly key: string;
  readonly write: { readonly type: 'record'; readonly body: OpBody } | BlindWrite;
}

/** PR-3: what showed of a record when a call has read it; `undefined`: nothing. */
export interface CallRead {
  readonly partition: number;
  readonly map: string;
  readonly key: string;
  readonly shown: Value | undefined;
}

/** PR-3: all that met a query's conditions when a call has asked. */
export interface CallQuery {
  readonly map: string;
  readonly query: Query;
  readonly found: ReadonlyMap<string, Value>;
}

/** What a run of a procedure has read and written, all of it or as far as one host has it. */
export interface CallPart {
  readonly reads: readonly CallRead[];
  readonly queries: readonly CallQuery[];
  readonly writes: readonly CallWrite[];
  /** Whose call it is. */
  readonly author: string | null;
  /** The server's time of the run. */
  readonly now: number;
}

/** What a host wants to see of records that others have. */
export type LookUp =
  | { readonly type: 'record'; readonly partition: number; readonly map: string; readonly key: string }
  /** All records that meet the query's conditions; `most`: of how many it looks at most. */
  | { readonly type: 'query'; readonly map: string; readonly query: Query; readonly most: number };

/** What a host has for one of them: as it is committed. `null`: it would have to look at more than it may. */
export type Found = readonly (readonly [key: string, record: LwwRecord | undefined])[] | null;

/** What became of a call over several hosts. `conflict`: what it has read is another by now. */
export type JointCallOutcome = 'written' | 'conflict' | 'failed';

/** Names a question or a call within the host that has it. */
export type HostOwnId = number;

export type CallCommand =
  /** PR-3: those before it are out again: it is its turn. */
  | { readonly type: 'lane-entered'; readonly session: SessionId; readonly id: HostOwnId }
  /** PR-8: answered by `looked-up`. */
  | {
      readonly type: 'look-up';
      readonly session: SessionId;
      readonly asker: number;
      readonly id: HostOwnId;
      readonly lookUps: readonly LookUp[];
    }
  /** PR-8: what others have, for each thing that was to be looked up; `null`: somebody cannot say it now. */
  | {
      readonly type: 'found';
      readonly session: SessionId;
      readonly id: HostOwnId;
      readonly found: readonly Found[] | null;
    }
  /** PR-9: answered by `tried`, and `call-part-ended`. `call`: it is the one that this host has proposed. `isWriting`: the ledger hears of it. */
  | {
      readonly type: 'try-call';
      readonly session: SessionId;
      readonly joint: JointId;
      readonly call: HostOwnId | null;
      readonly part: CallPart;
      readonly identity: Identity | null;
      readonly isWriting: boolean;
    }
  /** PR-9: to who has proposed it. */
  | {
      readonly type: 'call-settled';
      readonly session: SessionId;
      readonly call: HostOwnId;
      readonly outcome: JointCallOutcome;
    };

export type CallEvent =
  /** PR-3: a call of that procedure has to run again, when all before it have. Answered by `lane-entered`. */
  | { readonly type: 'enter-lane'; readonly session: SessionId; readonly id: HostOwnId; readonly name: string }
  | { readonly type: 'leave-lane'; readonly session: SessionId; readonly id: HostOwnId }
  /** PR-8: answered by `found`. */
  | {
      readonly type: 'look-up';
      readonly session: SessionId;
      readonly id: HostOwnId;
      readonly lookUps: readonly LookUp[];
    }
  | {
      readonly type: 'looked-up';
      readonly session: SessionId;
      readonly asker: number;
      readonly id: HostOwnId;
      /** In the order of what was to be looked up; `null`: it cannot be read now. */
      readonly found: readonly Found[] | null;
    }
  /** PR-9: what a run has read and written, to be looked at once more and written in all hosts that have something of it. */
  | {
      readonly type: 'propose-call';
      readonly session: SessionId;
      readonly call: HostOwnId;
      readonly part: CallPart;
      readonly identity: Identity | null;
      readonly isWriting: boolean;
      /** CR-7: what the maps hold that it writes to. */
      readonly maps: readonly (readonly [map: string, holds: MapType])[];
    }
  /** PR-9: a host's part is written and told, or will not be. */
  | {
      readonly type: 'call-part-ended';
      readonly session: SessionId;
      readonly joint: JointId;
      readonly isWritten: boolean;
    };
