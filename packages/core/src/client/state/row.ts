import { isPlainObject, type Value } from '../../primitives/index.js';
import { KEY_FIELD, type Entry } from '../../query/index.js';

/** A record as queries give it: an object with its key beside its fields; any other value beside its key. */
export type Row<T> = T extends object
  ? T extends readonly unknown[] | Uint8Array
    ? { readonly _key: string; readonly value: T }
    : T & { readonly _key: string }
  : { readonly _key: string; readonly value: T };

/** What the engine knows of a row; handles give it the app's type. */
export type AnyRow = Row<Record<string, Value>>;

const rows = new WeakMap<object, AnyRow>();

/** The row of an entry: the same object for the same record as long as its value is. */
export function rowOf(entry: Entry): AnyRow {
  const { key, value } = entry;
  const isObject = isPlainObject(value);
  // An object's row is shared by all views; what has no identity of its own is known by the entry.
  const known = rows.get(isObject ? value : entry);
  if (known !== undefined && known._key === key) return known;
  const row = (isObject ? { ...value, [KEY_FIELD]: key } : { [KEY_FIELD]: key, value }) as AnyRow;
  rows.set(isObject ? value : entry, row);
  return row;
}

/** Entries as last shown, with their rows. */
export interface ShownRows {
  readonly entries: readonly Entry[];
  readonly rows: readonly AnyRow[];
}

/** The rows of `entries`. The array is `shown.rows` itself when nothing differs. */
export function showRows(entries: readonly Entry[], shown: ShownRows): ShownRows {
  if (entries === shown.entries) return shown;
  const next: AnyRow[] = [];
  let isSame = entries.length === shown.entries.length;
  // Both lists are walked side by side, a row that came or went shifting one against the other: for all but the
  // rows that differ this is a comparison of two pointers.
  let at = 0;
  for (const entry of entries) {
    if (shown.entries[at] !== entry && shown.entries[at + 1] === entry) at++;
    const before = shown.entries[at];
    const isShown = before === entry || (before?.key === entry.key && before.value === entry.value);
    if (isShown) {
      next.push(shown.rows[at] as AnyRow);
    } else {
      next.push(rowOf(entry));
      isSame = false;
    }
    if (isShown || before?.key === entry.key) at++;
  }
  if (isSame && next.every((row, i) => row === shown.rows[i])) return { entries, rows: shown.rows };
  return { entries, rows: next };
}
