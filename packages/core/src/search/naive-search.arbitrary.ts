import fc from 'fast-check';

import type { PlainObject } from '../primitives/index.js';

/** A search as the tests ask it. */
export interface NaiveSearch {
  readonly terms: readonly string[];
  readonly fields: readonly string[];
  readonly boost: Readonly<Record<string, number>>;
  readonly prefix: boolean;
  readonly fuzzy: number;
  readonly combineWith: 'AND' | 'OR';
}

export interface NaiveHit {
  readonly key: string;
  readonly score: number;
  readonly terms: readonly string[];
}

/** Few words, near each other: prefixes and typing errors of each other. */
export const WORDS = ['milk', 'milky', 'mill', 'silk', 'bread', 'breads', 'broad', 'a', 'an', 'and', 'oat', 'oats'];

export const textArbitrary = fc.array(fc.constantFrom(...WORDS), { maxLength: 6 }).map((words) => words.join(' '));

export const recordArbitrary: fc.Arbitrary<PlainObject> = fc.record(
  { title: textArbitrary, body: textArbitrary, done: fc.boolean() },
  { requiredKeys: ['done'] },
);

export const searchArbitrary: fc.Arbitrary<NaiveSearch> = fc.record({
  terms: fc.uniqueArray(fc.constantFrom(...WORDS, 'mil', 'bred', 'x'), { minLength: 1, maxLength: 3 }),
  fields: fc.constantFrom(['title', 'body'], ['title'], ['body']),
  boost: fc.constantFrom({}, { title: 2 }, { body: 0.5 }),
  prefix: fc.boolean(),
  fuzzy: fc.constantFrom(0, 0.2, 0.4, 1, 2),
  combineWith: fc.constantFrom('AND', 'OR'),
});

/** Everything that is found, by looking at each record: BM25+ with the weights that MiniSearch's documentation gives. No index anywhere. */
export function naiveSearch(records: ReadonlyMap<string, PlainObject>, search: NaiveSearch): readonly NaiveHit[] {
  const docs = Array.from(records, ([key, record]) => ({ key, words: wordsByField(record) }));
  const vocabulary = new Set(docs.flatMap(({ words }) => Object.values(words).flat()));
  const hits: NaiveHit[] = [];
  for (const { key, words } of docs) {
    let score = 0;
    const met = new Set<string>();
    const terms = new Set<string>();
    for (const wanted of search.terms) {
      for (const term of vocabulary) {
        const weight = weightOf(search, wanted, term);
        if (weight === 0) continue;
        for (const field of search.fields) {
          const frequency = (words[field] ?? []).filter((word) => word === term).length;
          if (frequency === 0) continue;
          const having = docs.filter((doc) => (doc.words[field] ?? []).includes(term)).length;
          const average = docs.reduce((sum, doc) => sum + new Set(doc.words[field]).size, 0) / docs.length;
          const length = new Set(words[field]).size;
          const rareness = Math.log(1 + (docs.length - having + 0.5) / (having + 0.5));
          const saturation = (frequency * 2.2) / (frequency + 1.2 * (0.3 + (0.7 * length) / average));
          score += weight * (search.boost[field] ?? 1) * rareness * (0.5 + saturation);
          met.add(wanted);
          terms.add(term);
        }
      }
    }
    const isFound = search.combineWith === 'OR' ? met.size > 0 : met.size === search.terms.length;
    if (isFound) hits.push({ key, score: score * met.size, terms: [...terms].toSorted() });
  }
  return hits;
}

function wordsByField(record: PlainObject): Readonly<Record<string, readonly string[]>> {
  const words = (name: string): string[] => {
    const text = record[name];
    return typeof text === 'string' ? text.split(' ').filter((word) => word !== '') : [];
  };
  return { title: words('title'), body: words('body') };
}

function weightOf({ prefix, fuzzy }: NaiveSearch, wanted: string, term: string): number {
  if (wanted === term) return 1;
  if (prefix && term.startsWith(wanted)) {
    return (0.375 * term.length) / (term.length + 0.3 * (term.length - wanted.length));
  }
  if (wanted.length < 4) return 0;
  const allowed = fuzzy < 1 ? Math.min(3, Math.round(wanted.length * fuzzy)) : fuzzy;
  const distance = editDistance(wanted, term);
  return distance <= allowed ? (0.45 * term.length) / (term.length + distance) : 0;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
