import { type LwwRecord, mergeRecords } from '../../crdt/index.js';
import { assertNever } from '../../primitives/index.js';
import type { BaseChange } from '../ports/storage.js';

/** Applies one change of confirmed state to the records of a map, in place. */
export function applyBaseChange(records: Map<string, LwwRecord>, change: BaseChange): void {
  switch (change.type) {
    case 'merge': {
      const current = records.get(change.key);
      records.set(change.key, current === undefined ? change.delta : mergeRecords(current, change.delta));
      return;
    }
    case 'drop':
      records.delete(change.key);
      return;
    default:
      assertNever(change);
  }
}
