import type { ReplicaId } from '@topgun/core/clock';
import type { Access } from '@topgun/core/rules';
import type { Identity } from '../ports/identity.js';
import type { ReplicaIntroduction, SessionId } from '../ports/partition-host.js';
import { createOpSession, type OpSession } from './op-session.js';

/** PI-11: who is connected, and which session speaks for a replica: the one that announced it last. */
export class SessionRegistry {
  readonly #sessions = new Map<SessionId, OpSession>();
  readonly #accessOf: (identity: Identity | null) => Access | null;
  readonly #speakers = new Map<ReplicaId, OpSession>();

  /** `accessOf`: what somebody may do; `null`: everything. */
  constructor(accessOf: (identity: Identity | null) => Access | null = () => null) {
    this.#accessOf = accessOf;
  }

  get(id: SessionId): OpSession | undefined {
    return this.#sessions.get(id);
  }

  /** CR-2: whether another principal's session speaks for the replica. */
  isSpokenForByOther(replica: ReplicaId, principal: string | null): boolean {
    const speaker = this.#speakers.get(replica);
    return speaker !== undefined && speaker.identity !== null && speaker.identity.principal !== principal;
  }

  /** The session speaks for these replicas from now on. Returns those that did before it; they are revoked. */
  announce(
    id: SessionId,
    introduced: readonly ReplicaIntroduction[],
    identity: Identity | null = null,
  ): readonly SessionId[] {
    let session = this.#sessions.get(id);
    if (session === undefined) {
      // A session is one principal's from the first to the last.
      this.#sessions.set(id, (session = { ...createOpSession(id), identity, access: this.#accessOf(identity) }));
    }
    if (session.revoked) return [];
    const replaced: SessionId[] = [];
    for (const [replica, , acked = 0] of introduced) {
      if (acked > 0) session.acked.set(replica, acked);
      const before = this.#speakers.get(replica);
      if (before !== undefined && before !== session) {
        this.revoke(before);
        replaced.push(before.id);
      }
      this.#speakers.set(replica, session);
      session.replicas.add(replica);
    }
    return replaced;
  }

  /** Nothing more is taken of it. It stays known until its connection has closed. */
  revoke(session: OpSession): void {
    session.revoked = true;
    for (const replica of session.replicas) {
      if (this.#speakers.get(replica) === session) this.#speakers.delete(replica);
    }
  }

  /** Nothing more is taken of it for these replicas, also where its connection is gone and what it has sent still waits. */
  end(id: SessionId, replicas: Iterable<ReplicaId>): void {
    for (const replica of replicas) {
      const speaker = this.#speakers.get(replica);
      if (speaker?.id === id) this.revoke(speaker);
    }
  }

  /** The connection is gone. What it has sent before is still decided. */
  close(id: SessionId): void {
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    this.#sessions.delete(id);
    // While frames of it wait it must be found, and revoked, by a newer session that announces its replicas.
    if (session.waitingBytes > 0) return;
    for (const replica of session.replicas) {
      if (this.#speakers.get(replica) === session) this.#speakers.delete(replica);
    }
  }
}
