import { stampMillis, type ReplicaId } from '../../clock/index.js';
import type { Environment } from '../ports/environment.js';
import type { OutboxEntry } from '../ports/storage.js';
import type { LocalState } from '../ports/local-state.js';
import type { TabEvent } from '../ports/tab-events.js';
import { opIdText } from '../storage/op-id.js';
import type { BackgroundCommits } from './background-commits.js';
import { CLOCK_TOLERANCE_MS } from './clock-offset.js';
import type { Outbox } from './outbox.js';
import { planMarking } from './plan-marking.js';
import { isSpent, reissue, successorOf } from './reissue.js';
import { restamp } from './restamp.js';
import { latestSeen, seenBases } from './seen-stamps.js';

/** What one commit marks: a window. */
const MARKED_AT_ONCE = 1_024;

/**
 * Makes ops ready for the socket, once the server's clock is known: CR-2 (re-issued under another replica when the storage went back
 * in time), CR-11 (re-stamped when the clock was off), then marked `handed` in storage. Whatever is not marked is not sent.
 */
export interface OutboxPreparation {
  /** Prepares all that is not ready. Runs once at a time. */
  run(): void;
  /** Whether nothing is left to prepare. */
  isIdle(): boolean;
  /** The offset that tabs were last told to stamp with. */
  toldOffsetMs(): number;
}

export interface OutboxPreparationOptions {
  readonly outbox: Outbox;
  readonly commits: BackgroundCommits;
  readonly local: LocalState;
  readonly environment: Pick<Environment, 'clock' | 'random' | 'log'>;
  readonly toldOffsetMs: number;
  /** The offset measured on the present connection, `null` without one. */
  readonly offsetMs: () => number | null;
  readonly tell: (event: TabEvent) => void;
  /**
   * Holds these ops against storage, and takes out what it holds no more: they were decided under another leader. False when storage
   * cannot be read.
   */
  readonly verify: (entries: readonly OutboxEntry[]) => Promise<boolean>;
  readonly announce: (replica: ReplicaId) => void;
  /**
   * The base has been read: from here on it may be changed by the server. (Before, it shows what the author of an op had seen; what
   * arrives later would count as seen too.)
   */
  readonly whenRead: () => void;
  /** Something became ready, or nothing is left. */
  readonly whenReady: () => void;
}

