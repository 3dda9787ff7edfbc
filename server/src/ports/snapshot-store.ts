/**
 * PI-13: the newest snapshot of each partition, and from where on the log is needed beside them. What a snapshot's bytes say is nobody's
 * business here. One contract suite (`snapshot-store.contract.ts`) runs against every driver.
 */
export interface SnapshotStore {
  /** `null`: nothing has been written yet. */
  progress(): Promise<SnapshotsProgress | null>;
  /** PI-7: the heads of the snapshots, by partition, in chunks: without a look at their records. */
  heads(): AsyncIterable<readonly StoredHead[]>;
  /** The records of one snapshot; `null`: the partition has none. Throws when they cannot be read. */
  records(partition: number): Promise<StoredRecords | null>;
  /**
   * Puts these in the place of older ones and notes the progress, all or nothing, durable when it resolves. Only while `epoch` is the newest claim's of the ledger
   * (PI-3): a server that was replaced would bring back what is older than the log goes back. False: it is not, and nothing was written.
   * Throws when it cannot tell or cannot write; writing the same again is safe.
   */
  write(epoch: number, snapshots: readonly StoredSnapshot[], progress: SnapshotsProgress): Promise<boolean>;
  close(): Promise<void>;
}

export interface StoredHead {
  readonly partition: number;
  /** Everything up to this commit is in it. */
  readonly position: number;
  /** `null`: it was written before there were heads, and its records begin with it. */
  readonly head: Uint8Array | null;
}

export interface StoredRecords {
  /** Of the snapshot that they belong to. */
  readonly position: number;
  readonly bytes: Uint8Array;
}

export interface StoredSnapshot extends StoredHead {
  readonly head: Uint8Array;
  readonly records: Uint8Array;
}

/** Head and records in one, in the layout of `services/layout`: as copies of a database take it along. */
export interface WholeSnapshot {
  readonly partition: number;
  readonly position: number;
  readonly bytes: Uint8Array;
}

export interface SnapshotsProgress {
  /** What the log says of any partition up to here, its snapshot says too; there is none where nothing was. */
  readonly through: number;
  /** SY-2: the name of the history by then. */
  readonly lineage: string;
}
