import type { ReplicaId } from '../../clock/index.js';
import { decodeRecord, opToRecord, opToWire, type Op, type OpId } from '../../crdt/index.js';
import {
  limitsOf,
  type AnnouncedMessage,
  type ClientMessage,
  type DecidedMessage,
  type Limits,
  type WelcomeMessage,
} from '../../protocol/index.js';
import { submissionWait, type SubmissionWait } from './submission-wait.js';
import type { BaseChange, KeptOps, OutboxEntry, StorageCommit, StoredRejection } from '../ports/storage.js';
import type { Decision, MapChanges, TabEvent } from '../ports/tab-events.js';
import { opBytes } from './op-bytes.js';
import type { Outbox } from './outbox.js';
import { planSubmission, type SubmissionPlan } from './plan-submission.js';
import type { PlannedBatch } from './planned-batch.js';
import { skewedSeqs } from './repair-skewed.js';
import { canBeGivenBack, givenBackAs, storedAs } from './stored-as.js';
import { markHeadSent, type ReplicaQueue } from './replica-queue.js';

/**
 * CL-5: hands the outbox to the server, each op once per connection, within the window, and takes its verdicts.
 * A thin driver of `planSubmission`; the ops are in the `Outbox`, prepared by `OutboxPreparation`.
 */
export interface Submitter {
  /** A tab writes as `replica` and has issued up to `issuedSeq`. */
  announce(replica: ReplicaId, issuedSeq: number): void;
  /** What the hello of a new connection says of the replicas. */
  greet(): readonly Introduction[];
  connected(welcome: WelcomeMessage): void;
  announced(message: AnnouncedMessage): void;
  disconnected(): void;
  /** Sends what is ready, as far as the window lets it. */
  flush(): void;
  decided(message: DecidedMessage): void;
  /** This tab no longer speaks for the replica. */
  forget(replica: ReplicaId): void;
  /** CL-34: why the op is not decided yet. */
  waitOf(id: OpId): SubmissionWait;
}

export interface SubmitterOptions {
  readonly outbox: Outbox;
  readonly send: (message: ClientMessage) => void;
  /** This one has been, just now. */
  readonly sent: (op: Op) => void;
  /** Whether the replicas this tab speaks for are its own still. */
  readonly speaks: () => boolean;
  /** Whether the replica is this tab's to speak for: it may be known here from when it was. */
  readonly speaksFor: (replica: ReplicaId) => boolean;
  /** Whether this tab may submit for them, just now. */
  readonly mayAct: () => boolean;
  /** Whether the op has to wait for one that another tab submits. */
  readonly waits: (op: Op) => boolean;
  /** Tells this tab at once, and the siblings once the commit is stored. */
  readonly publish: (event: TabEvent, commit: StorageCommit) => void;
  /** PI-11: this verdict is told once more: it was decided before the server spoke of its replica. */
  readonly toldAgain: (op: Op) => void;
  /** An own op is part of the base from here on, at this position. */
  readonly noteAcked: (op: Op, position: number) => void;
  /** SY-2: what is to be kept of ops that were accepted at this position. */
  readonly keep: (ops: readonly Op[], position: number) => readonly KeptOps[];
  /** CR-7: a total that is told takes the place of the one that is held, rather than being merged with it. */
  readonly replacesTotals: () => boolean;
  /** Takes over an op that was refused for its stamp: it is issued again. False: the refusal stands (CR-1). */
  readonly repairs: (entry: OutboxEntry) => boolean;
  /** Server time in ms since 1970, as well as it is known. */
  readonly serverNow: () => number;
}

