import type { Value } from '../primitives/index.js';
import type { SearchDefinition } from './search-definition.js';
import { takeAll } from '../query/index.js';
import { partsOf, PartsReader } from './index-parts.js';
import type { IndexShare } from './index-share.js';
import { shareSteps } from './share-steps.js';
import { rankSteps } from './rank-steps.js';
import type { Lookup } from './search-query.js';
import { NOTHING_RANKED, type Ranked } from './ranked.js';
import { compileTexts, type SearchedTexts } from './searched-texts.js';
import { TermIndex } from './term-index.js';
import { WORDS_PER_STEP } from './search-limits.js';
import { textSignature } from './text-signature.js';
import { TextTerms } from './text-terms.js';
import type { Approximate } from './vectors/approximation.js';
import { compileVector, type VectorOf } from './vectors/read-vector.js';
import { VectorIndex } from './vectors/vector-index.js';

/** Measured over documents of 50 words, out of 20,000: within a third from 2,000 documents to 60,000. */
const BYTES_PER_CHARACTER = 4;
const BYTES_PER_TERM = 600;
/** What is done is counted in what it costs to index a character of a text in English: to read a word and to put a term into the index are each as much as so many. */
const WORK_PER_WORD = 3;
/** A look at a record that is as it was is as much as so many. */
const WORK_PER_RECORD = 16;
/** And so many characters of a text are compared meanwhile with what is indexed of it, and so many numbers of a vector read. */
const CHARACTERS_PER_WORK = 16;
const NUMBERS_PER_WORK = 4;
/** So many documents are passed over in one step on the way to one that was not put again. */
const DOCUMENTS_PER_STEP = 1_024;

/**
 * The words of records, and their vectors, kept current record by record.
 *
 * Holds terms, vectors, keys and what tells texts apart; no values and no answers. A record that changed is added and the old one discarded: what is left of that is
 * passed over when met, counts in no score, and is cleared away by `vacuumSteps`. One with a long text is added in steps, until the last of which the old one is found.
 */
export class SearchIndex {
  readonly definition: SearchDefinition;
  readonly words: TextTerms;
  readonly #vectors: VectorIndex | null;
  readonly #vectorOf: VectorOf;
  readonly #texts: (key: string, value: Value) => SearchedTexts;
  readonly #index = new TermIndex();
  /** The records that are put in steps, with what tells one time from another. */
  readonly #putting = new Map<string, object>();
  #work = 0;
  #changes = 0;
  #removals = 0;
  #characters = 0;

  /** `approximate`: how there is an approximate index for many vectors. Left out, all are compared. */
  constructor(definition: SearchDefinition, approximate?: Approximate) {
    this.definition = definition;
    this.words = new TextTerms(definition);
    this.#texts = compileTexts(definition.fields);
    this.#vectors =
      definition.vectors === null ? null : new VectorIndex(definition.vectors.dimensions, { approximate });
    this.#vectorOf = compileVector(definition.vectors);
  }

  /** Takes what `saveParts` has made, part by part, and becomes an index when it has all of it: `null` where any of it is damaged, or of another definition or version. */
  static loading(
    definition: SearchDefinition,
    approximate?: Approximate,
  ): { take(part: string): boolean; finish(): SearchIndex | null } {
    const index = new SearchIndex(definition, approximate);
    const reader = new PartsReader(index.#index, definition.fingerprint, (signature) => {
      index.#characters += charactersOf(signature);
    });
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

  get size(): number {
    return this.#index.documents.size;
  }

  has(key: string): boolean {
    return this.#index.documents.byKey(key) !== undefined;
  }

  /** The record is as it is now; `undefined`: it is no longer there. True when anything changed that is stored. */
  put(key: string, value: Value | undefined): boolean {
    return takeAll(this.putSteps(key, value));
  }

