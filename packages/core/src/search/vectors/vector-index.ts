import { LargeMap } from '../../primitives/index.js';
import { orderDescending } from '../../query/index.js';
import type { Ranked } from '../ranked.js';
import type { Candidates } from './approximate-keys.js';
import type { Approximate, Approximation, ComparedVectors } from './approximation.js';
import { COSINE_SCALE, Direction, inverseLength } from './cosine.js';

/** So many numbers lie in one block, and are compared in one step: a twentieth of a millisecond. */
const NUMBERS_PER_BLOCK = 65_536;
const BYTES_PER_NUMBER = 4;
const BYTES_PER_RECORD = 150;
/** Of more keys than this their map is in parts. */
const SPLIT_AT = 4_096;

/** Records that took the place of others that went, one after the other. Who goes through all of them holds the last one that it knows. */
interface Move {
  readonly key: string;
  readonly from: number;
  readonly to: number;
  next: Move | null;
}

export interface VectorIndexOptions {
  readonly numbersPerBlock?: number | undefined;
  /** Left out, all are compared, however many. */
  readonly approximate?: Approximate | undefined;
}

/**
 * The vectors of records, and which of them are nearest to another: by looking at each, or of many, where an approximate index is at hand, at those that it names. Kept current record by record, and never
 * littered: the last vector takes the place of one that goes. Holds no values and no answers.
 */
export class VectorIndex implements ComparedVectors {
  readonly #dimensions: number;
  readonly #perBlock: number;
  readonly #blocks: Float32Array[] = [];
  readonly #keys: string[] = [];
  /** One by the length of each. */
  readonly #inverses: number[] = [];
  /** Which of them came before which. */
  readonly #births: number[] = [];
  #born = 0;
  #lastMove: Move = { key: '', from: 0, to: 0, next: null };
  readonly #places = new LargeMap<number>(SPLIT_AT);
  readonly #approximation: Approximation | null;

  constructor(dimensions: number, options: VectorIndexOptions = {}) {
    const { approximate, numbersPerBlock = NUMBERS_PER_BLOCK } = options;
    this.#dimensions = dimensions;
    this.#perBlock = Math.max(1, Math.floor(numbersPerBlock / dimensions));
    this.#approximation = approximate?.(this, dimensions) ?? null;
  }

  get size(): number {
    return this.#keys.length;
  }

  /** How many numbers all of them have. */
  get numbers(): number {
    return this.size * this.#dimensions;
  }

