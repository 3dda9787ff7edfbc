/** What a host says of itself when it is asked. It costs nothing to say. */
export interface HostGauges {
  /** Messages with ops that wait for records, a hook, or room in a commit (PI-2). */
  readonly waitingMessages: number;
  readonly waitingBytes: number;
  /** PI-7: partitions whose records are in memory, and those whose are not. */
  readonly hotPartitions: number;
  readonly coldPartitions: number;
  /** What records in memory take. */
  readonly recordBytes: number;
  /** Live views, those that linger included (PI-8). */
  readonly views: number;
  /** The last commit. */
  readonly position: number;
}

/** All that one thread has measured, as plain data that crosses to another. Whoever makes the text knows what is in it. */
export type ThreadFigures = readonly object[];
