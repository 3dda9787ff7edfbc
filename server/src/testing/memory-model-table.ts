import { ok } from '@topgun/core/primitives';
import type { Cell, ModelTable, RowOutcome, TableRow } from '../ports/model-table.js';

/** An app's table that other programs write too, in memory. */
export interface MemoryModelTable extends ModelTable {
  readonly rows: Map<string, TableRow>;
  /** Another program sets a cell, in a new row where there is none. */
  set(key: string, place: number, cell: Cell, at: number | null): void;
  /** What happens just before the server writes a row the next time. */
  race: (() => void) | null;
  /** Why it takes no such cell. */
  refuses: (cell: Cell) => boolean;
  isGone: boolean;
  /** How often the server has written. */
  readonly writes: number;
  /** How many rows were given out page by page. */
  readonly paged: number;
}

export function createMemoryModelTable(width: number, now: () => number | null): MemoryModelTable {
  const rows = new Map<string, TableRow>();
  const isAsRead = (row: TableRow): boolean => JSON.stringify(rows.get(row.key)) === JSON.stringify(row);
  let writes = 0;
  let paged = 0;

  const asked = async (): Promise<void> => {
    for (let turn = 0; turn < 3; turn += 1) await Promise.resolve();
    if (table.isGone) throw new Error('the table is out of reach');
  };
  const writing = async (write: () => RowOutcome): Promise<RowOutcome> => {
    await asked();
    const { race } = table;
    table.race = null;
    race?.();
    writes += 1;
    return write();
  };
  const put = (row: Omit<TableRow, 'changedAt' | 'isMarked' | 'fault'>): RowOutcome => {
    if (row.cells.some(table.refuses)) return { type: 'refused', reason: 'It does not take that.' };
    rows.set(row.key, { ...row, changedAt: now(), isMarked: false, fault: null });
    return { type: 'written' };
  };
  const merged = (cells: readonly Cell[], changes: ReadonlyMap<number, Cell>): Cell[] =>
    cells.map((cell, place) => changes.get(place) ?? (changes.has(place) ? null : cell));

  const table: MemoryModelTable = {
    rows,
    race: null,
    refuses: () => false,
    isGone: false,
    get writes() {
      return writes;
    },
    get paged() {
      return paged;
    },
    set(key, place, cell, at) {
      const cells = rows.get(key)?.cells ?? new Array<Cell>(width).fill(null);
      rows.set(key, {
        key,
        cells: merged(cells, new Map([[place, cell]])),
        changedAt: at,
        isMarked: false,
        fault: null,
      });
    },
    async check() {
      await asked();
      return ok(undefined);
    },
    async read(keys) {
      await asked();
      return keys.flatMap((key) => rows.get(key) ?? []);
    },
    async page(after, limit, since) {
      await asked();
      const later = [...rows.values()].filter(
        ({ key, changedAt }) =>
          (after === null || key > after) && (since === null || (changedAt !== null && changedAt >= since)),
      );
      const page = later.sort((a, b) => (a.key < b.key ? -1 : 1)).slice(0, limit);
      paged += page.length;
      return page;
    },
    async mark() {
      await asked();
      const times = [...rows.values()].flatMap(({ changedAt }) => changedAt ?? []);
      return times.length === 0 ? null : Math.max(...times);
    },
    async insert(added) {
      const outcomes: RowOutcome[] = [];
      for (const { key, cells } of added) {
        outcomes.push(
          await writing(() =>
            rows.has(key) ? { type: 'raced' } : put({ key, cells: merged(new Array<Cell>(width).fill(null), cells) }),
          ),
        );
      }
      return outcomes;
    },
    update: (row, { key, cells }) =>
      writing(() => (isAsRead(row) ? put({ key, cells: merged(row.cells, cells) }) : { type: 'raced' })),
    remove: (row) =>
      writing(() => {
        if (!isAsRead(row)) return { type: 'raced' };
        rows.delete(row.key);
        return { type: 'written' };
      }),
  };
  return table;
}
