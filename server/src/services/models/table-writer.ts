import { decodeRecord, type LwwRecord } from '@topgun/core/crdt';
import type { ColdRow } from '../../ports/cold-store.js';
import type { ModelTable, RowOutcome, TableRow } from '../../ports/model-table.js';
import { isSame, type KnownRows } from './known-rows.js';
import { heldRow, type HeldRow, type Mapping } from './mapping.js';
import type { ModelFaults } from './model-faults.js';
import { reconcile, type Base, type Reconciled } from './reconcile.js';

/** So often a row is read again that somebody else changes while it is to be written. */
const MAX_TRIES = 5;
/** So many rows are written at a time. */
const ABREAST = 8;

export interface TableWriterParts {
  readonly mapping: Mapping;
  readonly table: ModelTable;
  readonly known: KnownRows;
  readonly faults: ModelFaults;
  /** What the record is, as far as it is committed. */
  readonly committed: (key: string) => LwwRecord | undefined;
  /** The table does not take the record, or does again. */
  readonly onRefused: (key: string, isRefused: boolean) => void;
  /** Rows of which the map has something to take. */
  readonly onTake: (keys: readonly string[]) => void;
}

interface Change {
  readonly key: string;
  readonly held: HeldRow;
}

type Step = Change & { readonly row: TableRow | null; readonly base: Base; readonly todo: Reconciled };

/** MO-3: writes to a table what its map has changed. Only what was changed, and only where the row still is what was read. Rejects when the table cannot be reached. */
export class TableWriter {
  readonly #parts: TableWriterParts;

  constructor(parts: TableWriterParts) {
    this.#parts = parts;
  }

  /** The records as they are to be by now, each once. */
  async write(rows: readonly ColdRow[]): Promise<void> {
    const { known } = this.#parts;
    let left = rows.flatMap((row) => this.#changeOf(row) ?? []);
    if (left.length === 0) return;
    const end = known.write(left.map(({ key }) => key));
    try {
      for (let tries = 0; left.length > 0; tries += 1) {
        if (tries === MAX_TRIES) return this.#giveUp(left);
        left = await this.#writeOnce(left);
      }
    } finally {
      end();
    }
  }

  #giveUp(changes: readonly Change[]): void {
    for (const { key } of changes) this.#refuse(key, CHANGES_ALWAYS);
  }

  #refuse(key: string, message: string): void {
    const { faults, mapping, onRefused } = this.#parts;
    faults.note({ map: mapping.map, key, of: 'table', message });
    onRefused(key, true);
  }

  /** `null`: there is nothing to write. */
  #changeOf({ map, key, state }: ColdRow): Change | null {
    const { committed, faults, known, mapping } = this.#parts;
    if (state === null) return null;
    const record = decodeRecord(JSON.parse(state));
    if (!record.ok) throw new Error(`a row of ${map} that was to be written is damaged`);
    const held = heldRow(mapping, record.value);
    if (!held.ok) {
      faults.note({ map, key, of: 'table', message: held.error });
      return null;
    }
    const unheld = held.value.type === 'shown' ? [...held.value.unheld.values()] : [];
    if (unheld.length > 0) faults.note({ map, key, of: 'table', message: unheld.join(' ') });
    else faults.clear(map, key, 'table');
    const base = known.base(key, committed(key));
    if (!isSame(base, held.value)) return { key, held: held.value };
    known.settle(key, base, committed(key));
    return null;
  }

  /** Those that somebody else was faster with. */
  async #writeOnce(changes: readonly Change[]): Promise<Change[]> {
    const { committed, known, onTake, table } = this.#parts;
    const found = new Map((await table.read(changes.map(({ key }) => key))).map((row) => [row.key, row]));
    const steps = changes.map(({ key, held }): Step => {
      const row = found.get(key) ?? null;
      const base = known.base(key, committed(key));
      return { key, held, row, base, todo: reconcile(row, held, base) };
    });
    const raced: Change[] = [];
    await this.#perform(steps, (step, outcome) => {
      if (outcome.type === 'raced') raced.push(step);
      else this.#settle(step, outcome);
    });
    const taken = steps.filter(({ todo }) => todo.take !== null).map(({ key }) => key);
    if (taken.length > 0) onTake(taken);
    return raced;
  }

  async #perform(steps: readonly Step[], done: (step: Step, outcome: RowOutcome) => void): Promise<void> {
    const { table } = this.#parts;
    const inserted = steps.filter(({ todo, row }) => todo.owe === 'insert' && row === null);
    if (inserted.length > 0) {
      const outcomes = await table.insert(inserted.map(({ key, held }) => ({ key, cells: cellsOf(held, 'all') })));
      inserted.forEach((step, place) => done(step, outcomes[place]!));
    }
    const others = steps.filter(({ todo, row }) => todo.owe !== 'insert' || row !== null);
    for (let next = 0; next < others.length; next += ABREAST) {
      await Promise.all(
        others.slice(next, next + ABREAST).map(async (step) => done(step, await this.#performOne(step))),
      );
    }
  }

  async #performOne({ key, held, row, todo }: Step): Promise<RowOutcome> {
    const { table } = this.#parts;
    if (row === null || todo.owe === null) return WRITTEN;
    if (row.fault !== null) return { type: 'refused', reason: row.fault };
    if (todo.owe === 'delete') return table.remove(row);
    return table.update(row, { key, cells: cellsOf(held, todo.owe === 'insert' ? 'all' : todo.owe) });
  }

  #settle({ key, held, row, base, todo }: Step, outcome: RowOutcome): void {
    const { committed, known, onRefused } = this.#parts;
    if (outcome.type === 'refused') this.#refuse(key, outcome.reason);
    if (outcome.type !== 'written') return;
    onRefused(key, false);
    const record = committed(key);
    if (todo.take === 'create' || todo.take === 'remove') return;
    if (held.type === 'gone') known.settle(key, GONE, record);
    else known.settle(key, { ...rowAfter(held, row, base, todo, this.#now(record)), floor: held.floor }, record);
  }

  #now(record: LwwRecord | undefined): HeldRow | null {
    const held = heldRow(this.#parts.mapping, record);
    return held.ok ? held.value : null;
  }
}

const CHANGES_ALWAYS =
  'The row is another each time it is to be written, or holds what the database does not find again.';
const WRITTEN: RowOutcome = { type: 'written' };
const GONE: Base = { type: 'none', isOwed: false };

function cellsOf(held: HeldRow, places: 'all' | readonly number[]): Map<number, TableRow['cells'][number]> {
  const cells = held.type === 'shown' ? held.cells : [];
  const wanted = places === 'all' ? [...cells.keys()] : places;
  return new Map(wanted.map((place) => [place, cells[place]!]));
}

/** What the table has by now. Of what the map is still to take, it is as before that they differ. */
function rowAfter(
  held: Extract<HeldRow, { type: 'shown' }>,
  row: TableRow | null,
  base: Base,
  { take, owe }: Reconciled,
  now: HeldRow | null,
): Extract<Base, { type: 'row' }> {
  const cells = held.cells.map((cell, place) => {
    if (row === null || owe === 'insert') return cell;
    if (Array.isArray(owe) && owe.includes(place)) return cell;
    const seen = row.cells[place];
    if (!Array.isArray(take) || !take.includes(place)) return seen;
    if (now?.type === 'shown' && now.cells[place] === seen) return seen;
    return base.type === 'row' ? base.cells[place] : undefined;
  });
  return { type: 'row', cells, floor: held.floor, isOwed: false };
}