  /** About how much memory it takes. */
  get bytes(): number {
    const numbers = this.#blocks.length * this.#perBlock * this.#dimensions;
    return numbers * BYTES_PER_NUMBER + this.size * BYTES_PER_RECORD + (this.#approximation?.bytes ?? 0);
  }

  keyAt(place: number): string | undefined {
    return this.#keys[place];
  }

  unitOf(key: string): Float32Array | undefined {
    const place = this.#places.get(key);
    return place === undefined ? undefined : unit(this.#at(place), this.#inverses[place] as number);
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
    const at = this.#at(place);
    if (known !== undefined && isSame(at, vector)) return;
    at.set(vector);
    this.#inverses[place] = inverseLength(vector);
    if (known === undefined) {
      this.#keys[place] = key;
      this.#births[place] = this.#born++;
      this.#places.set(key, place);
    }
    this.#approximation?.changed(key, place);
  }

  /** There is something to do for the approximate index. */
  get isBehind(): boolean {
    return this.#approximation?.isBehind === true;
  }

  /** Does it, in steps of about a millisecond, between which records may be put, and be searched. */
  *tendSteps(): Generator<void> {
    yield* this.#approximation?.tendSteps() ?? [];
  }

  /**
   * The nearest first, by the cosine of the angle between: 1 for one direction, -1 for the opposite. All that can be compared, or where an approximate index is at hand as many as are known to be nearest, those
   * `wanted` among them, and `further` gives all. A block each step. Records may be put between the steps: those may be found as they were, or not.
   */
  *nearest(vector: Float32Array, wanted = Infinity): Generator<void, Ranked> {
    const candidates = this.#approximation?.candidates(unit(vector, inverseLength(vector)), wanted) ?? null;
    return candidates === null ? yield* this.compareAll(vector) : yield* this.#compareSome(vector, yield* candidates);
  }

  /** All of them, by a look at each. */
  *compareAll(vector: Float32Array): Generator<void, Ranked> {
    const direction = new Direction(vector);
    const { size } = this;
    const born = this.#born;
    const compared = new Compared();
    let seen = this.#lastMove;
    const moved: string[] = [];
    for (let place = 0; place < Math.min(size, this.size); place++) {
      // One that came since may be one that went, and was compared already.
      if ((this.#births[place] as number) < born)
        compared.add(this.#keys[place] as string, this.#millionths(direction, place));
      if ((place + 1) % this.#perBlock !== 0) continue;
      yield;
      for (; seen.next !== null; seen = seen.next)
        if (seen.next.from > place && seen.next.to <= place) moved.push(seen.next.key);
    }
    for (const [i, key] of moved.entries()) {
      const place = this.#places.get(key);
      if (place !== undefined && (this.#births[place] as number) < born)
        compared.add(key, this.#millionths(direction, place));
      if ((i + 1) % this.#perBlock === 0) yield;
    }
    return yield* compared.inOrder();
  }

  /** As many of them as nothing is nearer than that is not among them. */
  *#compareSome(vector: Float32Array, { missing, nearest }: Candidates): Generator<void, Ranked> {
    const direction = new Direction(vector);
    const scores = new Map<string, number>();
    let known = -Infinity;
    let count = 0;
    for (const { isAll, keys } of [{ keys: missing, isAll: true }, ...nearest]) {
      let least = Infinity;
      for (const key of keys) {
        const place = this.#places.get(key);
        if (place === undefined) continue;
        const millionths = this.#millionths(direction, place);
        scores.set(key, millionths);
        least = Math.min(least, millionths);
        if (++count % this.#perBlock === 0) yield;
      }
      if (!isAll) known = Math.max(known, least);
    }
    const compared = new Compared();
    for (const [key, millionths] of scores) if (millionths >= known) compared.add(key, millionths);
    return { ...(yield* compared.inOrder()), further: () => this.compareAll(vector) };
  }

  #millionths(direction: Direction, place: number): number {
    const block = this.#blocks[Math.floor(place / this.#perBlock)] as Float32Array;
    return direction.millionths(block, (place % this.#perBlock) * this.#dimensions, this.#inverses[place] as number);
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
    this.#births[place] = this.#births[last] as number;
    this.#places.set(lastKey, place);
    this.#places.delete(key);
    this.#lastMove = this.#lastMove.next = { key: lastKey, from: last, to: place, next: null };
    this.#keys.pop();
    this.#inverses.pop();
    this.#births.pop();
    if (last % this.#perBlock === 0) this.#blocks.pop();
    this.#approximation?.removed(key, place, lastKey, last);
  }
}

/** Keys, and how near each is. */
class Compared {
  readonly #keys: string[] = [];
  readonly #millionths: number[] = [];

  add(key: string, millionths: number): void {
    this.#keys.push(key);
    this.#millionths.push(millionths);
  }

  *inOrder(): Generator<void, Ranked> {
    const keys = this.#keys;
    const millionths = this.#millionths;
    const order = yield* orderDescending(millionths);
    return {
      length: keys.length,
      keyAt: (rank) => keys[order[rank] ?? -1],
      scoreAt: (rank) => (millionths[order[rank] ?? -1] ?? 0) / COSINE_SCALE,
    };
  }
}

/** The vector of length 1. */
const unit = (vector: Float32Array, inverse: number): Float32Array => vector.map((number) => number * inverse);

const isSame = (a: Float32Array, b: Float32Array): boolean => a.every((number, i) => number === b[i]);
