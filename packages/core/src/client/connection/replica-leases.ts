import type { ReplicaId } from '../../clock/index.js';
import type { Environment } from '../ports/environment.js';
import type { LeaseOutcome, Storage } from '../ports/storage.js';
import { isRunning } from '../storage/lease.js';

/** How long a tab has a replica to itself. Longer than a background tab may sleep between two of its timers (a minute). */
export const LEASE_TTL_MS = 120_000;
/** How often a tab renews what it has, and looks for what nobody has any more. */
export const LEASE_RENEWAL_MS = 30_000;

/**
 * CL-4 where no lock keeps tabs apart: the replicas this tab speaks for, its own and those of tabs that are gone, each by a
 * leased row in storage. Knows nothing of ops and connections.
 */
export interface ReplicaLeases {
  /** This tab writes as `replica` from here on. Asked of the storage at once: no op of it is stored before. */
  own(replica: ReplicaId): void;
  /** Takes the leases of those that nobody has. Resolves to whether there were any. */
  claim(replicas: Iterable<ReplicaId>): Promise<boolean>;
  has(replica: ReplicaId): boolean;
  /** Replicas of others that this tab speaks for. */
  adopted(): readonly ReplicaId[];
  /** Whether all that it has is its own still, by this device's clock. While it is not, nothing may be sent. */
  areCurrent(): boolean;
  renew(): Promise<void>;
  giveBack(replica: ReplicaId): Promise<void>;
  giveAllBack(): Promise<void>;
}

export interface ReplicaLeasesOptions {
  readonly storage: Storage;
  /** This tab. */
  readonly holder: string;
  readonly environment: Pick<Environment, 'clock' | 'log'>;
  /** Another tab has taken the replica over: this one was away for longer than its lease ran. */
  readonly onLost: (replica: ReplicaId) => void;
}

interface Held {
  readonly isOwn: boolean;
  /** Storage has said so once: whoever had it since must have taken it. */
  isGranted: boolean;
  expiresAt: number;
}

export function createReplicaLeases(options: ReplicaLeasesOptions): ReplicaLeases {
  const { storage, holder, environment, onLost } = options;
  const { clock } = environment;
  const held = new Map<ReplicaId, Held>();
  let renewedAt = clock.now();
  /** Before this time nothing is taken from others. */
  let takesFrom = 0;

  async function ask(replica: ReplicaId): Promise<{ outcome: LeaseOutcome; expiresAt: number } | null> {
    const now = clock.now();
    const asked = await storage.lease({ replica, holder, now, ttlMs: LEASE_TTL_MS });
    if (asked.ok) return { outcome: asked.value, expiresAt: now + LEASE_TTL_MS };
    environment.log('warn', `the lease of ${replica} is not known: ${asked.error.message}`, asked.error);
    return null;
  }

  async function renewOne(replica: ReplicaId, lease: Held): Promise<void> {
    const answer = await ask(replica);
    if (held.get(replica) !== lease) return;
    if (answer === null) {
      // It runs out as it is, unless the next time says more.
      if (!lease.isGranted) lease.expiresAt = 0;
      return;
    }
    const { outcome, expiresAt } = answer;
    lease.expiresAt = expiresAt;
    if (outcome === 'renewed' || (outcome === 'taken' && !lease.isGranted)) {
      lease.isGranted = true;
      return;
    }
    // `taken`: whoever had taken it over is through with it; what is left of it is adopted like any orphan's.
    if (outcome === 'taken') held.set(replica, { isOwn: false, isGranted: true, expiresAt });
    else held.delete(replica);
    onLost(replica);
  }

  return {
    own(replica) {
      const lease = { isOwn: true, isGranted: false, expiresAt: clock.now() + LEASE_TTL_MS };
      held.set(replica, lease);
      renewOne(replica, lease).catch((error: unknown) => environment.log('error', 'taking a lease failed', error));
    },
    async claim(replicas) {
      if (isRunning(takesFrom, clock.now(), LEASE_RENEWAL_MS)) return false;
      let isAny = false;
      for (const replica of replicas) {
        if (held.has(replica)) continue;
        const answer = await ask(replica);
        if (answer === null || answer.outcome === 'refused' || held.has(replica)) continue;
        held.set(replica, { isOwn: false, isGranted: true, expiresAt: answer.expiresAt });
        isAny = true;
      }
      return isAny;
    },
    has: (replica) => held.has(replica),
    adopted: () => [...held].flatMap(([replica, { isOwn }]) => (isOwn ? [] : [replica])),
    areCurrent() {
      const now = clock.now();
      for (const { expiresAt } of held.values()) if (!isRunning(expiresAt, now, LEASE_TTL_MS)) return false;
      return true;
    },
    async renew() {
      const now = clock.now();
      // Away for as long as a lease runs (the device slept), and so, maybe, was every other: each gets a turn to renew.
      if (now - renewedAt > LEASE_TTL_MS - LEASE_RENEWAL_MS) takesFrom = now + LEASE_RENEWAL_MS;
      renewedAt = now;
      await Promise.all([...held].map(([replica, lease]) => renewOne(replica, lease)));
    },
    async giveBack(replica) {
      if (!held.delete(replica)) return;
      const released = await storage.release(replica, holder);
      if (!released.ok) environment.log('warn', `the lease of ${replica} runs on: ${released.error.message}`);
    },
    async giveAllBack() {
      await Promise.all([...held.keys()].map((replica) => this.giveBack(replica)));
    },
  };
}
