import type { ReplicaId } from '../../clock/index.js';
import { checkWireOp, type Op, opToWire, type OpTransaction, type WireOp, wireToOp } from '../../crdt/index.js';
import type { OutboxEntry, StoredRejection } from '../ports/storage.js';
import { opIdText } from './op-id.js';
import { type RejectionRow, ROW_VERSION } from './stored-rows.js';

/** CR-12: beside the op, since on the wire a whole message says it. */
export type WireTransaction = readonly [first: number, parts: number];

/** An outbox entry as it is stored: the replica is said by the row. */
export type WireEntry = readonly [
  handed: 0 | 1,
  op: WireOp,
  clockOffset?: number | null,
  transaction?: WireTransaction,
];

export function entryToWire({ op, handed, clockOffset }: OutboxEntry): WireEntry {
  const flag = handed ? 1 : 0;
  if (op.transaction !== undefined) {
    return [flag, opToWire(op), clockOffset ?? null, transactionToWire(op.transaction)];
  }
  return clockOffset === undefined ? [flag, opToWire(op)] : [flag, opToWire(op), clockOffset];
}

/** Null when it is not what `entryToWire` writes. */
export function wireToEntry(replica: ReplicaId, wire: unknown): OutboxEntry | null {
  if (!Array.isArray(wire)) return null;
  const [flag, wireOp, clockOffset, transaction] = wire as readonly unknown[];
  const op = decodeOp(replica, wireOp, transaction);
  if (op === null) return null;
  const entry = { op, handed: flag === 1 };
  return typeof clockOffset === 'number' ? { ...entry, clockOffset } : entry;
}

// What was once written locally is read back whatever the limit was then.
const NO_LIMIT = { keyBytes: Number.POSITIVE_INFINITY };

function decodeOp(replica: ReplicaId, wire: unknown, transaction: unknown): Op | null {
  if (checkWireOp(wire) !== null) return null;
  const op = wireToOp(replica, wire as WireOp, NO_LIMIT);
  if (!op.ok || transaction === undefined) return op.ok ? op.value : null;
  const whole = wireToTransaction(transaction);
  return whole === null ? null : { ...op.value, transaction: whole };
}

export const transactionToWire = ({ first, parts }: OpTransaction): WireTransaction => [first, parts];

/** Null when it is not what `transactionToWire` gives. */
export function wireToTransaction(wire: unknown): OpTransaction | null {
  if (!Array.isArray(wire)) return null;
  const [first, parts] = wire as readonly unknown[];
  return Number.isSafeInteger(first) && Number.isSafeInteger(parts)
    ? { first: first as number, parts: parts as number }
    : null;
}

export function rejectionToRow({ op, code, reason, at }: StoredRejection): RejectionRow {
  const parts: unknown[] = [op.replica, opToWire(op), code, reason, at];
  if (op.transaction !== undefined) parts.push(transactionToWire(op.transaction));
  const rejection = JSON.stringify(parts);
  return { id: opIdText(op), v: ROW_VERSION, rejection };
}

/** Null when it is not what `rejectionToRow` writes. */
export function rowToRejection(row: RejectionRow): StoredRejection | null {
  const parsed = parseArray(row.rejection);
  if (parsed === null) return null;
  const [replica, wire, code, reason, at, transaction] = parsed;
  if (typeof replica !== 'string' || typeof code !== 'string') return null;
  if (typeof reason !== 'string' || typeof at !== 'number') return null;
  const op = decodeOp(replica as ReplicaId, wire, transaction);
  return op === null ? null : { op, code, reason, at };
}

/** The array a text holds, or null when it is no JSON array. */
export function parseArray(text: unknown): readonly unknown[] | null {
  if (typeof text !== 'string') return null;
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed : null;
  } catch {
    return null;
  }
}
