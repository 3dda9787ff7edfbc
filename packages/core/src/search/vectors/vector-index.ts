import { LargeMap } from '../../primitives/index.js';
import { orderDescending } from '../../query/index.js';
import type { Ranked } from '../ranked.js';
import { COSINE_SCALE, Direction, inverseLength } from './cosine.js';

/** So many numbers lie in one block, and are compared in one step: a twentieth of a millisecond. */
const NUMBERS_PER_BLOCK = 65_536;
/** So often at most all of them are compared while records go. */
const ATTEMPTS = 3;
const BYTES_PER_NUMBER = 4;
const BYTES_PER_RECORD = 150;
/** Of more keys than this their map is in parts. */
const SPLIT_AT = 4_096;

/**
 * The vectors of records, and which of them are nearest to another: exactly, by looking at each. Kept current record by record, and never littered: the last
 * vector takes the place of one that goes. Holds no values and no answers.
 */
export class VectorIndex {
  readonly #dimensions: number;
  readonly #perBlock: number;
  readonly #blocks: Float32Array[] = [];
  readonly #keys: string[] = [];
  /** One by the length of each. */
  readonly #inverses: number[] = [];
  #removals = 0;
  readonly #places = new LargeMap<number>(SPLIT_AT);

  constructor(dimensions: number, numbersPerBlock = NUMBERS_PER_BLOCK) {
    this.#dimensions = dimensions;
    this.#perBlock = Math.max(1, Math.floor(numbersPerBlock / dimensions));
  }

  get size(): number {
    return this.#keys.length;
  }

  /** About how much memory it takes. */
  get bytes(): number {
    const numbers = this.#blocks.length * this.#perBlock * this.#dimensions;
    return numbers * BYTES_PER_NUMBER + this.size * BYTES_PER_RECORD;
  }

  /** The record's vector is as it is now, and can be compared; `null`: it has none. */
  put(key: string, vector: Float32Array | null): void {
    const known = this.#places.get(key);
    if (vector === null) {
      if (known !== undefined) this.#remove(key, known);
      return;
    }
    const place = known ?? this.#keys.length;
    if (place === this.#blocks.length * this.#perBlock) {
      this.#blocks.push(new Float32Array(this.#perBlock * this.#dimensions));
    }
    this.#at(place).set(vector);
    this.#keys[place] = key;
    this.#inverses[place] = inverseLength(vector);
    this.#places.set(key, place);
  }

  /**
   * All of them, the nearest first, by the cosine of the angle between: 1 for one direction, -1 for the opposite. A block each step. Records may be put between the steps:
   * those may be found as they were, or not. Where some go, others take their places, and it begins anew; the last time in one piece.
   */
  *nearest(vector: Float32Array): Generator<void, Ranked> {
    const direction = new Direction(vector);
    for (let left = ATTEMPTS; ; left--) {
      const removals = this.#removals;
      const size = this.size;
      const keys: string[] = [];
      const millionths: number[] = [];
      for (let place = 0; place < size && this.#removals === removals; place++) {
        const block = this.#blocks[Math.floor(place / this.#perBlock)] as Float32Array;
        const start = (place % this.#perBlock) * this.#dimensions;
        millionths.push(direction.millionths(block, start, this.#inverses[place] as number));
        keys.push(this.#keys[place] as string);
        if (left > 1 && (place + 1) % this.#perBlock === 0) yield;
      }
      if (this.#removals !== removals) continue;
      const order = yield* orderDescending(millionths);
      return {
        length: keys.length,
        keyAt: (rank) => keys[order[rank] ?? -1],
        scoreAt: (rank) => (millionths[order[rank] ?? -1] ?? 0) / COSINE_SCALE,
      };
    }
  }

  #at(place: number): Float32Array {
    const block = this.#blocks[Math.floor(place / this.#perBlock)] as Float32Array;
    const start = (place % this.#perBlock) * this.#dimensions;
    return block.subarray(start, start + this.#dimensions);
  }

  #remove(key: string, place: number): void {
    const last = this.#keys.length - 1;
    const lastKey = this.#keys[last] as string;
    this.#at(place).set(this.#at(last));
    this.#keys[place] = lastKey;
    this.#inverses[place] = this.#inverses[last] as number;
    this.#places.set(lastKey, place);
    this.#places.delete(key);
    this.#removals++;
    this.#keys.pop();
    this.#inverses.pop();
    if (last % this.#perBlock === 0) this.#blocks.pop();
  }
}