export function createSubmitter(options: SubmitterOptions): Submitter {
  const { outbox } = options;
  let limits: Limits | null = null;
  /** The replicas the server was told of on this connection: it takes no op of another. */
  let introduced = new Set<ReplicaId>();
  /** What the hello said of them. */
  let greeted: readonly [ReplicaId, number][] = [];

  function take(seqs: readonly [ReplicaId, number][]): void {
    for (const [replica, seq] of seqs) {
      const queue = outbox.queue(replica);
      queue.decided = Math.max(queue.decided ?? 0, seq);
    }
  }

  /** Replicas that appeared after the hello. */
  function introduce(): void {
    if (!options.mayAct()) return;
    const unknown = [...outbox.queues.values()].filter(
      ({ replica }) => !introduced.has(replica) && options.speaksFor(replica),
    );
    if (unknown.length === 0) return;
    for (const { replica } of unknown) introduced.add(replica);
    options.send({ type: 'announce', replicas: unknown.map(introductionOf) });
  }

  function noteKept(replica: ReplicaId, seq: number): void {
    const queue = outbox.queues.get(replica);
    if (queue !== undefined && seq > queue.acked) queue.acked = seq;
  }

  /** Takes decided ops out of the window: as many more may be sent. */
  function release(decisions: readonly Decision[]): void {
    for (const { op } of decisions) outbox.remove(op);
  }

  /** Sends what is ready, as far as the window lets it, and says what can never be sent. */
  function sendReady(): readonly Decision[] {
    if (limits === null || !options.mayAct()) return [];
    introduce();
    const plan = planSubmission(outbox.queues.values(), limits, opBytes, options.waits);
    for (const [queue, count] of plan.taken) for (let i = 0; i < count; i += 1) markHeadSent(queue);
    for (const batches of plan.messages) {
      options.send(submitOf(batches));
      for (const { ops } of batches) ops.forEach(options.sent);
    }
    const refused = refusedHere(plan, limits, options.serverNow);
    release(refused);
    return refused;
  }

  function settle(
    decisions: readonly Decision[],
    position: number,
    totals: readonly MapChanges[] = [],
    /** Of ops that are stored otherwise, what is kept of them. */
    keptAs: ReadonlyMap<Op, Op> = new Map(),
  ): void {
    if (decisions.length === 0) return;
    const accepted: Op[] = [];
    for (const { op, outcome } of decisions) {
      if (outcome === 'rejected') continue;
      const kept = keptAs.get(op) ?? op;
      if (canBeGivenBack(kept)) accepted.push(kept);
      options.noteAcked(op, position);
    }
    const kept = options.keep(accepted, position);
    for (const { ops } of kept) for (const { replica, seq } of ops) noteKept(replica, seq);
    const event: TabEvent = { type: 'decided', position, decisions, ...(totals.length === 0 ? {} : { totals }) };
    options.publish(event, commitOf(decisions, totals, kept));
  }

  return {
    announce(replica, issuedSeq) {
      const queue = outbox.queue(replica);
      queue.issued = Math.max(queue.issued, issuedSeq);
      queue.announced = true;
      if (limits !== null) introduce();
    },
    greet() {
      // Not now: whoever speaks for them meanwhile would be cut off.
      const greeting = options.speaks()
        ? [...outbox.queues.values()].filter(({ replica }) => options.speaksFor(replica))
        : [];
      introduced = new Set(greeting.map(({ replica }) => replica));
      const introductions = greeting.map(introductionOf);
      greeted = introductions.map(([replica, issued]) => [replica, issued]);
      return introductions;
    },
    connected(welcome) {
      limits = limitsOf(welcome.limits);
      outbox.reset();
      // Of a replica that the server says nothing of it has decided what the hello said was issued.
      take([...new Map([...greeted, ...((welcome.decided ?? []) as readonly [ReplicaId, number][])])]);
    },
    announced(message) {
      take(message.decided as readonly [ReplicaId, number][]);
    },
    disconnected() {
      limits = null;
    },
    flush() {
      // What is behind one that is refused here may be ready too.
      for (let refused = sendReady(); refused.length > 0; refused = sendReady()) settle(refused, 0);
    },
    decided(message) {
      const queue = outbox.queues.get(message.replica as ReplicaId);
      if (queue === undefined) return;
      const at = options.serverNow();
      const decisions: Decision[] = [];
      const keptAs = new Map<Op, Op>();
      const changed = new Map(message.changed?.map((wire) => [wire[0], wire]));
      for (const [seq, outcome] of message.verdicts) {
        const op = queue.sent.get(seq)?.entry.op;
        if (op === undefined) continue;
        if (seq <= (queue.decided ?? 0)) options.toldAgain(op);
        const stored = storedAs(op, changed.get(seq));
        if (stored !== null) keptAs.set(stored, givenBackAs(op, stored));
        decisions.push(stored === null ? { op, outcome } : { op: stored, outcome, isChanged: true });
      }
      const skewed = skewedSeqs(message.rejected, (seq) => queue.sent.get(seq)?.entry.op);
      for (const { seq, code, reason } of message.rejected) {
        const entry = queue.sent.get(seq)?.entry;
        if (entry === undefined || (skewed.has(seq) && options.repairs(entry))) continue;
        decisions.push({ op: entry.op, outcome: 'rejected', code, reason, at });
      }
      release(decisions);
      // The server has work again before this device sees to what it has decided.
      const refused = sendReady();
      settle(decisions, message.position, totalsOf(message, options.replacesTotals()), keptAs);
      settle(refused, 0);
      this.flush();
    },
    forget(replica) {
      outbox.drop(replica);
      introduced.delete(replica);
    },
    waitOf: (id) =>
      submissionWait(id, { queues: outbox.queues, limits, mayAct: options.mayAct(), waits: options.waits }),
  };
}

