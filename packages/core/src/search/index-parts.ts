import { allTerms } from './near-terms.js';
import type { Postings, TermIndex } from './term-index.js';
import { textSignature } from './text-signature.js';

/** The documents by number, with what tells their texts apart and how many terms each field has. */
type DocumentPart = readonly (readonly [number: number, key: string, signature: string, lengths: readonly number[]])[];
/** Terms, each in one field: of its documents, number and frequency in turn. A term may go on in the next part. */
type TermPart = readonly (readonly [term: string, field: number, postings: Postings])[];

type Part =
  | readonly ['begin', version: number, fingerprint: string]
  | readonly ['documents', DocumentPart]
  | readonly ['terms', TermPart]
  /** How many there were: nothing is missing. */
  | readonly ['end', documents: number, postings: number];

/** Grows with what parts hold. */
const VERSION = 3;
/** So many numbers are in a part: a part takes about a millisecond. */
const PART_SIZE = 2_000;
const DOCUMENTS_PER_PART = 500;
const SIGNATURE_LENGTH = 14;

/** All that the index holds of documents that are there, as parts of text without a line break. It must not change meanwhile. */
export function* partsOf({ documents, tree }: TermIndex, fingerprint: string): Generator<string> {
  yield signed(['begin', VERSION, fingerprint]);
  let some: DocumentPart[number][] = [];
  for (const [number, { key, signature, lengths }] of documents) {
    some.push([number, key, signature, lengths]);
    if (some.length < DOCUMENTS_PER_PART) continue;
    yield signed(['documents', some]);
    some = [];
  }
  yield signed(['documents', some]);
  let terms: [string, number, number[]][] = [];
  let size = 0;
  let written = 0;
  for (const [term, fields] of allTerms(tree)) {
    for (const [field, postings] of fields) {
      let flat: number[] = [];
      for (let i = 0; i < postings.length; i += 2) {
        const number = postings[i] as number;
        if (documents.get(number) === undefined) continue;
        if (flat.push(number, postings[i + 1] as number) === 2) terms.push([term, field, flat]);
        written++;
        size += 2;
        if (size < PART_SIZE) continue;
        yield signed(['terms', terms]);
        [terms, flat, size] = [[], [], 0];
      }
      size += 2;
    }
  }
  yield signed(['terms', terms]);
  yield signed(['end', documents.size, written]);
}

/** Puts parts into an index that is empty. What it is by then is of no use unless `isWhole` says so. */
export class PartsReader {
  readonly #index: TermIndex;
  readonly #fingerprint: string;
  readonly #restored: (signature: string) => void;
  #hasBegun = false;
  #isWhole = false;
  #postings = 0;

  /** `restored`: is called with what tells the texts of each document apart. */
  constructor(index: TermIndex, fingerprint: string, restored: (signature: string) => void) {
    this.#index = index;
    this.#fingerprint = fingerprint;
    this.#restored = restored;
  }

  /** False: it is damaged, of another definition or version, or out of place. */
  take(text: string): boolean {
    const json = text.slice(SIGNATURE_LENGTH);
    if (this.#isWhole || text.slice(0, SIGNATURE_LENGTH) !== signatureOf(json)) return false;
    const part = JSON.parse(json) as Part;
    if ((part[0] === 'begin') === this.#hasBegun) return false;
    const index = this.#index;
    switch (part[0]) {
      case 'begin':
        this.#hasBegun = part[1] === VERSION && part[2] === this.#fingerprint;
        return this.#hasBegun;
      case 'documents':
        for (const document of part[1]) {
          index.restore(...document);
          this.#restored(document[2]);
        }
        return true;
      case 'terms':
        for (const [term, field, postings] of part[1]) {
          index.restorePostings(term, field, postings);
          this.#postings += postings.length / 2;
        }
        return true;
      case 'end':
        this.#isWhole = part[1] === index.documents.size && part[2] === this.#postings;
        return this.#isWhole;
    }
  }

  /** All of it is there. */
  get isWhole(): boolean {
    return this.#isWhole;
  }
}

function signed(part: Part): string {
  const json = JSON.stringify(part);
  return signatureOf(json) + json;
}

/** So that what was damaged where it lay is not taken for an index. */
const signatureOf = (json: string): string => textSignature([json]).padStart(SIGNATURE_LENGTH, '0');
