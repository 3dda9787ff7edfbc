import { partitionOf, type Hash64 } from '@topgun/core/primitives';
import type { Query } from '@topgun/core/query';
import type { GridState } from '../crdt/grid-state.js';
import type { KeptRecords } from '../query/kept-records.js';
import { pinnedKeys } from '../query/pinned-keys.js';
import type { LoadFailure } from './load-failure.js';

export interface GatheringParts {
  readonly state: GridState;
  readonly kept: KeptRecords;
  readonly hash: Hash64;
  readonly need: (partitions: Iterable<number>) => Promise<LoadFailure | null> | null;
  /** What is brought in at once, in bytes. */
  readonly shareBytes: number;
  /** What the records of a partition take, or will when they are here. */
  readonly bytesOf: (partition: number) => number;
}

/**
 * PI-47: the records of a query that names keys, brought together though their partitions have no room beside each other: some come in at a time, and of those that go again what the
 * query names is kept, as it is for live views. From when it begins until it ends.
 */
export interface Gathering {
  /** `null`: all of it is here. Otherwise resolves when it is, or with why it cannot be had. */
  bringIn(): Promise<LoadFailure | null> | null;
  end(): void;
}

interface Gathered {
  readonly map: string;
  readonly keys: ReadonlyMap<number, readonly string[]>;
}

/** The gatherings that are under way. */
export class Gatherings {
  readonly #parts: GatheringParts;
  readonly #active = new Set<Gathered>();

  constructor(parts: GatheringParts) {
    this.#parts = parts;
  }

  /** `null`: the query may ask for any record of its map. */
  begin(map: string, { where, within, search }: Query): Gathering | null {
    const named = within === undefined && search === undefined ? pinnedKeys(where) : null;
    if (named === null) return null;
    const { hash, kept, need, state } = this.#parts;
    const keys = new Map<number, string[]>();
    for (const key of named) {
      const partition = partitionOf(hash, map, key);
      const of = keys.get(partition);
      if (of === undefined) keys.set(partition, [key]);
      else of.push(key);
    }
    const gathered: Gathered = { map, keys };
    this.#active.add(gathered);
    /** Of the rest it is not known what it has. */
    const missing = new Set<number>();
    for (const [partition, of] of keys) {
      const isKept = of.every((key) => kept.record(partition, map, key) !== undefined);
      if (state.isColdFor(partition, map) && !isKept) missing.add(partition);
    }
    const goOn = async (): Promise<LoadFailure | null> => {
      while (missing.size > 0) {
        const some = this.#fitting(missing);
        const failure = (await need(some)) ?? null;
        if (failure !== null) return failure;
        for (const partition of some) missing.delete(partition);
      }
      return null;
    };
    return {
      bringIn: () => (missing.size === 0 ? null : goOn()),
      end: () => void this.#active.delete(gathered),
    };
  }

  /** What is to be kept of a partition that is about to go. */
  *keysOf(partition: number): Iterable<readonly [map: string, key: string]> {
    for (const { map, keys } of this.#active) for (const key of keys.get(partition) ?? []) yield [map, key];
  }

  /** Something of the map is being gathered. */
  isGathered(map: string): boolean {
    for (const each of this.#active) if (each.map === map) return true;
    return false;
  }

  /** One at least. */
  #fitting(partitions: Iterable<number>): readonly number[] {
    const { bytesOf, shareBytes } = this.#parts;
    const some: number[] = [];
    let bytes = 0;
    for (const partition of partitions) {
      bytes += bytesOf(partition);
      if (some.length > 0 && bytes > shareBytes) break;
      some.push(partition);
    }
    return some;
  }
}
