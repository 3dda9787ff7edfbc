import type { SearchVectorsInput } from '../search-definition.js';
import type { Lookup } from '../search-query.js';
import type { SearchedTexts } from '../searched-texts.js';

/** A definition that can be sent: without functions. */
export interface SentDefinition {
  readonly fields: readonly string[];
  readonly stopWords: readonly string[];
  readonly vectors?: SearchVectorsInput;
}

/** What is searched of a record, under a number that stands for its key in answers; `null`: it is no longer there. The vector is absent where it has none. */
export type SentRecord = readonly [number: number, key: string, texts: SearchedTexts | null, vector?: Float32Array];

/** The best first: the numbers of the records, and their scores. */
export interface RankedNumbers {
  readonly numbers: Uint32Array;
  readonly scores: Float64Array;
}

/** What is said to the place where indexes are kept. Taken in order; searches wait until all that was said before them is taken. */
export type HostRequest =
  /** Begins an index. `isKept`: what was kept of one follows, and it begins with that if it is of any use. */
  | { readonly type: 'open'; readonly index: number; readonly definition: SentDefinition; readonly isKept: boolean }
  /** A part of what was kept. */
  | { readonly type: 'part'; readonly index: number; readonly text: string; readonly isLast: boolean }
  | { readonly type: 'close'; readonly index: number }
  | { readonly type: 'put'; readonly index: number; readonly records: readonly SentRecord[] }
  /** All records have been put once: what came with a saved index and was not among them is gone. */
  | { readonly type: 'filled'; readonly index: number }
  | { readonly type: 'rank'; readonly index: number; readonly ask: number; readonly lookup: Lookup }
  | { readonly type: 'cancel'; readonly ask: number }
  | { readonly type: 'save'; readonly index: number; readonly ask: number };

/** What it says. Nothing is said of what was cancelled in time. */
export type HostReport =
  /** It works. */
  | { readonly type: 'ready' }
  /** What has the words, and what is near. */
  | { readonly type: 'ranked'; readonly ask: number; readonly text: RankedNumbers; readonly near: RankedNumbers }
  /** What was left of records that changed is cleared away: scores are a little different now. */
  | { readonly type: 'cleared'; readonly index: number }
  /** So many records were other than in what was saved. */
  | { readonly type: 'filled'; readonly index: number; readonly changes: number }
  /** A part of what is to be kept. */
  | { readonly type: 'saved'; readonly ask: number; readonly part: string; readonly isLast: boolean };
