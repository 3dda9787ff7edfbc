import { issue, within, type WireIssue } from '../crdt/wire-error.js';
import { checkWireRecord, type WireRecord } from '../crdt/wire-record.js';

/**
 * One step of a subscription's rows. `enter`: the row as a whole. `update`: a delta to what the subscriber holds.
 * `gone`: forget the row and its stamps. `out`: it is in the query no more; the delta says why (SY-4).
 */
export type RowChange =
  | readonly [type: 'enter' | 'update' | 'out', key: string, record: WireRecord]
  | readonly [type: 'gone', key: string];

/** Whether something has the form of a {@link RowChange}. */
export function checkRowChange(change: unknown): WireIssue | null {
  if (!Array.isArray(change)) return issue('', 'a row change is an array');
  const [type, key, record] = change as readonly unknown[];
  if (typeof key !== 'string') return issue('[1]', 'a key is a string');
  if (type === 'gone') return change.length === 2 ? null : issue('[2]', 'gone carries no record');
  if (type !== 'enter' && type !== 'update' && type !== 'out')
    return issue('[0]', 'enter, update, gone or out is expected');
  if (change.length !== 3) return issue('[2]', `${type} carries a record`);
  const wrong = checkWireRecord(record);
  return wrong === null ? null : within('[2]', wrong);
}
