import { materialize } from '../../crdt/index.js';
import type { Value } from '../../primitives/index.js';
import { compareStrings, compilePredicateSteps, StepWork } from '../../query/index.js';
import {
  compileFits,
  compileSimilarity,
  FacetCounter,
  type RecordReader,
  type SearchFacts,
  type SearchQuery,
  WORDS_PER_RECORD,
  WORDS_PER_STEP,
} from '../../search/index.js';
import type { MapStore } from '../state/map-store.js';
import type { SearchSource, SuggestedText } from './search-result.js';
import type { ServerSaid } from './server-facts.js';

/** What is known of all that is found, and whose count it is. */
export interface CountedFacts extends Pick<SearchFacts, 'total' | 'facets'> {
  readonly counted: SearchSource;
}

/**
 * SE-44: puts what this client has written, and the server has not counted yet, to what the server has counted: a record that the search finds now counts, one that it
 * would have found before does not. Remembers what records were before they were written.
 */
export class MergedFacts {
  readonly #store: MapStore;
  readonly #query: SearchQuery;
  readonly #isFound: (key: string, value: Value | undefined) => Generator<void, boolean>;
  readonly #work = new StepWork(WORDS_PER_STEP);
  readonly #before = new Map<string, { readonly value: Value | undefined; readonly said: ServerSaid }>();

  constructor(reader: RecordReader, store: MapStore, query: SearchQuery) {
    this.#store = store;
    this.#query = query;
    const work = this.#work;
    const meets = compilePredicateSteps(query.where, work);
    const fits = compileFits(reader.definition, reader.words, query, work);
    const similarity = compileSimilarity(reader.definition, query);
    const isNear = (key: string, value: Value): boolean =>
      (similarity(key, value) ?? -Infinity) >= (query.minSimilarity ?? -1);
    this.#isFound = function* (key, value) {
      if (work.isDue(WORDS_PER_RECORD)) yield;
      if (value === undefined || !(yield* meets(key, value))) return false;
      return (yield* fits(key, value)) || isNear(key, value);
    };
  }

  /** `said`, as it is with what it does not have. In steps: records may have long texts, and be many. */
  *merge(said: ServerSaid): Generator<void, CountedFacts> {
    const facets = new FacetCounter(this.#query.facets, said.facets);
    let { total } = said;
    let isMerged = false;
    const uncounted = yield* this.#uncounted(said);
    // Where as many are near as take part, one more takes the place of another: which, the server alone knows.
    const isOneByOne = this.#query.vector === null || total < this.#query.nearest;
    for (const key of isOneByOne ? uncounted : []) {
      const [before, after] = [this.#before.get(key)?.value, this.#store.values.get(key)];
      for (const [value, by] of [[before, -1] as const, [after, 1] as const]) {
        if (!(yield* this.#isFound(key, value))) continue;
        isMerged = true;
        total += by;
        facets.add(key, value as Value, by);
      }
    }
    return { total: Math.max(0, total), facets: yield* facets.counts(), counted: isMerged ? 'both' : 'server' };
  }

  /** What is found here and was not before: the server has no such words of it. */
  *newValueOf(said: ServerSaid): Generator<void, (key: string) => Value | undefined> {
    const keys = new Set<string>();
    for (const key of yield* this.#uncounted(said)) {
      if (!(yield* this.#isFound(key, this.#before.get(key)?.value))) keys.add(key);
    }
    return (key) => (keys.has(key) ? this.#store.values.get(key) : undefined);
  }

  /** Something that is decided is put to what the server has said. It may have counted it by now, and come to the same. */
  get isBehind(): boolean {
    const { overlay } = this.#store;
    return [...this.#before.keys()].some((key) => !overlay.isPending(key));
  }

  /**
   * Records of which the server cannot have counted what shows here: those with pending ops, and those that were acked since it last said something. Of one that was
   * acked before it was seen pending nothing is known, and it waits for the server. In steps, between which more may be written or acked: what the server has said meanwhile is
   * merged anew, with what records are by then.
   */
  *#uncounted(said: ServerSaid): Generator<void, readonly string[]> {
    const { acks, overlay } = this.#store;
    for (const key of overlay.pendingKeys()) {
      if (this.#work.isDue(WORDS_PER_RECORD)) yield;
      // As the server has it, as far as this device knows: anew with whatever it has counted.
      if (this.#before.get(key)?.said === said) continue;
      const record = overlay.baseRecords().get(key);
      this.#before.set(key, { value: record && materialize(record), said });
    }
    for (const [key, known] of this.#before) {
      if (this.#work.isDue(1)) yield;
      if (known.said !== said && !acks.isAfter(key, said.through)) this.#before.delete(key);
    }
    return [...this.#before.keys()];
  }
}

/** The server's completions with those of what it does not have, the most frequent first. */
export function mergeCompletions(
  said: SearchFacts['completions'],
  own: SearchFacts['completions'],
  limit: number,
): readonly SuggestedText[] {
  const merged = new Map<string, SuggestedText>(said.map((one) => [one.text, { ...one, source: 'server' }]));
  for (const { text, count } of own) {
    const known = merged.get(text);
    merged.set(text, { text, count: count + (known?.count ?? 0), source: known === undefined ? 'local' : 'both' });
  }
  const order = (a: SuggestedText, b: SuggestedText): number => b.count - a.count || compareStrings(a.text, b.text);
  return [...merged.values()].toSorted(order).slice(0, limit);
}
