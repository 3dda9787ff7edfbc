import { nextStamp, stampMillis, type Stamp } from '../../clock/index.js';
import { restampOp, retagOp, type Op } from '../../crdt/index.js';
import type { OutboxEntry } from '../ports/storage.js';
import { CLOCK_TOLERANCE_MS } from './clock-offset.js';

export interface RestampInput {
  /** Every undecided op of the database: those handed over fix a lower bound for the others. In any order. */
  readonly entries: readonly OutboxEntry[];
  /** What the device's clock is off by, as now known: server time − device time. */
  readonly offsetMs: number;
  readonly serverNow: number;
  /**
   * The greatest stamp below `op.stamp` that its author may have seen apart from `entries`: on its record in the base, or of its
   * replica's ops acked before. `''`: none.
   */
  readonly seenBefore: (op: Op) => Stamp | '';
}

/**
 * CR-11: gives ops that were never handed to a socket the stamps they would have had, had the clock been right, so that the
 * later *edit* wins. Returns the entries never handed over, with their (perhaps new) stamps and the offset they now carry.
 *
 * Keeps: ids; the order of all stamps; which tags an op names (CR-6), by their new stamps; every new stamp is after all its op had seen, and not after server now unless what
 * it had seen is. With a right clock nothing changes.
 */
export function restamp(input: RestampInput): readonly OutboxEntry[] {
  const byStamp = [...input.entries].sort((a, b) => (a.op.stamp < b.op.stamp ? -1 : 1));
  const restamped: OutboxEntry[] = [];
  const moved = new Map<Stamp, Stamp>();
  let last: Stamp | '' = '';
  for (const entry of byStamp) {
    if (entry.handed) {
      if (entry.op.stamp > last) last = entry.op.stamp;
      continue;
    }
    const seen: Stamp | '' = later(last, input.seenBefore(entry.op));
    const op = retagOp(corrected(entry, input, seen), moved);
    if (op.stamp !== entry.op.stamp) moved.set(entry.op.stamp, op.stamp);
    last = op.stamp;
    restamped.push({ op, handed: false, clockOffset: input.offsetMs });
  }
  return restamped;
}

function corrected(entry: OutboxEntry, input: RestampInput, seen: Stamp | ''): Op {
  const { op } = entry;
  const millis = stampMillis(op.stamp);
  const difference = input.offsetMs - (entry.clockOffset ?? 0);
  const correction = Math.abs(difference) < CLOCK_TOLERANCE_MS ? 0 : difference;
  // Within the tolerance a stamp ahead of the server is what a right clock gives too.
  const latest = correction === 0 ? input.serverNow + CLOCK_TOLERANCE_MS : input.serverNow;
  // An offset may end in half a ms; times do not.
  const target = Math.floor(Math.min(millis + correction, latest));
  if (target === millis && op.stamp > seen) return op;
  // CR-9: the record ends as long after the edit as its author meant, whatever the edit had to be stamped after.
  return restampOp(op, nextStamp(seen, target, op.replica), target - millis);
}

const later = (a: Stamp | '', b: Stamp | ''): Stamp | '' => (a > b ? a : b);
