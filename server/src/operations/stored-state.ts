import type { ReplicaId } from '@topgun/core/clock';
import { typeOfRecord, type LwwRecord, type MapType } from '@topgun/core/crdt';
import { partitionOf, type Hash64 } from '@topgun/core/primitives';
import type { MutableState } from '../services/crdt/state-view.js';
import { indexAll } from '../services/layout/index-records.js';
import { RecordReader } from '../services/layout/record-reader.js';
import type { PartitionSnapshot, RecordSection } from '../services/layout/snapshot-layout.js';
import type { Finding } from './finding.js';

interface StoredMap {
  /** Of the section that it was in its snapshot. */
  readonly reader: RecordReader | null;
  /** Records, or where they begin in the section. */
  readonly held: Map<string, LwwRecord | number>;
}

interface StoredPartition {
  readonly maps: Map<string, StoredMap>;
  readonly decided: Map<ReplicaId, number>;
}

/**
 * What snapshots and the log say, for a look at all of it. Unlike the state of a host it takes whatever can be read and says what is wrong with the rest; and it leaves records in the
 * bytes of their snapshots, each read as often as it is asked for.
 */
export class StoredState implements MutableState {
  readonly #hash: Hash64;
  readonly #partitions = new Map<number, StoredPartition>();
  readonly #types = new Map<string, MapType>();

  constructor(hash: Hash64) {
    this.#hash = hash;
  }

  /** Takes a snapshot over. Reads every record of it. */
  restore({ partition, types, progress, sections }: PartitionSnapshot): readonly Finding[] {
    const findings: Finding[] = [];
    const owned = this.#owned(partition);
    for (const [map, type] of types) this.fixMapType(map, type);
    for (const [replica, { decided }] of progress) owned.decided.set(replica, decided);
    for (const section of sections) {
      const stored = { reader: new RecordReader(section.bytes), held: new Map<string, LwwRecord | number>() };
      owned.maps.set(section.map, stored);
      for (const finding of this.#readSection(partition, section, stored)) findings.push(finding);
    }
    return findings;
  }

  *#readSection(
    partition: number,
    section: RecordSection,
    { reader, held }: StoredMap & { readonly reader: RecordReader },
  ): Iterable<Finding> {
    const { map } = section;
    const indexed = indexAll(section);
    if (!indexed.ok) {
      const message = `The snapshot of partition ${partition} is damaged: ${indexed.error.reason}.`;
      yield { code: 'snapshot-damaged', message };
      return;
    }
    for (const [key, at] of indexed.value) {
      if (reader.record(at) === null) {
        const message = `Record ${nameOf(map, key)} in the snapshot of partition ${partition} is damaged: ${String(reader.fault)}.`;
        yield { code: 'snapshot-damaged', message };
        continue;
      }
      held.set(key, at);
      const home = partitionOf(this.#hash, map, key);
      if (home === partition) continue;
      const message = `Record ${nameOf(map, key)} is in partition ${partition}, and belongs to ${home}.`;
      yield { code: 'record-misplaced', message };
    }
  }

  hasPartition(partition: number): boolean {
    return this.#partitions.has(partition);
  }

  record(partition: number, map: string, key: string): LwwRecord | undefined {
    const stored = this.#partitions.get(partition)?.maps.get(map);
    const held = stored?.held.get(key);
    if (typeof held !== 'number') return held;
    return stored?.reader?.record(held) ?? undefined;
  }

  /** Of the partition that the key belongs to. */
  find(map: string, key: string): LwwRecord | undefined {
    return this.record(partitionOf(this.#hash, map, key), map, key);
  }

  putRecord(partition: number, map: string, key: string, record: LwwRecord): void {
    const { maps } = this.#owned(partition);
    let stored = maps.get(map);
    if (stored === undefined) maps.set(map, (stored = { reader: null, held: new Map() }));
    stored.held.set(key, record);
    const type = typeOfRecord(record);
    if (type !== null) this.fixMapType(map, type);
  }

  forgetRecord(partition: number, map: string, key: string): void {
    this.#partitions.get(partition)?.maps.get(map)?.held.delete(key);
  }

  /** The keys of a map's records, and the partitions they lie in. */
  *keys(map: string): Iterable<readonly [partition: number, key: string]> {
    for (const [partition, { maps }] of this.#partitions) {
      for (const key of maps.get(map)?.held.keys() ?? []) yield [partition, key];
    }
  }

  maps(): ReadonlySet<string> {
    const names = new Set<string>();
    for (const { maps } of this.#partitions.values()) {
      for (const [map, { held }] of maps) if (held.size > 0) names.add(map);
    }
    return names;
  }

  decided(partition: number, replica: ReplicaId): number {
    return this.#partitions.get(partition)?.decided.get(replica) ?? 0;
  }

  decide(partition: number, replica: ReplicaId, seq: number): void {
    this.#owned(partition).decided.set(replica, seq);
  }

  mapType(map: string): MapType | undefined {
    return this.#types.get(map);
  }

  fixMapType(map: string, type: MapType): void {
    if (!this.#types.has(map)) this.#types.set(map, type);
  }

  /** Nobody is refused anything here. */
  refusal(): undefined {
    return undefined;
  }

  /** Whoever only looks forgets nothing by it. */
  forgetThrough(): void {}

  #owned(partition: number): StoredPartition {
    let owned = this.#partitions.get(partition);
    if (owned === undefined) this.#partitions.set(partition, (owned = { maps: new Map(), decided: new Map() }));
    return owned;
  }
}

/** For sentences. */
export const nameOf = (map: string, key: string): string => `${JSON.stringify(key)} of ${map}`;
