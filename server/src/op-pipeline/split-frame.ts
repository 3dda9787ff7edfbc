import type { ReplicaId } from '@topgun/core/clock';
import { passOn, type Loaded } from './stages.js';

/** How many ops a message has. */
export function opsOf({ batches }: Pick<Loaded, 'batches'>): number {
  let ops = 0;
  for (const batch of batches) ops += batch.ops.length;
  return ops;
}

/**
 * PI-39: the message in pieces of at most so many ops, about equally large, one after the other: of each replica what comes first by sequence (PI-11). A transaction stays whole
 * (CR-12).
 */
export function splitFrame(frame: Loaded, atMost: number): readonly Loaded[] {
  const { transaction, joint, batches, bytes } = frame;
  const ops = opsOf(frame);
  if (ops <= atMost || transaction !== undefined || joint !== undefined) return [frame];
  const count = Math.ceil(ops / atMost);
  const pieceOf = piecesBySequence(frame, Math.ceil(ops / count));
  const pieces: { replica: ReplicaId; partition: number; ops: Loaded['batches'][number]['ops'][number][] }[][] = [];
  for (const { replica, partition, ops: wires } of batches) {
    const of = pieceOf.get(replica)!;
    for (const wire of wires) {
      const piece = (pieces[of.get(wire[0])!] ??= []);
      const last = piece.at(-1);
      if (last?.replica === replica && last.partition === partition) last.ops.push(wire);
      else piece.push({ replica, partition, ops: [wire] });
    }
  }
  const share = Math.floor(bytes / pieces.length);
  return pieces.map((piece, i) =>
    passOn<'loaded', Omit<Loaded, symbol>>({
      ...frame,
      batches: piece,
      bytes: i === 0 ? bytes - share * (pieces.length - 1) : share,
    }),
  );
}

/** The piece that each sequence of each replica belongs to. One that is there twice counts once. */
function piecesBySequence({ batches }: Loaded, size: number): ReadonlyMap<ReplicaId, ReadonlyMap<number, number>> {
  const seqs = new Map<ReplicaId, number[]>();
  for (const { replica, ops } of batches) {
    const of = seqs.get(replica) ?? [];
    seqs.set(replica, of);
    for (const [seq] of ops) of.push(seq);
  }
  let at = 0;
  const pieceOf = new Map<ReplicaId, ReadonlyMap<number, number>>();
  for (const [replica, of] of seqs) {
    const pieces = new Map<number, number>();
    for (const seq of of.sort((a, b) => a - b)) {
      if (pieces.has(seq)) continue;
      pieces.set(seq, Math.floor(at / size));
      at += 1;
    }
    pieceOf.set(replica, pieces);
  }
  return pieceOf;
}
