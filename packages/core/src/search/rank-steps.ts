import { FUZZY_MIN_LENGTH, orderDescending } from '../query/index.js';
import { DocumentScores } from './document-scores.js';
import type { IndexShare } from './index-share.js';
import { nearTerms, termsFrom } from './near-terms.js';
import { NOTHING_RANKED, type Ranked } from './ranked.js';
import { SEARCH_LIMITS } from './search-limits.js';
import type { Lookup } from './search-query.js';
import type { FieldPostings, Postings, TermIndex } from './term-index.js';

/** So many documents that have a term are looked at in one step: a third of a millisecond. */
export const POSTINGS_PER_STEP = 2_048;

/** So many terms are looked up in one step. */
const TERMS_PER_STEP = 256;

/** BM25+, with the parameters and weights that MiniSearch has by default. */
const BM25 = { k: 1.2, b: 0.7, d: 0.5 };
const PREFIX_WEIGHT = 0.375;
const FUZZY_WEIGHT = 0.45;

/** A term of the index that one of the query stands for, and how much it counts. */
interface Derived {
  readonly term: string;
  readonly fields: FieldPostings;
  readonly weight: number;
  /** SE-70: of each field how many documents have it there, in all indexes. Left out: as many as its postings say. */
  readonly having?: ReadonlyMap<number, number>;
}

type Fields = readonly (readonly [field: number, boost: number, averageLength: number])[];

/**
 * All that has the words, with the scores that MiniSearch's own search gives of an index in which nothing is left over, in steps: that takes them all in one, which of 20,000 documents and a letter is seconds. Records may be put
 * between the steps: those may be found as they were, or not. `all`: what this index and others have together, whose scores these are then.
 */
export function* rankSteps(index: TermIndex, lookup: Lookup, all: IndexShare | null = null): Generator<void, Ranked> {
  const { boosts, combineWith, terms } = lookup;
  if (terms.length === 0 || boosts.size === 0) return NOTHING_RANKED;
  const fields: Fields = [...boosts]
    .sort(([a], [b]) => a - b)
    .map(([field, boost]) => [field, boost || 1, averageLength(index, field, all)]);
  const size = (): number => all?.documents ?? index.documents.size;
  const progress = { postings: 0 };
  let found: DocumentScores | null = null;
  for (const [at, term] of terms.entries()) {
    const scores = new DocumentScores();
    const standsFor = all === null ? yield* derivedOf(index, term, lookup) : yield* sharedOf(index, all, at);
    for (const derived of standsFor) yield* addScores(index, derived, fields, size, scores, progress);
    found = yield* combined(found, scores, combineWith, progress);
  }
  return yield* inOrder(index, found ?? new DocumentScores(), progress);
}

function averageLength(index: TermIndex, field: number, all: IndexShare | null): number {
  if (all === null) return index.averageLength(field);
  return (all.lengths.find(([of]) => of === field)?.[1] ?? 0) / all.documents;
}

/** What a term of the query stands for in all indexes, as far as this one has it. */
function* sharedOf(index: TermIndex, { terms }: IndexShare, at: number): Generator<void, Derived[]> {
  const held: Derived[] = [];
  let looked = 0;
  for (const [term, weight, having] of terms[at] ?? []) {
    if (++looked % TERMS_PER_STEP === 0) yield;
    const fields = index.postings(term);
    if (fields !== undefined) held.push({ term, fields, weight, having: new Map(having) });
  }
  return held;
}

