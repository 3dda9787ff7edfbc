import MiniSearch, { type AsPlainObject, type Options, type SearchResult } from 'minisearch';

import type { Value } from '../primitives/index.js';
import type { SearchDefinition } from './search-definition.js';
import { FUZZY_MIN_LENGTH } from '../query/index.js';
import { SEARCH_LIMITS } from './search-limits.js';
import type { SearchQuery } from './search-query.js';
import { compileTexts, sameTexts, type SearchedTexts } from './searched-texts.js';
import { textSignature } from './text-signature.js';
import { TextTerms } from './text-terms.js';

/** A record as the index knows it. */
interface Indexed {
  readonly key: string;
  readonly texts: SearchedTexts;
}

/** A record that meets a search, before it is placed among the others. */
export interface Match {
  readonly key: string;
  readonly score: number;
  /** For each term that was found, the numbers of the fields that have it. Worked out when it is asked for: of most matches nobody asks. */
  readonly fieldsByTerm: () => ReadonlyMap<string, readonly number[]>;
}

const VERSION = 1;
const ID_FIELD = 'key';
/** Terms looked at between two turns of the event loop while room is made. */
const VACUUM_BATCH = 200;

/**
 * The words of a map's records, kept current record by record. The one file that knows MiniSearch.
 *
 * Holds terms, keys and which values it has seen (the same objects, no copies); no answers. A record that changed is discarded and added: what
 * is left of the old one is passed over when met, counts a little in how rare a term seems, and is cleared away by `vacuum`.
 */
export class SearchIndex {
  readonly definition: SearchDefinition;
  readonly words: TextTerms;
  readonly #texts: (key: string, value: Value) => SearchedTexts;
  readonly #index: MiniSearch<Indexed>;
  readonly #values = new Map<string, Value>();
  #charactersRead = 0;
  /** Of records that came with a stored index and have not been seen since. */
  readonly #unseen: Map<string, string>;

  constructor(
    definition: SearchDefinition,
    stored?: { readonly index: AsPlainObject; readonly unseen: Map<string, string> },
  ) {
    this.definition = definition;
    this.words = new TextTerms(definition);
    this.#texts = compileTexts(definition.fields);
    const options = this.#options();
    this.#index = stored === undefined ? new MiniSearch(options) : MiniSearch.loadJS(stored.index, options);
    this.#unseen = stored?.unseen ?? new Map();
  }

  /** What `save` has made, or `null` where it is of another definition, of another version, or damaged: then it is built anew. */
  static load(definition: SearchDefinition, saved: string): SearchIndex | null {
    try {
      const [version, fingerprint, signatures, index] = JSON.parse(saved) as SavedIndex;
      if (version !== VERSION || fingerprint !== definition.fingerprint) return null;
      return new SearchIndex(definition, { index, unseen: new Map(signatures) });
    } catch {
      return null;
    }
  }

  get size(): number {
    return this.#index.documentCount;
  }

  has(key: string): boolean {
    return this.#index.has(key);
  }

  /** The record is as it is now; `undefined`: it is no longer there. */
  put(key: string, value: Value | undefined): void {
    const before = this.#values.get(key);
    if (value === undefined) {
      this.#values.delete(key);
      this.#unseen.delete(key);
      if (this.#index.has(key)) this.#index.discard(key);
      return;
    }
    if (before === value) return;
    const texts = this.#texts(key, value);
    this.#values.set(key, value);
    const isSame = before === undefined ? this.#isAsStored(key, texts) : sameTexts(this.#texts(key, before), texts);
    if (isSame) return;
    for (const text of texts) this.#charactersRead += text?.length ?? 0;
    if (this.#index.has(key)) this.#index.replace({ key, texts });
    else this.#index.add({ key, texts });
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
    for (const key of [...this.#unseen.keys()]) {
      this.put(key, valueOf(key));
      yield;
    }
  }

  /** How much text has been read in all: what that cost. */
  get charactersRead(): number {
    return this.#charactersRead;
  }

  /** Enough is left over from records that changed for `vacuum` to pay. */
  get isLittered(): boolean {
    return this.#index.dirtFactor >= 0.1;
  }

  /** Clears away what is left of records that changed, between turns of the event loop. Searches and changes may go on meanwhile. */
  vacuum(): Promise<void> {
    return this.#index.vacuum({ batchSize: VACUUM_BATCH, batchWait: 1 });
  }

  /** All that meets the search, the best first. `accepts`: which of them count. */
  matches(query: SearchQuery, accepts: (key: string) => boolean): readonly Match[] {
    if (query.terms.length === 0 || query.boosts.size === 0) return [];
    const { terms, boosts, fuzzy } = query;
    const found = this.#index.search(' ', {
      tokenize: () => [...terms],
      processTerm: (term) => term,
      fields: Array.from(boosts.keys(), fieldName),
      boost: Object.fromEntries(Array.from(boosts, ([field, boost]) => [fieldName(field), boost])),
      prefix: query.prefix,
      fuzzy: (term) => (term.length < FUZZY_MIN_LENGTH ? false : fuzzy),
      maxFuzzy: SEARCH_LIMITS.edits,
      combineWith: query.combineWith,
      filter: ({ id }) => accepts(id as string),
    });
    return found.map((result) => new Found(result));
  }

  /** All of it as text, for `load`. */
  save(): string {
    const unseen = [...this.#unseen];
    const seen = Array.from(this.#values, ([key, value]) => [key, textSignature(this.#texts(key, value))] as const);
    const saved: SavedIndex = [VERSION, this.definition.fingerprint, [...unseen, ...seen], this.#index.toJSON()];
    return JSON.stringify(saved);
  }

  #isAsStored(key: string, texts: SearchedTexts): boolean {
    const stored = this.#unseen.get(key);
    this.#unseen.delete(key);
    return stored === textSignature(texts);
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

type SavedIndex = [
  version: number,
  fingerprint: string,
  signatures: readonly (readonly [key: string, signature: string])[],
  index: AsPlainObject,
];

const fieldName = (field: number): string => String(field);

class Found implements Match {
  readonly #result: SearchResult;

  constructor(result: SearchResult) {
    this.#result = result;
  }

  get key(): string {
    return this.#result.id as string;
  }

  get score(): number {
    return Math.round(this.#result.score * 1e6) / 1e6;
  }

  readonly fieldsByTerm = (): ReadonlyMap<string, readonly number[]> =>
    new Map(Object.entries(this.#result.match).map(([term, fields]) => [term, fields.map(Number)]));
}
