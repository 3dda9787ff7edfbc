import type { ReplicaId, Stamp } from '@topgun/core/clock';
import type { JsonValue } from '@topgun/core/primitives';
import type { RejectionCode, WireOp, WireRecord } from '@topgun/core/protocol';

/**
 * PI-3: what one commit writes, all partitions together: one ledger row. Every op is here with its verdict, the refused
 * ones too, so that a replay knows all that was ever decided (PI-11).
 */
export interface Segment {
  /** The ledger's own; a segment of another history is damage, not data. */
  readonly lineage: string;
  /** PI-61: where it is in the log, so that one that lies in another's place is found. Left out where that is not known yet, and by versions before. */
  readonly position?: number;
  readonly entries: readonly SegmentEntry[];
  /** JO-1: what the ops changed, where a journal is kept. A replay has no use for it. */
  readonly journal?: SegmentJournal;
}

/** The ops of one replica in one partition, in sequence order. */
export interface SegmentEntry {
  readonly partition: number;
  readonly replica: ReplicaId;
  readonly ops: readonly (readonly [op: WireOp, verdict: SegmentVerdict])[];
  /** CR-10: what the partition has forgotten after these. Of the server alone. */
  readonly forgotten?: Forgotten;
  /** SY-2: the name of the history from the next segment on. Of the server alone, and the only entry of its kind in a segment. */
  readonly lineage?: string;
  /** PI-50: several hosts have written this, and decided ops of one replica each in an order of its own. Of the server alone. */
  readonly severalHosts?: true;
  /** PI-42: records that were imported, each to be merged into what is there (CR-8). Of the server alone. */
  readonly merged?: readonly MergedRecord[];
}

/** JO-1: the events of a commit, in the order of its ops. It may have none. */
export interface SegmentJournal {
  /** Server time in ms since 1970. */
  readonly at: number;
  readonly events: readonly SegmentEvent[];
}

/** A change of what shows of a record; values are in their wire form. */
export interface SegmentEvent {
  readonly type: 'add' | 'update' | 'remove';
  readonly map: string;
  readonly key: string;
  readonly value?: JsonValue;
  readonly previous?: JsonValue;
  readonly author: string | null;
  readonly stamp: Stamp;
}

export type MergedRecord = readonly [map: string, key: string, record: WireRecord];

/** CR-10: a replay forgets exactly this, whatever the horizon is by then. */
export interface Forgotten {
  /** The greatest ledger position of what is forgotten here: who is complete up to it has not missed any of it. */
  readonly through: number;
  readonly marks: readonly WireMark[];
}

/** What is forgotten of a record: the removal with this stamp, and the record with it; or the field unset with this stamp. */
export type WireMark =
  | readonly [map: string, key: string, stamp: Stamp]
  | readonly [map: string, key: string, stamp: Stamp, field: string];

/** What was decided of an op: applied, superseded, or refused with a code and a reason. */
export type SegmentVerdict = typeof APPLIED | typeof SUPERSEDED | readonly [code: RejectionCode, reason: string];

export const APPLIED = 1;
export const SUPERSEDED = 2;
