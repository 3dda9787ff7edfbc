import type { ReplicaId } from '../../clock/index.js';
import { checkWireOp, type Op, opToWire, type WireOp, wireToOp } from '../../crdt/index.js';
import type { OutboxEntry, StoredRejection } from '../ports/storage.js';
import { opIdText } from './op-id.js';
import { type RejectionRow, ROW_VERSION } from './stored-rows.js';

/** An outbox entry as it is stored: the replica is said by the row. */
export type WireEntry = readonly [handed: 0 | 1, op: WireOp, clockOffset?: number];

export function entryToWire({ op, handed, clockOffset }: OutboxEntry): WireEntry {
  const flag = handed ? 1 : 0;
  return clockOffset === undefined ? [flag, opToWire(op)] : [flag, opToWire(op), clockOffset];
}

/** Null when it is not what `entryToWire` writes. */
export function wireToEntry(replica: ReplicaId, wire: unknown): OutboxEntry | null {
  if (!Array.isArray(wire)) return null;
  const [flag, wireOp, clockOffset] = wire as readonly unknown[];
  const op = decodeOp(replica, wireOp);
  if (op === null) return null;
  const entry = { op, handed: flag === 1 };
  return typeof clockOffset === 'number' ? { ...entry, clockOffset } : entry;
}

// What was once written locally is read back whatever the limit was then.
const NO_LIMIT = { keyBytes: Number.POSITIVE_INFINITY };

function decodeOp(replica: ReplicaId, wire: unknown): Op | null {
  if (checkWireOp(wire) !== null) return null;
  const op = wireToOp(replica, wire as WireOp, NO_LIMIT);
  return op.ok ? op.value : null;
}

export function rejectionToRow({ op, code, reason, at }: StoredRejection): RejectionRow {
  const rejection = JSON.stringify([op.replica, opToWire(op), code, reason, at]);
  return { id: opIdText(op), v: ROW_VERSION, rejection };
}

/** Null when it is not what `rejectionToRow` writes. */
export function rowToRejection(row: RejectionRow): StoredRejection | null {
  const parsed = parseArray(row.rejection);
  if (parsed === null) return null;
  const [replica, wire, code, reason, at] = parsed;
  if (typeof replica !== 'string' || typeof code !== 'string') return null;
  if (typeof reason !== 'string' || typeof at !== 'number') return null;
  const op = decodeOp(replica as ReplicaId, wire);
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
