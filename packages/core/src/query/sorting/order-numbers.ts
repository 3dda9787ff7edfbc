import { radixOrder } from './radix-order.js';
import { numberKeys, turnAround } from './sort-keys.js';

/** So few are compared, in one step: with each other they are sooner in order than byte by byte. */
const COMPARED = 512;

/** The places of the numbers (none is NaN), the greatest first; of equal ones in the order they have. In steps, and many without a comparison. */
export function* orderDescending(numbers: readonly number[]): Generator<void, Uint32Array> {
  if (numbers.length <= COMPARED) {
    const places = Uint32Array.from(numbers, (_, place) => place);
    return places.sort((a, b) => (numbers[b] as number) - (numbers[a] as number) || a - b);
  }
  const keys = yield* numberKeys(numbers);
  yield* turnAround(keys);
  return yield* radixOrder(keys);
}
