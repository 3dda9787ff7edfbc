import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { LwwRecord } from '../../crdt/index.js';
import type { BaseChange } from '../ports/storage.js';
import { baseToJournal, CHUNK_CHANGES, parseJournal, type WireChange } from './journal-rows.js';
import { foldPage, PAGE_CHARS, PAGE_RECORDS, pageOf, readPage } from './pages.js';
import { canonicalMap, changes, keys, merge, record, replay } from './samples.contract.js';
import type { PageRow } from './stored-rows.js';

const toWire = (all: readonly BaseChange[]): WireChange[] =>
  baseToJournal([{ map: 'm', changes: all }]).flatMap((row) => [...(parseJournal(row) ?? [])]);

const many = (count: number, size = 1): BaseChange[] =>
  Array.from({ length: count }, (_, i) => merge(`k${String(i).padStart(6, '0')}`, record(i + 1, 'x'.repeat(size))));

const read = (pages: readonly PageRow[]): Map<string, LwwRecord> => {
  const records = new Map<string, LwwRecord>();
  for (const page of pages) expect(readPage(page, records)).toEqual([]);
  return records;
};

describe('pages', () => {
  it('CL-2: a page belongs to the keys from its first to the next, in code unit order', () => {
    fc.assert(
      fc.property(fc.uniqueArray(keys, { maxLength: 8 }), keys, (some, key) => {
        const firsts = ['', ...some].sort((a, b) => (a < b ? -1 : 1));
        const naive = firsts.filter((first) => first <= key).at(-1);
        expect(pageOf(firsts, key)).toBe(naive);
      }),
    );
    expect(pageOf([], 'a')).toBe('');
    // The first page was emptied and deleted: keys before the next one begin a new first page.
    expect(pageOf(['m'], 'a')).toBe('');
  });

  it('CL-2: folding in any number of steps gives what replaying gives', () => {
    fc.assert(
      fc.property(fc.array(changes, { maxLength: 6 }), (batches) => {
        const model = new Map<string, LwwRecord>();
        let page: PageRow | undefined;
        for (const batch of batches) {
          replay(model, batch);
          const folded = foldPage('m', '', page, toWire(batch));
          expect(folded.corrupt).toEqual([]);
          expect(folded.pages.length).toBe(model.size === 0 ? 0 : 1);
          page = folded.pages[0];
          expect(page?.keys ?? []).toEqual([...(page?.keys ?? [])].sort((a, b) => (a < b ? -1 : 1)));
          expect(canonicalMap(read(folded.pages))).toEqual(canonicalMap(model));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('CL-2: splits what is too long or too large, with room to grow, and every key on its page', () => {
    for (const [all, from] of [
      [many(PAGE_RECORDS + 1), 2],
      [many(100, PAGE_CHARS / 20), 6],
      [many(3, PAGE_CHARS * 2), 3],
    ] as const) {
      const { pages } = foldPage('m', '', undefined, toWire(all));
      expect(pages.length).toBeGreaterThanOrEqual(from);
      expect(pages[0]?.first).toBe('');
      const firsts = pages.map(({ first }) => first);
      for (const page of pages) {
        expect(page.keys.length).toBeLessThan(PAGE_RECORDS);
        for (const key of page.keys) expect(pageOf(firsts, key)).toBe(page.first);
      }
      expect(read(pages).size).toBe(all.length);
    }
    expect(foldPage('m', '', undefined, toWire(many(PAGE_RECORDS))).pages.length).toBe(1);
  });

  it('CL-8: a record that cannot be read is named, the others are kept', () => {
    const [page] = foldPage('m', '', undefined, toWire(many(3))).pages;
    if (page === undefined) throw new Error('no page');
    for (const broken of ['{', '[1]', '1,2', '']) {
      const bad: PageRow = { ...page, records: [page.records[0] ?? '', broken, page.records[2] ?? ''] };
      const records = new Map<string, LwwRecord>();
      expect(readPage(bad, records)).toEqual([page.keys[1]]);
      expect([...records.keys()]).toEqual([page.keys[0], page.keys[2]]);
      const folded = foldPage('m', '', bad, toWire([merge(page.keys[1] ?? '', record(9, 'anew'))]));
      expect(folded.corrupt).toEqual([page.keys[1]]);
      expect(read(folded.pages).size).toBe(3);
    }
  });
});

describe('journal rows', () => {
  it('CL-2: one per commit and map, cut only when very long', () => {
    const rows = baseToJournal([
      { map: 'a', changes: many(CHUNK_CHANGES) },
      { map: 'b', changes: many(CHUNK_CHANGES + 1) },
      { map: 'c', changes: [] },
    ]);
    expect(rows.map(({ map }) => map)).toEqual(['a', 'b', 'b']);
  });

  it('CL-8: what is no list of changes is null', () => {
    for (const text of ['', '{}', '[[1]]', '[["a",1,2]]', '["a"]', '[null]']) {
      expect(parseJournal({ v: 1, map: 'm', changes: text })).toBeNull();
    }
    expect(parseJournal({ v: 1, map: 'm', changes: '[["a"]]' })).toEqual([['a']]);
  });
});
