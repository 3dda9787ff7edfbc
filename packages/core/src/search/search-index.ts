import MiniSearch, { type AsPlainObject, type Options } from 'minisearch';

import { LargeMap, LargeSet, type Value } from '../primitives/index.js';
import type { SearchDefinition } from './search-definition.js';
import { takeAll } from '../query/index.js';
import { partsOf, PartsReader, type OpenedIndex } from './index-parts.js';
import { rankSteps } from './rank-steps.js';
import type { Lookup } from './search-query.js';
import { NOTHING_RANKED, type Ranked } from './ranked.js';
import { compileTexts, type SearchedTexts } from './searched-texts.js';
import { textSignature } from './text-signature.js';
import { TextTerms } from './text-terms.js';
import { compileVector, type VectorOf } from './vectors/read-vector.js';
import { VectorIndex } from './vectors/vector-index.js';

/** A record as the index knows it. */
interface Indexed {
  readonly key: string;
  readonly texts: SearchedTexts;
}

const VERSION = 2;
/** Measured over documents of 50 words, out of 20,000: within a third from 2,000 documents to 60,000. */
const BYTES_PER_CHARACTER = 4;
const BYTES_PER_TERM = 600;
const SIGNATURE_LENGTH = 14;
/** So many numbers of a vector are read as fast as a character is indexed. */
const NUMBERS_PER_CHARACTER = 4;
const ID_FIELD = 'key';
/** Terms looked at between two turns of the event loop while room is made. */
const VACUUM_BATCH = 200;

/**
 * The words of records, and their vectors, kept current record by record. The one file that knows MiniSearch.
 *
 * Holds terms, vectors, keys and what tells texts apart; no values and no answers. A record that changed is discarded and added: what is left of the old one is
 * passed over when met, counts a little in how rare a term seems, and is cleared away by `vacuum`.
 */
export class SearchIndex {
  readonly definition: SearchDefinition;
  readonly words: TextTerms;
  readonly #vectors: VectorIndex | null;
  readonly #vectorOf: VectorOf;
  readonly #texts: (key: string, value: Value) => SearchedTexts;
  readonly #index: MiniSearch<Indexed>;
  readonly #signatures = new LargeMap<string>();
  #charactersRead = 0;
  #changes = 0;
  #removals = 0;
  /** Of the records that it has now. */
  #characters = 0;
  /** Of those that came with a stored index, what has not been seen since. */
  readonly #unseen = new LargeSet();

  constructor(definition: SearchDefinition, stored?: StoredIndex) {
    this.definition = definition;
    this.words = new TextTerms(definition);
    this.#texts = compileTexts(definition.fields);
    this.#vectors = definition.vectors === null ? null : new VectorIndex(definition.vectors.dimensions);
    this.#vectorOf = compileVector(definition.vectors);
    const options = this.#options();
    this.#index = stored === undefined ? new MiniSearch(options) : MiniSearch.loadJS(stored.index, options);
    for (const [key, signature] of stored?.signatures ?? []) this.#noteStored(key, signature);
  }

  /** What `save` has made, or `null` where it is of another definition, of another version, or damaged: then it is built anew. */
  static load(definition: SearchDefinition, saved: string): SearchIndex | null {
    try {
      const [signature, json] = [saved.slice(0, SIGNATURE_LENGTH), saved.slice(SIGNATURE_LENGTH)];
      if (signature !== signatureOf(json)) return null;
      const [version, fingerprint, signatures, index] = JSON.parse(json) as SavedIndex;
      if (version !== VERSION || fingerprint !== definition.fingerprint) return null;
      return new SearchIndex(definition, { index, signatures });
    } catch {
      return null;
    }
  }

