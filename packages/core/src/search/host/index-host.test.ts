import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Value } from '../../primitives/index.js';
import { recordArbitrary, searchArbitrary } from '../naive-search.arbitrary.js';
import { parseSearch } from '../parse-search.js';
import { parseSearchDefinition, type SearchDefinition } from '../search-definition.js';
import { SearchIndex } from '../search-index.js';
import type { Lookup } from '../search-query.js';
import { compileTexts } from '../searched-texts.js';
import { compileVector } from '../vectors/read-vector.js';
import type { HostReport, HostRequest, SentRecord } from './host-message.js';
import { IndexHost } from './index-host.js';
import { takeAll } from '../../query/index.js';

const VECTORS = { field: 'at', dimensions: 2 };
const definition = ((): SearchDefinition => {
  const parsed = parseSearchDefinition({ fields: ['title', 'body'], vectors: VECTORS });
  if (!parsed.ok) throw new Error(parsed.error.code);
  return parsed.value;
})();
const textsOf = compileTexts(definition.fields);
const vectorOf = compileVector(definition.vectors);
const OPEN: HostRequest = {
  type: 'open',
  index: 1,
  definition: { fields: ['title', 'body'], stopWords: [], vectors: VECTORS },
  isKept: false,
};

function lookupOf(text: string, options: object = {}): Lookup {
  const query = parseSearch(definition, text, options);
  if (!query.ok) throw new Error(query.error.code);
  return query.value;
}

/** A host, and what it has reported. Everything passes as it does on its way to a worker. */
function hosted(): {
  say: (...requests: HostRequest[]) => void;
  answerAll: () => void;
  reports: HostReport[];
  host: IndexHost;
} {
  const reports: HostReport[] = [];
  const host = new IndexHost((report) => void reports.push(structuredClone(report)));
  return {
    host,
    reports,
    say(...requests) {
      for (const request of requests)
        for (const steps = host.take(structuredClone(request)); steps.next().done !== true;);
    },
    answerAll() {
      while (!host.isIdle) takeAll(host.answer());
    },
  };
}

function loaded(saved: string): SearchIndex | null {
  const loading = SearchIndex.loading(definition);
  for (const part of saved.split('\n')) loading.take(part);
  return loading.finish();
}

const KEYS = ['a', 'b', 'c', 'd', 'e'] as const;
const direction = fc.option(fc.constantFrom([1, 0], [1, 1], [0, 1], [-1, 0], [1, -2]), { nil: undefined });
const placed = fc
  .tuple(recordArbitrary, direction)
  .map(([record, at]) => (at === undefined ? record : { ...record, at }));
const changes = fc.array(fc.tuple(fc.constantFrom(...KEYS), fc.option(placed, { freq: 3, nil: undefined })), {
  maxLength: 25,
});
const sent = (key: string, value: Value | undefined): SentRecord => {
  const number = KEYS.indexOf(key as never);
  const vector = value === undefined ? null : vectorOf(key, value);
  const texts = value === undefined ? null : textsOf(key, value);
  return vector === null ? [number, key, texts] : [number, key, texts, vector];
};

