import { decodeRecord, encodeRecord, wireValue, type LwwRecord } from '../../crdt/index.js';
import type { Value } from '../../primitives/index.js';
import type { KeptView, StorageCommit } from '../ports/storage.js';
import { parseArray } from './op-codec.js';
import { ROW_VERSION, viewRowId, type ViewRow } from './stored-rows.js';

/** So many views are kept of a database, so many rows of each, and so many characters: more would take longer to read than the map. */
export const MAX_KEPT_VIEWS = 64;
export const MAX_KEPT_ROWS = 200;
const MAX_CHARS = 256 * 1024;

type Row = readonly [key: string, record: unknown];

export function viewToRow(view: KeptView): ViewRow {
  const { texts, isWhole } = firstRows(view);
  const hasMore = view.hasMore || !isWhole;
  return { id: viewRowId(view.key), v: ROW_VERSION, hasMore, ...answer(view), records: `[${texts.join(',')}]` };
}

/** `null`: it is not what `viewToRow` writes. */
export function rowToView(key: string, row: ViewRow): KeptView | null {
  const parsed = parseArray(row.records);
  if (parsed === null || typeof row.hasMore !== 'boolean') return null;
  if (!parsed.every(isRow)) return null;
  if (row.isAnswer === true) {
    const values = valuesOf(parsed);
    if (values !== null) return new KeptAnswer(key, row.hasMore, values, parsed);
  }
  const records = new Map<string, LwwRecord>();
  for (const [rowKey, wire] of parsed) {
    const record = decodeRecord(wire);
    if (!record.ok) return null;
    records.set(rowKey, record.value);
  }
  return { key, records, hasMore: row.hasMore, ...answer(row) };
}

const isRow = (item: unknown): item is Row => Array.isArray(item) && item.length === 2 && typeof item[0] === 'string';

/** `null`: some record has to be read to know what shows of it. */
function valuesOf(rows: readonly Row[]): Map<string, Value> | null {
  const values = new Map<string, Value>();
  for (const [key, wire] of rows) {
    const value = wireValue(wire);
    if (value === undefined) return null;
    values.set(key, value);
  }
  return values;
}

/** An answer that shows at once. Its records are read when somebody writes to them, or has something to compare with them. */
class KeptAnswer implements KeptView {
  readonly isAnswer = true;
  readonly key: string;
  readonly hasMore: boolean;
  readonly values: ReadonlyMap<string, Value>;
  readonly #rows: readonly Row[];
  #records: Map<string, LwwRecord> | null = null;

  constructor(key: string, hasMore: boolean, values: ReadonlyMap<string, Value>, rows: readonly Row[]) {
    this.key = key;
    this.hasMore = hasMore;
    this.values = values;
    this.#rows = rows;
  }

  get records(): ReadonlyMap<string, LwwRecord> {
    this.#records ??= new Map(
      this.#rows.flatMap(([key, wire]) => {
        const record = decodeRecord(wire);
        // What shows of it was read all the same, until its map is loaded.
        return record.ok ? [[key, record.value] as const] : [];
      }),
    );
    return this.#records;
  }
}

const answer = ({ isAnswer }: { readonly isAnswer?: unknown }): Pick<KeptView, 'isAnswer'> =>
  isAnswer === true ? { isAnswer } : {};

/** As much of the view as is kept. */
export function boundedView(view: KeptView): KeptView {
  const { texts, isWhole } = firstRows(view);
  if (isWhole) return view;
  return { key: view.key, records: new Map([...view.records].slice(0, texts.length)), hasMore: true, ...answer(view) };
}

function firstRows({ records }: KeptView): { readonly texts: readonly string[]; readonly isWhole: boolean } {
  const texts: string[] = [];
  let chars = 0;
  for (const [key, record] of records) {
    if (texts.length === MAX_KEPT_ROWS) return { texts, isWhole: false };
    const text = JSON.stringify([key, encodeRecord(record)] satisfies Row);
    chars += text.length;
    if (chars > MAX_CHARS) return { texts, isWhole: false };
    texts.push(text);
  }
  return { texts, isWhole: true };
}

/** The rows that a commit drops, by map. They are to leave what was kept of views too: they may have been taken from whoever uses this device. */
export function droppedRows({ base = [] }: StorageCommit): ReadonlyMap<string, ReadonlySet<string>> {
  const dropped = new Map<string, Set<string>>();
  for (const { map, changes } of base) {
    for (const { type, key } of changes) {
      if (type !== 'drop') continue;
      const keys = dropped.get(map);
      if (keys === undefined) dropped.set(map, new Set([key]));
      else keys.add(key);
    }
  }
  return dropped;
}

/** The map of a view: its key begins with it, and map names hold no NUL. */
export const mapOfView = (key: string): string => key.slice(0, key.indexOf('\0'));

/** The view without these rows; the view itself when it has none of them. */
export function withoutRows(view: KeptView, keys: ReadonlySet<string>): KeptView {
  const left = [...view.records].filter(([key]) => !keys.has(key));
  if (left.length === view.records.size) return view;
  return { key: view.key, records: new Map(left), hasMore: view.hasMore, ...answer(view) };
}
