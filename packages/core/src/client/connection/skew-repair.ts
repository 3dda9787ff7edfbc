import type { ReplicaId } from '../../clock/index.js';
import type { Environment } from '../ports/environment.js';
import type { LocalState } from '../ports/local-state.js';
import type { OutboxEntry } from '../ports/storage.js';
import type { TabEvent } from '../ports/tab-events.js';
import { opIdText } from '../storage/op-id.js';
import type { BackgroundCommits } from './background-commits.js';
import type { Outbox } from './outbox.js';
import { isRepairReplica, repairReplicaOf, repairSkewed } from './repair-skewed.js';
import { latestSeen, seenBases } from './seen-stamps.js';

/**
 * CR-1: the automatic repair of ops that the server refused as too far ahead: this device's clock, or the server's, was set after
 * they were stamped right. They are issued again, once, by the clock that the server then says. Until that is durable they stay what
 * they are, undecided: whatever ends the connection in between, the next one is told of the refusal again.
 */
export interface SkewRepair {
  /** True: it will be issued again. False: it was before, and is to be told as refused. */
  take(entry: OutboxEntry): boolean;
  /** The server has just said its time. */
  heardTime(serverTime: number): void;
  /** What was to be repaired is told again on the next connection. */
  disconnected(): void;
}

export interface SkewRepairOptions {
  readonly outbox: Outbox;
  readonly commits: BackgroundCommits;
  readonly local: LocalState;
  readonly environment: Pick<Environment, 'random' | 'log'>;
  readonly offsetMs: () => number;
  /** Asks the server for its time. */
  readonly askTime: () => void;
  readonly announce: (replica: ReplicaId) => void;
  readonly tell: (event: TabEvent) => void;
  /** Something is ready to be sent. */
  readonly whenReady: () => void;
}

export function createSkewRepair(options: SkewRepairOptions): SkewRepair {
  const { outbox, commits, local, environment } = options;
  let waiting = new Map<string, OutboxEntry>();
  /** One for all repairs of this leader: the server keeps something of each replica for long. */
  let successor: ReplicaId | null = null;
  let repairing: Promise<void> = Promise.resolve();

  async function repair(refused: readonly OutboxEntry[], serverNow: number): Promise<void> {
    const offsetMs = options.offsetMs();
    const bases = await seenBases(local, refused);
    const still = refused.filter(({ op }) => outbox.has(op));
    const first = still[0];
    if (first === undefined) return;
    // Another tab may have taken it over since: its sequence is not ours to go on with.
    if (successor !== null && !outbox.queues.has(successor)) successor = null;
    const isNew = successor === null;
    const replica = (successor ??= repairReplicaOf(first.op.replica, environment.random.id(8)));
    const ids = new Set(still.map(({ op }) => opIdText(op)));
    const moved = repairSkewed({
      refused: still,
      others: outbox.entries().filter(({ op }) => !ids.has(opIdText(op))),
      offsetMs,
      serverNow,
      seenBefore: (op) => latestSeen(bases, op, serverNow),
      successor: replica,
      issued: outbox.queue(replica).issued,
    });
    environment.log('warn', `the clock was off: ${moved.length} refused ops are issued again`);
    const removeOps = moved.map(({ from }) => from);
    const putOps = moved.map(({ entry }) => entry);
    if (!(await commits.store({ removeOps, putOps }))) return;
    for (const id of removeOps) outbox.remove(id);
    outbox.add(putOps);
    if (isNew) options.announce(replica);
    // Nobody writes as the successor: no tab is to go on as another because of this.
    options.tell({ type: 'reissued', replica, successor: replica, moved });
    // The tabs' clocks may go back to what is undecided now.
    options.tell({ type: 'clock', offsetMs, restamped: [] });
    options.whenReady();
  }

  return {
    take(entry) {
      if (isRepairReplica(entry.op.replica)) return false;
      if (waiting.size === 0) options.askTime();
      waiting.set(opIdText(entry.op), entry);
      return true;
    },
    heardTime(serverTime) {
      if (waiting.size === 0) return;
      const refused = [...waiting.values()];
      waiting = new Map();
      // One after the other: the sequence goes on where the one before has ended.
      repairing = repairing
        .then(() => repair(refused, serverTime))
        .catch((error: unknown) => environment.log('error', 'repairing ops whose clock was off failed', error));
    },
    disconnected() {
      waiting.clear();
    },
  };
}
