import type { ReplicaId } from '@topgun/core/clock';
import type { Access } from '@topgun/core/rules';
import type { Identity } from '../ports/identity.js';
import type { SessionId } from '../ports/partition-host.js';

/** What the pipeline knows of one connection. */
export interface OpSession {
  readonly id: SessionId;
  /** Whose it is; `null`: nobody is asked who they are. */
  identity: Identity | null;
  /** PI-9: what it may do; `null`: everything. */
  access: Access | null;
  /** The replicas it has announced, and speaks for. */
  readonly replicas: Set<ReplicaId>;
  /** SY-2: what its client knows to have been accepted, by replica: an op up to there is given back to a ledger that has lost it. */
  readonly acked: Map<ReplicaId, number>;
  /** SY-2: its client comes from another history than this ledger's, or from more of it than there is. */
  isFromElsewhere: boolean;
  /** PI-11: the last sequence it has sent, by replica and partition. */
  readonly sent: Map<ReplicaId, Map<number, number>>;
  /** CL-5: how many ops it has sent that no commit has decided, by replica. */
  readonly undecided: Map<ReplicaId, number>;
  /** Nothing more of it is taken, frames that wait included: it failed, or a newer connection speaks for its replicas. */
  revoked: boolean;
  /** Bytes of its frames that no commit has room for yet. */
  waitingBytes: number;
}

/** Of all replicas that it speaks for. */
export function undecidedOf({ undecided }: OpSession): number {
  let ops = 0;
  for (const of of undecided.values()) ops += of;
  return ops;
}

export const createOpSession = (id: SessionId): OpSession => ({
  id,
  identity: null,
  access: null,
  replicas: new Set(),
  acked: new Map(),
  isFromElsewhere: false,
  sent: new Map(),
  undecided: new Map(),
  revoked: false,
  waitingBytes: 0,
});