describe('SE-25: a place where indexes are kept', () => {
  test('ranks what an index ranks that was made of the same records, whatever it was told before and whenever it is asked', () => {
    let nearest = 0;
    fc.assert(
      fc.property(fc.array(fc.tuple(changes, searchArbitrary), { maxLength: 4 }), (script) => {
        const { say, answerAll, reports } = hosted();
        const records = new Map<string, Value>();
        say(OPEN);
        script.forEach(([batch, { terms, ...options }], ask) => {
          say({ type: 'put', index: 1, records: batch.map(([key, value]) => sent(key, value)) });
          for (const [key, value] of batch) {
            if (value === undefined) records.delete(key);
            else records.set(key, value);
          }
          const lookup = lookupOf(terms.join(' '), { ...options, vector: ask % 2 === 0 ? [2, 1] : undefined });
          say({ type: 'rank', index: 1, ask, lookup: { ...lookup } });
          answerAll();
          const report = reports.findLast(({ type }) => type === 'ranked');
          if (report?.type !== 'ranked') throw new Error('nothing was ranked');
          expect(report.ask).toBe(ask);
          const fresh = new SearchIndex(definition);
          for (const [key, value] of records) fresh.put(key, value);
          for (const [told, expected] of [
            [report.text, fresh.ranked(lookup)],
            [report.near, takeAll(fresh.nearest(lookup))],
          ] as const) {
            const keys = Array.from({ length: expected.length }, (_, i) => expected.keyAt(i));
            expect(Array.from(told.numbers, (number) => KEYS[number]).toSorted()).toEqual(keys.toSorted());
            expect([...told.scores].toSorted((a, b) => b - a)).toEqual([...told.scores]);
          }
          nearest += report.near.numbers.length;
        });
      }),
      { numRuns: 150 },
    );
    expect(nearest).toBeGreaterThan(100);
  });

  test('answers in the order it was asked, once everything that was said is taken, and of what was taken back nothing', () => {
    const { say, answerAll, reports } = hosted();
    const rank = (ask: number, text: string): HostRequest => ({
      type: 'rank',
      index: 1,
      ask,
      lookup: { ...lookupOf(text) },
    });
    say(OPEN, rank(1, 'milk'), rank(2, 'bread'), rank(3, 'milk'));
    say(
      { type: 'put', index: 1, records: [sent('a', { title: 'milk' })] },
      { type: 'cancel', ask: 2 },
      { type: 'cancel', ask: 9 },
    );
    expect(reports).toEqual([]);
    answerAll();
    expect(reports.map((report) => (report.type === 'ranked' ? [report.ask, ...report.text.numbers] : []))).toEqual([
      [1, 0],
      [3, 0],
    ]);
    // Too late to be taken back: it has been said.
    say({ type: 'cancel', ask: 3 });
    answerAll();
    expect(reports).toHaveLength(2);
  });

  test('one record is one step', () => {
    const { host, say } = hosted();
    say(OPEN);
    const records = KEYS.map((key) => sent(key, { title: 'milk' }));
    let steps = 0;
    for (const taking = host.take({ type: 'put', index: 1, records }); taking.next().done !== true;) steps++;
    expect(steps).toBe(KEYS.length);
  });

  test('SE-13: one with a long text is many, and nobody who asks meets half of it', () => {
    const { host, say, answerAll, reports } = hosted();
    const words = Array.from({ length: 2_000 }, (_, i) => `文${i}`).join(' ');
    say(OPEN, { type: 'put', index: 1, records: [sent('a', { title: 'oats' })] });
    let steps = 0;
    const records = [sent('a', { title: `milk ${words}` }), sent('b', { title: words, body: 'milk' })];
    for (const taking = host.take({ type: 'put', index: 1, records }); taking.next().done !== true;) steps++;
    expect(steps).toBeGreaterThan(4 * (2_000 / 128));
    say({ type: 'rank', index: 1, ask: 1, lookup: { ...lookupOf('milk 文1999') } }, { type: 'filled', index: 1 });
    answerAll();
    const told = reports.map((report) => (report.type === 'ranked' ? [...report.text.numbers].sort() : report));
    expect(told.slice(0, 2)).toEqual([{ type: 'filled', index: 1, changes: 3 }, [0, 1]]);
  });

  test('SE-8: saved and opened again it ranks what is put again, forgets what is gone, and of what is no index of its own begins anew', () => {
    const { say, answerAll, reports } = hosted();
    const put = (index: number, ...titles: string[]): HostRequest => ({
      type: 'put',
      index,
      records: titles.map((title, i) => sent(KEYS[i] as string, { title })),
    });
    const ranked = (index: number): number[] => {
      say({ type: 'rank', index, ask: 7, lookup: { ...lookupOf('milk') } });
      answerAll();
      const report = reports.findLast(({ type }) => type === 'ranked');
      return report?.type === 'ranked' ? [...report.text.numbers].toSorted() : [];
    };
    const saved = (index: number): string => {
      const before = reports.length;
      say({ type: 'save', index, ask: 8 });
      answerAll();
      const parts = reports.slice(before).flatMap((report) => (report.type === 'saved' ? [report] : []));
      expect(parts.map(({ isLast }) => isLast).indexOf(true)).toBe(parts.length - 1);
      return parts.map(({ part }) => part).join('\n');
    };
    const open = (index: number, ...parts: string[]): void =>
      say(
        { ...OPEN, index, isKept: true },
        ...parts.map((text, i) => ({ type: 'part', index, text, isLast: i === parts.length - 1 }) as const),
      );
    const changes = () => reports.flatMap((report) => (report.type === 'filled' ? [report.changes] : []));

    say(OPEN, put(1, 'milk', 'more milk', 'bread', 'milk'), put(1, 'milk', 'oats'), { type: 'filled', index: 1 });
    const text = saved(1);
    expect(text).not.toContain('more');
    const [first = '', ...rest] = text.split('\n');
    open(2, first, rest.join('\n'));
    // What nobody has named yet has no number to be told by.
    expect(ranked(2)).toEqual([]);
    say(put(2, 'milk', 'bread', 'bread'), { type: 'filled', index: 2 });
    expect(ranked(2)).toEqual([0]);
    // Six were indexed in the first; in the second one was another, and one was gone.
    expect(changes()).toEqual([5, 2]);
    expect(loaded(saved(2))?.size).toBe(3);
    for (const damaged of ['', text.slice(1), text.slice(0, -1), text.replace('milk', 'mild')]) {
      open(3, damaged);
      say(put(3, 'milk'), { type: 'filled', index: 3 });
      expect(ranked(3)).toEqual([0]);
    }
    say({ type: 'rank', index: 3, ask: 9, lookup: { ...lookupOf('milk') } }, { type: 'close', index: 3 });
    const before = reports.length;
    answerAll();
    expect(reports).toHaveLength(before);
  });

  test('says when what is left of many changes is cleared away', () => {
    const { answerAll, say, reports } = hosted();
    say(OPEN);
    for (let i = 0; i < 20; i++) say({ type: 'put', index: 1, records: [sent('a', { title: `word${i}` })] });
    expect(reports).toEqual([]);
    answerAll();
    expect(reports).toContainEqual({ type: 'cleared', index: 1 });
  });
});
