import type { RecordWrite } from './cold-row.js';

/** A record that waits to be written. */
export interface PendingRow extends RecordWrite {
  /** The commit that made it as it is. */
  readonly position: number;
  /** The first commit whose change of it the store lacks. */
  readonly since: number;
}

/** While it waits, what is written last is its state. */
type WaitingRow = { -readonly [Name in keyof PendingRow]: PendingRow[Name] };

/** So many rows that were taken may stand in front before they are cleared away. */
const MAX_TAKEN = 1_024;

/**
 * PI-4: what write-behind owes the cold store: per record its latest state alone, so a record that changes a thousand
 * times between two writes costs one row. Holds records as they are; encoding waits until one is written.
 * Invariant: in order of `since`, so nothing waits longer because it keeps changing.
 */
export class PendingRows {
  #rows: WaitingRow[] = [];
  /** Those before it have been taken. */
  #head = 0;
  #hasLate = false;
  /** The rows that wait, by map and key. */
  readonly #places = new Map<string, Map<string, WaitingRow>>();

  get size(): number {
    return this.#rows.length - this.#head;
  }

  /** The first commit of which anything here is unwritten; `null` when nothing is. */
  get since(): number | null {
    return this.#rows[this.#head]?.since ?? null;
  }

  /** `position` is never below that of an earlier call. */
  add({ map, key, after }: RecordWrite, position: number): void {
    const waiting = this.#places.get(map)?.get(key);
    if (waiting === undefined) {
      const row = { map, key, after, position, since: position };
      this.#rows.push(row);
      this.#place(row);
    } else {
      waiting.after = after;
      waiting.position = position;
    }
  }

  /**
   * What an earlier commit made of a record that is not here yet. Until `order` is called the invariant does not hold: of what is written nothing can be said but
   * that it is.
   */
  addLate({ map, key, after }: RecordWrite, position: number): void {
    this.#hasLate = true;
    const waiting = this.#places.get(map)?.get(key);
    if (waiting === undefined) {
      const row = { map, key, after, position, since: position };
      this.#rows.push(row);
      this.#place(row);
    } else if (waiting.position <= position) {
      waiting.after = after;
      waiting.position = position;
    }
  }

  order(): void {
    this.#rows = this.#rows.slice(this.#head).sort((a, b) => a.since - b.since);
    this.#head = 0;
  }

  /** Removes and returns up to `count` rows, those that have waited longest. */
  take(count: number): readonly PendingRow[] {
    const taken = this.#rows.slice(this.#head, this.#head + count);
    for (const { map, key } of taken) {
      const byKey = this.#places.get(map);
      byKey?.delete(key);
      if (byKey?.size === 0) this.#places.delete(map);
    }
    this.#head += taken.length;
    if (this.#head > MAX_TAKEN || this.size === 0) {
      this.#rows = this.#rows.slice(this.#head);
      this.#head = 0;
    }
    return taken;
  }

  /** Undoes the last `take`: its rows wait in front again, in the state they have come to meanwhile. */
  putBack(taken: readonly PendingRow[]): void {
    const changed = new Set<WaitingRow>();
    const front = taken.map(({ since, ...row }): WaitingRow => {
      const newer = this.#places.get(row.map)?.get(row.key);
      if (newer !== undefined) changed.add(newer);
      return { ...row, ...newer, since };
    });
    this.#rows = [...front, ...this.#rows.slice(this.#head).filter((row) => !changed.has(row))];
    this.#head = 0;
    for (const row of front) this.#place(row);
    // They were taken out of order, if anything was late.
    if (this.#hasLate) this.order();
  }

  #place(row: WaitingRow): void {
    let byKey = this.#places.get(row.map);
    if (byKey === undefined) this.#places.set(row.map, (byKey = new Map()));
    byKey.set(row.key, row);
  }
}
