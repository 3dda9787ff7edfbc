import type { Stamp } from '../../clock/index.js';
import { expiresAt, latestStamp, withExpiry, type LwwRecord } from '../../crdt/index.js';
import type { Value } from '../../primitives/index.js';
import { shownValue } from './shown-value.js';

/** Read in one turn of the page: some milliseconds, where the code is new to the engine too. */
const RECORDS_PER_TURN = 2_048;

/**
 * CL-2: what storage holds of a map, made ready apart from what shows, so that it can show in one step whose cost does not grow with it. `base` becomes the
 * map's own.
 */
export class LoadedRecords {
  readonly base: Map<string, LwwRecord>;
  /** What shows of each by itself. */
  readonly values = new Map<string, Value>();
  /** Keys of records that have an end, come or not. */
  readonly ends = new Set<string>();
  #latest: Stamp | '' = '';

  constructor(base: Map<string, LwwRecord>) {
    this.base = base;
  }

  /** No stamp in it is later. */
  get latest(): Stamp | '' {
    return this.#latest;
  }

  /** Reads all of it, a step for each turn. `now`: the server's time, as well as it is known. */
  *read(now: number): Generator<void, void> {
    let count = 0;
    for (const [key, record] of this.base) {
      this.#take(key, record, now);
      count += 1;
      if (count % RECORDS_PER_TURN === 0) yield;
    }
  }

  #take(key: string, record: LwwRecord, now: number): void {
    const latest = latestStamp(record);
    if (latest > this.#latest) this.#latest = latest;
    let shown = record;
    if (record.expiry !== null) {
      const end = expiresAt(record);
      if (end !== null) this.ends.add(key);
      if (end !== null && end <= now) shown = withExpiry(record, now);
    }
    const value = shownValue(shown, undefined);
    if (value !== undefined) this.values.set(key, value);
  }
}

/** The same in one go. */
export function readAtOnce(base: Map<string, LwwRecord>, now: number): LoadedRecords {
  const loaded = new LoadedRecords(base);
  for (const _ of loaded.read(now));
  return loaded;
}
