/** A piece of memory that is written from its beginning on. */
export interface Page {
  readonly bytes: Buffer;
  /** Up to where it is written. */
  used: number;
  /** Of that, how much nobody needs any more. */
  dead: number;
  /** How many captures look at it: until they are released nothing in it is written over. */
  captures: number;
}

/** Smaller ones are for tables of a few records, larger ones would take longer to be cleared. */
const LEAST_PAGE = 512;
const LARGEST_PAGE = 128 * 1024;

/** Of the page that is opened for something of this size, where so much is needed of what there is. */
export function pageSize(size: number, needed: number): number {
  let room = LEAST_PAGE;
  while (room < LARGEST_PAGE && (room < size || room * 4 < needed)) room *= 2;
  return Math.max(room, size);
}

/**
 * The bytes of records, in pages that grow with what they hold: no more than about a quarter of it, or 128 kB, is ever kept free for more. Whoever captures pages may read
 * what was there until it releases them; a page of which nothing is needed any more is let go.
 */
export class RecordPages {
  /** By number. Numbers of pages that are gone are given out again. */
  readonly #pages: (Page | null)[] = [];
  readonly #free: number[] = [];
  /** Where is written next; -1: nowhere yet. */
  #open = -1;
  #allocated = 0;
  #used = 0;
  #dead = 0;
  /** Where the last `append` wrote. */
  lastPage = -1;
  lastAt = -1;

  /** What pages take, in all. */
  get allocated(): number {
    return this.#allocated;
  }

  /** Written, needed or not. */
  get used(): number {
    return this.#used;
  }

  /** Written, and needed no more. */
  get dead(): number {
    return this.#dead;
  }

  /** What the page with this number is made of. Only of places that are in use. */
  bytes(page: number): Buffer {
    return this.#pages[page]!.bytes;
  }

  /** The page, if there is one with this number. */
  page(number: number): Page | null {
    return this.#pages[number] ?? null;
  }

  /** All of them, by number, for a capture. */
  capture(): readonly (Page | null)[] {
    for (const page of this.#pages) if (page !== null) page.captures += 1;
    return [...this.#pages];
  }

  /** Writes the bytes from `from` to `to` over as many at `at`, unless a capture looks at them; says whether it did. */
  overwrite(number: number, at: number, bytes: Uint8Array, from: number, to: number): boolean {
    const page = this.#pages[number]!;
    if (page.captures > 0) return false;
    copy(bytes, from, to, page.bytes, at);
    return true;
  }

  /** Writes the bytes from `from` to `to`: to `lastPage`, `lastAt`. */
  append(bytes: Uint8Array, from: number, to: number): void {
    const size = to - from;
    let page = this.#open < 0 ? null : this.#pages[this.#open]!;
    if (page === null || page.bytes.length - page.used < size) page = this.#openPage(size);
    this.lastPage = this.#open;
    this.lastAt = page.used;
    copy(bytes, from, to, page.bytes, page.used);
    page.used += size;
    this.#used += size;
  }

  /** So many bytes of the page are needed no more. */
  release(number: number, size: number): void {
    const page = this.#pages[number]!;
    page.dead += size;
    this.#dead += size;
    if (page.dead === page.used) this.#drop(number, page);
  }

  /** The page of which most is in vain, more than this share; -1: none is. The one that is being written is not among them. */
  worst(least: number): number {
    const open = this.page(this.#open);
    const [used, dead] = [this.#used - (open?.used ?? 0), this.#dead - (open?.dead ?? 0)];
    // Then some page is above the share as well.
    if (dead <= used * least) return -1;
    let worst = -1;
    let share = least;
    for (let number = 0; number < this.#pages.length; number += 1) {
      const page = this.#pages[number];
      if (page === null || page === undefined || number === this.#open || page.dead <= share * page.used) continue;
      worst = number;
      share = page.dead / page.used;
    }
    return worst;
  }

  /** How much more can be written before the next page is needed. */
  get free(): number {
    const open = this.page(this.#open);
    return open === null ? 0 : open.bytes.length - open.used;
  }

  #openPage(size: number): Page {
    const page: Page = {
      bytes: Buffer.allocUnsafeSlow(pageSize(size, this.#used - this.#dead)),
      used: 0,
      dead: 0,
      captures: 0,
    };
    this.#allocated += page.bytes.length;
    this.#open = this.#free.pop() ?? this.#pages.length;
    this.#pages[this.#open] = page;
    return page;
  }

  #drop(number: number, page: Page): void {
    this.#pages[number] = null;
    this.#free.push(number);
    this.#allocated -= page.bytes.length;
    this.#used -= page.used;
    this.#dead -= page.dead;
    if (number === this.#open) this.#open = -1;
  }
}

function copy(bytes: Uint8Array, from: number, to: number, target: Uint8Array, at: number): void {
  const size = to - from;
  // A loop is faster for as little as this: a part of an array is an object of its own.
  if (size <= 512) for (let i = 0; i < size; i += 1) target[at + i] = bytes[from + i]!;
  else target.set(bytes.subarray(from, to), at);
}
