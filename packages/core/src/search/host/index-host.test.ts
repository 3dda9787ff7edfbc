import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Value } from '../../primitives/index.js';
import { recordArbitrary, searchArbitrary } from '../naive-search.arbitrary.js';
import { parseSearch } from '../parse-search.js';
import { parseSearchDefinition, type SearchDefinition } from '../search-definition.js';
import { SearchIndex } from '../search-index.js';
import type { Lookup } from '../search-query.js';
import { compileTexts } from '../searched-texts.js';
import type { HostReport, HostRequest } from './host-message.js';
import { IndexHost } from './index-host.js';

const definition = ((): SearchDefinition => {
  const parsed = parseSearchDefinition({ fields: ['title', 'body'] });
  if (!parsed.ok) throw new Error(parsed.error.code);
  return parsed.value;
})();
const textsOf = compileTexts(definition.fields);
const OPEN: HostRequest = {
  type: 'open',
  index: 1,
  definition: { fields: ['title', 'body'], stopWords: [] },
  saved: null,
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
      while (host.answer());
    },
  };
}

const KEYS = ['a', 'b', 'c', 'd', 'e'] as const;
const changes = fc.array(fc.tuple(fc.constantFrom(...KEYS), fc.option(recordArbitrary, { freq: 3, nil: undefined })), {
  maxLength: 25,
});
const sent = (key: string, value: Value | undefined) =>
  [KEYS.indexOf(key as never), key, value === undefined ? null : textsOf(key, value)] as const;

describe('SE-25: a place where indexes are kept', () => {
  test('ranks what an index ranks that was made of the same records, whatever it was told before and whenever it is asked', () => {
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
          const lookup = lookupOf(terms.join(' '), options);
          say({ type: 'rank', index: 1, ask, lookup: { ...lookup } });
          answerAll();
          const report = reports.at(-1);
          if (report?.type !== 'ranked') throw new Error('nothing was ranked');
          expect(report.ask).toBe(ask);
          const fresh = new SearchIndex(definition);
          for (const [key, value] of records) fresh.put(key, value);
          const expected = fresh.ranked(lookup);
          const keys = Array.from({ length: expected.length }, (_, i) => expected.keyAt(i));
          expect(Array.from(report.numbers, (number) => KEYS[number]).toSorted()).toEqual(keys.toSorted());
          expect([...report.scores].toSorted((a, b) => b - a)).toEqual([...report.scores]);
        });
      }),
      { numRuns: 150 },
    );
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
    expect(reports.map((report) => (report.type === 'ranked' ? [report.ask, ...report.numbers] : []))).toEqual([
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
      const report = reports.at(-1);
      return report?.type === 'ranked' ? [...report.numbers].toSorted() : [];
    };
    say(OPEN, put(1, 'milk', 'more milk', 'bread', 'milk'), { type: 'save', index: 1, ask: 1 });
    answerAll();
    const report = reports.at(-1);
    const saved = report?.type === 'saved' ? report.saved : '';
    say({ ...OPEN, index: 2, saved });
    // What nobody has named yet has no number to be told by.
    expect(ranked(2)).toEqual([]);
    say(put(2, 'milk', 'bread', 'milk'), { type: 'filled', index: 2 });
    expect(ranked(2)).toEqual([0, 2]);
    say({ type: 'save', index: 2, ask: 2 });
    answerAll();
    const again = reports.at(-1);
    expect(again?.type === 'saved' && SearchIndex.load(definition, again.saved)?.size).toBe(3);
    for (const damaged of ['', saved.slice(1), saved.replace('milk', '')]) {
      say({ ...OPEN, index: 3, saved: damaged }, put(3, 'milk'), { type: 'filled', index: 3 });
      expect(ranked(3)).toEqual([0]);
    }
  });

  test('says when what is left of many changes is cleared away', async () => {
    const { say, reports } = hosted();
    say(OPEN);
    for (let i = 0; i < 20; i++) say({ type: 'put', index: 1, records: [sent('a', { title: `word${i}` })] });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(reports).toContainEqual({ type: 'cleared', index: 1 });
  });
});
