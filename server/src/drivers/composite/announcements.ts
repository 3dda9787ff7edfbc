import type { ReplicaId } from '@topgun/core/clock';
import type { Hash64 } from '@topgun/core/primitives';
import type { HostCommand, HostEvent, SessionId } from '../../ports/partition-host.js';
import { placeOfOwner } from '../../services/crdt/replica-owners.js';

export type Announcement = Extract<HostCommand, { type: 'announce' }>;
type Checked = Extract<HostEvent, { type: 'replicas-checked' }>;
type Announced = Extract<HostEvent, { type: 'announced' }>;

export interface AnnouncementsOptions {
  readonly hash: Hash64;
  readonly members: number;
  readonly memberOf: (partition: number) => number;
  readonly send: (member: number, command: HostCommand) => void;
}

/** What the hosts that know whose the replicas are have said. */
export interface CheckedReplicas {
  readonly foreign: readonly ReplicaId[];
  readonly own: readonly ReplicaId[];
  readonly failed: boolean;
}

interface Checking {
  missing: number;
  readonly answers: Checked[];
  readonly settle: (checked: CheckedReplicas) => void;
}

interface Announcing {
  readonly missing: Set<number>;
  readonly decided: Map<ReplicaId, number>;
  readonly settle: (decided: ReadonlyMap<ReplicaId, number>) => void;
}

/** CR-2, PI-25: asks the hosts about replicas that are announced, and tells all hosts of them. */
export class Announcements {
  readonly #options: AnnouncementsOptions;
  readonly #checking = new Map<SessionId, Checking>();
  readonly #announcing = new Map<SessionId, Announcing>();

  constructor(options: AnnouncementsOptions) {
    this.#options = options;
  }

  /** Whose the replicas are, of each from the host that knows. One question of a session at a time. */
  check(session: SessionId, replicas: readonly ReplicaId[], principal: string | null): Promise<CheckedReplicas> {
    const { hash, memberOf, send } = this.#options;
    const byHome = new Map<number, ReplicaId[]>();
    for (const replica of replicas) {
      const home = memberOf(placeOfOwner(hash, replica));
      byHome.set(home, [...(byHome.get(home) ?? []), replica]);
    }
    if (byHome.size === 0) return Promise.resolve({ foreign: [], own: [], failed: false });
    return new Promise((settle) => {
      this.#checking.set(session, { missing: byHome.size, answers: [], settle });
      for (const [home, of] of byHome) send(home, { type: 'check-replicas', session, replicas: of, principal });
    });
  }

  /** Up to which sequence each replica is decided anywhere, once what is staged of it is decided everywhere. */
  announce(announcement: Announcement): Promise<ReadonlyMap<ReplicaId, number>> {
    const { members, send } = this.#options;
    const { session } = announcement;
    return new Promise((settle) => {
      const all = Array.from({ length: members }, (_, member) => member);
      this.#announcing.set(session, { missing: new Set(all), decided: new Map(), settle });
      for (const member of all) send(member, announcement);
    });
  }

  checked(event: Checked): void {
    const checking = this.#checking.get(event.session);
    if (checking === undefined) return;
    checking.answers.push(event);
    checking.missing -= 1;
    if (checking.missing > 0) return;
    this.#checking.delete(event.session);
    const { answers } = checking;
    checking.settle({
      foreign: answers.flatMap(({ foreign }) => foreign),
      own: answers.flatMap(({ own }) => own),
      failed: answers.some(({ failed }) => failed),
    });
  }

  announced(member: number, { decided, session }: Announced): void {
    const announcing = this.#announcing.get(session);
    if (announcing === undefined || !announcing.missing.delete(member)) return;
    for (const [replica, seq] of decided) {
      announcing.decided.set(replica, Math.max(seq, announcing.decided.get(replica) ?? 0));
    }
    if (announcing.missing.size > 0) return;
    this.#announcing.delete(session);
    announcing.settle(announcing.decided);
  }

  /** Nobody waits for what the hosts say of it. */
  closed(session: SessionId): void {
    this.#checking.delete(session);
    this.#announcing.delete(session);
  }
}
