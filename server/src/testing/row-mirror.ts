import { decodeRecord, EMPTY_RECORD, mergeRecords, type LwwRecord } from '@topgun/core/crdt';
import type { RowChange, WireRecord } from '@topgun/core/protocol';

/** What a subscriber makes of the messages it gets: it knows nothing of the view but these. Throws on what makes no sense. */
export class RowMirror {
  readonly rows = new Map<string, LwwRecord>();

  take(changes: readonly RowChange[]): void {
    const told = new Set<string>();
    for (const [type, key, record] of changes) {
      if (told.has(key)) throw new Error(`${key} is told twice`);
      told.add(key);
      const held = this.rows.get(key);
      if ((held === undefined) !== (type === 'enter'))
        throw new Error(`${type} of ${key}, which is${held ? '' : ' not'} there`);
      if (type === 'gone' || type === 'out') this.rows.delete(key);
      else this.rows.set(key, mergeRecords(held ?? EMPTY_RECORD, decoded(record)));
    }
  }
}

export function decoded(wire: WireRecord): LwwRecord {
  const record = decodeRecord(wire);
  if (!record.ok) throw new Error(record.error.message);
  return record.value;
}