/** The term itself, what it is the beginning of, and what differs by a few letters. */
export function* derivedOf(index: TermIndex, term: string, { fuzzy, prefix }: Lookup): Generator<void, Derived[]> {
  const own = index.postings(term);
  const all: Derived[] = own === undefined ? [] : [{ term, fields: own, weight: 1 }];
  const edits = term.length < FUZZY_MIN_LENGTH ? 0 : editsOf(term, fuzzy);
  const near =
    edits === 0 ? new Map<string, readonly [FieldPostings, number]>() : yield* nearTerms(index.tree, term, edits);
  if (prefix) {
    const begun = yield* termsFrom(index.tree, term);
    for (const [longer, held] of begun) {
      const distance = longer.length - term.length;
      if (distance === 0) continue;
      near.delete(longer);
      const weight = (PREFIX_WEIGHT * longer.length) / (longer.length + 0.3 * distance);
      all.push({ term: longer, fields: held, weight });
    }
  }
  for (const [other, [held, distance]] of near) {
    if (distance === 0) continue;
    all.push({ term: other, fields: held, weight: (FUZZY_WEIGHT * other.length) / (other.length + distance) });
  }
  return all;
}

const editsOf = (term: string, fuzzy: number): number =>
  fuzzy < 1 ? Math.min(SEARCH_LIMITS.edits, Math.round(term.length * fuzzy)) : fuzzy;

function* addScores(
  index: TermIndex,
  derived: Derived,
  fields: Fields,
  size: () => number,
  scores: DocumentScores,
  progress: { postings: number },
): Generator<void> {
  const { documents } = index;
  for (const [field, boost, averageLength] of fields) {
    const postings = derived.fields.get(field) ?? [];
    const having = derived.having?.get(field) ?? (yield* countLiving(index, postings, progress));
    // Records may have gone since they were counted. One rareness for all: what is left over takes nobody's place.
    const without = Math.max(0, size() - having);
    const rareness = Math.log(1 + (without + 0.5) / (having + 0.5));
    const weight = derived.weight * boost;
    for (let i = 0; i < postings.length; i += 2) {
      if (++progress.postings % POSTINGS_PER_STEP === 0) yield;
      const document = postings[i] as number;
      const length = documents.get(document)?.lengths[field];
      // What is left over of a record that has changed or is gone.
      if (length === undefined) continue;
      const { k, b, d } = BM25;
      const frequency = postings[i + 1] as number;
      const share = (frequency * (k + 1)) / (frequency + k * (1 - b + (b * length) / averageLength));
      scores.add(document, weight * (rareness * (d + share)));
    }
  }
}

/** How many documents have a term, in steps: what is left over of those that are gone does not count. Where nothing is, none is looked at. */
export function* countLiving(
  index: TermIndex,
  postings: Postings,
  progress: { postings: number },
): Generator<void, number> {
  if (!index.hasLeftovers) return postings.length / 2;
  let living = 0;
  for (let i = 0; i < postings.length; i += 2) {
    if (++progress.postings % POSTINGS_PER_STEP === 0) yield;
    if (index.documents.get(postings[i] as number) !== undefined) living++;
  }
  return living;
}

/** Those found so far together with those that have one more word. */
function* combined(
  found: DocumentScores | null,
  scores: DocumentScores,
  combineWith: Lookup['combineWith'],
  progress: { postings: number },
): Generator<void, DocumentScores> {
  if (found === null) return scores;
  const all = combineWith === 'OR' ? found : new DocumentScores();
  for (const document of scores.documents()) {
    if (++progress.postings % POSTINGS_PER_STEP === 0) yield;
    const earlier = found.score(document);
    if (earlier === undefined && combineWith === 'AND') continue;
    const score = scores.score(document) as number;
    all.set(document, (earlier ?? 0) + score, found.words(document) + 1);
  }
  return all;
}

function* inOrder(
  { documents }: TermIndex,
  found: DocumentScores,
  progress: { postings: number },
): Generator<void, Ranked> {
  const keys: string[] = [];
  const scores: number[] = [];
  for (const document of found.documents()) {
    if (++progress.postings % POSTINGS_PER_STEP === 0) yield;
    const key = documents.get(document)?.key;
    if (key === undefined) continue;
    keys.push(key);
    scores.push((found.score(document) as number) * found.words(document));
  }
  const order = yield* orderDescending(scores);
  return {
    length: keys.length,
    keyAt: (place) => keys[order[place] ?? -1],
    scoreAt: (place) => Math.round((scores[order[place] ?? -1] ?? 0) * 1e6) / 1e6,
  };
}
