import type { ReplicaId } from '../../clock/index.js';
import type { Environment } from '../ports/environment.js';
import type { KeptThrough, Storage } from '../ports/storage.js';
import type { Outbox } from './outbox.js';
import type { ReplicaLeases } from './replica-leases.js';

/** So many are spoken for because of what is kept of them, those that wrote last. */
const MAX_REPLICAS = 192;

/**
 * SY-2: of which replicas accepted ops are kept, closed tabs' included: the leader speaks for them too, so that the server tells what it
 * has decided of them.
 */
export interface KeptReplicas {
  /** Reads what storage knows, once where nobody else keeps anything. Resolves to whether it is known by then. */
  read(): Promise<boolean>;
  /** This tab speaks for more replicas: it is to be read again. */
  invalidate(): void;
  /** Whether it has been read, for all that this tab speaks for. */
  readonly isRead: boolean;
  /** The ledger spoken to last, as far as it was noted with an op; `null`: none was. */
  readonly latest: KeptThrough | null;
}

export function createKeptReplicas(options: {
  readonly storage: Pick<Storage, 'keptThrough'>;
  readonly outbox: Outbox;
  /** `null`: this tab speaks for all replicas, and alone keeps ops. */
  readonly leases: ReplicaLeases | null;
  readonly log: Environment['log'];
  /** Replicas were found that are not spoken for yet. */
  readonly found: () => void;
}): KeptReplicas {
  const { storage, outbox, leases, log } = options;
  let isRead = false;
  let latest: KeptThrough | null = null;

  async function read(): Promise<boolean> {
    if (isRead && leases === null) return true;
    const kept = await storage.keptThrough();
    if (!kept.ok) {
      log('warn', `what the server has accepted cannot be read: ${kept.error.message}`, kept.error);
      return false;
    }
    const last = [...kept.value].sort(([, a], [, b]) => b.at - a.at).slice(0, MAX_REPLICAS);
    latest = last[0]?.[1] ?? null;
    await leases?.claim(last.map(([replica]) => replica));
    let isNew = false;
    for (const [replica, { seq }] of last) isNew = note(replica, seq) || isNew;
    isRead = true;
    if (isNew) options.found();
    return true;
  }

  function note(replica: ReplicaId, seq: number): boolean {
    if (leases !== null && !leases.has(replica)) return false;
    const isNew = !outbox.queues.has(replica);
    const queue = outbox.queue(replica);
    queue.acked = Math.max(queue.acked, seq);
    return isNew;
  }

  return {
    read,
    invalidate() {
      isRead = false;
    },
    get isRead() {
      return isRead;
    },
    get latest() {
      return latest;
    },
  };
}
