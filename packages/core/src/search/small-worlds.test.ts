import { describe, expect, test } from 'vitest';

import type { PlainObject, Value } from '../primitives/index.js';
import { takeAll } from '../query/index.js';
import { naiveSearch, type NaiveSearch } from './naive-search.arbitrary.js';
import { definedAs, everyChoice, everyList, SearchedWorld } from './searched-world.arbitrary.js';
import { SearchIndex } from './search-index.js';

/*
 * All worlds of a few records of a few words, and all that may be asked of them, beside a look at each record.
 */

const definition = definedAs({ fields: ['title', 'body'] });
const single = definedAs({ fields: ['title'] });
const KEYS = ['a', 'b', 'c'];

/** Words that begin alike, and differ by a letter. */
const TEXTS = ['', 'milk', 'milky', 'silk', 'milk silk'];

const asked = (terms: readonly string[], options: Omit<NaiveSearch, 'terms' | 'fields' | 'boost'>): NaiveSearch => ({
  terms,
  fields: ['title', 'body'],
  boost: {},
  ...options,
});

const searches: readonly NaiveSearch[] = [['milk'], ['silk'], ['mil'], ['milk', 'silk'], ['silk', 'milky']].flatMap(
  (terms) =>
    [true, false].flatMap((prefix) =>
      [0, 1].flatMap((fuzzy) =>
        (terms.length === 1 ? (['AND'] as const) : (['AND', 'OR'] as const)).map((combineWith) =>
          asked(terms, { prefix, fuzzy, combineWith }),
        ),
      ),
    ),
);

const worldOf = (titles: readonly string[], of = single): SearchedWorld =>
  new SearchedWorld(of, Object.fromEntries(titles.map((title, i) => [KEYS[i] as string, { title }])));

describe('SE-5: in every world of three records and four words', () => {
  test('what is found, how good it is and in which order is what a look at each record says', () => {
    let found = 0;
    for (const titles of everyList(TEXTS, 3)) {
      const world = worldOf(titles);
      const records = world.records as ReadonlyMap<string, PlainObject>;
      for (const { terms, fields: _all, ...input } of searches) {
        const { hits, total } = world.ask(terms.join(' '), input);
        const naive = naiveSearch(records, { ...input, terms, fields: ['title'] });
        const scores = new Map(naive.map(({ key, score }) => [key, score]));
        expect(hits.map(({ key }) => key).toSorted()).toEqual([...scores.keys()].toSorted());
        hits.forEach(({ key, score }, i) => {
          expect(Math.abs(score - (scores.get(key) ?? NaN))).toBeLessThan(1e-6);
          const next = hits[i + 1];
          if (next !== undefined) expect(next.score < score || (next.score === score && next.key > key)).toBe(true);
        });
        found += total;
      }
    }
    expect(found).toBeGreaterThan(3_000);
  });

  test('a record with a word more than another of the same text is no worse, of those words', () => {
    for (const titles of everyList(['milk', 'silk', 'milk silk', 'oats'], 3)) {
      const scores = worldOf(titles).scores('milk silk', { prefix: false, fuzzy: false, combineWith: 'OR' });
      titles.forEach((title, i) => {
        titles.forEach((other, j) => {
          if (title !== 'milk silk' || !['milk', 'silk'].includes(other)) return;
          expect(scores[KEYS[i] as string]).toBeGreaterThanOrEqual(scores[KEYS[j] as string] as number);
        });
      });
    }
  });

  test('whether a record is found has nothing to do with the others', () => {
    for (const titles of everyList(TEXTS, 3)) {
      const world = worldOf(titles);
      for (const { terms, fields: _all, ...input } of searches.slice(0, 8)) {
        const together = world.keys(terms.join(' '), input).toSorted();
        const each = titles.flatMap((title, i) => {
          const key = KEYS[i] as string;
          return new SearchedWorld(single, { [key]: { title } }).keys(terms.join(' '), input);
        });
        expect(together).toEqual(each);
      }
    }
  });
});

