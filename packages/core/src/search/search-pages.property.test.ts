import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { PlainObject } from '../primitives/index.js';
import { recordArbitrary, searchArbitrary, type NaiveSearch } from './naive-search.arbitrary.js';
import { parseSearch } from './parse-search.js';
import { NOTHING_RANKED } from './ranked.js';
import { searchSteps } from './run-search.js';
import type { SearchAnswer } from './search-answer.js';
import { decodeSearchCursor, encodeSearchCursor, encodeShownCursor, shownMark } from './search-cursor.js';
import { parseSearchDefinition, type SearchDefinition } from './search-definition.js';
import { SearchIndex } from './search-index.js';
import type { SearchQuery } from './search-query.js';
import { wireSearch } from './text-search.js';
import { takeAll } from '../query/index.js';

const definition = ((): SearchDefinition => {
  const parsed = parseSearchDefinition({ fields: ['title', 'body'] });
  if (!parsed.ok) throw new Error(parsed.error.code);
  return parsed.value;
})();

const key = fc.string({ minLength: 1, maxLength: 3 });
const records = fc.dictionary(key, recordArbitrary, { maxKeys: 20 });

function queryOf({ terms, ...input }: NaiveSearch, limit: number, cursor: string | null): SearchQuery {
  const query = parseSearch(definition, terms.join(' '), { ...input, limit, cursor });
  if (!query.ok) throw new Error(query.error.code);
  return query.value;
}

/** Everything that is searched, and what happens to it between two pages. */
class Shelf {
  readonly records = new Map<string, PlainObject>();
  readonly #index = new SearchIndex(definition);

  put(all: Readonly<Record<string, PlainObject | null>>): void {
    for (const [at, value] of Object.entries(all)) {
      if (value === null) this.records.delete(at);
      else this.records.set(at, value);
      this.#index.put(at, value ?? undefined);
    }
  }

  page(search: NaiveSearch, limit: number, cursor: string | null): SearchAnswer {
    const query = queryOf(search, limit, cursor);
    const valueOf = (at: string) => this.records.get(at);
    return takeAll(
      searchSteps(this.#index, { text: this.#index.ranked(query), near: NOTHING_RANKED }, query, valueOf, {
        next: 'shown',
      }),
    );
  }
}

describe('SE-45: pages that name what they have shown', () => {
  test('are the whole answer, cut, while nothing changes', () => {
    fc.assert(
      fc.property(records, searchArbitrary, fc.integer({ min: 1, max: 4 }), (all, search, limit) => {
        const shelf = new Shelf();
        shelf.put(all);
        const whole = shelf.page(search, 1_000, null);
        const shown: SearchAnswer['hits'][number][] = [];
        let cursor: string | null = null;
        do {
          const page: SearchAnswer = shelf.page(search, limit, cursor);
          expect(page.total).toBe(whole.total);
          if (page.nextCursor !== null) expect(page.hits).toHaveLength(limit);
          shown.push(...page.hits);
          cursor = page.nextCursor;
        } while (cursor !== null);
        expect(shown).toEqual(whole.hits);
      }),
      { numRuns: 80 },
    );
  });

  test('show no record twice, and none that is found all the time never, whatever comes, goes and changes in between', () => {
    const meanwhile = fc.array(fc.dictionary(key, fc.option(recordArbitrary, { freq: 3 }), { maxKeys: 4 }), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(
        records,
        meanwhile,
        searchArbitrary,
        fc.integer({ min: 1, max: 4 }),
        (all, changes, search, limit) => {
          const shelf = new Shelf();
          shelf.put(all);
          const foundNow = (): Set<string> => new Set(shelf.page(search, 1_000, null).hits.map(({ key: at }) => at));
          let always = foundNow();
          const shown: string[] = [];
          let cursor: string | null = null;
          for (let i = 0; ; i++) {
            const page: SearchAnswer = shelf.page(search, limit, cursor);
            shown.push(...page.hits.map(({ key: at }) => at));
            cursor = page.nextCursor;
            if (cursor === null) break;
            shelf.put(changes[i] ?? {});
            const now = foundNow();
            always = new Set([...always].filter((at) => now.has(at)));
          }
          expect(new Set(shown).size).toBe(shown.length);
          expect([...always].filter((at) => !shown.includes(at))).toEqual([]);
        },
      ),
      { numRuns: 80 },
    );
  });

  test('pages by place do show records twice when scores move: what the other cursors are for', () => {
    const failing = fc.check(
      fc.property(records, records, searchArbitrary, (all, later, search) => {
        const shelf = new Map<string, PlainObject>(Object.entries(all));
        const index = new SearchIndex(definition);
        const put = (some: Readonly<Record<string, PlainObject>>): void => {
          for (const [at, value] of Object.entries(some)) {
            shelf.set(at, value);
            index.put(at, value);
          }
        };
        put(all);
        const page = (cursor: string | null): SearchAnswer => {
          const query = queryOf(search, 3, cursor);
          return takeAll(
            searchSteps(index, { text: index.ranked(query), near: NOTHING_RANKED }, query, (at) => shelf.get(at)),
          );
        };
        const first = page(null);
        put(later);
        const second = first.nextCursor === null ? [] : page(first.nextCursor).hits;
        expect(second.filter((hit) => first.hits.some(({ key: at }) => at === hit.key))).toEqual([]);
      }),
      { numRuns: 300, endOnFailure: true },
    );
    expect(failing.failed).toBe(true);
  });
});

describe('SE-45: a cursor', () => {
  test('of what was shown is read back for its search, and for no other; it says nothing of keys', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: 'binary', minLength: 1 }), { maxLength: 30 }), (keys) => {
        const shown = new Set(keys.map(shownMark));
        expect(shown.size).toBe(keys.length);
        for (const mark of shown) expect(mark).toMatch(/^[0-9a-z]{8}$/);
        const text = encodeShownCursor('shape', { shown });
        expect(text).toMatch(/^[\w-]+$/);
        expect(decodeSearchCursor(text, 'shape')).toEqual({ shown });
        expect(decodeSearchCursor(text, 'another')).toBeNull();
      }),
      { numRuns: 50 },
    );
  });

  test('tells 20,000 keys apart, and has some 11 bytes for each', () => {
    const marks = new Set(Array.from({ length: 20_000 }, (_, i) => shownMark(`record-${i}`)));
    expect(marks.size).toBe(20_000);
    const thousand = new Set([...marks].slice(0, 1_000));
    expect(encodeShownCursor('0123456789abcdef', { shown: thousand }).length).toBeLessThan(11_000);
  });

  test('of either kind goes on from where it says, and has the server look behind what was shown alone', () => {
    const search: NaiveSearch = {
      terms: ['milk'],
      fields: ['title'],
      boost: {},
      prefix: true,
      fuzzy: 0,
      combineWith: 'AND',
    };
    const { shape } = queryOf(search, 20, null);
    const limitBehind = (cursor: string | null): number | null =>
      wireSearch(definition, 'milk', queryOf(search, 20, cursor)).limit;
    const shownOf = (count: number): string =>
      encodeShownCursor(shape, { shown: new Set(Array.from({ length: count }, (_, i) => shownMark(String(i)))) });
    expect(limitBehind(null)).toBe(20);
    expect(limitBehind(encodeSearchCursor(shape, { score: 1, key: 'a' }))).toBe(20);
    expect(limitBehind(shownOf(40))).toBe(60);
    expect(limitBehind(shownOf(990))).toBe(1_000);
  });
});
