/** A partition that is hot, as far as it matters for who is to go. */
export interface HotPartition {
  readonly partition: number;
  /** That its records take. */
  readonly bytes: number;
  /** Since somebody needed them. */
  readonly idleMs: number;
  /** It differs from its snapshot, which has to be taken before it goes. */
  readonly isChanged: boolean;
}

/** Share of a budget from which on room is made (PI-46). */
export const FULL_SHARE = 0.8;

/** To bring any partition in costs as much as to read so many bytes. */
const LOAD_BYTES = 32 * 1024;

/**
 * PI-46: which partitions are to go, in this order, so that what is held comes down to `limit`: those that would be missed least for what they take, by idle time × size ÷
 * what it costs to have them back. Pure. No more go than have to; all of them, where that is not enough.
 */
export function planUnload(hot: Iterable<HotPartition>, held: number, limit: number): readonly number[] {
  const chosen: number[] = [];
  if (held <= limit) return chosen;
  const inOrder = [...hot].filter(({ bytes }) => bytes > 0);
  inOrder.sort((a, b) => dispensability(b) - dispensability(a) || a.partition - b.partition);
  let left = held;
  for (const { partition, bytes } of inOrder) {
    if (left <= limit) break;
    chosen.push(partition);
    left -= bytes;
  }
  return chosen;
}

/** What is written before it is read costs both. */
export function dispensability({ bytes, idleMs, isChanged }: HotPartition): number {
  return (idleMs * bytes) / ((LOAD_BYTES + bytes) * (isChanged ? 2 : 1));
}
