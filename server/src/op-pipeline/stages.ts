import type { ReplicaId } from '@topgun/core/clock';
import type { Op, OpTransaction } from '@topgun/core/crdt';
import type { SubmitBatch, WireOp } from '@topgun/core/protocol';
import type { JointId } from '../ports/ledger.js';
import type { HostEvent, OutgrownView, SessionVerdicts, ViewDiffs } from '../ports/partition-host.js';
import type { Overlay, RecordChange } from '../services/crdt/overlay.js';
import type { Refusal } from '../services/crdt/verdict.js';
import type { JournalPart } from '../services/journal/journal-part.js';
import type { SegmentEntry } from '../services/persistence/segment.js';
import type { DecideCall, DecidedCall } from '../services/procedures/decide-call.js';
import type { DecideUpkeep } from '../services/retention/upkeep.js';
import type { OpSession } from './op-session.js';

declare const stage: unique symbol;

/**
 * PI-1: something that has come through the pipeline up to the stage `Name`. Only that stage's own file makes one, and
 * the next stage takes nothing else, so a stage that is left out does not compile:
 * receive → load → validate → authorize → stage → persist → apply → ack → diff → push.
 */
export type At<Name extends StageName, Shape> = Shape & { readonly [stage]: Name };

export type StageName =
  | 'received'
  | 'loaded'
  | 'upkeep'
  | 'called'
  | 'validated'
  | 'authorized'
  | 'staged'
  | 'persisted'
  | 'applied'
  | 'acked'
  | 'diffed';

/** Marks what a stage hands on. For the stage files alone. */
export const passOn = <Name extends StageName, Shape>(shape: Shape): At<Name, Shape> => shape as At<Name, Shape>;

/** One submit message, or a piece of it (PI-39). It is decided as a whole: a commit holds all of it or nothing. */
export interface Frame {
  readonly session: OpSession;
  /** Size of the message as it came. */
  readonly bytes: number;
  /** CR-12: its ops are this transaction's parts, all of them, and are taken or refused as one. */
  readonly transaction?: OpTransaction | undefined;
  /** PI-27: other hosts have the other parts of it. */
  readonly joint?: JointId | undefined;
}

/** An op that can be judged, or one that is wrong in itself and shall be refused (CL-7: durably, like any verdict). */
export type CheckedOp =
  /** `isChanged`: `wire` is what a hook has made of what was sent (HK-3). */
  | { readonly seq: number; readonly wire: WireOp; readonly op: Op; readonly isChanged?: true }
  | { readonly seq: number; readonly wire: WireOp; readonly refusal: Refusal };

export interface CheckedBatch {
  readonly replica: ReplicaId;
  readonly partition: number;
  readonly ops: readonly CheckedOp[];
}

export interface CheckedFrame extends Frame {
  readonly batches: readonly CheckedBatch[];
}

/** A frame whose ops are judged and merged into an overlay: what to write and what to answer. */
export interface StagedFrame extends Frame {
  /** Empty when every op had been decided before. */
  readonly entries: readonly SegmentEntry[];
  readonly verdicts: readonly SessionVerdicts[];
  /** PR-9: it goes to the ledger although it has nothing to write: what other hosts write has been decided by what it stands on. */
  readonly isAwaited?: true;
  /** JO-1: what its ops changed; absent: no journal is kept. */
  readonly journal?: JournalPart | undefined;
}

/** PI-2: the frames that one commit decides together. */
export interface Commit {
  readonly frames: readonly Staged[];
  readonly overlay: Overlay;
}

/** PR-9: decided in two steps, between which nothing else is staged. */
export interface JointPart {
  /** Whether what was read is still so here, and what was written can be taken. Changes nothing. */
  has(overlay: Overlay): boolean;
  /** Writes it; `null`: it cannot be taken any more. */
  readonly write: (overlay: Overlay) => DecidedCall | null;
  /** The other hosts that have parts of it write something. */
  readonly isWriting: boolean;
  /** It has been looked at; false: it cannot be taken, or not any longer. */
  tried(has: boolean): void;
}

/** What `beforeOp` has said of ops, by what was sent: why it refuses one, or what is to be taken in its place. Of others nothing. */
export type HookedOps = ReadonlyMap<WireOp, Refusal | WireOp>;

export type Received = At<'received', Frame & { readonly batches: readonly SubmitBatch[] }>;
/** PI-7: its partitions are hot. `hooked`: absent where there are no hooks, or none of them objected to anything. */
export type Loaded = At<'loaded', Frame & { readonly batches: readonly SubmitBatch[]; readonly hooked?: HookedOps }>;
/** What the server itself has to do, instead of what somebody sent: it comes to be staged as it is. */
export type Upkeep = At<'upkeep', Frame & { readonly decide: DecideUpkeep }>;
/** PR-2: a run of a procedure, instead of what somebody sent: it comes to be staged as it is. */
export type Called = At<'called', Frame & { readonly run: DecideCall }>;
/** PR-9: what a call over several hosts has read and written here. */
export type CalledPart = At<'called', Frame & { readonly joint: JointId; readonly part: JointPart }>;
export type Validated = At<'validated', CheckedFrame>;
/** `bindings`: what the ledger has to hold of replicas that are used for the first time (CR-2). */
export type Authorized = At<'authorized', CheckedFrame & { readonly bindings: readonly SegmentEntry[] }>;
export type Staged = At<'staged', StagedFrame>;
export type Persisted = At<'persisted', Commit & { readonly position: number }>;
export type Applied = At<'applied', Commit & { readonly position: number; readonly changes: readonly RecordChange[] }>;
export type Acked = At<
  'acked',
  {
    readonly position: number;
    readonly changes: readonly RecordChange[];
    readonly verdicts: readonly SessionVerdicts[];
  }
>;
export type Diffed = At<
  'diffed',
  {
    readonly position: number;
    readonly verdicts: readonly SessionVerdicts[];
    readonly diffs: readonly ViewDiffs[];
    readonly outgrown: readonly OutgrownView[];
  }
>;

/** Why a frame, and with it its session, cannot go on: nothing of it was decided, nothing after it may be. */
export interface SessionFault {
  readonly code: Extract<HostEvent, { type: 'session-error' }>['code'];
  readonly reason: string;
}
