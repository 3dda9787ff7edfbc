import { decodeValue } from '../../primitives/index.js';
import type { SearchFactsMessage } from '../../protocol/index.js';
import type { Query } from '../../query/index.js';
import type { FacetCount, FacetCounts, SearchFacts } from '../../search/index.js';
import type { SearchContext } from './search-engine.js';

/** What the server is asked of a search. */
export interface FactsQuestion {
  readonly map: string;
  readonly query: Query;
  readonly facets: readonly string[];
  /** So many completions; 0: none. */
  readonly complete: number;
}

/** What it has said. */
export interface ServerSaid extends SearchFacts {
  /** The position by which it is, or later. */
  readonly through: number;
}

/** A server that has too much to do is asked again after so long. */
export const FACTS_RETRY_MS = 5_000;
/** One that has counted what is new has said so by then, unless it comes to the same. */
export const FACTS_RENEWAL_MS = 1_500;

/**
 * SE-44: what the server knows of all that a search finds, kept current while it is used. Asked again and again, each time for what differs from the last
 * answer: the server says nothing until there is that.
 */
export class ServerFacts {
  readonly #context: SearchContext;
  readonly #question: FactsQuestion;
  readonly #listeners = new Set<() => void>();
  #said: ServerSaid | null = null;
  #isRefused = false;
  #cancelRenewal: (() => void) | null = null;
  #stop: (() => void) | null = null;

  constructor(context: SearchContext, question: FactsQuestion) {
    this.#context = context;
    this.#question = question;
  }

  /** `null`: nothing is known. */
  get said(): ServerSaid | null {
    return this.#said;
  }

  /** There will be no answer, or there is one. */
  get isOver(): boolean {
    return this.#said !== null || this.#isRefused;
  }

  /** Is told of each answer. Returns the end of it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Asks, if it has not begun to. */
  use(): void {
    if (this.#stop === null && !this.#isRefused) this.#ask(null);
  }

  /** Has it said once more, as of now: where a count comes to the same as before the server says nothing by itself. */
  renew(): void {
    if (this.#said === null || this.#cancelRenewal !== null) return;
    this.#cancelRenewal = this.#context.timers.after(FACTS_RENEWAL_MS, () => {
      this.#stop?.();
      this.#ask(null);
    });
  }

  #endRenewal(): void {
    this.#cancelRenewal?.();
    this.#cancelRenewal = null;
  }

  /** What was said is of another user, or wanted no more. */
  reset(): void {
    this.#endRenewal();
    this.#stop?.();
    this.#stop = null;
    this.#said = null;
    this.#isRefused = false;
  }

  #ask(unless: string | null): void {
    const { map, query, facets, complete } = this.#question;
    this.#stop = this.#context.ask(
      {
        type: 'ask-search',
        map,
        // How many are shown makes no difference to how many there are, but to how many of the nearest take part.
        query: query.search?.near === undefined ? { ...query, limit: 1 } : query,
        ...(facets.length === 0 ? {} : { facets: [...facets] }),
        ...(complete === 0 ? {} : { complete }),
        ...(unless === null ? {} : { unless }),
      },
      (answer) => {
        this.#endRenewal();
        if (answer.type === 'search-facts') {
          this.#said = factsOf(answer, facets);
          this.#ask(answer.mark);
        } else if (answer.type === 'search-refused' && answer.code !== 'bad-query') {
          this.#stop = this.#context.timers.after(FACTS_RETRY_MS, () => this.#ask(unless));
        } else this.#isRefused = true;
        for (const listener of [...this.#listeners]) listener();
      },
    );
  }
}

function factsOf({ total, facets, completions, through }: SearchFactsMessage, names: readonly string[]): ServerSaid {
  const counts: FacetCounts = Object.fromEntries(names.map((name, i) => [name, (facets[i] ?? []).flatMap(countOf)]));
  return { total, facets: counts, completions: completions.map(([text, count]) => ({ text, count })), through };
}

/** A server that tells what is no value tells nothing. */
function countOf([json, count]: readonly [unknown, number]): readonly FacetCount[] {
  const value = decodeValue(json);
  return value.ok ? [{ value: value.value as FacetCount['value'], count }] : [];
}
