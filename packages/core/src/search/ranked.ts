/** Records that have the words of a search, the best score first; among equals in no order. What else they have to meet is not looked at. */
export interface Ranked {
  readonly length: number;
  /** `undefined`: it is there no longer. */
  keyAt(place: number): string | undefined;
  scoreAt(place: number): number;
}

export const NOTHING_RANKED: Ranked = { length: 0, keyAt: () => undefined, scoreAt: () => 0 };
