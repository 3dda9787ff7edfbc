import type { RecordWrite } from './cold-row.js';

/** A record that waits to be written. */
export interface PendingRow extends RecordWrite {
  /** The commit that made it as it is. */
  readonly position: number;
  /** The first commit whose change of it the store lacks. */
  readonly since: number;
}

/**
 * PI-4: what write-behind owes the cold store: per record its latest state alone, so a record that changes a thousand
 * times between two writes costs one row. Holds records as they are; encoding waits until one is written.
 * Invariant: in order of `since`, so nothing waits longer because it keeps changing.
 */
export class PendingRows {
  #rows = new Map<string, PendingRow>();

  get size(): number {
    return this.#rows.size;
  }

  /** The first commit of which anything here is unwritten; `null` when nothing is. */
  get since(): number | null {
    for (const row of this.#rows.values()) return row.since;
    return null;
  }

  /** `position` is never below that of an earlier call. */
  add(write: RecordWrite, position: number): void {
    const place = placeOf(write);
    const { map, key, record } = write;
    const since = this.#rows.get(place)?.since ?? position;
    // Setting a key that is there keeps its place in line.
    this.#rows.set(place, { map, key, record, position, since });
  }

  /** Removes and returns up to `count` rows, those that have waited longest. */
  take(count: number): readonly PendingRow[] {
    const taken: PendingRow[] = [];
    for (const [place, row] of this.#rows) {
      if (taken.length === count) break;
      this.#rows.delete(place);
      taken.push(row);
    }
    return taken;
  }

  /** Undoes the last `take`: its rows wait in front again, in the state they have come to meanwhile. */
  putBack(taken: readonly PendingRow[]): void {
    const rows = new Map(taken.map((row) => [placeOf(row), row]));
    for (const [place, row] of this.#rows) {
      rows.set(place, { ...row, since: rows.get(place)?.since ?? row.since });
    }
    this.#rows = rows;
  }
}

/** Map names hold no NUL. */
const placeOf = ({ map, key }: RecordWrite): string => `${map}\0${key}`;
