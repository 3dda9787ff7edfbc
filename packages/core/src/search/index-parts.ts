import type { TermTree } from './near-terms.js';
import { textSignature } from './text-signature.js';

/** What a MiniSearch holds, as it is written down part by part. */
export interface OpenedIndex {
  _documentCount: number;
  _nextId: number;
  _documentIds: Map<number, unknown>;
  _idToShortId: Map<unknown, number>;
  _fieldLength: Map<number, number[]>;
  _avgFieldLength: number[];
  readonly _index: {
    get(term: string): Map<number, Map<number, number>> | undefined;
    readonly _tree: TermTree<Map<number, Map<number, number>>>;
    set(term: string, fields: Map<number, Map<number, number>>): unknown;
    [Symbol.iterator](): Iterator<[string, Map<number, Map<number, number>>]>;
  };
}

/** The documents by number, with what tells their texts apart and how many words each field has. */
type DocumentPart = readonly (readonly [number: number, key: string, signature: string, lengths: readonly number[]])[];
/** Terms, each in one field: of its documents, number and frequency in turn. A term may go on in the next part. */
type TermPart = readonly (readonly [term: string, field: number, frequencies: readonly number[]])[];

type Part =
  | readonly [
      'begin',
      version: number,
      fingerprint: string,
      documents: number,
      next: number,
      averages: readonly number[],
    ]
  | readonly ['documents', DocumentPart]
  | readonly ['terms', TermPart]
  /** How many there were: nothing is missing. */
  | readonly ['end', documents: number, frequencies: number];

/** So many numbers, or documents, are in a part: a part takes about a millisecond. */
const PART_SIZE = 2_000;
const SIGNATURE_LENGTH = 14;

/** All that the index holds, as parts of text. It must not change meanwhile, and must not hold anything of records that are gone. */
export function* partsOf(
  index: OpenedIndex,
  signatures: { get(key: string): string | undefined },
  version: number,
  fingerprint: string,
): Generator<string> {
  yield signed(['begin', version, fingerprint, index._documentCount, index._nextId, index._avgFieldLength]);
  let documents: DocumentPart[number][] = [];
  for (const [number, key] of index._documentIds) {
    documents.push([number, key as string, signatures.get(key as string) ?? '', index._fieldLength.get(number) ?? []]);
    if (documents.length < PART_SIZE / 4) continue;
    yield signed(['documents', documents]);
    documents = [];
  }
  yield signed(['documents', documents]);
  let terms: [string, number, number[]][] = [];
  let size = 0;
  let frequencies = 0;
  for (const [term, fields] of index._index) {
    for (const [field, byDocument] of fields) {
      let flat: number[] = [];
      terms.push([term, field, flat]);
      for (const [document, frequency] of byDocument) {
        flat.push(document, frequency);
        frequencies++;
        size += 2;
        if (size < PART_SIZE) continue;
        yield signed(['terms', terms]);
        terms = [[term, field, (flat = [])]];
        size = 0;
      }
    }
    size += 2;
  }
  yield signed(['terms', terms]);
  yield signed(['end', index._documentIds.size, frequencies]);
}

/** Takes what tells the texts of each document apart. */
export interface SignatureSink {
  set(key: string, signature: string): void;
}

/** Puts parts into an index that is empty. What it is by then is of no use unless `finish` says so. */
export class PartsReader {
  readonly #index: OpenedIndex;
  readonly #signatures: SignatureSink;
  readonly #version: number;
  readonly #fingerprint: string;
  #hasBegun = false;
  #isWhole = false;
  #frequencies = 0;

  constructor(index: OpenedIndex, signatures: SignatureSink, version: number, fingerprint: string) {
    this.#index = index;
    this.#signatures = signatures;
    this.#version = version;
    this.#fingerprint = fingerprint;
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
        this.#hasBegun = part[1] === this.#version && part[2] === this.#fingerprint;
        index._documentCount = part[3];
        index._nextId = part[4];
        index._avgFieldLength = [...part[5]];
        return this.#hasBegun;
      case 'documents':
        for (const [number, key, signature, lengths] of part[1]) {
          index._documentIds.set(number, key);
          index._idToShortId.set(key, number);
          index._fieldLength.set(number, [...lengths]);
          this.#signatures.set(key, signature);
        }
        return true;
      case 'terms':
        for (const [term, field, flat] of part[1]) this.#takeTerm(term, field, flat);
        return true;
      case 'end':
        this.#isWhole = part[1] === index._documentIds.size && part[2] === this.#frequencies;
        return this.#isWhole;
    }
  }

  /** All of it is there. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  #takeTerm(term: string, field: number, flat: readonly number[]): void {
    const index = this.#index._index;
    const known = index.get(term);
    const fields = known ?? new Map<number, Map<number, number>>();
    const byDocument = fields.get(field) ?? new Map<number, number>();
    for (let i = 0; i + 1 < flat.length; i += 2) byDocument.set(flat[i] as number, flat[i + 1] as number);
    this.#frequencies += flat.length / 2;
    if (!fields.has(field)) fields.set(field, byDocument);
    if (known === undefined) index.set(term, fields);
  }
}

function signed(part: Part): string {
  const json = JSON.stringify(part);
  return signatureOf(json) + json;
}

const signatureOf = (json: string): string => textSignature([json]).padStart(SIGNATURE_LENGTH, '0');
