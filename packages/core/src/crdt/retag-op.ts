import type { Stamp } from '../clock/timestamp.js';
import type { Op } from './op.js';

/**
 * The op with its tags (CR-6) as they are called now, after the ops that gave them were stamped anew or went on as another replica's;
 * the op itself when none of them is concerned. A removal of a tag that is called otherwise by now would remove nothing.
 */
export function retagOp(op: Op, moved: ReadonlyMap<Stamp, Stamp>): Op {
  if (op.kind !== 'add' && op.kind !== 'discard') return op;
  if (!op.tags.some((tag) => moved.has(tag))) return op;
  return { ...op, tags: op.tags.map((tag) => moved.get(tag) ?? tag) };
}
