import { describe, expect, test } from 'vitest';

import type { PlainObject } from '../primitives/index.js';
import type { SearchInput } from './search-query.js';
import { definedAs, SearchedWorld } from './searched-world.arbitrary.js';

/*
 * Scores worked out by hand: BM25+ as Lv and Zhai have it (“Lower-Bounding Term Frequency Normalization”, CIKM 2011) with k = 1.2, b = 0.7 and d = 0.5. Of each word in each field: how
 * rare it is, times how much of the text it is. Lengths are those in different words.
 */

/** Of so many records, so many have the word in the field. */
const rare = (records: number, having: number): number => Math.log(1 + (records - having + 0.5) / (having + 0.5));
/** So often in a text of so many different words, where texts have so many on average. */
const often = (times: number, length: number, average: number): number =>
  0.5 + (times * (1.2 + 1)) / (times + 1.2 * (1 - 0.7 + (0.7 * length) / average));
/** A word of so many letters that goes on by so many. */
const beginning = (letters: number, more: number): number => (0.375 * letters) / (letters + 0.3 * more);
/** A word of so many letters that differs by so many. */
const mistyped = (letters: number, edits: number): number => (0.45 * letters) / (letters + edits);

const definition = definedAs({ fields: ['title', 'body'] });
const EXACTLY: SearchInput = { prefix: false, fuzzy: false };

type Titles = Readonly<Record<string, string | PlainObject>>;
type Case = readonly [what: string, Titles, text: string, SearchInput, scores: Readonly<Record<string, number>>];

const cases: readonly Case[] = [
  ['a word that is all there is', { a: 'milk' }, 'milk', EXACTLY, { a: rare(1, 1) * often(1, 1, 1) }],
  [
    'a word that one of three has, and one that two have',
    { a: 'milk', b: 'oats', c: 'oats' },
    'milk oats',
    { ...EXACTLY, combineWith: 'OR' },
    { a: rare(3, 1) * often(1, 1, 1), b: rare(3, 2) * often(1, 1, 1), c: rare(3, 2) * often(1, 1, 1) },
  ],
  [
    'a word twice, which makes a text no longer',
    { a: 'milk milk', b: 'oats' },
    'milk',
    EXACTLY,
    { a: rare(2, 1) * often(2, 1, 1) },
  ],
  [
    'a word among others, which counts less than one alone',
    { a: 'milk', b: 'milk and oats' },
    'milk',
    EXACTLY,
    { a: rare(2, 2) * often(1, 1, 2), b: rare(2, 2) * often(1, 3, 2) },
  ],
  [
    'records without the field, whose texts are empty ones',
    { a: 'milk', b: {}, c: { title: 7n.toString() } },
    'milk',
    EXACTLY,
    { a: rare(3, 1) * often(1, 1, 2 / 3) },
  ],
  [
    'a word in two fields, each with its own length and rareness',
    { a: { title: 'milk', body: 'fresh milk' }, b: { title: 'oats', body: 'milk' } },
    'milk',
    EXACTLY,
    { a: rare(2, 1) * often(1, 1, 1) + rare(2, 2) * often(1, 2, 1.5), b: rare(2, 2) * often(1, 1, 1.5) },
  ],
  [
    'one field of two, as if there were no other',
    { a: { title: 'milk', body: 'fresh milk' }, b: { title: 'oats', body: 'milk' } },
    'milk',
    { ...EXACTLY, fields: ['title'] },
    { a: rare(2, 1) * often(1, 1, 1) },
  ],
  [
    'a field that counts three times as much',
    { a: { title: 'milk' }, b: { body: 'milk' } },
    'milk',
    { ...EXACTLY, boost: { title: 3 } },
    { a: 3 * rare(2, 1) * often(1, 1, 0.5), b: rare(2, 1) * often(1, 1, 0.5) },
  ],
  [
    'the beginning of a word',
    { a: 'milk', b: 'oats' },
    'mi',
    { fuzzy: false },
    { a: beginning(4, 2) * rare(2, 1) * often(1, 1, 1) },
  ],
  [
    'a word and one that goes on, of which one counts as it is',
    { a: 'milk', b: 'milkshake' },
    'milk',
    { fuzzy: false },
    { a: rare(2, 1) * often(1, 1, 1), b: beginning(9, 5) * rare(2, 1) * often(1, 1, 1) },
  ],
  [
    'both in one record, added up',
    { a: 'milk milkshake' },
    'milk',
    { fuzzy: false },
    { a: (1 + beginning(9, 5)) * rare(1, 1) * often(1, 2, 2) },
  ],
  [
    'a letter that is another one',
    { a: 'milk', b: 'oats' },
    'mylk',
    { prefix: false, fuzzy: 1 },
    { a: mistyped(4, 1) * rare(2, 1) * often(1, 1, 1) },
  ],
  [
    'two letters that have changed places, which are two edits',
    { a: 'milk' },
    'mlik',
    { prefix: false, fuzzy: 2 },
    { a: mistyped(4, 2) * rare(1, 1) * often(1, 1, 1) },
  ],
  [
    'a letter more, which is a beginning where beginnings are looked for',
    { a: 'milks' },
    'milk',
    { fuzzy: 1 },
    { a: beginning(5, 1) * rare(1, 1) * often(1, 1, 1) },
  ],
  [
    'and an edit where they are not',
    { a: 'milks' },
    'milk',
    { prefix: false, fuzzy: 1 },
    { a: mistyped(5, 1) * rare(1, 1) * often(1, 1, 1) },
  ],
  [
    'two words, both of them there: the sum, twice',
    { a: 'milk oats', b: 'milk' },
    'milk oats',
    EXACTLY,
    { a: 2 * (rare(2, 2) + rare(2, 1)) * often(1, 2, 1.5) },
  ],
  [
    'two words, either of them there: the sum, as many times as words are met',
    { a: 'milk oats', b: 'milk' },
    'milk oats',
    { ...EXACTLY, combineWith: 'OR' },
    { a: 2 * (rare(2, 2) + rare(2, 1)) * often(1, 2, 1.5), b: rare(2, 2) * often(1, 1, 1.5) },
  ],
  [
    'three words, which each counts in the product',
    { a: 'milk oats bread', b: 'milk bread' },
    'milk oats bread',
    { ...EXACTLY, combineWith: 'OR' },
    {
      a: 3 * (2 * rare(2, 2) + rare(2, 1)) * often(1, 3, 2.5),
      b: 2 * (2 * rare(2, 2)) * often(1, 2, 2.5),
    },
  ],
  [
    'a word that another of the search goes on from: each counts for itself',
    { a: 'milky' },
    'milk milky',
    { fuzzy: false },
    { a: 2 * (beginning(5, 1) + 1) * rare(1, 1) * often(1, 1, 1) },
  ],
];

