import { err, ok, type Result } from '../primitives/result.js';
import type { OpBody } from './op.js';
import type { WriteError } from './plan-write.js';

/**
 * CR-7, `add(delta)`: whole numbers only, since their sum is the same in any order. `null` for 0. A delta that would take `value`, what
 * the counter shows here, out of the exact whole numbers is refused.
 */
export function planCount(value: number, delta: unknown): Result<OpBody | null, WriteError> {
  if (!Number.isSafeInteger(delta)) return refuse('invalid-value', 'a counter changes by whole numbers up to 2^53 − 1');
  if (!Number.isSafeInteger(value + (delta as number)))
    return refuse('too-large', 'a counter stays within ±(2^53 − 1)');
  return ok(delta === 0 ? null : { kind: 'count', delta: delta as number });
}

const refuse = (code: WriteError['code'], message: string): Result<never, WriteError> =>
  err({ code, path: '$', message });
