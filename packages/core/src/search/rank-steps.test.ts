import fc from 'fast-check';
import MiniSearch from 'minisearch';
import { describe, expect, test } from 'vitest';
import { addDocument } from './add-document.arbitrary.js';
import { recordArbitrary, searchArbitrary, WORDS, type NaiveSearch } from './naive-search.arbitrary.js';
import { POSTINGS_PER_STEP, rankSteps } from './rank-steps.js';
import type { Ranked } from './ranked.js';
import type { Lookup } from './search-query.js';
import { shareSteps } from './share-steps.js';
import { TermIndex } from './term-index.js';
import { takeAll } from '../query/index.js';

interface Doc {
  readonly id: string;
  readonly title: string;
  readonly body: string;
}

const FIELDS = ['title', 'body'];

const words = (text: string): string[] => text.split(' ').filter((word) => word !== '');

/** A MiniSearch with fields by number, words parted by blanks. */
const miniSearch = (): MiniSearch<Doc> =>
  new MiniSearch<Doc>({
    idField: 'id',
    fields: ['0', '1'],
    extractField: (doc, field) => (field === 'id' ? doc.id : field === '0' ? doc.title : doc.body),
    tokenize: words,
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

type Change = readonly [string, { readonly title: string; readonly body: string } | null];

function change(index: TermIndex, [id, doc]: Change): void {
  index.discard(id);
  if (doc !== null) addDocument(index, id, '', [words(doc.title), words(doc.body)]);
}

/** The same to a MiniSearch. */
function changeBare(index: MiniSearch<Doc>, [id, doc]: Change): void {
  if (index.has(id)) index.discard(id);
  if (doc !== null) index.add({ id, ...doc });
}

/** One of each, of the same changes. */
function indexesOf(changes: readonly Change[]): readonly [TermIndex, MiniSearch<Doc>] {
  const [index, bare] = [new TermIndex(), miniSearch()];
  for (const each of changes) {
    change(index, each);
    changeBare(bare, each);
  }
  return [index, bare];
}

/** Places of equal scores are in no order. */
const byScore = (ranked: readonly Hit[]): string[] => ranked.map((hit) => JSON.stringify(hit)).sort();

describe('SE-47: ranking in steps', () => {
  test('finds what MiniSearch’s own search finds, with the same scores, whatever was changed before', () => {
    fc.assert(
      fc.property(changes, searchArbitrary, (list, search) => {
        const [index] = indexesOf(list);
        // Its own counts what is left of records that are gone: it is made of what there is.
        const bare = miniSearch();
        for (const each of new Map(list)) changeBare(bare, each);
        const lookup = lookupOf(search);
        const ranked = told(takeAll(rankSteps(index, lookup)));
        expect(byScore(ranked)).toEqual(byScore(searched(bare, lookup)));
        const scores = ranked.map(([, score]) => score);
        expect(scores).toEqual(scores.toSorted((a, b) => b - a));
      }),
      { numRuns: 300 },
    );
  });

  test('SE-4, SE-13, SE-70: gives the scores, and says the share, of what is there, whatever is left over or on its way', () => {
    const index = new TermIndex();
    for (const key of ['a', 'b', 'c']) change(index, [key, { title: 'milk', body: 'oats' }]);
    change(index, ['d', { title: 'oats', body: '' }]);
    const lookup = lookupOf({ terms: ['milk'], fields: FIELDS, boost: {}, prefix: true, fuzzy: 0, combineWith: 'AND' });
    const said = (): unknown => [told(takeAll(rankSteps(index, lookup))), takeAll(shareSteps(index, lookup))];
    const before = said();
    const coming = index.begin();
    index.addTerm(coming, 0, 'milk', 1);
    expect(said()).toEqual(before);
    index.abandon(coming);
    expect(said()).toEqual(before);
    change(index, ['e', { title: 'milk', body: 'milk' }]);
    change(index, ['e', null]);
    expect(said()).toEqual(before);
  });

  test('of a letter and many records is many steps, none of which looks at more than it may', () => {
    const index = new TermIndex();
    const records = 3_000;
    for (let i = 0; i < records; i++) change(index, [`k${i}`, { title: `a${i % 50} a${i % 7} apple`, body: 'an' }]);
    const lookup = lookupOf({ terms: ['a'], fields: FIELDS, boost: {}, prefix: true, fuzzy: 0, combineWith: 'AND' });
    let looks = 0;
    const { get } = index.documents;
    index.documents.get = function (number) {
      looks += 1;
      return get.call(this, number);
    };
    const steps = rankSteps(index, lookup);
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
        const all = { title: WORDS.join(' '), body: WORDS.join(' ') };
        const many = Array.from({ length: Math.ceil(POSTINGS_PER_STEP / 3) }, (_, i) => [`k${i}`, all] as const);
        const [index, bare] = indexesOf([...many, ...list]);
        const steps = rankSteps(index, lookupOf(search));
        const due = [...meanwhile];
        let step = steps.next();
        while (step.done !== true) {
          const next = due.shift();
          if (next !== undefined) {
            change(index, next);
            changeBare(bare, next);
          }
          between += 1;
          step = steps.next();
        }
        const keys = told(step.value).map(([id]) => String(id));
        // What nobody touched is found as ever.
        const touched = new Set<string>(meanwhile.map(([id]) => id));
        const expected = searched(bare, lookupOf(search)).map(([id]) => String(id));
        const left = (found: readonly string[]): string[] => found.filter((id) => !touched.has(id)).sort();
        expect(left(keys)).toEqual(left(expected));
      }),
      { numRuns: 30 },
    );
    expect(between).toBeGreaterThan(20);
  });

  test('of nothing finds nothing', () => {
    const index = new TermIndex();
    const lookup = lookupOf({ terms: ['a'], fields: FIELDS, boost: {}, prefix: true, fuzzy: 2, combineWith: 'OR' });
    expect(told(takeAll(rankSteps(index, lookup)))).toEqual([]);
    change(index, ['a', { title: 'a', body: '' }]);
    expect(told(takeAll(rankSteps(index, { ...lookup, terms: [] })))).toEqual([]);
    expect(told(takeAll(rankSteps(index, { ...lookup, boosts: new Map() })))).toEqual([]);
    expect(told(takeAll(rankSteps(index, { ...lookup, terms: ['a', 'zz'], combineWith: 'AND' })))).toEqual([]);
    expect(told(takeAll(rankSteps(index, { ...lookup, terms: ['__proto__'] })))).toEqual([]);
  });
});
