import type { Stamp } from '@topgun/core/clock';
import { isVisible, latestStamp, type LwwRecord } from '@topgun/core/crdt';
import { err, isPlainObject, ok, setOwn, type PlainObject, type Result, type Value } from '@topgun/core/primitives';
import type { Cell } from '../../ports/model-table.js';
import { shownOnce } from '../query/shown-value.js';
import { cellToValue, valueToCell, type Column } from './columns.js';

/** MO-1: which field is which column. Fields that are not named stay in the map alone, columns that are not named stay as they are. */
export interface Mapping {
  readonly map: string;
  readonly columns: readonly Column[];
}

/** What a record would be in the table. */
export type HeldRow =
  | {
      readonly type: 'shown';
      readonly cells: readonly Cell[];
      /** When each of them was written. */
      readonly stamps: readonly Stamp[];
      /** The record has been there anew since: CR-3. */
      readonly floor: Stamp | '';
      /** Fields that their columns cannot hold, by their place, and why. What they hold then counts for nothing. */
      readonly unheld: ReadonlyMap<number, string>;
    }
  /** `removed`: `''` where nothing is known of the key. */
  | { readonly type: 'gone'; readonly removed: Stamp | '' };

/** MO-2: what the table is to hold of a record; else why it cannot, as a sentence. */
export function heldRow({ columns }: Mapping, record: LwwRecord | undefined): Result<HeldRow, string> {
  if (record === undefined) return ok({ type: 'gone', removed: '' });
  const { existence } = record;
  if (existence === null || !isVisible(record)) return ok({ type: 'gone', removed: latestStamp(record) });
  const value = shownOnce(record);
  if (!isPlainObject(value)) return err('The record is no object with fields.');
  const unheld = new Map<number, string>();
  const cells = columns.map((column, place): Cell => {
    const cell = valueToCell(column, ownField(value, column.field));
    if (cell.ok) return cell.value;
    unheld.set(place, `The field ${column.field} is not written: ${cell.error}.`);
    return null;
  });
  const stamps = columns.map(({ field }) => record.fields.get(field)?.stamp ?? existence.stamp);
  return ok({ type: 'shown', cells, stamps, floor: record.floor, unheld });
}

/** The record with these cells in the place of its own. `places`: which; all that are missing stay. */
export function withCells(
  { columns }: Mapping,
  previous: Value | undefined,
  cells: readonly Cell[],
  places: readonly number[],
): PlainObject {
  const next: Record<string, Value> = {};
  if (isPlainObject(previous)) for (const [name, value] of Object.entries(previous)) setOwn(next, name, value);
  for (const place of places) {
    const column = columns[place]!;
    const value = cellToValue(column, cells[place]!);
    if (value === undefined) Reflect.deleteProperty(next, column.field);
    else setOwn(next, column.field, value);
  }
  return next;
}

const ownField = (object: PlainObject, name: string): Value | undefined =>
  Object.hasOwn(object, name) ? object[name] : undefined;
