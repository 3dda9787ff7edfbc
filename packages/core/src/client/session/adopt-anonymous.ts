import type { ReplicaId } from '../../clock/index.js';
import { err, ok, type Result } from '../../primitives/index.js';
import { LEASE_TTL_MS } from '../connection/replica-leases.js';
import type { Environment } from '../ports/environment.js';
import type { OutboxEntry, Storage, StorageError, StoredRejection } from '../ports/storage.js';
import { planAdoption } from './plan-adoption.js';

/** What has become of the writes that were made before anybody signed in. */
export interface AdoptedWrites {
  /** Unsent ones that are the user's now. */
  readonly writes: number;
  /** Refused ones, which are listed among the user's now. */
  readonly rejections: number;
  /** Some that may have been sent already: the server decides them as nobody's. */
  readonly left: number;
}

/** What was moved, as it stands in the user's database. */
export interface Adoption {
  /** How many were taken out of nobody's outbox. */
  readonly taken: number;
  readonly left: number;
  /** Without those that an interrupted run had brought before. */
  readonly entries: readonly OutboxEntry[];
  readonly rejections: readonly StoredRejection[];
}

export interface AdoptionPlaces {
  readonly from: string;
  readonly to: string;
  /** Whether tabs that have `from` open are kept out; otherwise what they speak for is left. */
  readonly isExclusive: boolean;
}

/**
 * CL-10: moves what is unsent from nobody's database into a user's, in two commits: a crash between them leaves it in both, under ids of
 * which one tells the other, and the next run takes it out of the first. The caller keeps leaders of `from` out.
 */
export async function adoptAnonymous(
  environment: Pick<Environment, 'clock' | 'random' | 'storage'>,
  { from, to, isExclusive }: AdoptionPlaces,
): Promise<Result<Adoption, StorageError>> {
  const source = await environment.storage.open(from);
  if (!source.ok) return source;
  // Opened for this alone: what it says was issued is not older than the lock.
  const target = await environment.storage.open(to);
  const adoption = target.ok ? await move(environment, source.value, target.value, isExclusive) : err(target.error);
  await source.value.close();
  if (target.ok) await target.value.close();
  return adoption;
}

async function move(
  { clock, random }: Pick<Environment, 'clock' | 'random'>,
  source: Storage,
  target: Storage,
  isExclusive: boolean,
): Promise<Result<Adoption, StorageError>> {
  const holder = random.id(12);
  const leased = new Map<ReplicaId, boolean>();

  async function read(): Promise<Result<readonly OutboxEntry[], StorageError>> {
    const outbox = await source.loadOutbox();
    if (!outbox.ok || isExclusive) return outbox;
    let isNew = false;
    for (const { op } of outbox.value) {
      if (leased.has(op.replica)) continue;
      const asked = await source.lease({ replica: op.replica, holder, now: clock.now(), ttlMs: LEASE_TTL_MS });
      leased.set(op.replica, asked.ok && asked.value !== 'refused');
      isNew = true;
    }
    // Whoever had them before may have been at work since.
    return isNew ? read() : outbox;
  }

  async function run(): Promise<Result<Adoption, StorageError>> {
    const outbox = await read();
    if (!outbox.ok) return outbox;
    const rejections = await source.loadRejections();
    if (!rejections.ok) return rejections;
    const isTaken = (replica: ReplicaId): boolean => leased.get(replica) === false;
    const plan = planAdoption({ outbox: outbox.value, rejections: rejections.value, isTaken }, target.identity);
    const { bring, take, left } = plan;
    const taken = take.removeOps.length;
    if (taken + take.removeRejections.length > 0) {
      const brought = await target.commit(bring);
      if (!brought.ok) return brought;
      const removed = await source.commit(take);
      if (!removed.ok) return removed;
    }
    return ok({ taken, left, entries: bring.putOps, rejections: bring.addRejections });
  }

  const adoption = await run();
  for (const [replica, isOurs] of leased) if (isOurs) await source.release(replica, holder);
  return adoption;
}
