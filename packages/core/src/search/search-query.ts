import type { Path, Predicate, WhereInput } from '../query/index.js';

/** How an app searches; everything but the text. */
export interface SearchInput {
  /** Only in these fields of the index. */
  readonly fields?: readonly string[] | undefined;
  /** How many at most, 20 by default. */
  readonly limit?: number | undefined;
  /** Only with that score or more. */
  readonly minScore?: number | undefined;
  /** How much a field counts, in place of what the definition says. */
  readonly boost?: { readonly [field: string]: number } | undefined;
  /** Words may go on: `mil` finds `milk`. On by default. */
  readonly prefix?: boolean | undefined;
  /**
   * Words may have typing errors: a share of their length below 1, a number of edits up to 3, or `false`. 0.2 by default. Words of
   * fewer than 4 letters have none.
   */
  readonly fuzzy?: number | boolean | undefined;
  /** Whether all words must be there or one is enough. `AND` by default. */
  readonly combineWith?: 'AND' | 'OR' | undefined;
  /** Only records that meet this condition, of the query language. */
  readonly where?: WhereInput | undefined;
  /** Tell where in the fields the words are. */
  readonly highlight?: boolean | undefined;
  /** Count the values of these paths among all that is found. */
  readonly facets?: readonly string[] | undefined;
  /**
   * Finds what is near to it, too: an embedding of what is searched for, of the same model as those of the records. Text and nearness are fused by rank: `score` then is
   * the sum of 1 / (60 + rank) over both, 0.0328 at most. With a blank text it alone counts. Needs `vectors` in the map's definition.
   */
  readonly vector?: readonly number[] | Float32Array | undefined;
  /** Only what is that near takes part by its vector: a cosine from -1 to 1. What has the words is found however far it is. */
  readonly minSimilarity?: number | undefined;
  /** Where the page before ended; `null` for the first page. */
  readonly cursor?: string | null | undefined;
}

export interface Facet {
  readonly name: string;
  readonly path: Path;
}

/** A place in the order of what is found: after that score, and that key among equals. */
export interface SearchPlace {
  readonly score: number;
  readonly key: string;
}

/** Where a search goes on behind what has been shown, whatever its scores are by now: what tells those records apart. */
export interface ShownBefore {
  readonly shown: ReadonlySet<string>;
}

/** What an index is asked. */
export interface Lookup {
  /** What is looked up: different terms, in order. None finds no words. */
  readonly terms: readonly string[];
  /** How much each field counts, by its number in the definition; those that are not searched are absent. */
  readonly boosts: ReadonlyMap<number, number>;
  readonly prefix: boolean;
  readonly fuzzy: number;
  readonly combineWith: 'AND' | 'OR';
  /** What the nearest are looked for of; `null`: words alone count. */
  readonly vector: Float32Array | null;
}

/** A search in checked form. */
export interface SearchQuery extends Lookup {
  readonly limit: number;
  /** So many of the nearest take part. */
  readonly nearest: number;
  /** `null`: however far. */
  readonly minSimilarity: number | null;
  /** `null`: whatever the score. */
  readonly minScore: number | null;
  readonly where: Predicate;
  readonly highlight: boolean;
  readonly facets: readonly Facet[];
  readonly after: SearchPlace | ShownBefore | null;
  /** Names what is found and its order, not how much of it is shown: what a cursor belongs to. */
  readonly shape: string;
}
