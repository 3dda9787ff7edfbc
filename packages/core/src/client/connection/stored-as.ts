import { wireToOp, type Op, type WireOp } from '../../crdt/index.js';
import { sameValue } from '../../primitives/index.js';

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

/**
 * RU-5, SY-2: what is kept of the op, to be given back. Who may write a field and not read it is told that it is unset: for what this device shows, that is so, and the server has what
 * was sent. Pure.
 */
export function givenBackAs(sent: Op, stored: Op): Op {
  if (!('fields' in sent) || !('fields' in stored) || sent.fields.length !== stored.fields.length) return stored;
  if (sent.expiresAt !== stored.expiresAt) return stored;
  const told = new Map(stored.fields.map(({ name, value }) => [name, value]));
  const isAsSent = sent.fields.every(({ name, value }) => {
    const is = told.get(name);
    return told.has(name) && (is === undefined || (value !== undefined && sameValue(is, value)));
  });
  return isAsSent ? sent : stored;
}

/** SY-2: of an op of which nothing was left there is nothing to give back, and no server takes one like that. */
export const canBeGivenBack = (op: Op): boolean =>
  op.kind !== 'patch' || op.fields.length > 0 || op.expiresAt !== undefined;
