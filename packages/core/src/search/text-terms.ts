import { cutTerm, eachTerm, foldText, splitWords, type TextRange } from '../query/index.js';
import type { SearchDefinition } from './search-definition.js';

/** A word of a text: where it stands, and what it is looked up by. */
export interface TermAt extends TextRange {
  readonly term: string;
}

/** What makes terms of texts: the same for what is indexed and for what is searched for. */
export class TextTerms {
  readonly #definition: Pick<SearchDefinition, 'splitWords' | 'stemmer' | 'stopWords'>;
  readonly #stopTerms: ReadonlySet<string>;

  constructor(definition: Pick<SearchDefinition, 'splitWords' | 'stemmer' | 'stopWords'>) {
    this.#definition = definition;
    this.#stopTerms = new Set(definition.stopWords.map((word) => this.#termOf(word)));
  }

  isStopTerm(term: string): boolean {
    return this.#stopTerms.has(term);
  }

  /** All terms with their places, those of stop words too. */
  *of(text: string): Iterable<TermAt> {
    for (const { start, end } of this.#definition.splitWords(text)) {
      const term = this.#termOf(text.slice(start, end));
      if (term !== '') yield { start, end, term };
    }
  }

  /** The terms that are indexed, in order, as often as they occur; read one by one, as they are asked for. */
  indexed(text: string): Iterable<string> {
    const { splitWords: split, stemmer } = this.#definition;
    const terms = split === splitWords && stemmer === null ? eachTerm(text) : this.#each(text);
    return this.#stopTerms.size === 0 ? terms : this.#withoutStops(terms);
  }

  *#each(text: string): Iterable<string> {
    for (const { term } of this.of(text)) yield term;
  }

  *#withoutStops(terms: Iterable<string>): Iterable<string> {
    for (const term of terms) if (!this.#stopTerms.has(term)) yield term;
  }

  #termOf(word: string): string {
    const folded = foldText(word);
    const { stemmer } = this.#definition;
    return cutTerm(stemmer === null ? folded : stemmer.stem(folded));
  }
}
