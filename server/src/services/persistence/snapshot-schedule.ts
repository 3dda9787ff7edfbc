/** How much of the log may have to be read at a start, and so be kept. */
export interface SnapshotPolicy {
  readonly ops: number;
  readonly bytes: number;
}

/** What one commit did, as far as the log is concerned. */
export interface CommitWeight {
  readonly partitions: Iterable<number>;
  readonly ops: number;
  readonly bytes: number;
}

/** When a partition first differed from its snapshot, and what had been logged before that. */
interface Since {
  readonly position: number;
  readonly ops: number;
  readonly bytes: number;
}

/**
 * PI-13: which partitions differ from their snapshots, and since which commit; so, which is to be taken next, and up to where the log is
 * not needed. Pure. Invariant: in the order in which they came to differ.
 */
export class SnapshotSchedule {
  readonly #policy: SnapshotPolicy;
  #changed = new Map<number, Since>();
  /** Being written: still needed, until that is done. */
  #taken = new Map<number, Since>();
  #position: number;
  #ops = 0;
  #bytes = 0;

  constructor(policy: SnapshotPolicy, position: number) {
    this.#policy = policy;
    this.#position = position;
  }

  get position(): number {
    return this.#position;
  }

  /** Positions never fall. */
  note(position: number, { partitions, ops, bytes }: CommitWeight): void {
    this.#position = position;
    for (const partition of partitions) {
      if (this.#changed.has(partition)) continue;
      this.#changed.set(partition, { position, ops: this.#ops, bytes: this.#bytes });
    }
    this.#ops += ops;
    this.#bytes += bytes;
  }

  /** More of the log is needed than should be. */
  get isDue(): boolean {
    const oldest = first(this.#changed);
    if (oldest === undefined) return false;
    return this.#ops - oldest.ops >= this.#policy.ops || this.#bytes - oldest.bytes >= this.#policy.bytes;
  }

  /** It differs from its snapshot, as far as that is written. */
  isChanged(partition: number): boolean {
    return this.#changed.has(partition) || this.#taken.has(partition);
  }

  get hasChanges(): boolean {
    return this.#changed.size > 0;
  }

  /** Up to `count` partitions to be taken as they are now, those first that differ for the longest. `written` or `failed` follows. */
  take(count: number): readonly number[] {
    if (this.#taken.size > 0) throw new Error('what was taken is not written yet');
    for (const [partition, since] of this.#changed) {
      if (this.#taken.size === count) break;
      this.#taken.set(partition, since);
      this.#changed.delete(partition);
    }
    return [...this.#taken.keys()];
  }

  /** These ones, as far as they differ: out of their turn. `written` or `failed` follows. */
  takeThese(partitions: Iterable<number>): readonly number[] {
    if (this.#taken.size > 0) throw new Error('what was taken is not written yet');
    for (const partition of partitions) {
      const since = this.#changed.get(partition);
      if (since === undefined) continue;
      this.#taken.set(partition, since);
      this.#changed.delete(partition);
    }
    return [...this.#taken.keys()];
  }

  written(): void {
    this.#taken = new Map();
  }

  /** What was taken differs still, and since when it did. */
  failed(): void {
    const all = [...this.#taken, ...[...this.#changed].filter(([partition]) => !this.#taken.has(partition))];
    // Those that were taken out of their turn came to differ later than others.
    this.#changed = new Map(all.sort(([, a], [, b]) => a.position - b.position));
    this.#taken = new Map();
  }

  /** Up to here snapshots say all, once what was taken is written. */
  get throughOnceWritten(): number {
    return (first(this.#changed)?.position ?? this.#position + 1) - 1;
  }
}

function first(map: ReadonlyMap<number, Since>): Since | undefined {
  for (const since of map.values()) return since;
  return undefined;
}
