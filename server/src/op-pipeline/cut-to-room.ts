import type { ReplicaId } from '@topgun/core/clock';
import type { SubmitBatch } from '@topgun/core/protocol';
import { passOn, type Received } from './stages.js';

/** PI-46: room for records that sessions share. */
export interface SharedRoom {
  /** What one of them may take at once, in bytes. */
  readonly shareBytes: number;
  /** What the records of the partition take, or will once they are here. */
  bytesOf(partition: number): number;
}

/** What is written is there twice for a moment, or about as much is kept free for more. */
const PER_BYTE = 2;

/** How much room a message takes beside what has `partitions` already; they are all of them from then on. */
export function roomFor(
  { bytes }: Pick<Received, 'bytes'>,
  room: SharedRoom,
  needed: Iterable<number>,
  partitions: Set<number>,
): number {
  let sum = bytes * PER_BYTE;
  for (const partition of needed) {
    if (partitions.has(partition)) continue;
    partitions.add(partition);
    sum += room.bytesOf(partition);
  }
  return sum;
}

interface Piece {
  readonly batches: {
    readonly replica: ReplicaId;
    readonly partition: number;
    readonly ops: SubmitBatch['ops'][number][];
  }[];
  readonly partitions: Set<number>;
  ops: number;
}

/**
 * PI-46: the message in pieces, none of which takes more than a share of the room, but for one op that takes more by itself; one after the other, of each replica what comes first by
 * sequence (PI-11). What all of its ops need is needed by each piece. A transaction stays whole (CR-12).
 */
export function cutToRoom(
  frame: Received,
  room: SharedRoom,
  partitionsOf: (frame: Received) => ReadonlySet<number>,
): readonly Received[] {
  const needed = partitionsOf(frame);
  if (frame.transaction !== undefined || frame.joint !== undefined) return [frame];
  if (roomFor(frame, room, needed, new Set()) <= room.shareBytes) return [frame];
  const ops = bySequence(frame.batches);
  const opBytes = frame.bytes / Math.max(1, ops.length);
  const written = new Set(ops.map(({ partition }) => partition));
  let always = 0;
  for (const partition of needed) if (!written.has(partition)) always += room.bytesOf(partition);
  const pieces: Piece[] = [];
  let piece: Piece | undefined;
  let taken = 0;
  for (const { replica, partition, wire } of ops) {
    const more = (isThere: boolean): number => opBytes * PER_BYTE + (isThere ? 0 : room.bytesOf(partition));
    if (piece === undefined || taken + more(piece.partitions.has(partition)) > room.shareBytes) {
      pieces.push((piece = { batches: [], partitions: new Set(), ops: 0 }));
      taken = always;
    }
    taken += more(piece.partitions.has(partition));
    piece.partitions.add(partition);
    piece.ops += 1;
    const last = piece.batches.at(-1);
    if (last?.replica === replica && last.partition === partition) last.ops.push(wire);
    else piece.batches.push({ replica, partition, ops: [wire] });
  }
  let left = frame.bytes;
  return pieces.map(({ batches, ops: count }, i) => {
    const bytes = i === pieces.length - 1 ? left : Math.floor(opBytes * count);
    left -= bytes;
    return passOn<'received', Omit<Received, symbol>>({ ...frame, batches, bytes });
  });
}

interface PlacedOp {
  readonly replica: ReplicaId;
  readonly partition: number;
  readonly wire: SubmitBatch['ops'][number];
}

/** One replica after the other. */
function bySequence(batches: Received['batches']): readonly PlacedOp[] {
  const byReplica = new Map<ReplicaId, PlacedOp[]>();
  for (const { replica, partition, ops } of batches) {
    let of = byReplica.get(replica);
    if (of === undefined) byReplica.set(replica, (of = []));
    for (const wire of ops) of.push({ replica, partition, wire });
  }
  return [...byReplica.values()].flatMap((of) => of.sort((a, b) => a.wire[0] - b.wire[0]));
}
