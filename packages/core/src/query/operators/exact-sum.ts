/** Leaves a factor of more than 2^53 between what is kept of a large sum and what decides how it is rounded. */
const KEPT_BITS = 64;
const BITS_PER_DIGIT = 4;

/**
 * The exact sum of a changing bag of finite numbers, whatever the order they come and go in: no rounding until the total is
 * read. Numbers that leave, leave nothing behind.
 *
 * Whole numbers add up in a double as long as that is exact. All else is one big integer counted in units of 2^-scale.
 */
export class ExactSum {
  #whole = 0;
  #units = 0n;
  #scale = 0;

  add(value: number): void {
    this.#take(value);
  }

  /** Takes out a number that was added. */
  subtract(value: number): void {
    this.#take(-value);
  }

  /** The total, rounded once to the nearest double, ties to even; `null` when that is out of range. */
  total(): number | null {
    if (this.#units === 0n) return this.#whole;
    const units = this.#units + (BigInt(this.#whole) << BigInt(this.#scale));
    const total = scaled(units, this.#scale);
    return Number.isFinite(total) ? total : null;
  }

  /** The total divided by a whole number of parts, rounded once. */
  average(parts: number): number | null {
    // A quotient of two doubles is the nearest one by itself.
    if (this.#units === 0n) return this.#whole / parts;
    const units = this.#units + (BigInt(this.#whole) << BigInt(this.#scale));
    const average = quotient(units, BigInt(parts), this.#scale);
    return Number.isFinite(average) ? average : null;
  }

  #take(value: number): void {
    const whole = this.#whole + value;
    // The sum of two safe integers is exact when it is one itself.
    if (Number.isSafeInteger(value) && Number.isSafeInteger(whole)) {
      this.#whole = whole;
      return;
    }
    const [mantissa, exponent] = partsOf(value);
    if (-exponent > this.#scale) {
      this.#units <<= BigInt(-exponent - this.#scale);
      this.#scale = -exponent;
    }
    this.#units += BigInt(mantissa) << BigInt(exponent + this.#scale);
    if (this.#units === 0n) this.#scale = 0;
  }
}

/** A finite number as a whole number of at most 53 bits times a power of two. */
function partsOf(value: number): readonly [mantissa: number, exponent: number] {
  bits.setFloat64(0, value);
  const high = bits.getUint32(0);
  const biased = (high >>> 20) & 0x7ff;
  const fraction = (high & 0xfffff) * 2 ** 32 + bits.getUint32(4);
  const mantissa = biased === 0 ? fraction : fraction + 2 ** 52;
  return [value < 0 ? -mantissa : mantissa, Math.max(biased, 1) - 1075];
}

const bits = new DataView(new ArrayBuffer(8));

/** `units · 2^-scale`, rounded once. */
function scaled(units: bigint, scale: number): number {
  // As a rule a double holds the units, rounded, and shifting it by so little is exact.
  const near = Number(units);
  if (scale <= SMALL_SCALE && Number.isFinite(near)) return near * 2 ** -scale;
  const isNegative = units < 0n;
  let kept = isNegative ? -units : units;
  const shift = Math.max(0, kept.toString(16).length * BITS_PER_DIGIT - KEPT_BITS);
  if (shift > 0) {
    const all = kept;
    kept >>= BigInt(shift);
    // Whatever is cut off must still break a tie.
    if (kept << BigInt(shift) !== all) kept |= 1n;
  }
  // Both factors are exact, and so is their product: below the normal range only multiples of the least number occur.
  const total = Number(kept) * 2 ** (shift - scale);
  return isNegative ? -total : total;
}

/** `units / parts · 2^-scale`, rounded once: to a whole number of the places that a double of that size has. */
function quotient(units: bigint, parts: bigint, scale: number): number {
  // Subtracted, not negated: what is too small for a double is 0, and the language has no other zero.
  if (units < 0n) return 0 - quotient(-units, parts, scale);
  if (scale <= SMALL_SCALE) {
    // So many digits more that all of a double's are right, the last of them saying whether there would be others.
    const dividend = units << GUARD_BITS;
    const digits = dividend / parts;
    const near = Number(digits * parts === dividend ? digits : digits | 1n);
    if (Number.isFinite(near)) return near * 2 ** (-scale - Number(GUARD_BITS));
  }
  const bitsOf = (integer: bigint): number => integer.toString(2).length;
  let place = Math.max(LEAST_PLACE, bitsOf(units) - bitsOf(parts) - scale - DOUBLE_BITS);
  const cut = (): readonly [whole: bigint, rest: bigint, divisor: bigint] => {
    const shift = place + scale;
    const dividend = shift < 0 ? units << BigInt(-shift) : units;
    const divisor = shift > 0 ? parts << BigInt(shift) : parts;
    return [dividend / divisor, dividend % divisor, divisor];
  };
  // The estimate may be one place too fine.
  if (cut()[0] >= 2n ** BigInt(DOUBLE_BITS)) place++;
  const [whole, rest, divisor] = cut();
  const isUp = 2n * rest > divisor || (2n * rest === divisor && whole % 2n === 1n);
  return Number(isUp ? whole + 1n : whole) * 2 ** place;
}

/** Up to here, with the guard bits and a divisor of 53 bits, nothing falls below the normal range of doubles. */
const SMALL_SCALE = 768;
const GUARD_BITS = 128n;
const DOUBLE_BITS = 53;
const LEAST_PLACE = -1074;
