import {
  encodeStamp,
  isSkewed,
  nextStamp,
  stampCounter,
  stampMillis,
  type ReplicaId,
  type Stamp,
} from '../../clock/index.js';
import { movedTransaction, restampOp, transactionIdText, type Op, type OpId } from '../../crdt/index.js';
import type { WireRejection } from '../../protocol/index.js';
import type { OutboxEntry } from '../ports/storage.js';
import { opIdText } from '../storage/op-id.js';
import { restamp } from './restamp.js';

export interface RepairInput {
  /** Ops refused for their stamps. */
  readonly refused: readonly OutboxEntry[];
  /** The other undecided ops of the database. */
  readonly others: readonly OutboxEntry[];
  readonly offsetMs: number;
  /** The server's clock as it has just said, in ms since 1970: no stamp made here is far after it. */
  readonly serverNow: number;
  readonly seenBefore: (op: Op) => Stamp | '';
  /** Whose ops they go on as: made by {@link repairReplicaOf}. */
  readonly successor: ReplicaId;
  /** The highest sequence it has issued. */
  readonly issued: number;
}

export interface RepairedOp {
  readonly from: OpId;
  readonly entry: OutboxEntry;
}

/**
 * CR-1, CR-11: what was refused as too far ahead, as the next ops of another replica, with the stamps that a right clock would
 * have given. Keeps the order of their stamps; none is skewed any more, unless what it had seen is. A transaction stays together: what
 * another tab wrote between its parts comes after it (CR-12).
 */
export function repairSkewed(input: RepairInput): readonly RepairedOp[] {
  const { refused, others, offsetMs, serverNow, seenBefore, successor, issued } = input;
  // Others with stamps as wrong as these will be refused too: nothing has to stay behind them.
  const fixed = others.filter(({ op, handed }) => handed && !isSkewed(op.stamp, serverNow));
  const restamped = restamp({
    entries: [...fixed, ...refused.map((entry) => ({ ...entry, handed: false }))],
    offsetMs,
    serverNow,
    seenBefore,
  });
  let last: Stamp | '' = '';
  return together(restamped).map(({ op: from }, index): RepairedOp => {
    last = stampAfter(last, from.stamp, successor);
    const seq = issued + index + 1;
    const single = { ...restampOp(from, last, 0), replica: successor, seq };
    const moved =
      from.transaction === undefined
        ? single
        : { ...single, transaction: movedTransaction(from.transaction, from.seq, seq) };
    return {
      from: { replica: from.replica, seq: from.seq },
      entry: { op: moved, handed: true, clockOffset: offsetMs },
    };
  });
}

/** In the same order, but all parts of a transaction where its first one is. */
function together(entries: readonly OutboxEntry[]): readonly OutboxEntry[] {
  const wholes = new Map<string, OutboxEntry[]>();
  for (const entry of entries) {
    const id = transactionIdText(entry.op) ?? opIdText(entry.op);
    const whole = wholes.get(id);
    if (whole === undefined) wholes.set(id, [entry]);
    else whole.push(entry);
  }
  return [...wholes.values()].flatMap((whole) => whole.sort((a, b) => a.op.seq - b.op.seq));
}

/** CR-1, CR-12: the sequences of the refused ops that another stamp may save; with one part of a transaction all its parts. */
export function skewedSeqs(
  rejected: readonly Pick<WireRejection, 'seq' | 'code'>[],
  opOf: (seq: number) => Op | undefined,
): ReadonlySet<number> {
  if (rejected.length === 0) return NONE;
  const skewed = new Set<number>();
  const wholes = new Set<number>();
  for (const { seq, code } of rejected) {
    if (code !== 'clock-skew') continue;
    skewed.add(seq);
    const transaction = opOf(seq)?.transaction;
    if (transaction !== undefined) wholes.add(transaction.first);
  }
  if (wholes.size === 0) return skewed;
  for (const { seq } of rejected) {
    const transaction = opOf(seq)?.transaction;
    if (transaction !== undefined && wholes.has(transaction.first)) skewed.add(seq);
  }
  return skewed;
}

const NONE: ReadonlySet<number> = new Set();

/** The same time as another replica's stamp; as soon after `last` as can be, when that is not before it. */
function stampAfter(last: Stamp | '', stamp: Stamp, replica: ReplicaId): Stamp {
  const own = encodeStamp({ millis: stampMillis(stamp), counter: stampCounter(stamp), replica });
  return own > last ? own : nextStamp(last, stampMillis(stamp), replica);
}

const MARK = '..';

/** A replica for repaired ops of the same database. Its id says so: what is refused once more is not repaired again. */
export function repairReplicaOf(replica: ReplicaId, suffix: string): ReplicaId {
  const stem = replica.split('.')[0] ?? replica;
  return `${stem}${MARK}${suffix}` as ReplicaId;
}

export const isRepairReplica = (replica: ReplicaId): boolean => replica.includes(MARK);
