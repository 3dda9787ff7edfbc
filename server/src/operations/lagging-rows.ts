import type { SegmentEntry } from '../services/persistence/segment.js';

/** PI-4: which rows may be older than their records: the cold store is written later, and `through` says up to where it is. */
export class LaggingRows {
  readonly through: number;
  readonly #partitions = new Set<number>();
  readonly #records = new Set<string>();

  constructor(through: number) {
    this.through = through;
  }

  /** What a snapshot says up to here the cold store may lack, if it was emptied or put back alone. */
  noteSnapshot(partition: number, position: number): void {
    if (position > this.through) this.#partitions.add(partition);
  }

  noteEntry(entry: SegmentEntry, position: number): void {
    if (position <= this.through) return;
    for (const [[, , map, key]] of entry.ops) this.#records.add(placeOf(map, key));
    for (const [map, key] of entry.merged ?? []) this.#records.add(placeOf(map, key));
    for (const [map, key] of entry.forgotten?.marks ?? []) this.#records.add(placeOf(map, key));
  }

  has(partition: number, map: string, key: string): boolean {
    return this.#partitions.has(partition) || this.#records.has(placeOf(map, key));
  }
}

/** Map names hold no NUL. */
const placeOf = (map: string, key: string): string => `${map}\0${key}`;
