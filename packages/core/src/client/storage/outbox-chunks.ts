import type { ReplicaId, Stamp } from '../../clock/index.js';
import type { OpId } from '../../crdt/index.js';
import type { OutboxEntry } from '../ports/storage.js';
import { entryToWire, parseArray, type WireEntry, wireToEntry } from './op-codec.js';
import { type OutboxRow, ROW_VERSION } from './stored-rows.js';

/** Ops in one outbox row at most. */
export const CHUNK_OPS = 512;

/** What one commit does to the outbox of one replica, encoded and ready for the transaction. */
export interface OutboxEdit {
  readonly replica: ReplicaId;
  /** Every sequence it names lies in `first..last`. */
  readonly first: number;
  readonly last: number;
  readonly puts: () => ReadonlyMap<number, WireEntry>;
  readonly removes: ReadonlySet<number>;
  /** Highest sequence and stamp among the puts. */
  readonly issued: Issued | null;
  /** The rows to add when no op of it is stored yet: the everyday case, encoded beforehand. */
  readonly freshRows: readonly OutboxRow[];
}

const encoded = new WeakMap<readonly OutboxEntry[], readonly OutboxRow[]>();

/**
 * Entries of one replica in the order of their sequence, as rows; `null` when they are not that. The same rows for the same list: what storage has encoded is
 * what siblings are sent.
 */
export function encodeEntries(entries: readonly OutboxEntry[]): readonly OutboxRow[] | null {
  const known = encoded.get(entries);
  if (known !== undefined) return known;
  const replica = entries[0]?.op.replica;
  if (replica === undefined) return [];
  let last = 0;
  for (const { op } of entries) {
    if (op.replica !== replica || op.seq <= last) return null;
    last = op.seq;
  }
  const rows = newRows(replica, entries.map(entryToWire));
  encoded.set(entries, rows);
  return rows;
}

/** Groups a commit's outbox changes by replica. An op that is put and removed by one commit is removed. */
export function groupOutboxEdits(putOps: readonly OutboxEntry[], removeOps: readonly OpId[]): OutboxEdit[] {
  const rows = removeOps.length === 0 ? encodeEntries(putOps) : null;
  const [entry] = putOps;
  if (rows !== null && entry !== undefined) return [editOf(entry.op.replica, putOps, new Set(), rows)];
  const byReplica = new Map<ReplicaId, { puts: OutboxEntry[]; removes: Set<number> }>();
  const of = (replica: ReplicaId): { puts: OutboxEntry[]; removes: Set<number> } => {
    let group = byReplica.get(replica);
    if (group === undefined) byReplica.set(replica, (group = { puts: [], removes: new Set() }));
    return group;
  };
  for (const entry of putOps) of(entry.op.replica).puts.push(entry);
  for (const id of removeOps) of(id.replica).removes.add(id.seq);
  return [...byReplica].map(([replica, { puts, removes }]) => editOf(replica, puts, removes));
}

/** `rows`: of the puts, where they are encoded already. */
function editOf(
  replica: ReplicaId,
  puts: readonly OutboxEntry[],
  removes: ReadonlySet<number>,
  rows?: readonly OutboxRow[],
): OutboxEdit {
  let first = Number.POSITIVE_INFINITY;
  let stamp: Stamp | null = null;
  let putLast = 0;
  for (const { op } of puts) {
    first = Math.min(first, op.seq);
    putLast = Math.max(putLast, op.seq);
    if (stamp === null || op.stamp > stamp) stamp = op.stamp;
  }
  let last = putLast;
  for (const seq of removes) {
    first = Math.min(first, seq);
    last = Math.max(last, seq);
  }
  const issued = stamp === null ? null : { seq: putLast, stamp };
  const entries = (): Map<number, WireEntry> => entriesOf(puts, removes);
  return {
    replica,
    first,
    last,
    puts: entries,
    removes,
    issued,
    freshRows: rows ?? newRows(replica, sorted(entries())),
  };
}

/** Of an op that is put twice the later entry counts. */
function entriesOf(puts: readonly OutboxEntry[], removes: ReadonlySet<number>): Map<number, WireEntry> {
  const entries = new Map<number, WireEntry>();
  for (const entry of puts) if (!removes.has(entry.op.seq)) entries.set(entry.op.seq, entryToWire(entry));
  return entries;
}

const sorted = (entries: ReadonlyMap<number, WireEntry>): WireEntry[] =>
  [...entries.values()].sort((a, b) => a[1][0] - b[1][0]);

export interface Issued {
  readonly seq: number;
  readonly stamp: Stamp;
}