/** CR-12: a message that holds a transaction holds nothing else. */
function submitOf(batches: readonly PlannedBatch[]): ClientMessage {
  const transaction = batches[0]?.ops[0]?.transaction;
  const wire = batches.map(batchToWire);
  return transaction === undefined ? { type: 'submit', batches: wire } : { type: 'submit', batches: wire, transaction };
}

/** CL-7: what can never be sent is refused on this side, a transaction as a whole (CR-12). */
function refusedHere({ tooLarge, torn }: SubmissionPlan, limits: Limits, serverNow: () => number): readonly Decision[] {
  if (tooLarge.length === 0 && torn.length === 0) return [];
  const at = serverNow();
  const what = tooLarge[0]?.entry.op.transaction === undefined ? 'record' : 'transaction';
  const bounds = `${limits.messageBytes} bytes, ${limits.windowOps} writes`;
  const size = `The ${what} is larger than the server takes in one message (${bounds}).`;
  // The missing part may have been unreadable only since: then the whole has perhaps been taken.
  const missing = 'A part of this transaction cannot be read on this device any more.';
  return [
    ...tooLarge.map(({ entry: { op } }): Decision => ({
      op,
      outcome: 'rejected',
      code: 'too-large',
      reason: size,
      at,
    })),
    ...torn.map(({ entry: { op } }): Decision => ({
      op,
      outcome: 'rejected',
      code: 'outcome-unknown',
      reason: missing,
      at,
    })),
  ];
}

const batchToWire = ({ replica, partition, ops }: PlannedBatch) => ({
  replica,
  partition,
  ops: ops.map(opToWire),
});

/** CR-7: what the counters are by now that the accepted deltas are part of. One that cannot be read is passed over. */
function totalsOf({ totals = [] }: DecidedMessage, replaces: boolean): readonly MapChanges[] {
  return totals.flatMap(([map, key, wire]) => {
    const record = decodeRecord(wire);
    if (!record.ok) return [];
    const merge: BaseChange = { type: 'merge', key, delta: record.value };
    return [{ map, changes: replaces ? [{ type: 'drop', key }, merge] : [merge] }];
  });
}

/** A replica, the highest sequence it has issued, and the highest that is known to have been accepted, if that is known (SY-2). */
type Introduction = [replica: ReplicaId, issued: number] | [replica: ReplicaId, issued: number, acked: number];

const introductionOf = ({ replica, issued, acked }: ReplicaQueue): Introduction =>
  acked === 0 ? [replica, issued] : [replica, Math.max(issued, acked), acked];

/** CL-2, CL-7: in one transaction the ops leave the outbox and become base, or rejections. */
function commitOf(
  decisions: readonly Decision[],
  totals: readonly MapChanges[],
  keepOps: readonly KeptOps[],
): StorageCommit {
  const base = new Map<
    string,
    { readonly type: 'merge'; readonly key: string; readonly delta: ReturnType<typeof opToRecord> }[]
  >();
  const addRejections: StoredRejection[] = [];
  for (const decision of decisions) {
    const { op } = decision;
    if (decision.outcome === 'rejected') {
      addRejections.push({ op, code: decision.code, reason: decision.reason, at: decision.at });
      continue;
    }
    // A delta is in a total, and merges nothing by itself.
    if (op.kind === 'count') continue;
    let changes = base.get(op.map);
    if (changes === undefined) {
      changes = [];
      base.set(op.map, changes);
    }
    changes.push({ type: 'merge', key: op.key, delta: opToRecord(op) });
  }
  return {
    removeOps: decisions.map(({ op }) => op),
    ...(keepOps.length === 0 ? {} : { keepOps }),
    base: [...[...base].map(([map, changes]) => ({ map, changes })), ...totals],
    addRejections,
  };
}
