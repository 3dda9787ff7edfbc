import type { Stamp } from '@topgun/core/clock';
import { latestStamp, type LwwRecord } from '@topgun/core/crdt';
import type { Clock } from '../../ports/environment.js';
import type { ModelTable, TableRow } from '../../ports/model-table.js';
import type { Overlay } from '../crdt/overlay.js';
import type { DecidedCall } from '../procedures/decide-call.js';
import { isSame, type KnownRows, type Look } from './known-rows.js';
import { heldRow, withCells, type HeldRow, type Mapping } from './mapping.js';
import type { ModelFaults } from './model-faults.js';
import type { ModelHost } from './model-host.js';
import { reconcile, type Base } from './reconcile.js';

export interface RowTakerParts {
  readonly mapping: Mapping;
  readonly table: ModelTable;
  readonly known: KnownRows;
  readonly faults: ModelFaults;
  readonly host: ModelHost;
  readonly clock: Clock;
}

/** A row as it was seen, `null`: there is none. */
export type SeenRow = readonly [key: string, row: TableRow | null];

/** What has come of rows that were looked at. */
export interface Taken {
  /** Rows that changed the map. */
  readonly taken: number;
  /** Records that are to be written to the table. */
  readonly owed: number;
  /** Rows that the server itself was about to write: they have to be looked at again. */
  readonly stale: readonly string[];
}

/** MO-5: gives a map what others have changed in its table. */
export class RowTaker {
  readonly #parts: RowTakerParts;

  constructor(parts: RowTakerParts) {
    this.#parts = parts;
  }

  /** `look`: since before the rows were read. False: the host takes nothing more. */
  async take(seen: readonly SeenRow[], look: Look): Promise<Taken | false> {
    const { host, mapping } = this.#parts;
    if (
      !(await host.need(
        mapping.map,
        seen.map(([key]) => key),
      ))
    )
      return false;
    let settled: readonly (readonly [key: string, base: Base])[] = [];
    let counts = { taken: 0, stale: [] as string[] };
    const isDone = await host.decide((overlay) => {
      const turn = this.#decide(seen, look, overlay);
      ({ settled, ...counts } = turn);
      return turn.decided;
    });
    if (!isDone) return false;
    return { ...counts, owed: this.#settle(settled, look) };
  }

  /** In the turn of the pipeline. */
  #decide(seen: readonly SeenRow[], look: Look, overlay: Overlay) {
    const { faults, host, known, mapping } = this.#parts;
    const { map } = mapping;
    const entries: DecidedCall['entries'][number][] = [];
    const events: DecidedCall['events'][number][] = [];
    const settled: (readonly [string, Base])[] = [];
    const stale: string[] = [];
    let taken = 0;
    for (const [key, row] of seen) {
      if (look.isStale(key)) {
        stale.push(key);
        continue;
      }
      const record = host.staged(overlay, map, key);
      const held = heldRow(mapping, record);
      const fault = row?.fault ?? (held.ok ? null : held.error);
      if (fault !== null || !held.ok) {
        faults.note({ map, key, of: 'map', message: fault ?? '' });
        continue;
      }
      const committed = host.record(map, key);
      const base = known.base(key, committed);
      const { take } = reconcile(row, held.value, base);
      if (take !== null) {
        const decided = this.#takeOne(overlay, key, row, record, held.value, take);
        if (typeof decided === 'string') {
          faults.note({ map, key, of: 'map', message: decided });
          continue;
        }
        entries.push(...decided.entries);
        events.push(...decided.events);
        taken += 1;
      }
      faults.clear(map, key, 'map');
      settled.push([key, seenBase(row, host.staged(overlay, map, key))]);
    }
    return { settled, stale, taken, decided: { entries, events } };
  }

  #takeOne(
    overlay: Overlay,
    key: string,
    row: TableRow | null,
    record: LwwRecord | undefined,
    held: HeldRow,
    take: readonly number[] | 'create' | 'remove',
  ): DecidedCall | string {
    const { clock, host, mapping } = this.#parts;
    const now = clock.now();
    const at = Math.min(row?.changedAt ?? now, now);
    const place = { map: mapping.map, key, at };
    if (take === 'remove' || row === null) {
      return host.take(overlay, {
        ...place,
        next: () => undefined,
        after: record === undefined ? '' : latestStamp(record),
      });
    }
    const places = take === 'create' ? [...row.cells.keys()] : take;
    const after = take === 'create' || held.type === 'gone' ? wholeStamp(record) : fieldStamp(record, held, take);
    return host.take(overlay, { ...place, next: (previous) => withCells(mapping, previous, row.cells, places), after });
  }

  /** How many of them the table is owed something of. */
  #settle(settled: readonly (readonly [key: string, base: Base])[], look: Look): number {
    const { host, known, mapping } = this.#parts;
    const owed: string[] = [];
    for (const [key, base] of settled) {
      if (look.isStale(key)) continue;
      const committed = host.record(mapping.map, key);
      known.settle(key, base, committed);
      const held = heldRow(mapping, committed);
      if (held.ok && !isSame(base, held.value)) owed.push(key);
    }
    if (owed.length > 0) host.owe(mapping.map, owed);
    return owed.length;
  }
}

function seenBase(row: TableRow | null, record: LwwRecord | undefined): Base {
  if (row === null || row.isMarked) return { type: 'none', isOwed: false };
  return { type: 'row', cells: row.cells, floor: record?.floor ?? '', isOwed: false };
}

const wholeStamp = (record: LwwRecord | undefined): Stamp | '' => (record === undefined ? '' : latestStamp(record));

/** The latest of those that are written over; fields beside them keep their own. */
function fieldStamp(record: LwwRecord | undefined, held: HeldRow, places: readonly number[]): Stamp | '' {
  let latest: Stamp | '' = record?.floor ?? '';
  if (held.type === 'shown') for (const place of places) if (held.stamps[place]! > latest) latest = held.stamps[place]!;
  return latest;
}