  /**
   * The same in steps of so many words; a record of fewer takes none. What the key has by now is found until the last of them. Other records may be put between them, and this one again: what was begun
   * before is then given up at its next step, so it is the one that was begun last that the index has.
   */
  putSteps(key: string, value: Value | undefined): Generator<void, boolean> {
    if (value === undefined) return this.putTextsSteps(key, null);
    return this.putTextsSteps(key, this.#texts(key, value), this.#vectorOf(key, value));
  }

  /** The same by what is searched of the record; `null`: it is no longer there. */
  putTexts(key: string, texts: SearchedTexts | null, vector: Float32Array | null = null): boolean {
    return takeAll(this.putTextsSteps(key, texts, vector));
  }

  *putTextsSteps(
    key: string,
    texts: SearchedTexts | null,
    vector: Float32Array | null = null,
  ): Generator<void, boolean> {
    this.#vectors?.put(key, vector);
    const signature = texts === null ? undefined : signed(texts);
    const characters = charactersOf(signature);
    this.#work +=
      WORK_PER_RECORD + Math.ceil((vector?.length ?? 0) / NUMBERS_PER_WORK + characters / CHARACTERS_PER_WORK);
    this.#putting.delete(key);
    const before = this.#index.documents.byKey(key);
    if (signature === before?.signature) {
      if (before !== undefined) before.isUnseen = false;
      return false;
    }
    if (texts === null || signature === undefined) {
      this.#changes++;
      this.#removals++;
      this.#index.discard(key);
    } else if (!(yield* this.#add(key, signature, texts))) return false;
    this.#characters += characters - charactersOf(before?.signature);
    return true;
  }

  /** False: the record was put again meanwhile. */
  *#add(key: string, signature: string, texts: SearchedTexts): Generator<void, boolean> {
    const putting = {};
    this.#putting.set(key, putting);
    const isLast = (): boolean => this.#putting.get(key) === putting;
    let words = 0;
    const counts: Map<string, number>[] = [];
    for (const text of texts) {
      const each = new Map<string, number>();
      // A missing text is an empty one: an average length would else be of those alone that have the field.
      for (const term of this.words.indexed(text ?? '')) {
        each.set(term, (each.get(term) ?? 0) + 1);
        if (++words % WORDS_PER_STEP !== 0) continue;
        this.#work += WORDS_PER_STEP * WORK_PER_WORD;
        yield;
        if (!isLast()) return false;
      }
      counts.push(each);
    }
    // From here on it is another, though nobody finds anything new: whoever saves it must not go on.
    this.#changes++;
    const number = this.#index.begin();
    for (const [field, each] of counts.entries()) {
      for (const [term, frequency] of each) {
        this.#index.addTerm(number, field, term, frequency);
        if (++words % WORDS_PER_STEP !== 0) continue;
        this.#work += WORDS_PER_STEP * WORK_PER_WORD;
        yield;
        if (isLast()) continue;
        this.#index.abandon(number);
        return false;
      }
    }
    this.#work += (words % WORDS_PER_STEP) * WORK_PER_WORD;
    this.#putting.delete(key);
    this.#index.finish(
      number,
      key,
      signature,
      counts.map(({ size }) => size),
    );
    return true;
  }

  /**
   * Brings the index up to all records that there are, a record each step, or as many as `putSteps` takes; what came with a stored index and is no more goes last. Records
   * are read when their turn comes, and may be put between steps.
   */
  *fill(keys: Iterable<string>, valueOf: (key: string) => Value | undefined): Iterator<void> {
    for (const key of keys) {
      yield* this.putSteps(key, valueOf(key));
      yield;
    }
    yield* this.forgetUnseen(valueOf);
  }

  /** What came with a stored index and was not put since is as it is now, in steps like those; by default none of it is there any more. */
  *forgetUnseen(valueOf: (key: string) => Value | undefined = () => undefined): Generator<void> {
    let passed = 0;
    for (const [, { key, isUnseen }] of this.#index.documents) {
      if (isUnseen) yield* this.putSteps(key, valueOf(key));
      else if (++passed % DOCUMENTS_PER_STEP !== 0) continue;
      yield;
    }
  }

  /** How much has been done to put records, in about what it costs to index a character. */
  get work(): number {
    return this.#work;
  }

  /** How often it has become another, and how often because a record was gone. */
  get changes(): number {
    return this.#changes;
  }

  get removals(): number {
    return this.#removals;
  }

  /** How much text it has. */
  get characters(): number {
    return this.#characters;
  }

  /** About how much memory it takes. */
  get bytes(): number {
    return (
      this.#characters * BYTES_PER_CHARACTER + this.#index.termCount * BYTES_PER_TERM + (this.#vectors?.bytes ?? 0)
    );
  }

  /** Enough is left over from records that changed for `vacuumSteps` to pay. */
  get isLittered(): boolean {
    return this.#index.litter >= 0.1;
  }

  /** Clears away what is left of records that have changed by now. Searches and changes may go on between its steps. */
  vacuumSteps(): Generator<void> {
    return this.#index.vacuumSteps();
  }

  /** How many numbers its vectors have. */
  get vectorNumbers(): number {
    return this.#vectors?.numbers ?? 0;
  }

  /** There is something for `approximateSteps` to do. */
  get isApproximateBehind(): boolean {
    return this.#vectors?.isBehind === true;
  }

  /** Makes an approximate index of many vectors, and keeps it current, in steps of about a millisecond. Searches and changes may go on between them. */
  *approximateSteps(): Generator<void> {
    yield* this.#vectors?.tendSteps() ?? [];
  }

  /** All that has the words. */
  ranked(lookup: Lookup): Ranked {
    return takeAll(this.rankedSteps(lookup));
  }

  /** The same in steps, between which records may be put. `all`: what several indexes have together, whose scores are given then (SE-70). */
  rankedSteps(lookup: Lookup, all: IndexShare | null = null): Generator<void, Ranked> {
    return rankSteps(this.#index, lookup, all);
  }

  /** SE-70: what it has of what such a search is scored by, in steps, between which records may be put. */
  shareSteps(lookup: Lookup): Generator<void, IndexShare> {
    return shareSteps(this.#index, lookup);
  }

  /**
   * All that can be compared, the nearest first, or as many as are known to be if no more are `wanted`; nothing where no vector is searched for. Records may be put between
   * its steps.
   */
  *nearest({ vector }: Lookup, wanted?: number): Generator<void, Ranked> {
    if (vector === null || this.#vectors === null) return NOTHING_RANKED;
    return yield* this.#vectors.nearest(vector, wanted);
  }

  /**
   * Its words as text without line breaks, in parts of about a millisecond each, for `loading`. It must not change between them. Words of records that are gone are left out. Vectors come with the
   * records that are put afterwards: reading them costs no more.
   */
  saveParts(): Generator<string> {
    return partsOf(this.#index, this.definition.fingerprint);
  }
}

/** With how many characters they are. */
function signed(texts: SearchedTexts): string {
  let characters = 0;
  for (const text of texts) characters += text?.length ?? 0;
  return `${textSignature(texts)}.${characters}`;
}

function charactersOf(signature: string | undefined): number {
  return signature === undefined ? 0 : Number(signature.slice(signature.indexOf('.') + 1));
}