  /** Takes what `saveParts` has made, part by part, and becomes an index when it has all of it: `null` where any of it is of no use. */
  static loading(definition: SearchDefinition): { take(part: string): boolean; finish(): SearchIndex | null } {
    const index = new SearchIndex(definition);
    const signatures = { set: (key: string, signature: string) => index.#noteStored(key, signature) };
    const reader = new PartsReader(opened(index.#index), signatures, VERSION, definition.fingerprint);
    let isRight = true;
    return {
      take(part) {
        try {
          return (isRight &&= reader.take(part));
        } catch {
          return (isRight = false);
        }
      },
      finish() {
        return isRight && reader.isWhole ? index : null;
      },
    };
  }

  /** Part by part, so that there is nothing left to do for all of them at once. */
  #noteStored(key: string, signature: string): void {
    this.#signatures.set(key, signature);
    this.#unseen.add(key);
    this.#characters += charactersOf(signature);
  }

  get size(): number {
    return this.#index.documentCount;
  }

  has(key: string): boolean {
    return this.#index.has(key);
  }

  /** The record is as it is now; `undefined`: it is no longer there. True when anything changed that is stored. */
  put(key: string, value: Value | undefined): boolean {
    if (value === undefined) return this.putTexts(key, null);
    return this.putTexts(key, this.#texts(key, value), this.#vectorOf(key, value));
  }

  /** The same by what is searched of the record; `null`: it is no longer there. True when anything changed that is stored. */
  putTexts(key: string, texts: SearchedTexts | null, vector: Float32Array | null = null): boolean {
    this.#vectors?.put(key, vector);
    this.#charactersRead += Math.ceil((vector?.length ?? 0) / NUMBERS_PER_CHARACTER);
    this.#unseen.delete(key);
    const before = this.#signatures.get(key);
    if (texts === null) {
      this.#characters -= charactersOf(before);
      this.#signatures.delete(key);
      if (before === undefined) return false;
      this.#index.discard(key);
      this.#changes++;
      this.#removals++;
      return true;
    }
    const signature = signed(texts);
    if (signature === before) return false;
    this.#signatures.set(key, signature);
    this.#characters += charactersOf(signature) - charactersOf(before);
    this.#charactersRead += charactersOf(signature);
    this.#changes++;
    if (before === undefined) this.#index.add({ key, texts });
    else this.#index.replace({ key, texts });
    return true;
  }

  /**
   * Brings the index up to all records that there are, a record each step; what came with a stored index and is no more goes last. Records
   * are read when their turn comes, and `put` may be called between steps.
   */
  *fill(keys: Iterable<string>, valueOf: (key: string) => Value | undefined): Iterator<void> {
    for (const key of keys) {
      this.put(key, valueOf(key));
      yield;
    }
    yield* this.forgetUnseen(valueOf);
  }

  /** What came with a stored index and was not put since is as it is now, a record each step; by default none of it is there any more. */
  *forgetUnseen(valueOf: (key: string) => Value | undefined = () => undefined): Generator<void> {
    for (const key of [...this.#unseen]) {
      if (this.#unseen.has(key)) this.put(key, valueOf(key));
      yield;
    }
  }

  /** How much text has been read in all, and how many vectors: what that cost. */
  get charactersRead(): number {
    return this.#charactersRead;
  }

  /** How often it has become another, and how often because a record was gone. */
  get changes(): number {
    return this.#changes;
  }

  get removals(): number {
    return this.#removals;
  }

  /** About how much memory it takes. */
  get bytes(): number {
    return (
      this.#characters * BYTES_PER_CHARACTER + this.#index.termCount * BYTES_PER_TERM + (this.#vectors?.bytes ?? 0)
    );
  }

  /** Enough is left over from records that changed for `vacuum` to pay. */
  get isLittered(): boolean {
    return this.#index.dirtFactor >= 0.1;
  }

  /** Clears away what is left of records that changed, between turns of the event loop. Searches and changes may go on meanwhile. */
  vacuum(): Promise<void> {
    return this.#index.vacuum({ batchSize: VACUUM_BATCH, batchWait: 1 });
  }

  /** All that has the words. */
  ranked(lookup: Lookup): Ranked {
    return takeAll(this.rankedSteps(lookup));
  }

  /** The same in steps, between which records may be put. */
  rankedSteps(lookup: Lookup): Generator<void, Ranked> {
    return rankSteps(opened(this.#index), lookup);
  }

  /** All that can be compared, the nearest first; nothing where no vector is searched for. Records may be put between its steps. */
  *nearest({ vector }: Lookup): Generator<void, Ranked> {
    if (vector === null || this.#vectors === null) return NOTHING_RANKED;
    return yield* this.#vectors.nearest(vector);
  }

  /** Its words as text, for `load`. Vectors come with the records that are put afterwards: reading them costs no more. */
  save(): string {
    const saved: SavedIndex = [VERSION, this.definition.fingerprint, [...this.#signatures], this.#index.toJSON()];
    const json = JSON.stringify(saved);
    return signatureOf(json) + json;
  }

  /** The same in parts of about a millisecond each, for `loading`. It must not change between them, and has to be cleared of what is left over before. */
  saveParts(): Generator<string> {
    return partsOf(opened(this.#index), this.#signatures, VERSION, this.definition.fingerprint);
  }

  #options(): Options<Indexed> {
    return {
      idField: ID_FIELD,
      // By number: names are the app's, and MiniSearch keeps them in plain objects.
      fields: this.definition.fields.map((_, i) => fieldName(i)),
      // A missing text is an empty one: the average length would otherwise depend on the order in which records came.
      extractField: ({ key, texts }, field) => (field === ID_FIELD ? key : (texts[Number(field)] ?? '')),
      tokenize: (text) => this.words.indexed(text),
      processTerm: (term) => term,
      autoVacuum: false,
      logger: () => {},
    };
  }
}

/** What a MiniSearch is made of it says to those alone who extend it; a class of our own would not be what it loads. */
const opened = (index: MiniSearch<Indexed>): OpenedIndex => index as unknown as OpenedIndex;

interface StoredIndex {
  readonly index: AsPlainObject;
  readonly signatures: readonly (readonly [key: string, signature: string])[];
}

type SavedIndex = [
  version: number,
  fingerprint: string,
  signatures: readonly (readonly [key: string, signature: string])[],
  index: AsPlainObject,
];

/** With how many characters they are. */
function signed(texts: SearchedTexts): string {
  let characters = 0;
  for (const text of texts) characters += text?.length ?? 0;
  return `${textSignature(texts)}.${characters}`;
}

function charactersOf(signature: string | undefined): number {
  return signature === undefined ? 0 : Number(signature.slice(signature.indexOf('.') + 1));
}

/** So that what was damaged where it lay is not taken for an index. */
const signatureOf = (json: string): string => textSignature([json]).padStart(SIGNATURE_LENGTH, '0');

const fieldName = (field: number): string => String(field);
