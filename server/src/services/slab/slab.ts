import { recordKeyAt, recordKeyEnd, recordLength } from '../layout/record-layout.js';
import { GrownSlab } from './grown-slab.js';
import { halfSipHash, type HashSeed } from './half-sip-hash.js';
import { KeyBytes } from './key-bytes.js';
import { KeyPlaces, type KeyMatch } from './key-places.js';
import { RecordPages, type Page } from './record-pages.js';

/** How much memory a slab takes. */
export interface SlabBytes {
  /** Records, as long as they are. */
  readonly records: number;
  /** What is left of former ones. */
  readonly garbage: number;
  /** Kept for more. */
  readonly free: number;
  /** What finds them by key. */
  readonly index: number;
  /** All of it. */
  readonly total: number;
}

/** What a slab held at a moment, until it is released. */
export interface SlabCapture {
  /** By number. */
  readonly pages: readonly (Buffer | null)[];
  /** The page and the offset in it of each record, in the order in which keys came. */
  readonly places: Uint32Array;
  /** It has been looked at: what it held may be written over. */
  release(): void;
}

/** So much of the pages that are full may be garbage before one is cleared: the worst, in which then so much is garbage at least. So six bytes are looked at for one that is freed, at most. */
const MOST_GARBAGE = 1 / 6;
const BYTES_PER_GARBAGE = 6;

/**
 * Records in their layout, found by key, in memory that the garbage collector does not look into. Like a `Map`: a record that is set keeps its place in the order. What it
 * replaces is written over where it is as long, and otherwise garbage, which is cleared a few records at a time, with each change that makes more of it. Holds bytes alone: what they say, it does not know, but for key and length.
 */
export class Slab implements KeyMatch {
  readonly #seed: HashSeed;
  readonly #places = new KeyPlaces();
  readonly #pages = new RecordPages();
  readonly #soughtKey = new KeyBytes();
  /** The key that `isAt` compares with. */
  #sought: Uint8Array = this.#soughtKey.bytes;
  #soughtFrom = 0;
  #soughtTo = 0;
  /** The page that is being cleared, and how far that is. */
  #clearing: { readonly number: number; readonly page: Page; at: number } | null = null;

  constructor(seed: HashSeed) {
    this.#seed = seed;
  }

  get size(): number {
    return this.#places.size;
  }

  get bytes(): SlabBytes {
    const { allocated, used, dead } = this.#pages;
    const index = this.#places.bytes;
    return { records: used - dead, garbage: dead, free: allocated - used, index, total: allocated + index };
  }

  /** What it may become when more is set. */
  grown(): GrownSlab {
    const { used, dead, free } = this.#pages;
    return new GrownSlab({ free, needed: used - dead, keys: this.size, freeKeys: this.#places.free });
  }

  /** How long the record of a key is; 0: there is none. */
  lengthOf(key: string): number {
    const entry = this.find(key);
    return entry < 0 ? 0 : recordLength(this.page(entry), this.at(entry));
  }

  /** The entry of a key, good until the next change; -1: there is none. */
  find(key: string): number {
    const { bytes, length } = this.#soughtKey.write(key);
    return this.#find(bytes, 0, length, this.#hash(bytes, 0, length));
  }

  /** The bytes among which the record of an entry lies. */
  page(entry: number): Buffer {
    return this.#pages.bytes(this.#places.page(entry));
  }

  /** Where in them it begins. */
  at(entry: number): number {
    return this.#places.at(entry);
  }

  /** Takes a copy of the record that lies at `from`, in the place of what is under its key. */
  set(bytes: Buffer, from: number): void {
    const keyAt = recordKeyAt(from);
    const keyEnd = recordKeyEnd(bytes, from);
    const hash = this.#hash(bytes, keyAt, keyEnd);
    const entry = this.#find(bytes, keyAt, keyEnd, hash);
    const to = from + recordLength(bytes, from);
    if (entry < 0) {
      this.#pages.append(bytes, from, to);
      this.#places.add(hash, this.#pages.lastPage, this.#pages.lastAt);
      return;
    }
    const [page, at] = [this.#places.page(entry), this.#places.at(entry)];
    const isAsLong = recordLength(this.#pages.bytes(page), at) === to - from;
    if (isAsLong && this.#pages.overwrite(page, at, bytes, from, to)) return;
    this.#pages.append(bytes, from, to);
    this.#places.move(entry, this.#pages.lastPage, this.#pages.lastAt);
    this.#release(page, at);
  }

  delete(key: string): boolean {
    const entry = this.find(key);
    if (entry < 0) return false;
    const [page, at] = [this.#places.page(entry), this.#places.at(entry)];
    this.#places.remove(entry);
    this.#release(page, at);
    return true;
  }

  /** The entries, each to be looked at before anything changes. Changes on the way are seen as a `Map`'s are. */
  [Symbol.iterator](): IterableIterator<number> {
    return this.#places[Symbol.iterator]();
  }

  /** All of it as it is now, whatever is changed afterwards. */
  capture(): SlabCapture {
    const pages = this.#pages.capture();
    return {
      pages: pages.map((page) => page && page.bytes.subarray(0, page.used)),
      places: this.#places.places(),
      release() {
        for (const page of pages) if (page !== null) page.captures -= 1;
      },
    };
  }

  isAt(page: number, at: number): boolean {
    const bytes = this.#pages.bytes(page);
    const sought = this.#sought;
    const from = this.#soughtFrom;
    const size = this.#soughtTo - from;
    const keyAt = recordKeyAt(at);
    // A key's bytes begin with their length.
    for (let i = 0; i < size; i += 1) if (bytes[keyAt + i] !== sought[from + i]) return false;
    return true;
  }

  #find(bytes: Uint8Array, from: number, to: number, hash: number): number {
    this.#sought = bytes;
    this.#soughtFrom = from;
    this.#soughtTo = to;
    return this.#places.find(hash, this);
  }

  #hash(bytes: Uint8Array, from: number, to: number): number {
    return halfSipHash(bytes, from, to, this.#seed);
  }

  #release(page: number, at: number): void {
    const size = recordLength(this.#pages.bytes(page), at);
    this.#pages.release(page, size);
    this.#clear(size * BYTES_PER_GARBAGE);
  }

  /** Looks at records of so many bytes, one at least, in pages to be cleared, and moves those that are needed. */
  #clear(bytes: number): void {
    for (let left = bytes; left > 0;) {
      const clearing = (this.#clearing ??= this.#nextToClear());
      if (clearing === null) return;
      const { number, page, at } = clearing;
      // Gone meanwhile, by what was removed.
      if (this.#pages.page(number) !== page) {
        this.#clearing = null;
        continue;
      }
      const size = recordLength(page.bytes, at);
      clearing.at += size;
      left -= size;
      this.#moveOut(number, page.bytes, at, size);
    }
  }

  #nextToClear(): { readonly number: number; readonly page: Page; at: number } | null {
    const number = this.#pages.worst(MOST_GARBAGE);
    const page = this.#pages.page(number);
    return page === null ? null : { number, page, at: 0 };
  }

  #moveOut(number: number, bytes: Buffer, at: number, size: number): void {
    const [keyAt, keyEnd] = [recordKeyAt(at), recordKeyEnd(bytes, at)];
    const entry = this.#find(bytes, keyAt, keyEnd, this.#hash(bytes, keyAt, keyEnd));
    if (entry < 0 || this.#places.page(entry) !== number || this.#places.at(entry) !== at) return;
    this.#pages.append(bytes, at, at + size);
    this.#places.move(entry, this.#pages.lastPage, this.#pages.lastAt);
    this.#pages.release(number, size);
  }
}
