/** The exponent of the smallest double: every finite one is a whole number of them, and those add up without loss. */
const SMALLEST = -1074;

/** The double nearest to the sum of these finite numbers, ties to even; `null` where that is none. */
export function exactSum(numbers: readonly number[]): number | null {
  return nearest(total(numbers), 1n);
}

/** The double nearest to their average; `null` of none. */
export function exactAverage(numbers: readonly number[]): number | null {
  return numbers.length === 0 ? null : nearest(total(numbers), BigInt(numbers.length));
}

const total = (numbers: readonly number[]): bigint => numbers.reduce((sum, number) => sum + inSmallest(number), 0n);

/** How often the smallest double goes into this one: always a whole number of times. */
function inSmallest(number: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(number));
  const bits = view.getBigUint64(0);
  const exponent = bits >> 52n;
  const fraction = bits & 0xfffffffffffffn;
  const count = exponent === 0n ? fraction : (fraction | 0x10000000000000n) << (exponent - 1n);
  return number < 0 ? -count : count;
}

/** The double nearest to `count` smallest doubles divided by `parts`. */
function nearest(count: bigint, parts: bigint): number | null {
  if (count < 0n) {
    const positive = nearest(-count, parts);
    return positive === null || positive === 0 ? positive : -positive;
  }
  // The power of two in whose steps the quotient has at most 53 digits, which is how exact a double is there. The start
  // is one that is not too high.
  let exponent = BigInt(Math.max(0, digits(count) - digits(parts) - 57));
  while (count / (parts << exponent) >= 0x20000000000000n) exponent += 1n;
  const step = parts << exponent;
  const rest = count % step;
  const down = count / step;
  const isUp = rest * 2n > step || (rest * 2n === step && down % 2n === 1n);
  const number = Number(isUp ? down + 1n : down) * 2 ** (SMALLEST + Number(exponent));
  return Number.isFinite(number) ? number : null;
}

/** How many binary digits the number has, or up to three more. */
const digits = (number: bigint): number => number.toString(16).length * 4;
