import { compareStrings } from '../query/index.js';
import type { SearchPlace } from './search-query.js';

/** The best score first, and by key among equals: the order of everything that is found. */
export function compareHits(a: SearchPlace, b: SearchPlace): number {
  return b.score - a.score || compareStrings(a.key, b.key);
}

/**
 * What is shown of all: after a place, as many as the limit says. Places are offered by score, the best first, so that only those near the end of the
 * page need an order by key. Holds a few times as many as are shown, however many have one score.
 */
export class BestPlaces {
  readonly #after: SearchPlace | null;
  readonly #limit: number;
  #taken: SearchPlace[] = [];

  constructor(after: SearchPlace | null, limit: number) {
    this.#after = after;
    this.#limit = limit;
  }

  offer(place: SearchPlace): void {
    const last = this.#taken.at(-1);
    if (this.#taken.length > this.#limit && last !== undefined && place.score < last.score) return;
    if (this.#after !== null && compareHits(this.#after, place) >= 0) return;
    this.#taken.push(place);
    if (this.#taken.length > 4 * this.#limit + 64) this.#cut();
  }

  take(): { readonly shown: readonly SearchPlace[]; readonly hasMore: boolean } {
    this.#cut();
    return { shown: this.#taken.slice(0, this.#limit), hasMore: this.#taken.length > this.#limit };
  }

  #cut(): void {
    this.#taken = this.#taken.toSorted(compareHits).slice(0, this.#limit + 1);
  }
}