const recordOf = (title: string | PlainObject): PlainObject => (typeof title === 'string' ? { title } : title);
const worldOf = (titles: Titles, of = definition): SearchedWorld =>
  new SearchedWorld(of, Object.fromEntries(Object.entries(titles).map(([key, title]) => [key, recordOf(title)])));

describe('SE-5: the score of', () => {
  test.each(cases)('%s', (_what, titles, text, input, scores) => {
    const found = worldOf(titles).scores(text, input);
    expect(Object.keys(found).toSorted()).toEqual(Object.keys(scores).toSorted());
    for (const [key, score] of Object.entries(scores)) expect(found[key]).toBeCloseTo(score, 6);
    const order = Object.entries(scores).toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    expect(Object.keys(found)).toEqual(order.map(([key]) => key));
  });

  test.each(cases)('%s: the same in an index that had other records, once those are cleared away', (...of) => {
    const [, titles, text, input, scores] = of;
    const world = worldOf({ z: 'milk oats bread', y: { title: 'milky', body: 'milk' } });
    for (const key of Object.keys(titles)) world.put(key, { title: 'something else', body: 'milk' });
    for (const [key, title] of Object.entries(titles)) world.put(key, recordOf(title));
    for (const key of ['y', 'z']) world.put(key, undefined);
    for (const steps = world.index.vacuumSteps(); steps.next().done !== true;);
    expect(world.scores(text, input)).toEqual(worldOf(titles).scores(text, input));
    expect(Object.keys(scores).length).toBe(Object.keys(world.scores(text, input)).length);
  });

  test('a field that the definition says counts twice as much does, and a search may say otherwise', () => {
    const boosted = definedAs({ fields: [{ path: 'title', boost: 2 }, 'body'] });
    const titles: Titles = { a: { title: 'milk' }, b: { body: 'milk' } };
    const score = rare(2, 1) * often(1, 1, 0.5);
    for (const [boost, times] of [
      [{}, [2, 1]],
      [{ title: 1 }, [1, 1]],
      [{ title: 0.25, body: 4 }, [0.25, 4]],
    ] as const) {
      const { a, b } = worldOf(titles, boosted).scores('milk', { ...EXACTLY, boost });
      expect(a).toBeCloseTo(score * times[0], 6);
      expect(b).toBeCloseTo(score * times[1], 6);
    }
  });

  test('is told to six decimals: what differs by less is equal, and comes by key', () => {
    const texts = ['x milk', 'milk y'].flatMap((text) => [text, text]);
    const world = worldOf(Object.fromEntries(texts.map((text, i) => [`k${3 - i}`, text])));
    const { hits } = world.ask('milk', EXACTLY);
    expect(hits.map(({ key }) => key)).toEqual(['k0', 'k1', 'k2', 'k3']);
    for (const { score } of hits) expect(score).toBe(Math.round(score * 1e6) / 1e6);
  });
});

describe('SE-4: what is left of records that are gone', () => {
  test.each<[string, SearchInput]>([
    ['whole words', EXACTLY],
    ['beginnings', { fuzzy: false }],
    ['errors', { fuzzy: 2 }],
  ])('makes no word worth less than nothing: %s', (_what, input) => {
    const world = new SearchedWorld(definition);
    world.put('stays', { title: 'milk' });
    for (let i = 0; i < 20; i++) world.put(`goes${i}`, { title: 'milk' });
    for (let i = 0; i < 20; i++) {
      world.put(`goes${i}`, undefined);
      expect(world.scores('milk', input)['stays']).toBeGreaterThan(0);
    }
    expect(world.keys('milk', { ...input, minScore: 0 })).toEqual(['stays']);
  });

  test('puts no record with two of the words behind one that has but one of them', () => {
    const world = new SearchedWorld(definition);
    world.put('both', { title: 'milk oats' });
    world.put('one', { title: 'oats' });
    for (let i = 0; i < 50; i++) world.put(`goes${i}`, { title: 'milk' });
    for (let i = 0; i < 50; i++) world.put(`goes${i}`, undefined);
    expect(world.keys('milk oats', { ...EXACTLY, combineWith: 'OR' })).toEqual(['both', 'one']);
  });
});
