import { wireToOp, type Op, type WireOp } from '../../crdt/index.js';

/**
 * HK-3: the op as the server has stored it, when that is not as it was sent. It becomes base in the place of what was sent; `null`: what was
 * sent is what is stored, or nothing that can be read was said of it. Pure.
 */
export function storedAs(sent: Op, wire: WireOp | undefined): Op | null {
  if (wire === undefined) return null;
  const stored = wireToOp(sent.replica, wire, { keyBytes: Number.POSITIVE_INFINITY, allowsEmptyPatch: true });
  if (!stored.ok || !isOf(stored.value, sent)) return null;
  return sent.transaction === undefined ? stored.value : { ...stored.value, transaction: sent.transaction };
}

const isOf = (stored: Op, { kind, seq, stamp, map, key }: Op): boolean =>
  stored.kind === kind && stored.seq === seq && stored.stamp === stamp && stored.map === map && stored.key === key;

/** SY-2: of an op of which nothing was left there is nothing to give back, and no server takes one like that. */
export const canBeGivenBack = (op: Op): boolean =>
  op.kind !== 'patch' || op.fields.length > 0 || op.expiresAt !== undefined;
