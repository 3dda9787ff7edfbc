import { isVisible } from '@topgun/core/crdt';
import type { ChangeMark, ModelTable } from '../../ports/model-table.js';
import type { KnownRows } from './known-rows.js';
import type { ModelHost } from './model-host.js';
import type { RowTaker, SeenRow, Taken } from './row-taker.js';

/** So many rows are looked at together: a commit, at most. */
const SLICE_ROWS = 500;
/** So many records at least have to be missing before it is thought to be a mistake. */
const FEW = 10;
/** Rows that the server itself is writing are looked at again, so often. */
const MAX_LOOKS = 5;

/** What a look at a table has come to. */
export interface RefreshReport {
  /** Rows and keys that were looked at. */
  readonly looked: number;
  /** Of these so many changed the map. */
  readonly taken: number;
  /** Of these so many are written to the table, soon. */
  readonly owed: number;
  /** Records without a row that were left alone, since they were more than half of the map's. */
  readonly spared: number;
}

export interface MapRefreshParts {
  readonly map: string;
  readonly table: ModelTable;
  readonly known: KnownRows;
  readonly taker: RowTaker;
  readonly host: ModelHost;
  readonly isStopped: () => boolean;
}

/** MO-5: looks at the rows of a table, slice by slice, and has taken what others have changed. One look at a time. */
export class MapRefresh {
  readonly #parts: MapRefreshParts;
  #report = NOTHING;

  constructor(parts: MapRefreshParts) {
    this.#parts = parts;
  }

  /** These keys alone. */
  async keys(keys: readonly string[]): Promise<RefreshReport> {
    this.#report = NOTHING;
    for (const some of slices(keys)) await this.#lookAt(some);
    return this.#report;
  }

  /** The rows that the polled column has at this mark or later. */
  async since(mark: ChangeMark | null): Promise<RefreshReport> {
    this.#report = NOTHING;
    await this.#pages(mark, () => undefined);
    return this.#report;
  }

  /** Everything, removals too. `removesMost`: also when more than half of the map's records have no row. */
  async all(removesMost: boolean): Promise<RefreshReport> {
    const { host, map } = this.#parts;
    this.#report = NOTHING;
    const seen = new Set<string>();
    await this.#pages(null, (key) => seen.add(key));
    if (this.#parts.isStopped() || !(await host.need(map, null))) return this.#report;
    let shown = 0;
    const missing: string[] = [];
    for (const [key, record] of host.records(map)) {
      if (!isVisible(record)) continue;
      shown += 1;
      if (!seen.has(key)) missing.push(key);
    }
    const gone = missing.filter((key) => this.#wasThere(key)).length;
    if (gone >= FEW && gone > shown / 2 && !removesMost) {
      this.#add({ taken: 0, owed: 0, looked: 0, spared: gone });
      return this.#report;
    }
    for (const some of slices(missing)) await this.#lookAt(some);
    return this.#report;
  }

  #wasThere(key: string): boolean {
    const { host, known, map } = this.#parts;
    return known.base(key, host.record(map, key)).type === 'row';
  }

  async #pages(since: ChangeMark | null, see: (key: string) => void): Promise<void> {
    const { host, known, table } = this.#parts;
    let after: string | null = null;
    while (!this.#parts.isStopped()) {
      await host.room();
      const look = known.look();
      try {
        const rows = await table.page(after, SLICE_ROWS, since);
        for (const { key } of rows) see(key);
        const stale = await this.#take(
          rows.map((row): SeenRow => [row.key, row]),
          look,
        );
        await this.#again(stale);
        after = rows.at(-1)?.key ?? null;
        if (rows.length < SLICE_ROWS) return;
      } finally {
        look.end();
      }
    }
  }

  async #again(keys: readonly string[]): Promise<void> {
    let left = keys;
    for (let looks = 0; looks < MAX_LOOKS && left.length > 0; looks += 1) left = await this.#lookAt(left);
  }

  /** Those that the server was about to write. */
  async #lookAt(keys: readonly string[]): Promise<readonly string[]> {
    const { host, known, table } = this.#parts;
    if (this.#parts.isStopped()) return [];
    await host.room();
    const look = known.look();
    try {
      const rows = new Map((await table.read(keys)).map((row) => [row.key, row]));
      return await this.#take(
        keys.map((key): SeenRow => [key, rows.get(key) ?? null]),
        look,
      );
    } finally {
      look.end();
    }
  }

  async #take(seen: readonly SeenRow[], look: Parameters<RowTaker['take']>[1]): Promise<readonly string[]> {
    if (seen.length === 0) return [];
    const taken = await this.#parts.taker.take(seen, look);
    if (taken === false) throw new Error('the server takes nothing at the moment');
    this.#add({ ...taken, looked: seen.length - taken.stale.length, spared: 0 });
    return taken.stale;
  }

  #add({ taken, owed, looked, spared }: Omit<Taken, 'stale'> & Pick<RefreshReport, 'looked' | 'spared'>): void {
    const { looked: before, ...report } = this.#report;
    this.#report = {
      looked: before + looked,
      taken: report.taken + taken,
      owed: report.owed + owed,
      spared: report.spared + spared,
    };
  }
}

const NOTHING: RefreshReport = { looked: 0, taken: 0, owed: 0, spared: 0 };

function* slices(keys: readonly string[]): Iterable<readonly string[]> {
  for (let from = 0; from < keys.length; from += SLICE_ROWS) yield keys.slice(from, from + SLICE_ROWS);
}
