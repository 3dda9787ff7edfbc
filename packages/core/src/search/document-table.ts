import { LargeMap } from '../primitives/index.js';

/** A record as it was indexed. */
export interface IndexedDocument {
  readonly key: string;
  /** Tells its texts apart. */
  readonly signature: string;
  /** How many different terms each field has. */
  readonly lengths: readonly number[];
  /** It came with an index that was stored, and has not been put since. */
  isUnseen: boolean;
}

/** So many numbers lie side by side. */
const PAGE = 512;
/** Of more keys than this their map is in parts: to make the parts is one step, and takes half a millisecond. */
const SPLIT_AT = 4_096;

interface Page {
  readonly documents: (IndexedDocument | undefined)[];
  count: number;
}

/** Documents by key and by number. A record that is indexed anew is another document: numbers grow by one, and none comes twice. However many there are, nothing in it ever copies itself. */
export class DocumentTable {
  readonly #numbers = new LargeMap<number>(SPLIT_AT);
  readonly #pages: (Page | undefined)[] = [];
  #size = 0;
  #next = 0;

  get size(): number {
    return this.#size;
  }

  /** What the next one's number is, if it is given none. */
  get next(): number {
    return this.#next;
  }

  /** `undefined`: there is none, or no longer. */
  get(number: number): IndexedDocument | undefined {
    return this.#pages[Math.floor(number / PAGE)]?.documents[number % PAGE];
  }

  byKey(key: string): IndexedDocument | undefined {
    const number = this.#numbers.get(key);
    return number === undefined ? undefined : this.get(number);
  }

  /** The number of a document that is to come. */
  reserve(): number {
    return this.#next++;
  }

  /** The key has to be a new one; `number` one that no document was ever added with. Returns it. */
  add(document: IndexedDocument, number = this.#next): number {
    const page = (this.#pages[Math.floor(number / PAGE)] ??= { documents: [], count: 0 });
    page.documents[number % PAGE] = document;
    page.count++;
    this.#numbers.set(document.key, number);
    this.#size++;
    this.#next = Math.max(this.#next, number + 1);
    return number;
  }

  /** What it was; `undefined` where there was none. */
  delete(key: string): IndexedDocument | undefined {
    const number = this.#numbers.get(key);
    if (number === undefined) return undefined;
    const at = Math.floor(number / PAGE);
    const page = this.#pages[at] as Page;
    const document = page.documents[number % PAGE];
    page.documents[number % PAGE] = undefined;
    if (--page.count === 0) this.#pages[at] = undefined;
    this.#numbers.delete(key);
    this.#size--;
    return document;
  }

  /** By ascending number. What comes meanwhile is met, what goes is not. */
  *[Symbol.iterator](): Iterator<readonly [number: number, document: IndexedDocument]> {
    for (let at = 0; at < this.#pages.length; at++) {
      for (let i = 0; i < PAGE; i++) {
        const document = this.#pages[at]?.documents[i];
        if (document !== undefined) yield [at * PAGE + i, document];
      }
    }
  }
}
