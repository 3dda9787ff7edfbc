import { decodeRecord, encodeRecord, type LwwRecord, type WireRecord } from '../../crdt/index.js';
import type { BaseChange, StorageCommit } from '../ports/storage.js';
import { applyBaseChange } from './apply-base-change.js';
import { parseArray } from './op-codec.js';
import { type JournalRow, ROW_VERSION } from './stored-rows.js';

/** Changes in one journal row at most. */
export const CHUNK_CHANGES = 512;

/** A base change as it is stored: a merge, or a drop. */
export type WireChange = readonly [key: string, delta: WireRecord] | readonly [key: string];

const changeToWire = (change: BaseChange): WireChange =>
  change.type === 'merge' ? [change.key, encodeRecord(change.delta)] : [change.key];

/** The journal rows of one commit. */
export function baseToJournal(base: NonNullable<StorageCommit['base']>): JournalRow[] {
  const rows: JournalRow[] = [];
  for (const { map, changes } of base) {
    for (let start = 0; start < changes.length; start += CHUNK_CHANGES) {
      rows.push(journalRow(map, changes.slice(start, start + CHUNK_CHANGES).map(changeToWire)));
    }
  }
  return rows;
}

export function journalRow(map: string, changes: readonly WireChange[]): JournalRow {
  return { v: ROW_VERSION, map, changes: JSON.stringify(changes) };
}

/** Null when the row is no list of changes. What the deltas hold is judged when they are applied. */
export function parseJournal(row: JournalRow): readonly WireChange[] | null {
  const changes = parseArray(row.changes);
  if (changes === null) return null;
  const wellFormed = changes.every(
    (change) => Array.isArray(change) && typeof change[0] === 'string' && (change.length === 1 || change.length === 2),
  );
  return wellFormed ? (changes as readonly WireChange[]) : null;
}

/** Applies one stored change in place. False, and nothing applied, when its delta cannot be read. */
export function applyWireChange(records: Map<string, LwwRecord>, change: WireChange): boolean {
  const [key, wire] = change;
  if (wire === undefined) {
    applyBaseChange(records, { type: 'drop', key });
    return true;
  }
  const delta = decodeRecord(wire);
  if (!delta.ok) return false;
  applyBaseChange(records, { type: 'merge', key, delta: delta.value });
  return true;
}
