import { radixOrder } from './radix-order.js';
import { numberKeys, turnAround } from './sort-keys.js';

/** The places of the numbers, the greatest first; of equal ones in the order they have. In steps, without a comparison. */
export function* orderDescending(numbers: readonly number[]): Generator<void, Uint32Array> {
  const keys = yield* numberKeys(numbers);
  yield* turnAround(keys);
  return yield* radixOrder(keys);
}
