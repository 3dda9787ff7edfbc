import { BestPlaces, compareHits } from './best-places.js';
import { shownMark } from './search-cursor.js';
import type { SearchPlace, SearchQuery } from './search-query.js';
import { Ranks, scoreOfRank } from './vectors/fused-score.js';
import type { Nearness } from './vectors/nearest-steps.js';

/**
 * Everything that is found, of which the best are kept: by the score of its text, or where a vector is searched for by its ranks in both lists. Texts are
 * offered first, by score, the best first; then what is near.
 */
export class FoundPlaces {
  readonly #query: SearchQuery;
  readonly #nearest: ReadonlyMap<string, Nearness>;
  readonly #ranks = new Ranks();
  readonly #places: BestPlaces;
  /** With a vector: the ranks by text of those that are near. */
  readonly #textRanks = new Map<string, number>();
  readonly #near: SearchPlace[] = [];
  readonly #after: SearchPlace | null;
  /** What tells records that have been shown, which do not show again. */
  readonly before: ReadonlySet<string>;
  #total = 0;

  constructor(query: SearchQuery, nearest: ReadonlyMap<string, Nearness>) {
    this.#query = query;
    this.#nearest = nearest;
    const { after } = query;
    this.#after = after !== null && 'score' in after ? after : null;
    this.before = after !== null && 'shown' in after ? after.shown : new Set();
    this.#places = new BestPlaces(this.#after, query.limit);
  }

  /** No text of that score or below it is found. */
  isOver(score: number): boolean {
    const { minScore, vector } = this.#query;
    return vector === null && minScore !== null && score < minScore;
  }

  /** A record that has the words. True where it is found, as far as is known by now. */
  offer(key: string, textScore: number): boolean {
    const { minScore, vector } = this.#query;
    const rank = vector === null ? 0 : this.#ranks.next(textScore);
    const score = vector === null ? textScore : scoreOfRank(rank);
    if (this.#nearest.has(key)) {
      this.#textRanks.set(key, rank);
      return false;
    }
    if (minScore !== null && score < minScore) return false;
    this.#total++;
    if (!this.#wasShown(key)) this.#places.offer({ key, score });
    return true;
  }

  /** What is near, with and without the words: gives the keys of what is found. */
  *offerNearest(): Iterable<string> {
    const { minScore } = this.#query;
    const after = this.#after;
    for (const [key, { rank }] of this.#nearest) {
      const score = scoreOfRank(rank) + scoreOfRank(this.#textRanks.get(key));
      if (minScore !== null && score < minScore) continue;
      this.#total++;
      const isBehind = after === null || compareHits(after, { key, score }) < 0;
      if (isBehind && !this.#wasShown(key)) this.#near.push({ key, score });
      yield key;
    }
  }

  #wasShown(key: string): boolean {
    return this.before.size > 0 && this.before.has(shownMark(key));
  }

  take(): { readonly shown: readonly SearchPlace[]; readonly hasMore: boolean; readonly total: number } {
    const { limit } = this.#query;
    const { shown, hasMore } = this.#places.take();
    const total = this.#total;
    if (this.#near.length === 0) return { shown, hasMore, total };
    const all = [...shown, ...this.#near].toSorted(compareHits);
    return { shown: all.slice(0, limit), hasMore: hasMore || all.length > limit, total };
  }
}
