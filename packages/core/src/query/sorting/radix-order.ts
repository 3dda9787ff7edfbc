/** Unsigned whole numbers of 64 bits, in two halves. */
export interface SortKeys {
  readonly high: Uint32Array;
  readonly low: Uint32Array;
}

const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;
const MASK = DIGITS - 1;
const SHIFTS = [0, DIGIT_BITS, 2 * DIGIT_BITS];
/** Each half has three digits, the last of them of ten bits. */
const PASSES = 2 * SHIFTS.length;

/** So many keys take about a millisecond. */
const KEYS_PER_STEP = 32_768;

/** Whether a step ends with this key. */
export const isStep = (i: number): boolean => i % KEYS_PER_STEP === KEYS_PER_STEP - 1;

/**
 * The indexes of the keys in ascending order; of equal ones in the order they have. O(keys), without a comparison: sorted by one digit after the other,
 * the least first. A digit in which all are equal costs nothing. Yields after some ten thousand keys.
 */
export function* radixOrder({ high, low }: SortKeys): Generator<void, Uint32Array> {
  const { length } = high;
  const counts = yield* countDigits(high, low);
  let order = new Uint32Array(length);
  for (let i = 0; i < length; i++) order[i] = i;
  yield;
  let next = new Uint32Array(length);
  for (let pass = 0; pass < PASSES; pass++) {
    const half = pass < SHIFTS.length ? low : high;
    const shift = SHIFTS[pass % SHIFTS.length] as number;
    const places = counts.subarray(pass * DIGITS, (pass + 1) * DIGITS);
    if (places[((half[0] as number) >>> shift) & MASK] === length) continue;
    let place = 0;
    for (let digit = 0; digit < DIGITS; digit++) {
      const count = places[digit] as number;
      places[digit] = place;
      place += count;
    }
    for (let i = 0; i < length; i++) {
      const index = order[i] as number;
      const digit = ((half[index] as number) >>> shift) & MASK;
      const at = places[digit] as number;
      next[at] = index;
      places[digit] = at + 1;
      if (isStep(i)) yield;
    }
    [order, next] = [next, order];
    yield;
  }
  return order;
}

function* countDigits(high: Uint32Array, low: Uint32Array): Generator<void, Uint32Array> {
  const counts = new Uint32Array(PASSES * DIGITS);
  for (let i = 0; i < high.length; i++) {
    const lower = low[i] as number;
    const upper = high[i] as number;
    for (let digit = 0; digit < SHIFTS.length; digit++) {
      const shift = SHIFTS[digit] as number;
      const inLow = digit * DIGITS + ((lower >>> shift) & MASK);
      const inHigh = (digit + SHIFTS.length) * DIGITS + ((upper >>> shift) & MASK);
      counts[inLow] = (counts[inLow] as number) + 1;
      counts[inHigh] = (counts[inHigh] as number) + 1;
    }
    if (isStep(i)) yield;
  }
  return counts;
}
