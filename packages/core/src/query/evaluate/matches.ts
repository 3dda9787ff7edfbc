import type { Value } from '../../primitives/index.js';
import type { Entry } from '../entry.js';
import type { MatchPredicate, Predicate } from '../query.js';
import { foldText } from '../text/fold-text.js';
import { splitWords } from '../text/split-words.js';
import { place } from './values.js';

/** Whether the row meets the `match`, word by word. Where words are and what they are looked up by has rules and tests of its own (SE-2). */
export function matches(match: MatchPredicate, entry: Entry): boolean {
  const terms = termsOf(textAt(match, entry));
  const wanted = termsOf(match.text);
  return wanted.length > 0 && wanted.every((one) => terms.some((term) => standsFor(term, one) > 0));
}

/** QU-19: how well the row meets the texts that it is matched with. */
export function scoreOf(where: Predicate, entry: Entry): number {
  if (where.type === 'and' || where.type === 'or') return where.of.reduce((sum, one) => sum + scoreOf(one, entry), 0);
  if (where.type !== 'match' || !matches(where, entry)) return 0;
  const terms = termsOf(textAt(where, entry));
  const different = [...new Set(terms)];
  let score = 0;
  for (const wanted of new Set(termsOf(where.text))) {
    // Each part by itself, as sums of fractions depend on how they are put together.
    let part = 0;
    for (const term of different) {
      const count = terms.filter((one) => one === term).length;
      const saturation = (count * 2.2) / (count + 1.2 * (0.3 + (0.7 * different.length) / 32));
      part += standsFor(term, wanted) * (0.5 + saturation);
    }
    score += part;
  }
  return Math.round(score * 1e6);
}

function textAt({ path }: MatchPredicate, entry: Entry): string {
  const value = place(path, entry);
  const parts = (Array.isArray(value) ? (value as readonly Value[]) : [value]).filter((part) =>
    ['string', 'number'].includes(typeof part),
  );
  return parts.map(String).join('\n').slice(0, 16_384);
}

const termsOf = (text: string): string[] =>
  [...splitWords(text)]
    .map(({ start, end }) => foldText(text.slice(start, end)).slice(0, 64))
    .filter((term) => term !== '');

function standsFor(term: string, wanted: string): number {
  if (term === wanted) return 1;
  if (term.startsWith(wanted)) return (0.375 * term.length) / (term.length + 0.3 * (term.length - wanted.length));
  const distance = edits(term, wanted);
  const allowed = wanted.length < 4 ? 0 : Math.min(3, Math.round(wanted.length * 0.2));
  return distance > allowed ? 0 : (0.45 * term.length) / (term.length + distance);
}

/** The definition of an edit distance, and no more. */
function edits(a: string, b: string, known = new Map<string, number>()): number {
  if (a === '' || b === '') return a.length + b.length;
  const place = `${a.length} ${b.length}`;
  let distance = known.get(place);
  if (distance === undefined) {
    const changed = edits(a.slice(1), b.slice(1), known) + (a[0] === b[0] ? 0 : 1);
    distance = Math.min(changed, edits(a.slice(1), b, known) + 1, edits(a, b.slice(1), known) + 1);
    known.set(place, distance);
  }
  return distance;
}