export function createOutboxPreparation(options: OutboxPreparationOptions): OutboxPreparation {
  const { outbox, commits, local, environment } = options;
  const spent = new Set<ReplicaId>();
  let toldOffsetMs = options.toldOffsetMs;
  let running = false;
  let again = false;

  async function prepareAll(): Promise<void> {
    for (;;) {
      const offsetMs = options.offsetMs();
      if (offsetMs === null) return;
      const next = nextToMove();
      if (next !== undefined) {
        if (!(await move(next))) return;
        continue;
      }
      if (outbox.hasUnhanded()) {
        // The server is being asked, and its answer runs this again.
        if (!outbox.unhanded().some(isKnown)) return;
        if (!(await mark(offsetMs))) return;
        continue;
      }
      options.whenRead();
      if (offsetMs !== toldOffsetMs) tellClock(offsetMs, []);
      return;
    }
  }

  /** A replica found spent just now, or one from which its author sent more before it heard. */
  function nextToMove(): ReplicaId | undefined {
    for (const queue of outbox.queues.values()) {
      const { replica } = queue;
      if (spent.has(replica) ? unhandedOf(replica).length > 0 : isSpent(queue)) return replica;
    }
    return undefined;
  }

  /** Whether the server has said what it has decided of the replica: until then it may be spent. */
  const isKnown = ({ op }: OutboxEntry): boolean => (outbox.queues.get(op.replica)?.decided ?? null) !== null;

  const unhandedOf = (replica: ReplicaId): readonly OutboxEntry[] =>
    outbox.unhanded().filter((entry) => entry.op.replica === replica);

  function tellClock(offsetMs: number, restamped: readonly OutboxEntry[]): void {
    toldOffsetMs = offsetMs;
    options.tell({ type: 'clock', offsetMs, restamped });
  }

  async function move(replica: ReplicaId): Promise<boolean> {
    // What looks so may be a message that reached this tab late, frozen as it was, about ops that were sent and decided since.
    if (!spent.has(replica)) {
      const suspects = unhandedOf(replica);
      if (!(await options.verify(suspects))) return false;
      const verified = new Set(suspects.map(({ op }) => opIdText(op)));
      // More such messages may have come meanwhile.
      if (nextToMove() !== replica || unhandedOf(replica).some(({ op }) => !verified.has(opIdText(op)))) return true;
    }
    const successor = successorOf(replica, environment.random.id(8));
    const moved = reissue(unhandedOf(replica), successor);
    environment.log('warn', `the local storage went back in time: ${moved.length} ops of ${replica} are issued again`);
    spent.add(replica);
    const removeOps = moved.map(({ from }) => from);
    if (!(await commits.store({ removeOps, putOps: moved.map(({ entry }) => entry) }))) return false;
    for (const id of removeOps) outbox.remove(id);
    outbox.add(moved.map(({ entry }) => entry));
    options.announce(successor);
    options.tell({ type: 'reissued', replica, successor, moved });
    return true;
  }

  function mark(offsetMs: number): Promise<boolean> {
    const unhanded = outbox.unhanded();
    const serverNow = environment.clock.now() + offsetMs;
    return unhanded.every((entry) => keepsStamp(entry, offsetMs, serverNow))
      ? markAsTheyAre(unhanded, offsetMs)
      : restampAndMark(offsetMs);
  }

  /** In steps, with turns of the page between them: a queue is as long as somebody was offline. */
  async function markAsTheyAre(unhanded: readonly OutboxEntry[], offsetMs: number): Promise<boolean> {
    if (unhanded.every(isKnown)) options.whenRead();
    for (const step of planMarking(unhanded.filter(isKnown), MARKED_AT_ONCE)) {
      if (options.offsetMs() !== offsetMs) return options.offsetMs() !== null;
      if (nextToMove() !== undefined) return true;
      // Others may have had them decided meanwhile, or speak for them now.
      const marked = step
        .filter((entry) => isKnown(entry) && outbox.isUnhanded(entry))
        .map(({ op }) => ({ op, handed: true, clockOffset: offsetMs }));
      if (marked.length === 0) continue;
      if (!(await commits.store({ putOps: marked }))) return false;
      outbox.replace(marked);
      options.whenReady();
    }
    return true;
  }

  /** All in one commit: ops may name others by stamps that they have no more. */
  async function restampAndMark(offsetMs: number): Promise<boolean> {
    const bases = await seenBases(
      local,
      outbox.unhanded().filter((entry) => isOff(entry, offsetMs)),
    );
    if (options.offsetMs() !== offsetMs) return options.offsetMs() !== null;
    const before = new Map(outbox.unhanded().map((entry) => [entry.op, entry]));
    const serverNow = environment.clock.now() + offsetMs;
    const prepared = restamp({
      entries: outbox.entries(),
      offsetMs,
      serverNow,
      seenBefore: (op) => latestSeen(bases, op, serverNow),
    })
      .filter(isKnown)
      .map((entry) => ({ ...entry, handed: true }));
    if (prepared.length === 0) return true;
    if (outbox.unhanded().every(isKnown)) options.whenRead();
    if (!(await commits.store({ putOps: prepared }))) return false;
    // Even when the connection is gone by now: this is what storage holds.
    outbox.replace(prepared);
    const changed = prepared.filter((entry) => !before.has(entry.op));
    if (changed.length > 0 || offsetMs !== toldOffsetMs) tellClock(offsetMs, changed);
    options.whenReady();
    return true;
  }

  const isOff = (entry: OutboxEntry, offsetMs: number): boolean =>
    Math.abs(offsetMs - (entry.clockOffset ?? 0)) >= CLOCK_TOLERANCE_MS;

  /** What the clock was right for keeps its stamp, whatever else is undecided: a write more costs the same behind a long queue. */
  const keepsStamp = (entry: OutboxEntry, offsetMs: number, serverNow: number): boolean =>
    !isOff(entry, offsetMs) && stampMillis(entry.op.stamp) <= serverNow + CLOCK_TOLERANCE_MS;

  return {
    run() {
      again = running;
      if (running) return;
      running = true;
      void prepareAll()
        .catch((error: unknown) => environment.log('error', 'preparing the outbox failed', error))
        .finally(() => {
          running = false;
          if (again) this.run();
          else options.whenReady();
        });
    },
    isIdle: () => !running && !outbox.hasUnhanded(),
    toldOffsetMs: () => toldOffsetMs,
  };
}
