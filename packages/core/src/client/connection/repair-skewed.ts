import {
  encodeStamp,
  isSkewed,
  nextStamp,
  stampCounter,
  stampMillis,
  type ReplicaId,
  type Stamp,
} from '../../clock/index.js';
import { restampOp, type Op, type OpId } from '../../crdt/index.js';
import type { OutboxEntry } from '../ports/storage.js';
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
 * have given. Keeps the order of their stamps; none is skewed any more, unless what it had seen is.
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
  const before = [...refused].sort((a, b) => (a.op.stamp < b.op.stamp ? -1 : 1));
  let last: Stamp | '' = '';
  return restamped.map(({ op }, index): RepairedOp => {
    const from = before[index]!.op;
    last = stampAfter(last, op.stamp, successor);
    const moved = { ...restampOp(op, last, 0), replica: successor, seq: issued + index + 1 };
    return {
      from: { replica: from.replica, seq: from.seq },
      entry: { op: moved, handed: true, clockOffset: offsetMs },
    };
  });
}

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
