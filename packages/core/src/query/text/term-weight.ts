/** How terms may differ from one that is wanted. */
export interface TermTolerance {
  /** They may go on. */
  readonly prefix: boolean;
  /** A share of the wanted term's length below 1, rounded, or a number of edits. */
  readonly fuzzy: number;
}

/** Terms shorter than this are not found by a typing error: most words of three letters are one edit from each other. */
export const FUZZY_MIN_LENGTH = 4;
/** Edits that a term may be away, at most. */
export const MAX_EDITS = 3;

const PREFIX_WEIGHT = 0.375;
const PREFIX_DISTANCE_WEIGHT = 0.3;
const FUZZY_WEIGHT = 0.45;
/** What is remembered of terms, and of which: of longer ones the engine may keep the whole text that they are a part of. */
const REMEMBERED_TERMS = 4_096;
const REMEMBERED_LENGTH = 12;

/** How well a term stands for a wanted one: 1 for itself, less where it goes on or differs, 0 where it does not (SE-5, SE-9). */
export type TermWeight = (term: string) => number;

/** Remembers what it has said: texts have few different words, of which each is compared once. */
export function termWeight(wanted: string, { prefix, fuzzy }: TermTolerance): TermWeight {
  const share = fuzzy < 1 ? Math.min(MAX_EDITS, Math.round(wanted.length * fuzzy)) : fuzzy;
  const edits = wanted.length < FUZZY_MIN_LENGTH ? 0 : share;
  const known = new Map<string, number>();
  const compare = (term: string): number => {
    const { length } = term;
    if (prefix && term.startsWith(wanted)) {
      return (PREFIX_WEIGHT * length) / (length + PREFIX_DISTANCE_WEIGHT * (length - wanted.length));
    }
    if (edits === 0 || Math.abs(length - wanted.length) > edits) return 0;
    if (length > REMEMBERED_LENGTH) return fuzzyWeight(wanted, term, edits);
    let weight = known.get(term);
    if (weight === undefined) {
      weight = fuzzyWeight(wanted, term, edits);
      if (known.size >= REMEMBERED_TERMS) known.clear();
      known.set(term, weight);
    }
    return weight;
  };
  return (term) => (term === wanted ? 1 : compare(term));
}

function fuzzyWeight(wanted: string, term: string, edits: number): number {
  const distance = editDistance(wanted, term, edits);
  return distance > edits ? 0 : (FUZZY_WEIGHT * term.length) / (term.length + distance);
}

/** How many changes, insertions and removals of code units make one word of the other; any number beyond `max` where they are more. */
function editDistance(a: string, b: string, max: number): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const distance = Math.min(changed, (row[j] as number) + 1, (next[j - 1] as number) + 1);
      next.push(distance);
      if (distance < least) least = distance;
    }
    if (least > max) return least;
    row = next;
  }
  return row[b.length] as number;
}
