import type { ReplicaId } from '../../clock/index.js';
import type { Op } from '../../crdt/index.js';
import type { KeptOps, KeptThrough } from '../ports/storage.js';
import { entryToWire, parseArray, wireToEntry } from './op-codec.js';
import { compareOpIds, opIdText } from './op-id.js';
import { CHUNK_OPS, type RowChanges } from './outbox-chunks.js';
import { type KeptRow, ROW_VERSION } from './stored-rows.js';

/** So many ops are kept at most, and so many characters of them; beyond it the oldest go, whenever they were accepted. */
export const MAX_KEPT_OPS = 32_768;
const MAX_KEPT_CHARS = 8 * 1024 * 1024;
/** Rows are joined while their ops were accepted within so long: a row goes as a whole. */
const JOINED_WITHIN_MS = 86_400_000;

/** SY-2: the rows of what a commit keeps, one for each replica and position. */
export function keptToRows(kept: readonly KeptOps[]): readonly KeptRow[] {
  return kept.flatMap(({ lineage, position, at, ops }) => {
    const byReplica = new Map<ReplicaId, Op[]>();
    for (const op of ops) {
      const own = byReplica.get(op.replica);
      if (own === undefined) byReplica.set(op.replica, [op]);
      else own.push(op);
    }
    return [...byReplica].map(([replica, own]): KeptRow => {
      const last = own.reduce((highest, { seq }) => Math.max(highest, seq), 0);
      const entries = JSON.stringify(own.map((op) => entryToWire({ op, handed: true })));
      return { v: ROW_VERSION, replica, last, lineage, position, at, count: own.length, entries };
    });
  });
}

export function rowsThrough(rows: readonly KeptRow[]): ReadonlyMap<ReplicaId, KeptThrough> {
  const through = new Map<ReplicaId, KeptThrough>();
  for (const { replica, last, lineage, position, at } of rows) {
    if (last > (through.get(replica)?.seq ?? 0)) through.set(replica, { seq: last, lineage, position, at });
  }
  return through;
}

/** In (replica, seq) order, each once though it was accepted by two ledgers; and how many rows could not be read whole. */
export function readKeptRows(rows: readonly KeptRow[]): { readonly ops: readonly Op[]; readonly corrupt: number } {
  const byId = new Map<string, Op>();
  let corrupt = 0;
  for (const row of rows) {
    const wire = parseArray(row.entries);
    const entries = (wire ?? []).map((entry) => wireToEntry(row.replica, entry));
    if (wire === null || entries.includes(null)) corrupt += 1;
    for (const entry of entries) if (entry !== null) byId.set(opIdText(entry.op), entry.op);
  }
  return { ops: [...byId.values()].sort(compareOpIds), corrupt };
}

/** What compaction does to the kept rows, given all of them in their order: drops what is old or too much, joins small ones. */
export function compactKeptRows(rows: readonly KeptRow[], since: number): RowChanges<KeptRow> {
  const remove: number[] = [];
  const left: KeptRow[] = [];
  let ops = 0;
  let chars = 0;
  for (const row of [...rows].reverse()) {
    ops += row.count;
    chars += row.entries.length;
    const stays = row.at >= since && ops <= MAX_KEPT_OPS && chars <= MAX_KEPT_CHARS;
    if (stays) left.push(row);
    else if (row.id !== undefined) remove.push(row.id);
  }
  const put: KeptRow[] = [];
  for (const run of runsOf(left.reverse())) {
    const [first, ...others] = run;
    const last = run.at(-1);
    if (first === undefined || last === undefined || others.length === 0) continue;
    // The texts are lists: joined without being read.
    const entries = `[${run.map((row) => row.entries.slice(1, -1)).join(',')}]`;
    const count = run.reduce((sum, row) => sum + row.count, 0);
    const highest = Math.max(...run.map((row) => row.last));
    const at = Math.max(...run.map((row) => row.at));
    put.push({ ...last, ...(first.id === undefined ? {} : { id: first.id }), last: highest, at, count, entries });
    for (const row of others) if (row.id !== undefined) remove.push(row.id);
  }
  return { put, remove };
}

/** Rows that may become one: of one replica and one history, accepted at about the same time, no more than a row holds. */
function runsOf(rows: readonly KeptRow[]): readonly (readonly KeptRow[])[] {
  const runs: KeptRow[][] = [];
  const open = new Map<ReplicaId, { readonly run: KeptRow[]; count: number }>();
  for (const row of rows) {
    const current = open.get(row.replica);
    const first = current?.run[0];
    const fits =
      current !== undefined &&
      first !== undefined &&
      first.lineage === row.lineage &&
      Math.abs(row.at - first.at) < JOINED_WITHIN_MS &&
      current.count + row.count <= CHUNK_OPS &&
      parseArray(row.entries) !== null;
    if (fits) {
      current.run.push(row);
      current.count += row.count;
      continue;
    }
    const run = [row];
    runs.push(run);
    if (parseArray(row.entries) === null) open.delete(row.replica);
    else open.set(row.replica, { run, count: row.count });
  }
  return runs;
}
