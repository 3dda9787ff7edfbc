import type { Ranked } from '../ranked.js';
import { COSINE_SCALE, Direction, inverseLength } from './cosine.js';

/** So many numbers lie in one block, and are compared in one step: a twentieth of a millisecond. */
const NUMBERS_PER_BLOCK = 65_536;
/** Above all places: a cosine and a place together are one number that is exact. */
const PLACES = 2 ** 32;
const BYTES_PER_NUMBER = 4;
const BYTES_PER_RECORD = 150;

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
  readonly #places = new Map<string, number>();

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

  /** All of them, the nearest first, by the cosine of the angle between: 1 for one direction, -1 for the opposite. A block each step; not to be changed meanwhile. */
  *nearest(vector: Float32Array): Generator<void, Ranked> {
    const direction = new Direction(vector);
    const ordered = new Float64Array(this.size);
    for (let place = 0; place < this.size; place++) {
      if (place > 0 && place % this.#perBlock === 0) yield;
      const block = this.#blocks[Math.floor(place / this.#perBlock)] as Float32Array;
      const start = (place % this.#perBlock) * this.#dimensions;
      const millionths = direction.millionths(block, start, this.#inverses[place] as number);
      ordered[place] = (COSINE_SCALE - millionths) * PLACES + place;
    }
    yield;
    ordered.sort();
    yield;
    const keys = [...this.#keys];
    return {
      length: ordered.length,
      keyAt: (rank) => keys[(ordered[rank] as number) % PLACES],
      scoreAt: (rank) => (COSINE_SCALE - Math.floor((ordered[rank] as number) / PLACES)) / COSINE_SCALE,
    };
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
    this.#keys.pop();
    this.#inverses.pop();
    if (last % this.#perBlock === 0) this.#blocks.pop();
  }
}
