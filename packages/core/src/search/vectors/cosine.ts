import { squareOf } from './read-vector.js';

/** Cosines are told to six decimals: nearer ones are equal. */
export const COSINE_SCALE = 1e6;

/** A vector that others are compared with. */
export class Direction {
  readonly #numbers: Float32Array;
  readonly #inverse: number;

  constructor(vector: Float32Array) {
    this.#numbers = vector;
    this.#inverse = inverseLength(vector);
  }

  /** The cosine of the angle to the vector that begins at that place of a block, in millionths: a whole number. */
  millionths(block: Float32Array, start: number, inverse: number): number {
    const cosine = dot(this.#numbers, block, start) * this.#inverse * inverse;
    return Math.round(Math.min(1, Math.max(-1, cosine)) * COSINE_SCALE);
  }
}

/** One by the length of a vector. */
export const inverseLength = (vector: Float32Array): number => 1 / Math.sqrt(squareOf(vector));

/** Four sums at a time, which do not wait for each other. */
function dot(wanted: Float32Array, block: Float32Array, start: number): number {
  const { length } = wanted;
  const even = length - (length % 4);
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < even; i += 4) {
    a += (wanted[i] as number) * (block[start + i] as number);
    b += (wanted[i + 1] as number) * (block[start + i + 1] as number);
    c += (wanted[i + 2] as number) * (block[start + i + 2] as number);
    d += (wanted[i + 3] as number) * (block[start + i + 3] as number);
  }
  for (let i = even; i < length; i++) a += (wanted[i] as number) * (block[start + i] as number);
  return a + b + c + d;
}