/** Highest sequence and highest stamp, each by itself: a re-stamped op may have a lower stamp than an older one. */
export function laterIssued(a: Issued | null | undefined, b: Issued): Issued {
  if (a === null || a === undefined) return { seq: b.seq, stamp: b.stamp };
  return { seq: Math.max(a.seq, b.seq), stamp: a.stamp > b.stamp ? a.stamp : b.stamp };
}

/** Rows over runs of consecutive sequences: a row must not span a gap that another row fills. `entries` in the order of their sequence. */
function newRows(replica: ReplicaId, entries: readonly WireEntry[]): OutboxRow[] {
  const rows: OutboxRow[] = [];
  for (let from = 0; from < entries.length;) {
    let to = from + 1;
    while (to < entries.length && to - from < CHUNK_OPS && entries[to]![1][0] === entries[to - 1]![1][0] + 1) to++;
    rows.push(toRow(replica, entries.slice(from, to)));
    from = to;
  }
  return rows;
}

/** `entries` in sequence order, at least one. */
function toRow(replica: ReplicaId, entries: readonly WireEntry[]): OutboxRow {
  const first = entries[0]?.[1][0] ?? 0;
  const last = entries.at(-1)?.[1][0] ?? 0;
  return { v: ROW_VERSION, replica, first, last, count: entries.length, entries: JSON.stringify(entries) };
}

export interface RowChanges<Row> {
  readonly put: readonly Row[];
  /** Ids of rows to delete. */
  readonly remove: readonly number[];
}

/** The rows to write and delete, given every stored row whose range meets the edit's. An unreadable row is left as it is. */
export function editOutboxRows(edit: OutboxEdit, stored: readonly OutboxRow[]): RowChanges<OutboxRow> {
  const put: OutboxRow[] = [];
  const remove: number[] = [];
  const left = new Map(edit.puts());
  for (const row of stored) {
    const entries = parseArray(row.entries) as readonly WireEntry[] | null;
    if (row.id === undefined || entries === null) continue;
    const bySeq = new Map(entries.map((entry) => [entry[1][0], entry]));
    let changed = false;
    for (const seq of edit.removes) changed = bySeq.delete(seq) || changed;
    for (const [seq, entry] of left) {
      if (seq < row.first || seq > row.last) continue;
      bySeq.set(seq, entry);
      left.delete(seq);
      changed = true;
    }
    if (!changed) continue;
    if (bySeq.size === 0) remove.push(row.id);
    else {
      put.push({ ...toRow(edit.replica, sorted(bySeq)), id: row.id });
    }
  }
  return { put: [...put, ...newRows(edit.replica, sorted(left))], remove };
}

/**
 * Joins neighbouring small rows (one per single write made while offline) into full ones.
 * `rows` in (replica, last) order; ranges stay disjoint because only neighbours are joined.
 */
export function joinOutboxRows(rows: readonly OutboxRow[]): RowChanges<OutboxRow> {
  const put: OutboxRow[] = [];
  const remove: number[] = [];
  let run: OutboxRow[] = [];
  let count = 0;
  const close = (): void => {
    const first = run[0];
    const last = run.at(-1);
    if (first !== undefined && last !== undefined && run.length > 1) {
      const entries = `[${run.map((row) => row.entries.slice(1, -1)).join(',')}]`;
      put.push({ ...first, last: last.last, count, entries });
      for (const row of run.slice(1)) if (row.id !== undefined) remove.push(row.id);
    }
    run = [];
    count = 0;
  };
  for (const row of rows) {
    // A full one has nothing to join, and need not be read.
    if (row.count >= CHUNK_OPS || parseArray(row.entries) === null) {
      close();
      continue;
    }
    if (run[0]?.replica !== row.replica || count + row.count > CHUNK_OPS) close();
    run.push(row);
    count += row.count;
  }
  close();
  return { put, remove };
}

/** Whether so many rows are as much as is joined in one go: whoever goes on begins with the last of them, which may take in more. */
export function isEnoughToJoin(rows: readonly OutboxRow[]): boolean {
  return (
    rows.length >= 2 && (rows.length >= CHUNK_OPS || rows.reduce((ops, row) => ops + row.count, 0) >= 4 * CHUNK_OPS)
  );
}

/** The entries of one row, and how many of them (or 1 for the whole row) could not be read. */
export function readOutboxRow(row: OutboxRow): { readonly entries: readonly OutboxEntry[]; readonly corrupt: number } {
  const wire = parseArray(row.entries);
  if (wire === null) return { entries: [], corrupt: 1 };
  const entries: OutboxEntry[] = [];
  for (const one of wire) {
    const entry = wireToEntry(row.replica, one);
    if (entry !== null) entries.push(entry);
  }
  return { entries, corrupt: wire.length - entries.length };
}
