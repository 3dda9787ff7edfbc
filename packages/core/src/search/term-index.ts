import SearchableMap from 'minisearch/SearchableMap';

import { DocumentTable } from './document-table.js';
import { allTerms, type TermTree } from './near-terms.js';

/**
 * Which documents have a term in one field, and how often: number and frequency in turn, as they came. Side by side, since a `Map` of a frequent term stops to copy itself, with
 * those of all other frequent terms at the same document.
 */
export type Postings = readonly number[];

/** The postings of a term, by field. */
export type FieldPostings = ReadonlyMap<number, Postings>;

/** So much is looked at in one step of clearing away: postings, and terms, each of which counts as sixteen. A twentieth of a millisecond. */
export const WORK_PER_STEP = 2_048;
const WORK_PER_TERM = 16;

/**
 * Documents, and which of them have which terms, in MiniSearch's trees of terms. The one file that knows MiniSearch.
 *
 * Holds no texts and no values. What is left of a document that is gone is passed over by whoever meets it, until `vacuumSteps` clears it away.
 */
export class TermIndex {
  readonly documents = new DocumentTable();
  /**
   * Terms by their first character, and there by the rest: MiniSearch goes through the branches of a node one by one, and at the root of a tree of Chinese words that is thousands of them
   * for each word of a text.
   */
  readonly #terms = new Map<string, SearchableMap<Map<number, number[]>>>();
  readonly #tree = new Map<string, TermTree<FieldPostings>>();
  #termCount = 0;
  /** Of all documents that are there, by field: as whole numbers, which add up to the same in any order. */
  readonly #lengths: number[] = [];
  #discarded = 0;
  /** Of those that were discarded nothing is left. */
  #cleared = 0;
  /** Numbers of documents that are on their way: some of their terms are there. */
  readonly #coming = new Set<number>();

  /** How many terms there are, those of documents that are gone too. */
  get termCount(): number {
    return this.#termCount;
  }

  get tree(): TermTree<FieldPostings> {
    return this.#tree;
  }

  postings(term: string): FieldPostings | undefined {
    return this.#terms.get(term.slice(0, 1))?.get(term.slice(1));
  }

  /** How many different terms a document has in that field. */
  averageLength(field: number): number {
    return this.totalLength(field) / this.documents.size;
  }

  /** The same of all documents together. */
  totalLength(field: number): number {
    return this.#lengths[field] ?? 0;
  }

  /** How much of it is left of documents that are gone: their share of all. */
  get litter(): number {
    const gone = this.#discarded - this.#cleared;
    return gone / (1 + this.documents.size + gone);
  }

  /** Terms may have more postings than documents: of some that are gone, or on their way. */
  get hasLeftovers(): boolean {
    return this.#discarded > this.#cleared || this.#coming.size > 0;
  }

  /** The number of a document that is on its way: nobody meets it until it is finished. */
  begin(): number {
    const number = this.documents.reserve();
    this.#coming.add(number);
    return number;
  }

  /** A term of a document on its way, each once for each field. */
  addTerm(number: number, field: number, term: string, frequency: number): void {
    this.#open(term, field).push(number, frequency);
  }

  /** The document is there, in place of what its key had. `lengths`: how many terms were added of each field. */
  finish(number: number, key: string, signature: string, lengths: readonly number[]): void {
    this.discard(key);
    this.#coming.delete(number);
    this.documents.add({ key, signature, lengths, isUnseen: false }, number);
    this.#addLengths(lengths, 1);
  }

  /** The document does not come: what is there of it is cleared away like what is left of others. */
  abandon(number: number): void {
    this.#coming.delete(number);
    this.#discarded++;
  }

  /** Marks it as gone. */
  discard(key: string): void {
    const document = this.documents.delete(key);
    if (document === undefined) return;
    this.#addLengths(document.lengths, -1);
    this.#discarded++;
  }

  /** A document as it was stored, without its terms. */
  restore(number: number, key: string, signature: string, lengths: readonly number[]): void {
    this.documents.add({ key, signature, lengths, isUnseen: true }, number);
    this.#addLengths(lengths, 1);
  }

  /** Postings of a term as they were stored; they may come in several parts, in order. */
  restorePostings(term: string, field: number, postings: Postings): void {
    const held = this.#open(term, field);
    for (const number of postings) held.push(number);
  }

  /**
   * Clears away what is left of the documents that have been discarded by now. Documents may be added and discarded between the steps, and terms looked for. Left before its end, it has
   * cleared away some.
   */
  *vacuumSteps(): Generator<void> {
    const discarded = this.#discarded;
    const emptied: string[] = [];
    let work = 0;
    for (const [term, held] of allTerms(this.tree)) {
      const fields = held as Map<number, number[]>;
      for (const [field, postings] of fields) {
        let kept: number[] | null = null;
        for (let i = 0; i < postings.length; i += 2) {
          if (++work >= WORK_PER_STEP) {
            work = 0;
            yield;
          }
          const number = postings[i] as number;
          const isGone = this.documents.get(number) === undefined && !this.#coming.has(number);
          if (isGone) kept ??= postings.slice(0, i);
          else kept?.push(number, postings[i + 1] as number);
        }
        // Another one that clears away may have been faster: what was added since is in its list alone.
        if (kept === null || fields.get(field) !== postings) continue;
        if (kept.length === 0) fields.delete(field);
        else fields.set(field, kept);
      }
      // Not here: a branch that is left would be joined with the one before, and met again.
      if (fields.size === 0) emptied.push(term);
      work += WORK_PER_TERM;
    }
    for (const term of emptied) {
      if (this.postings(term)?.size === 0) this.#close(term);
      work += WORK_PER_TERM;
      if (work < WORK_PER_STEP) continue;
      work = 0;
      yield;
    }
    this.#cleared = Math.max(this.#cleared, discarded);
  }

  #open(term: string, field: number): number[] {
    const first = term.slice(0, 1);
    let terms = this.#terms.get(first);
    if (terms === undefined) {
      terms = new SearchableMap();
      this.#terms.set(first, terms);
      this.#tree.set(first, terms._tree as unknown as TermTree<FieldPostings>);
    }
    const fields = terms.fetch(term.slice(1), () => {
      this.#termCount++;
      return new Map<number, number[]>();
    });
    let postings = fields.get(field);
    if (postings === undefined) fields.set(field, (postings = []));
    return postings;
  }

  #close(term: string): void {
    const first = term.slice(0, 1);
    const terms = this.#terms.get(first);
    terms?.delete(term.slice(1));
    this.#termCount--;
    if (terms?._tree.size !== 0) return;
    this.#terms.delete(first);
    this.#tree.delete(first);
  }

  #addLengths(lengths: readonly number[], sign: 1 | -1): void {
    lengths.forEach((length, field) => (this.#lengths[field] = (this.#lengths[field] ?? 0) + sign * length));
  }
}
