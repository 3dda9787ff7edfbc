import { isStamp } from '../clock/stamp.js';
import type { Stamp } from '../clock/timestamp.js';
import { decodeValue, encodeValue, type JsonValue } from '../primitives/encode-value.js';
import { ok, type Result } from '../primitives/result.js';
import type { AddOp, DiscardOp, Op, OpId } from './op.js';
import { MAX_SET_TAGS } from './or-set.js';
import { issue, refuse, type OpError, type WireIssue } from './wire-error.js';

type SetOpAs<Kind> = readonly [
  seq: number,
  stamp: Stamp,
  map: string,
  key: string,
  kind: Kind,
  valueAndTags: readonly JsonValue[],
];

/** CR-6: the last part is the value, then the tags that its author saw. */
export type WireSetOp = SetOpAs<'a'> | SetOpAs<'x'>;

export function setOpToWire(op: AddOp | DiscardOp): WireSetOp {
  const payload = [encodeValue(op.value), ...op.tags];
  return op.kind === 'add'
    ? [op.seq, op.stamp, op.map, op.key, 'a', payload]
    : [op.seq, op.stamp, op.map, op.key, 'x', payload];
}

/** The form of what follows the kind: a value, then stamps. Says nothing of the value. */
export function checkSetPayload(payload: readonly unknown[]): WireIssue | null {
  if (payload.length === 0) return issue('[5]', 'a value is expected');
  for (let i = 1; i < payload.length; i += 1) {
    if (!isStamp(payload[i])) return issue(`[5][${i}]`, 'not a stamp');
  }
  return null;
}

/** The op of a well-formed {@link WireSetOp}. */
export function wireToSetOp(
  id: OpId & Pick<Op, 'stamp' | 'map' | 'key'>,
  [, , , , kind, [value, ...tags]]: WireSetOp,
): Result<AddOp | DiscardOp, OpError> {
  const decoded = decodeValue(value);
  if (!decoded.ok) return refuse('invalid-value', `[5][0]${decoded.error.path.slice(1)}`, decoded.error.message);
  if (tags.length > MAX_SET_TAGS) return refuse('too-large', '[5]', `a set has at most ${MAX_SET_TAGS} tags`);
  if (kind === 'x' && tags.length === 0) return refuse('invalid-op', '[5]', 'a discard takes at least one tag away');
  // The form was checked: these are stamps.
  const seen = tags as readonly unknown[] as readonly Stamp[];
  return ok({ kind: kind === 'a' ? 'add' : 'discard', ...id, value: decoded.value, tags: seen });
}
