import type { Value } from '../../primitives/index.js';
import { compilePath } from '../compile-path.js';
import type { MatchPredicate } from '../query.js';
import { termWeight, type TermTolerance, type TermWeight } from '../text/term-weight.js';
import { textOf } from '../text/text-of.js';
import type { StepWork } from '../step-work.js';
import { eachTerm, textTerms, WORDS_TEXT_LENGTH } from '../text/text-words.js';

/** As a search is asked that says nothing else. */
const TOLERANCE: TermTolerance = { prefix: true, fuzzy: 0.2 };

/** BM25+, with one length for the texts of all records: what is usual is not known where one record is judged. */
const SATURATION = 1.2;
const LENGTH_SHARE = 0.7;
const OTHER_SHARE = 0.3;
const USUAL_LENGTH = 32;
const PRESENCE = 0.5;

/**
 * How well a record meets a `$match`, in millionths; 0: not at all. Of the record and the condition alone, so it is the same wherever they are. Whole
 * numbers, whose sums do not depend on how they are put together.
 */
export type MatchScore = (key: string, value: Value) => number;

/** Whether the text at the path, which `at` reads, has all words that are looked for. */
export function compileMatch<Row>(
  match: MatchPredicate,
  at: (key: string, row: Row) => Value | undefined,
): (key: string, row: Row) => boolean {
  const { read, wanted } = taken(match, at);
  if (wanted.length === 0) return () => false;
  return (key, row) => {
    const terms = read(key, row);
    return wanted.every((weight) => terms.some((term) => weight(term) > 0));
  };
}

/** The same of a record, in steps: its words are read one by one, and no more of them than it takes to know. */
export function compileMatchSteps(
  match: MatchPredicate,
  work: StepWork,
): (key: string, value: Value) => Generator<void, boolean> {
  const { textAt, wanted } = taken(match, compilePath(match.path));
  return function* (key, value) {
    if (wanted.length === 0) return false;
    const text = textAt(key, value);
    if (work.isTextDue(text)) yield;
    let missing = wanted;
    const met = new Set<string>();
    for (const term of eachTerm(text)) {
      // To compare a term with one that is looked for takes about as long as to read it.
      if (work.isDue(met.has(term) ? 1 : 1 + missing.length)) yield;
      if (met.has(term)) continue;
      met.add(term);
      missing = missing.filter((weight) => weight(term) === 0);
      if (missing.length === 0) return true;
    }
    return false;
  };
}

export function compileMatchScore(match: MatchPredicate): MatchScore {
  const { read, wanted } = taken(match, compilePath(match.path));
  return (key, value) => {
    const counts = new Map<string, number>();
    for (const term of read(key, value)) counts.set(term, (counts.get(term) ?? 0) + 1);
    let score = 0;
    for (const weight of wanted) {
      const part = partOf(weight, counts);
      if (part === 0) return 0;
      score += part;
    }
    return Math.round(score * 1e6);
  };
}

function partOf(weight: TermWeight, counts: ReadonlyMap<string, number>): number {
  const length = OTHER_SHARE + (LENGTH_SHARE * counts.size) / USUAL_LENGTH;
  let part = 0;
  for (const [term, count] of counts) {
    const weighed = weight(term);
    if (weighed > 0) part += weighed * (PRESENCE + (count * (SATURATION + 1)) / (count + SATURATION * length));
  }
  return part;
}

function taken<Row>(
  { text }: MatchPredicate,
  at: (key: string, row: Row) => Value | undefined,
): {
  readonly textAt: (key: string, row: Row) => string;
  readonly read: (key: string, row: Row) => readonly string[];
  readonly wanted: readonly TermWeight[];
} {
  const textAt = (key: string, row: Row): string => (textOf(at(key, row)) ?? '').slice(0, WORDS_TEXT_LENGTH);
  return {
    textAt,
    read: (key, row) => textTerms(textAt(key, row)),
    wanted: [...new Set(textTerms(text))].map((term) => termWeight(term, TOLERANCE)),
  };
}
