/** Records that have the words of a search, the best score first; among equals in no order. What else they have to meet is not looked at. */
export interface Ranked {
  readonly length: number;
  /** `undefined`: it is there no longer. */
  keyAt(place: number): string | undefined;
  scoreAt(place: number): number;
  /** There are more that are not as good: all of them, in steps. */
  readonly further?: () => Generator<void, Ranked>;
}

/** What an index says of a search: what has the words, and what is near. */
export interface Ranking {
  readonly text: Ranked;
  readonly near: Ranked;
}

export const NOTHING_RANKED: Ranked = { length: 0, keyAt: () => undefined, scoreAt: () => 0 };
