import { nextStamp } from '../clock/hlc.js';
import type { ReplicaId } from '../clock/timestamp.js';
import type { LwwRecord, Register } from './lww-record.js';
import type { CountOp } from './op.js';
import { EMPTY_RECORD, mergeRecords } from './record-merge.js';

/**
 * CR-7: a counter as registers, so that it merges as any record does. There is one per replica that *advances* the counter: the server
 * alone, in the register `''`, or in local-only mode each tab in its own. It holds the total, and of the replicas that wrote last the
 * latest op in that total; its stamp grows with every step, so merging keeps the latest.
 *
 * A delta is no state and is never merged. Whoever waits for its verdict adds it to what is shown, unless a total has it already: so
 * it counts once, whether the verdict or the total comes first, and leaves no trace when it is refused.
 */
export const SERVER_SLOT = '';

/** So many replicas a total names: whoever wrote longer ago knows its verdicts by now. */
export const COVERED_REPLICAS = 32;

interface Total {
  readonly total: number;
  /** The latest last. */
  readonly covered: readonly Covered[];
}

type Covered = readonly [replica: string, seq: number];

/** The state with the op counted in `slot`. Once per op (PI-11), in the order of decision. */
export function advanceCounter(record: LwwRecord | undefined, op: CountOp, slot: string = SERVER_SLOT): LwwRecord {
  const before = record ?? EMPTY_RECORD;
  const held = before.fields.get(slot);
  const { total, covered } = readTotal(held) ?? NOTHING;
  // A replica whose clock was corrected may be behind its own ops: the state goes on all the same.
  const stamp = held === undefined || op.stamp > held.stamp ? op.stamp : nextStamp(held.stamp, 0, op.replica);
  const others = covered.filter(([replica]) => replica !== op.replica).slice(1 - COVERED_REPLICAS);
  const register: Register = { stamp, value: [total + op.delta, ...others, [op.replica, op.seq]] };
  const fields = new Map([[slot, register]]);
  return mergeRecords(before, { existence: { stamp, op: 'counter' }, floor: '', fields, expiry: null });
}

/** Whether the total would still be an exact number. */
export const staysExact = (record: LwwRecord | undefined, { delta }: CountOp, slot: string = SERVER_SLOT): boolean =>
  Number.isSafeInteger((readTotal(record?.fields.get(slot))?.total ?? 0) + delta);

/** The sum of the totals. */
export function counterValue({ fields }: LwwRecord): number {
  let value = 0;
  for (const register of fields.values()) value += readTotal(register)?.total ?? 0;
  return value;
}

/** What a counter shows to whoever has these deltas pending: those that no total has are added. */
export function pendingCounterValue(record: LwwRecord | undefined, pending: readonly CountOp[]): number {
  const covered = coverageOf(record);
  let value = record === undefined ? 0 : counterValue(record);
  for (const { replica, seq, delta } of pending) if (seq > (covered.get(replica) ?? 0)) value += delta;
  return value;
}

/** Whether a total has the op in it, or it was refused before: of one replica the ops of a counter are decided in order. */
export const isCounted = (record: LwwRecord | undefined, { replica, seq }: Pick<CountOp, 'replica' | 'seq'>): boolean =>
  seq <= countedThrough(record, replica);

/** The latest op of the replica that a total has in it; 0: none. */
export const countedThrough = (record: LwwRecord | undefined, replica: ReplicaId): number =>
  coverageOf(record).get(replica) ?? 0;

function coverageOf(record: LwwRecord | undefined): ReadonlyMap<string, number> {
  const coverage = new Map<string, number>();
  for (const register of record?.fields.values() ?? []) {
    for (const [replica, seq] of readTotal(register)?.covered ?? []) {
      if (seq > (coverage.get(replica) ?? 0)) coverage.set(replica, seq);
    }
  }
  return coverage;
}

const NOTHING: Total = { total: 0, covered: [] };

/** `null` for what no counter has written: what arrives is checked for its form alone. */
function readTotal(register: Register | undefined): Total | null {
  if (!Array.isArray(register?.value)) return null;
  const [total, ...covered] = register.value as readonly unknown[];
  return typeof total === 'number' ? { total, covered: covered.filter(isCovered) } : null;
}

const isCovered = (entry: unknown): entry is Covered =>
  Array.isArray(entry) && typeof entry[0] === 'string' && typeof entry[1] === 'number';
