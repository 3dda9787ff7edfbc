import { LargeMap } from '../../primitives/index.js';
import type { ApproximateIndex } from './approximate-index.js';

/** So many vectors are in one index of the library: those that are larger stop for longer as they grow. */
const VECTORS_PER_PART = 131_072;
/** Of more keys than this their map is in parts. */
const SPLIT_AT = 4_096;
const BYTES_PER_KEY = 60;

/** What is asked of the vectors of records, each in its place; the last one takes the place of one that goes. */
export interface StoredVectors {
  readonly size: number;
  keyAt(place: number): string | undefined;
  /** Of length 1, a copy; `undefined`: the record has none. */
  unitOf(key: string): Float32Array | undefined;
}

/** The nearest in one index of the library, those that are still as they were. */
export interface FoundInPart {
  readonly keys: readonly string[];
  /** There are no others in it. */
  readonly isAll: boolean;
}

export interface Candidates {
  /** Whose vectors it does not have. */
  readonly missing: readonly string[];
  readonly nearest: readonly FoundInPart[];
}

/**
 * The keys of an approximate index: which of them it has as they are now, and which it does not. It has those of all places before `#next`, but for those that are behind. A record that
 * changes leaves its former vector in the library's index; its key is taken from it, so nobody finds it.
 */
export class ApproximateKeys {
  readonly #stored: StoredVectors;
  readonly #create: () => ApproximateIndex | null;
  readonly #perPart: number;
  readonly #parts: ApproximateIndex[] = [];
  /** By the number that the library knows; `null`: it is another by now, or gone. */
  readonly #keys: (string | null)[] = [];
  readonly #numbers = new LargeMap<number>(SPLIT_AT);
  readonly #behind = new Set<string>();
  /** Goes through them once and for all: from the front it would meet those that have been taken again and again. */
  #due: Iterator<string, undefined> | null = null;
  #next = 0;

  constructor(stored: StoredVectors, create: () => ApproximateIndex | null, perPart = VECTORS_PER_PART) {
    this.#stored = stored;
    this.#create = create;
    this.#perPart = perPart;
  }

  /** How many records it does not have as they are. */
  get missing(): number {
    return this.#behind.size + this.#stored.size - this.#next;
  }

  /** How many of its vectors are of no use any more. */
  get dead(): number {
    return this.#keys.length - this.#numbers.size;
  }

  get length(): number {
    return this.#keys.length;
  }

  /** About how much memory it takes. */
  get bytes(): number {
    return this.#parts.reduce((sum, { bytes }) => sum + bytes, this.#keys.length * BYTES_PER_KEY);
  }

  /** The record in that place has another vector. */
  changed(key: string, place: number): void {
    if (place >= this.#next) return;
    this.#forget(key);
    this.#behind.add(key);
  }

  /** The record in that place has none any more, and the last one has taken it. */
  removed(key: string, place: number, lastKey: string, last: number): void {
    this.#forget(key);
    this.#behind.delete(key);
    if (last < this.#next) this.#next = last;
    else if (place < this.#next) this.#behind.add(lastKey);
  }

  /** Adds one that is missing. False: the library takes no more. */
  addNext(): boolean {
    const key = this.#takeMissing();
    const vector = key === undefined ? undefined : this.#stored.unitOf(key);
    if (key === undefined || vector === undefined) return true;
    if (this.#keys.length === this.#parts.length * this.#perPart) {
      const part = this.#create();
      if (part === null) return false;
      this.#parts.push(part);
    }
    if (this.#parts.at(-1)?.add(vector) !== true) return false;
    this.#numbers.set(key, this.#keys.length);
    this.#keys.push(key);
    return true;
  }

  /** What may be near: about `count` of the nearest that it has, and all that it does not have. An index of the library in a step. */
  *candidates(unit: Float32Array, count: number): Generator<void, Candidates> {
    const missing = [...this.#behind];
    for (let place = this.#next; place < this.#stored.size; place++) {
      const key = this.#stored.keyAt(place);
      if (key !== undefined) missing.push(key);
    }
    // What is of no use takes its part of what is found.
    const asked = Math.ceil((count * this.#keys.length) / Math.max(1, this.#numbers.size));
    const nearest: FoundInPart[] = [];
    for (const [i, part] of this.#parts.entries()) {
      const numbers = [...part.nearest(unit, asked)];
      const start = i * this.#perPart;
      const keys = numbers.map((number) => this.#keys[start + number]).filter((key) => typeof key === 'string');
      nearest.push({ keys, isAll: numbers.length === Math.min(this.#perPart, this.#keys.length - start) });
      yield;
    }
    return { missing, nearest };
  }

  #takeMissing(): string | undefined {
    if (this.#next < this.#stored.size) return this.#stored.keyAt(this.#next++);
    this.#due ??= this.#behind.values();
    const { done, value: key } = this.#due.next();
    if (done === true) this.#due = null;
    else this.#behind.delete(key);
    return key;
  }

  #forget(key: string): void {
    const number = this.#numbers.get(key);
    if (number === undefined) return;
    this.#keys[number] = null;
    this.#numbers.delete(key);
  }
}
