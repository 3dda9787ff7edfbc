import fc from 'fast-check';
import MiniSearch from 'minisearch';
import { describe, expect, test } from 'vitest';
import type { OpenedIndex } from './index-parts.js';
import { recordArbitrary, searchArbitrary, WORDS, type NaiveSearch } from './naive-search.arbitrary.js';
import { POSTINGS_PER_STEP, rankSteps } from './rank-steps.js';
import type { Ranked } from './ranked.js';
import { atOnce } from './run-search.js';
import type { Lookup } from './search-query.js';

interface Doc {
  readonly id: string;
  readonly title: string;
  readonly body: string;
}

const FIELDS = ['title', 'body'];

/** A MiniSearch as `SearchIndex` makes it: fields by number, words parted by blanks. */
const miniSearch = (): MiniSearch<Doc> =>
  new MiniSearch<Doc>({
    idField: 'id',
    fields: ['0', '1'],
    extractField: (doc, field) => (field === 'id' ? doc.id : field === '0' ? doc.title : doc.body),
    tokenize: (text) => text.split(' ').filter((word) => word !== ''),
    processTerm: (term) => term,
    autoVacuum: false,
    logger: () => {},
  });

const lookupOf = ({ terms, fields, boost, prefix, fuzzy, combineWith }: NaiveSearch): Lookup => ({
  terms,
  boosts: new Map(fields.map((field) => [FIELDS.indexOf(field), boost[field] ?? 1])),
  prefix,
  fuzzy,
  combineWith,
  vector: null,
});

const opened = (index: MiniSearch<Doc>): OpenedIndex => index as unknown as OpenedIndex;

type Hit = readonly [key: string | undefined, score: number];

const told = ({ length, keyAt, scoreAt }: Ranked): Hit[] =>
  Array.from({ length }, (_, place) => [keyAt(place), scoreAt(place)]);

/** What MiniSearch's own search says. */
function searched(index: MiniSearch<Doc>, { terms, boosts, prefix, fuzzy, combineWith }: Lookup): Hit[] {
  const found = index.search(' ', {
    tokenize: () => [...terms],
    processTerm: (term) => term,
    fields: Array.from(boosts.keys(), String),
    boost: Object.fromEntries(Array.from(boosts, ([field, boost]) => [String(field), boost])),
    prefix,
    fuzzy: (term) => (term.length < 4 ? false : fuzzy),
    maxFuzzy: 3,
    combineWith,
  });
  return found.map(({ id, score }) => [String(id), Math.round(score * 1e6) / 1e6]);
}

const record = recordArbitrary.map(({ title = '', body = '' }) => ({ title: String(title), body: String(body) }));
const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
const changes = fc.array(fc.tuple(key, fc.option(record, { freq: 3 })), { minLength: 1, maxLength: 25 });

function change(index: MiniSearch<Doc>, [id, doc]: readonly [string, { title: string; body: string } | null]): void {
  if (index.has(id)) index.discard(id);
  if (doc !== null) index.add({ id, ...doc });
}

/** Places of equal scores are in no order. */
const byScore = (ranked: readonly Hit[]): string[] => ranked.map((hit) => JSON.stringify(hit)).sort();

describe('SE-47: ranking in steps', () => {
  test('finds what MiniSearch’s own search finds, with the same scores, whatever was changed before', () => {
    fc.assert(
      fc.property(changes, searchArbitrary, (list, search) => {
        // Of several words its own search clears away, with the first, what the second would have met of records that are gone.
        const left = search.terms.length === 1 ? list : [...new Map(list)];
        const index = miniSearch();
        for (const each of left) change(index, each);
        const lookup = lookupOf(search);
        const ranked = told(atOnce(rankSteps(opened(index), lookup)));
        expect(byScore(ranked)).toEqual(byScore(searched(index, lookup)));
        const scores = ranked.map(([, score]) => score);
        expect(scores).toEqual(scores.toSorted((a, b) => b - a));
      }),
      { numRuns: 300 },
    );
  });

  test('of a letter and many records is many steps, none of which looks at more than it may', () => {
    const index = miniSearch();
    const records = 3_000;
    for (let i = 0; i < records; i++) index.add({ id: `k${i}`, title: `a${i % 50} a${i % 7} apple`, body: 'an' });
    const lookup = lookupOf({ terms: ['a'], fields: FIELDS, boost: {}, prefix: true, fuzzy: 0, combineWith: 'AND' });
    let looks = 0;
    const counted = opened(index);
    const lengths = counted._fieldLength;
    const spied = { ...counted, _fieldLength: new Map(lengths) };
    spied._fieldLength.get = (document) => {
      looks += 1;
      return lengths.get(document);
    };
    Object.setPrototypeOf(spied, Object.getPrototypeOf(counted) as object);
    const steps = rankSteps(spied, lookup);
    let most = 0;
    let count = 0;
    for (let before = 0; steps.next().done !== true; before = looks, count++) most = Math.max(most, looks - before);
    expect(looks).toBeGreaterThan(records * 3);
    expect(most).toBeLessThanOrEqual(POSTINGS_PER_STEP);
    expect(count).toBeGreaterThanOrEqual(Math.floor(looks / POSTINGS_PER_STEP));
  });

  test('takes no notice of records that go or come between its steps but for their own places', () => {
    let between = 0;
    fc.assert(
      fc.property(changes, changes, searchArbitrary, (list, meanwhile, search) => {
        const index = miniSearch();
        for (let i = 0; i < 2 * POSTINGS_PER_STEP; i += 6) {
          index.add({ id: `k${i}`, title: WORDS.join(' '), body: WORDS.join(' ') });
        }
        for (const each of list) change(index, each);
        const steps = rankSteps(opened(index), lookupOf(search));
        const due = [...meanwhile];
        let step = steps.next();
        while (step.done !== true) {
          const next = due.shift();
          if (next !== undefined) change(index, next);
          between += 1;
          step = steps.next();
        }
        const keys = told(step.value).map(([id]) => String(id));
        // What nobody touched is found as ever.
        const touched = new Set<string>(meanwhile.map(([id]) => id));
        const expected = searched(index, lookupOf(search)).map(([id]) => String(id));
        const left = (found: readonly string[]): string[] => found.filter((id) => !touched.has(id)).sort();
        expect(left(keys)).toEqual(left(expected));
      }),
      { numRuns: 30 },
    );
    expect(between).toBeGreaterThan(20);
  });

  test('of nothing finds nothing', () => {
    const index = miniSearch();
    const lookup = lookupOf({ terms: ['a'], fields: FIELDS, boost: {}, prefix: true, fuzzy: 2, combineWith: 'OR' });
    expect(told(atOnce(rankSteps(opened(index), lookup)))).toEqual([]);
    index.add({ id: 'a', title: 'a', body: '' });
    expect(told(atOnce(rankSteps(opened(index), { ...lookup, terms: [] })))).toEqual([]);
    expect(told(atOnce(rankSteps(opened(index), { ...lookup, boosts: new Map() })))).toEqual([]);
    expect(told(atOnce(rankSteps(opened(index), { ...lookup, terms: ['a', 'zz'], combineWith: 'AND' })))).toEqual([]);
    expect(told(atOnce(rankSteps(opened(index), { ...lookup, terms: ['__proto__'] })))).toEqual([]);
  });
});
