import { checkValue } from '../primitives/check-value.js';
import { err, ok, type Result } from '../primitives/result.js';
import type { Value } from '../primitives/value.js';
import type { LwwRecord } from './lww-record.js';
import type { OpBody } from './op.js';
import { liveTags, MAX_SET_TAGS } from './or-set.js';
import type { WriteError } from './plan-write.js';

/**
 * CR-6, `add(key, value)`: an op even where the value is there, since its new tag outlives a removal that has not seen it. `current`
 * is the merged state of this replica, absent when nothing is known of the key.
 */
export function planAdd(current: LwwRecord | undefined, value: unknown): Result<OpBody, WriteError> {
  const checked = checkedValue(value);
  if (!checked.ok) return checked;
  const tags = current === undefined ? [] : liveTags(current, checked.value);
  if (current !== undefined && tags.length === 0 && current.fields.size >= MAX_SET_TAGS) {
    return err({ code: 'too-large', path: '$', message: `a set has at most ${MAX_SET_TAGS} tags` });
  }
  return ok({ kind: 'add', value: checked.value, tags });
}

/** CR-6, `remove(key, value)`: takes away what is seen here; `null` when that is nothing. */
export function planDiscard(current: LwwRecord | undefined, value: unknown): Result<OpBody | null, WriteError> {
  const checked = checkedValue(value);
  if (!checked.ok) return checked;
  const tags = current === undefined ? [] : liveTags(current, checked.value);
  return ok(tags.length === 0 ? null : { kind: 'discard', value: checked.value, tags });
}

function checkedValue(value: unknown): Result<Value, WriteError> {
  const checked = checkValue(value);
  return checked.ok
    ? checked
    : err({ code: 'invalid-value', path: checked.error.path, message: checked.error.message });
}
