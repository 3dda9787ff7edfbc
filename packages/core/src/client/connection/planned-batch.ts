import type { ReplicaId } from '../../clock/index.js';
import type { Op } from '../../crdt/index.js';

/** Ops of one replica for one partition, in the order of their sequence. */
export interface PlannedBatch {
  readonly replica: ReplicaId;
  readonly partition: number;
  readonly ops: readonly Op[];
}

export interface SubmissionLimits {
  /** Undecided ops sent per replica (CL-5). */
  readonly windowOps: number;
  /** Bytes of one message. */
  readonly messageBytes: number;
}
