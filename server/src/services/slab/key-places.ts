const HASH = 0;
/** The number of the page, from 1 on; 0: the key is gone. */
const PAGE = 1;
const AT = 2;
const WORDS = 3;
const LEAST_ENTRIES = 8;
const LEAST_SLOTS = 16;

/** How many entries and slots there are once they are made anew for so many keys, and what both take. */
export function placesFor(keys: number): { readonly entries: number; readonly slots: number; readonly bytes: number } {
  const entries = Math.max(LEAST_ENTRIES, keys * 2);
  let slots = LEAST_SLOTS;
  while (slots * 2 < entries * 3) slots *= 2;
  return { entries, slots, bytes: (entries * WORDS + slots) * Uint32Array.BYTES_PER_ELEMENT };
}

/** Tells keys of one hash apart. */
export interface KeyMatch {
  /** Whether the key looked for is that of the record at this place. */
  isAt(page: number, at: number): boolean;
}

/**
 * Where the record of each key lies, in the order in which keys came: an open-addressing hash table of numbers alone. Entries are numbered in that order; one that is
 * removed leaves a gap, over which searches go on, until the table is made anew without gaps. A number is good until the next `add` or `remove`.
 */
export class KeyPlaces {
  /** Hash, page and offset of each entry. */
  #entries = new Uint32Array(LEAST_ENTRIES * WORDS);
  /** Numbers of entries from 1 on, where their hashes say or behind; 0: free. As many as a power of two. */
  #slots = new Uint32Array(LEAST_SLOTS);
  /** Entries that were ever added, gaps included. */
  #end = 0;
  #size = 0;
  /** Walks under way, which have to go on where they were when entries are numbered anew. */
  readonly #walks = new Set<{ next: number }>();

  get size(): number {
    return this.#size;
  }

  /** What the arrays take. */
  get bytes(): number {
    return this.#entries.byteLength + this.#slots.byteLength;
  }

  /** How many keys more there is room for. */
  get free(): number {
    return this.#entries.length / WORDS - this.#end;
  }

  /** The entry of a key, or -1. */
  find(hash: number, match: KeyMatch): number {
    const entries = this.#entries;
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let i = hash & mask; ; i = (i + 1) & mask) {
      const entry = slots[i]! - 1;
      if (entry < 0) return -1;
      const word = entry * WORDS;
      const page = entries[word + PAGE]!;
      if (page !== 0 && entries[word + HASH] === hash && match.isAt(page - 1, entries[word + AT]!)) return entry;
    }
  }

  page(entry: number): number {
    return this.#entries[entry * WORDS + PAGE]! - 1;
  }

  at(entry: number): number {
    return this.#entries[entry * WORDS + AT]!;
  }

  /** Of a key that is not there yet. */
  add(hash: number, page: number, at: number): void {
    if (this.#end * WORDS === this.#entries.length) this.#makeAnew();
    this.#write(this.#end, hash, page + 1, at);
    this.#end += 1;
    this.#size += 1;
  }

  /** The record of the key lies elsewhere now. */
  move(entry: number, page: number, at: number): void {
    const word = entry * WORDS;
    this.#entries[word + PAGE] = page + 1;
    this.#entries[word + AT] = at;
  }

  remove(entry: number): void {
    this.#entries[entry * WORDS + PAGE] = 0;
    this.#size -= 1;
    if (this.#end > LEAST_ENTRIES && this.#size * 4 < this.#end) this.#makeAnew();
  }

  /** The entries, like the keys of a `Map`: those added on the way too, and of those there throughout each once. To be read before anything changes. */
  *[Symbol.iterator](): IterableIterator<number> {
    const walk = { next: 0 };
    this.#walks.add(walk);
    try {
      while (walk.next < this.#end) {
        const entry = walk.next;
        walk.next += 1;
        if (this.page(entry) >= 0) yield entry;
      }
    } finally {
      this.#walks.delete(walk);
    }
  }

  /** Page and offset of each entry, as they are now. */
  places(): Uint32Array {
    const places = new Uint32Array(this.#size * 2);
    const entries = this.#entries;
    let next = 0;
    for (let word = 0; word < this.#end * WORDS; word += WORDS) {
      const page = entries[word + PAGE]!;
      if (page === 0) continue;
      places[next] = page - 1;
      places[next + 1] = entries[word + AT]!;
      next += 2;
    }
    return places;
  }

  /** Without gaps, and with room for as many again: so all of it is moved once for as many changes. */
  #makeAnew(): void {
    const old = this.#entries;
    const end = this.#end;
    for (const walk of this.#walks) walk.next = this.#countBefore(walk.next);
    const { entries: room, slots } = placesFor(this.#size);
    this.#entries = new Uint32Array(room * WORDS);
    this.#slots = new Uint32Array(slots);
    this.#end = 0;
    for (let word = 0; word < end * WORDS; word += WORDS) {
      const page = old[word + PAGE]!;
      if (page === 0) continue;
      this.#write(this.#end, old[word + HASH]!, page, old[word + AT]!);
      this.#end += 1;
    }
  }

  #countBefore(end: number): number {
    let count = 0;
    for (let entry = 0; entry < end; entry += 1) if (this.page(entry) >= 0) count += 1;
    return count;
  }

  #write(entry: number, hash: number, page: number, at: number): void {
    const word = entry * WORDS;
    this.#entries[word + HASH] = hash;
    this.#entries[word + PAGE] = page;
    this.#entries[word + AT] = at;
    const slots = this.#slots;
    const mask = slots.length - 1;
    let i = hash & mask;
    while (slots[i] !== 0) i = (i + 1) & mask;
    slots[i] = entry + 1;
  }
}