describe('SE-5: in every record of two fields', () => {
  test('words are found in those that are searched, together or apart', () => {
    for (const [title = '', body = ''] of everyList(TEXTS, 2)) {
      const world = new SearchedWorld(definition, { k: { title, body } });
      for (const fields of everyChoice(['title', 'body'])) {
        const searched = fields.map((field) => (field === 'title' ? title : body)).flatMap((text) => text.split(' '));
        for (const terms of [['milk'], ['milk', 'silk'], ['milky', 'silk']]) {
          const input = { fields, prefix: false, fuzzy: false };
          const all = terms.every((term) => searched.includes(term));
          const any = terms.some((term) => searched.includes(term));
          expect(world.keys(terms.join(' '), input)).toEqual(all ? ['k'] : []);
          expect(world.keys(terms.join(' '), { ...input, combineWith: 'OR' })).toEqual(any ? ['k'] : []);
        }
      }
    }
  });

  test('a missing field is an empty one', () => {
    for (const title of [undefined, '', 'milk']) {
      for (const body of [undefined, '', 'silk milk']) {
        const record = (empty: string | undefined): PlainObject =>
          Object.fromEntries(
            Object.entries({ title: title ?? empty, body: body ?? empty }).flatMap(([name, text]) =>
              text === undefined ? [] : [[name, text]],
            ),
          );
        for (const other of ['milk', 'silk']) {
          const scores = (empty: string | undefined) =>
            new SearchedWorld(definition, { k: record(empty), o: { title: other } }).scores('milk silk', {
              combineWith: 'OR',
            });
          expect(scores(undefined)).toEqual(scores(''));
        }
      }
    }
  });
});

/** A record of two may go, or be one of three. */
type Change = readonly [key: string, title: string | undefined];
const CHANGES: readonly Change[] = ['a', 'b'].flatMap((key) =>
  [undefined, 'milk', 'milk silk', 'oats'].map((title) => [key, title] as const),
);

describe('SE-4: after every history of four changes', () => {
  const after = (changes: readonly Change[], between: (index: SearchIndex, at: number) => SearchIndex) => {
    let index = new SearchIndex(single);
    const records = new Map<string, Value>();
    changes.forEach(([key, title], at) => {
      const value = title === undefined ? undefined : { title };
      if (value === undefined) records.delete(key);
      else records.set(key, value);
      index.put(key, value);
      index = between(index, at);
    });
    return { index, records };
  };
  const found = (index: SearchIndex, text: string) => {
    const lookup = new SearchedWorld(single).query(text, { prefix: false, fuzzy: false, combineWith: 'OR' });
    const ranked = index.ranked(lookup);
    return Array.from({ length: ranked.length }, (_, i) => `${ranked.keyAt(i)} ${ranked.scoreAt(i)}`).toSorted();
  };
  const fresh = (records: ReadonlyMap<string, Value>): SearchIndex => {
    const index = new SearchIndex(single);
    for (const [key, value] of records) index.put(key, value);
    return index;
  };
  const loaded = (index: SearchIndex): SearchIndex => {
    const loading = SearchIndex.loading(single);
    for (const part of index.saveParts()) loading.take(part);
    const whole = loading.finish();
    if (whole === null) throw new Error('it was not loaded');
    return whole;
  };

  test('an index has what there is, and once cleared away the scores of one built anew', () => {
    for (const changes of everyList(CHANGES, 4)) {
      const { index, records } = after(changes, (same) => same);
      expect(index.size).toBe(records.size);
      for (const key of ['a', 'b']) expect(index.has(key)).toBe(records.has(key));
      const anew = fresh(records);
      const keysOf = (all: readonly string[]): readonly string[] => all.map((one) => one.slice(0, 1));
      expect(keysOf(found(index, 'milk silk'))).toEqual(keysOf(found(anew, 'milk silk')));
      takeAll(index.vacuumSteps());
      expect(found(index, 'milk silk')).toEqual(found(anew, 'milk silk'));
      expect([index.bytes, index.isLittered]).toEqual([anew.bytes, false]);
    }
  });

  test('SE-8: kept and loaded after any of them, it goes on as if nothing had happened', () => {
    for (const changes of everyList(CHANGES, 3)) {
      for (const when of [0, 1, 2]) {
        const { index, records } = after(changes, (same, at) => (at === when ? loaded(same) : same));
        takeAll(index.vacuumSteps());
        expect(found(index, 'milk oats')).toEqual(found(fresh(records), 'milk oats'));
        expect([...loaded(index).saveParts()]).toEqual([...index.saveParts()]);
      }
    }
  });

  test('changes are counted where the text is another, and removals where it is gone', () => {
    for (const changes of everyList(CHANGES, 3)) {
      const now = new Map<string, string>();
      let [changed, removed] = [0, 0];
      for (const [key, title] of changes) {
        changed += Number(now.get(key) !== title);
        removed += Number(title === undefined && now.has(key));
        if (title === undefined) now.delete(key);
        else now.set(key, title);
      }
      const { index } = after(changes, (same) => same);
      expect([index.changes, index.removals]).toEqual([changed, removed]);
    }
  });
});
