import type { ReplicaId } from '../../clock/index.js';
import type { Environment } from '../ports/environment.js';
import type { OutboxEntry, Storage } from '../ports/storage.js';
import { backoffDelay, DEFAULT_BACKOFF } from './backoff.js';
import type { BackgroundCommits } from './background-commits.js';
import type { Outbox } from './outbox.js';
import type { ReplicaQueue } from './replica-queue.js';

/**
 * SY-2: finds, at each connection, what the ledger has lost: own ops that it had accepted, as this device knows, and that lie above
 * what the server says it has decided. They go back into the outbox, under their ids, before anything newer is sent. Of one replica
 * ops are decided in the order of their sequence, so a ledger that was put back lacks the last ones; where the server says that there may
 * be gaps, all that is kept goes back, and what is not lost is told its verdict once more (`ToldAgain`).
 */
export interface GiveBack {
  /**
   * Looks at the replicas of which the server has just said what it has decided, and whether earlier ones may be missing. True: it lacks something, and
   * `whenDone` follows.
   */
  check(hasGaps: boolean): boolean;
  /** While something is to be given back nothing else may be sent. */
  isBusy(): boolean;
  disconnected(): void;
}

export interface GiveBackOptions {
  readonly outbox: Outbox;
  readonly commits: Pick<BackgroundCommits, 'store'>;
  readonly storage: Pick<Storage, 'loadKept'>;
  readonly environment: Pick<Environment, 'timers' | 'random' | 'log'>;
  /** These are pending again, and stored: they are in the outbox by now. May be none, when they could not be kept. */
  readonly returned: (entries: readonly OutboxEntry[]) => void;
  readonly whenDone: () => void;
}

/** What may be missing of a replica: all that had been accepted above this. */
interface Loss {
  readonly replica: ReplicaId;
  readonly above: number;
}

export function createGiveBack(options: GiveBackOptions): GiveBack {
  const { outbox, commits, storage, environment } = options;
  /** Counts connections: what was begun on an earlier one comes to nothing. */
  let era = 0;
  let runs = 0;
  let cancelRetry: (() => void) | null = null;
  const checked = new Set<ReplicaQueue>();

  function findLosses(hasGaps: boolean): readonly Loss[] {
    const losses: Loss[] = [];
    for (const queue of outbox.queues.values()) {
      const { acked, decided, replica } = queue;
      if (decided === null || checked.has(queue)) continue;
      checked.add(queue);
      const above = hasGaps ? 0 : decided;
      if (acked > above) losses.push({ replica, above });
    }
    return losses;
  }

  async function giveBack(losses: readonly Loss[], failures = 0): Promise<void> {
    const mine = era;
    // What has been accepted just now may be on its way to storage still.
    if (!(await commits.store(null))) return;
    const kept = await storage.loadKept();
    if (mine !== era) return;
    if (!kept.ok) {
      // Nothing newer may go before it.
      environment.log('warn', `accepted changes cannot be read: ${kept.error.message}`, kept.error);
      const delayMs = backoffDelay(DEFAULT_BACKOFF, failures + 1, environment.random.unit()) ?? 0;
      cancelRetry = environment.timers.after(delayMs, () => start(losses, failures + 1));
      return;
    }
    const above = new Map(losses.map((loss) => [loss.replica, loss.above]));
    const entries = kept.value
      .filter((op) => op.seq > (above.get(op.replica) ?? Number.POSITIVE_INFINITY) && !outbox.has(op))
      .map((op): OutboxEntry => ({ op, handed: true }));
    const names = losses.map(({ replica }) => replica).join(', ');
    environment.log(
      'warn',
      `the server has lost what it had accepted of ${names}: ${entries.length} ops are given back`,
    );
    // Before they are stored: whoever finds them there must not take them for decided.
    outbox.reopen(entries.map(({ op }) => op));
    // Storage has them in any case: even if the connection has gone by then, this is how it stands.
    if (entries.length > 0 && !(await commits.store({ putOps: entries }))) return;
    outbox.takeBack(entries);
    options.returned(entries);
    if (mine !== era) return;
    runs -= 1;
    if (runs === 0) options.whenDone();
  }

  function start(losses: readonly Loss[], failures = 0): void {
    giveBack(losses, failures).catch((error: unknown) => environment.log('error', 'giving ops back failed', error));
  }

  return {
    check(hasGaps) {
      const losses = findLosses(hasGaps);
      if (losses.length === 0) return false;
      runs += 1;
      start(losses);
      return true;
    },
    isBusy: () => runs > 0,
    disconnected() {
      era += 1;
      runs = 0;
      cancelRetry?.();
      cancelRetry = null;
      checked.clear();
    },
  };
}
