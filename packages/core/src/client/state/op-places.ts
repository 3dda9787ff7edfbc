import type { Op, OpId } from '../../crdt/index.js';

/** The same op, as far as it can differ from what was told before: in its own stamp, and in those of others that it names. */
export function isSameOp(held: Op | undefined, op: Op): boolean {
  if (held?.stamp !== op.stamp) return false;
  if (!('tags' in op)) return true;
  return 'tags' in held && op.tags.length === held.tags.length && op.tags.every((tag, i) => tag === held.tags[i]);
}

/** Where the op is, or belongs. Looked for from the end: what is put is new as a rule, and is found to be by a look at its replica's latest. */
export function placeOf(ops: readonly Op[], id: OpId): { readonly at: number; readonly isThere: boolean } {
  let at = ops.length;
  for (let i = ops.length - 1; i >= 0; i--) {
    const op = ops[i]!;
    if (op.replica !== id.replica) continue;
    if (op.seq === id.seq) return { at: i, isThere: true };
    if (op.seq < id.seq) break;
    at = i;
  }
  return { at, isThere: false };
}

/** As a replica's oldest op is decided first. -1: it is not there. */
export function placeFromStart(ops: readonly Op[], id: OpId): number {
  for (let i = 0; i < ops.length; i++) {
    const op = ops[i]!;
    if (op.replica === id.replica && op.seq >= id.seq) return op.seq === id.seq ? i : -1;
  }
  return -1;
}
