import type { CharacterSet } from './character-set.js';

/** A regular expression taken apart. What captures, and which of several ways to match comes first, means nothing here. */
export type RegexNode =
  | { readonly type: 'characters'; readonly set: CharacterSet }
  | { readonly type: 'sequence'; readonly parts: readonly RegexNode[] }
  | { readonly type: 'choice'; readonly parts: readonly RegexNode[] }
  | { readonly type: 'repeat'; readonly part: RegexNode; readonly min: number; readonly max: number }
  | { readonly type: 'place'; readonly place: RegexPlace };

/** A place between two characters. */
export type RegexPlace = 'start' | 'end' | 'word-edge' | 'not-word-edge';

/** Why a pattern cannot be taken, as the end of a sentence that begins with the place of the pattern. */
export interface RegexError {
  readonly reason: string;
}
