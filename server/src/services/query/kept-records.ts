import type { LwwRecord } from '@topgun/core/crdt';

/**
 * PI-47: of partitions that were unloaded, the records that live views may ask for again: what they show, what would move into their windows, and what they showed lately. Nobody
 * changes a record without having its partition loaded, and from then on it is asked for there; so these are always as the last commit left them.
 */
export class KeptRecords {
  readonly #byPartition = new Map<number, Map<string, Map<string, LwwRecord>>>();

  /** How many there are. */
  get size(): number {
    let size = 0;
    for (const maps of this.#byPartition.values()) for (const records of maps.values()) size += records.size;
    return size;
  }

  /** Whether what views may ask for of the partition was put here. */
  holds(partition: number): boolean {
    return this.#byPartition.has(partition);
  }

  record(partition: number, map: string, key: string): LwwRecord | undefined {
    return this.#byPartition.get(partition)?.get(map)?.get(key);
  }

  /** The partition is about to be unloaded: `records` are those that may be asked for. */
  keep(partition: number, records: Iterable<readonly [map: string, key: string, record: LwwRecord]>): void {
    const maps = new Map<string, Map<string, LwwRecord>>();
    for (const [map, key, record] of records) {
      const byKey = maps.get(map);
      if (byKey === undefined) maps.set(map, new Map([[key, record]]));
      else byKey.set(key, record);
    }
    this.#byPartition.set(partition, maps);
  }

  /** The partition is here again. */
  drop(partition: number): void {
    this.#byPartition.delete(partition);
  }

  /** Nobody views the map any more. */
  dropMap(map: string): void {
    for (const maps of this.#byPartition.values()) maps.delete(map);
  }
}
