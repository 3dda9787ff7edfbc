import type { Value } from '../../primitives/index.js';
import { isStep, type SortKeys } from './radix-order.js';

const double = new Float64Array(1);
const halves = new Uint32Array(double.buffer);
/** Where the half with the sign is. */
const UPPER = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;
const LOWER = 1 - UPPER;

/** Keys in the order of these numbers: the bits of a double are, once those of the negative ones are turned about. */
export function* numberKeys(numbers: readonly (Value | undefined)[]): Generator<void, SortKeys> {
  const keys = emptyKeys(numbers.length);
  for (let i = 0; i < numbers.length; i++) {
    // -0 is 0.
    double[0] = (numbers[i] as number) + 0;
    const upper = halves[UPPER] as number;
    const isNegative = upper >>> 31 === 1;
    keys.high[i] = isNegative ? ~upper : upper | 0x80000000;
    keys.low[i] = isNegative ? ~(halves[LOWER] as number) : (halves[LOWER] as number);
    if (isStep(i)) yield;
  }
  return keys;
}

/** Keys in the order of the four code units of these texts behind the first `skipped`; a text that ends before is as one that goes on with zeros. */
export function* textKeys(texts: readonly (Value | undefined)[], skipped: number): Generator<void, SortKeys> {
  const keys = emptyKeys(texts.length);
  for (let i = 0; i < texts.length; i++) {
    const text = texts[i] as string;
    keys.high[i] = ((codeAt(text, skipped) << 16) | codeAt(text, skipped + 1)) >>> 0;
    keys.low[i] = ((codeAt(text, skipped + 2) << 16) | codeAt(text, skipped + 3)) >>> 0;
    if (isStep(i)) yield;
  }
  return keys;
}

/** The other way round. */
export function* turnAround({ high, low }: SortKeys): Generator<void> {
  for (let i = 0; i < high.length; i++) {
    high[i] = ~(high[i] as number);
    low[i] = ~(low[i] as number);
    if (isStep(i)) yield;
  }
}

/** How many code units all of these texts begin with alike; `isAll`: they have no others. */
export function* sharedPrefix(
  texts: readonly (Value | undefined)[],
): Generator<void, { readonly shared: number; readonly isAll: boolean }> {
  const first = texts[0] as string;
  let shared = first.length;
  let longest = shared;
  for (let i = 1; i < texts.length; i++) {
    const text = texts[i] as string;
    if (text.length > longest) longest = text.length;
    if (text.length < shared) shared = text.length;
    let at = 0;
    while (at < shared && text.charCodeAt(at) === first.charCodeAt(at)) at++;
    shared = at;
    if (isStep(i)) yield;
  }
  return { shared, isAll: shared === longest };
}

const codeAt = (text: string, at: number): number => (at < text.length ? text.charCodeAt(at) : 0);

const emptyKeys = (length: number): SortKeys => ({ high: new Uint32Array(length), low: new Uint32Array(length) });
