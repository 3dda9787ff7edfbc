import type { GrownSlab } from '../slab/grown-slab.js';

/** A write that was let in, and is not in the records yet. */
export interface PendingWrite {
  readonly partition: number;
  readonly map: string;
  readonly key: string;
  /** Of a record that has nothing else. */
  readonly bytes: number;
}

/** What is known of the records that writes are about. */
export interface GrowingRecords {
  /** What those of a map may become there when more are put. */
  grown(partition: number, map: string): GrownSlab;
  /** How long the record is; 0: it is not there. */
  lengthOf(partition: number, map: string, key: string): number;
}

/** By partition and map. */
type Growing = Map<number, Map<string, GrownSlab>>;

/**
 * PI-46: how much more memory records take once all writes that were let in are part of them. What is let in is added; what became of it is looked up when something has changed,
 * rather than counted: a write may come to nothing in many ways.
 */
export class PendingGrowth {
  readonly #records: GrowingRecords;
  /** All that is on its way to the records. */
  readonly #pending: () => Iterable<PendingWrite>;
  /** Let in in this turn: it may not be on its way yet. */
  readonly #entered: PendingWrite[][] = [];
  #growing: Growing = new Map();
  #bytes = 0;
  #isOld = false;

  constructor(records: GrowingRecords, pending: () => Iterable<PendingWrite>) {
    this.#records = records;
    this.#pending = pending;
  }

  get bytes(): number {
    this.#bringUpToDate();
    return this.#bytes;
  }

  /** How much more than that it would be with these. */
  more(writes: Iterable<PendingWrite>): number {
    this.#bringUpToDate();
    const more: Growing = new Map();
    let bytes = 0;
    for (const write of writes) bytes += this.#add(more, write, this.#growing.get(write.partition)?.get(write.map));
    return bytes;
  }

  /** They are let in. */
  enter(writes: readonly PendingWrite[]): void {
    this.#bringUpToDate();
    this.#entered.push([...writes]);
    for (const write of writes) this.#bytes += this.#add(this.#growing, write);
  }

  /** A turn of the loop has ended: whatever was let in is on its way. */
  turned(): void {
    this.#entered.length = 0;
    this.#isOld = true;
  }

  /** Some of it is part of the records now, or came to nothing. */
  changed(): void {
    this.#isOld = true;
  }

  #bringUpToDate(): void {
    if (!this.#isOld) return;
    this.#isOld = false;
    this.#growing = new Map();
    this.#bytes = 0;
    for (const write of this.#pending()) this.#bytes += this.#add(this.#growing, write);
    for (const writes of this.#entered) for (const write of writes) this.#bytes += this.#add(this.#growing, write);
  }

  /** Says by how much it grows. What is written anew is as long as it was and as what is written, at most. */
  #add(to: Growing, { partition, map, key, bytes }: PendingWrite, base?: GrownSlab): number {
    let maps = to.get(partition);
    if (maps === undefined) to.set(partition, (maps = new Map()));
    let grown = maps.get(map);
    if (grown === undefined) maps.set(map, (grown = base?.copy() ?? this.#records.grown(partition, map)));
    const before = grown.bytes;
    const length = this.#records.lengthOf(partition, map, key);
    grown.set(bytes + length, length === 0);
    return grown.bytes - before;
  }
}
