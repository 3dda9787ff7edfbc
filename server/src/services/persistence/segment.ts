import type { ReplicaId } from '@topgun/core/clock';
import type { RejectionCode, WireOp } from '@topgun/core/protocol';

/**
 * PI-3: what one commit writes, all partitions together: one ledger row. Every op is here with its verdict, the refused
 * ones too, so that a replay knows all that was ever decided (PI-11).
 */
export interface Segment {
  /** The ledger's own; a segment of another history is damage, not data. */
  readonly lineage: string;
  readonly entries: readonly SegmentEntry[];
}

/** The ops of one replica in one partition, in sequence order. */
export interface SegmentEntry {
  readonly partition: number;
  readonly replica: ReplicaId;
  readonly ops: readonly (readonly [op: WireOp, verdict: SegmentVerdict])[];
}

/** What was decided of an op: applied, superseded, or refused with a code and a reason. */
export type SegmentVerdict = typeof APPLIED | typeof SUPERSEDED | readonly [code: RejectionCode, reason: string];

export const APPLIED = 1;
export const SUPERSEDED = 2;
