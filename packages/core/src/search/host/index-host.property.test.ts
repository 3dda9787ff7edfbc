import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { parseSearch } from '../parse-search.js';
import { parseSearchDefinition, type SearchDefinition } from '../search-definition.js';
import { SearchIndex } from '../search-index.js';
import type { Lookup } from '../search-query.js';
import type { HostReport, HostRequest } from './host-message.js';
import { IndexHost } from './index-host.js';
import { takeAll } from '../../query/index.js';

const definition = ((): SearchDefinition => {
  const parsed = parseSearchDefinition({ fields: ['title'] });
  if (!parsed.ok) throw new Error(parsed.error.code);
  return parsed.value;
})();
const SENT = { fields: ['title'], stopWords: [] };
const WORDS = ['milk', 'bread', 'oats'];

const lookupOf = (text: string): Lookup => {
  const query = parseSearch(definition, text, { fuzzy: false });
  if (!query.ok) throw new Error(query.error.code);
  const { boosts, combineWith, fuzzy, prefix, terms, vector } = query.value;
  return { boosts, combineWith, fuzzy, prefix, terms, vector };
};

type Said =
  | { readonly does: 'put'; readonly index: number; readonly key: number; readonly title: string | null }
  | { readonly does: 'rank'; readonly index: number; readonly text: string }
  | { readonly does: 'save' | 'close' | 'filled'; readonly index: number }
  | { readonly does: 'cancel'; readonly back: number }
  /** So many answers are given. */
  | { readonly does: 'answer'; readonly times: number };

const index = fc.constantFrom(1, 2);
const title = fc.option(
  fc.array(fc.constantFrom(...WORDS), { maxLength: 3 }).map((words) => words.join(' ')),
  { freq: 3, nil: null },
);
const said: fc.Arbitrary<Said> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ does: fc.constant('put' as const), index, key: fc.nat(5), title }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant('rank' as const), index, text: fc.constantFrom(...WORDS) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constantFrom<'save' | 'close' | 'filled'>('save', 'save', 'close', 'filled'),
      index,
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('cancel' as const), back: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant('answer' as const), times: fc.nat(3) }) },
);

/** What a host is told, as it has been told it: the records of each index, and what is asked and not answered. */
class PlainHost {
  readonly records = new Map<number, Map<number, string>>();
  asked: { readonly ask: number; readonly index: number; readonly text: string | null }[] = [];

  /** The numbers that have the word, in no order. */
  found(of: number, text: string): readonly number[] {
    const all = [...(this.records.get(of) ?? [])];
    return all.filter(([, own]) => own.split(' ').includes(text)).map(([key]) => key);
  }
}

describe('SE-25: a place with several indexes', () => {
  test('answers each question by what was said before it is answered, in order, and says nothing of what was taken back or closed', () => {
    let [ranked, saved, cleared] = [0, 0, 0];
    fc.assert(
      fc.property(fc.array(said, { minLength: 20, maxLength: 60 }), (script) => {
        const reports: HostReport[] = [];
        const host = new IndexHost((report) => void reports.push(report));
        const plain = new PlainHost();
        const say = (request: HostRequest): void => {
          for (const steps = host.take(structuredClone(request)); steps.next().done !== true;);
        };
        const open = (of: number): void => {
          say({ type: 'open', index: of, definition: SENT, isKept: false });
          plain.records.set(of, new Map());
        };
        let asks = 0;
        const answer = (): void => {
          const before = reports.length;
          const due = plain.asked.shift();
          takeAll(host.answer());
          const told = reports.slice(before);
          if (due === undefined) {
            // Where nothing is asked, what is left over may be cleared away.
            expect(told.filter(({ type }) => type !== 'cleared')).toEqual([]);
            cleared += told.length;
          } else if (due.text === null) {
            const parts = told.flatMap((report) => (report.type === 'saved' ? [report] : []));
            expect([parts.length, told.length, parts[0]?.ask, parts[0]?.isLast]).toEqual([1, 1, due.ask, true]);
            const loading = SearchIndex.loading(definition);
            for (const line of parts[0]?.part.split('\n') ?? []) expect(loading.take(line)).toBe(true);
            expect(loading.finish()?.size).toBe(plain.records.get(due.index)?.size);
            saved++;
          } else {
            const [report] = told;
            if (report?.type !== 'ranked') throw new Error('it was not answered');
            expect([told.length, report.ask]).toEqual([1, due.ask]);
            expect([...report.text.numbers].toSorted()).toEqual([...plain.found(due.index, due.text)].toSorted());
            expect(report.near.numbers).toHaveLength(0);
            ranked++;
          }
        };
        open(1);
        open(2);
        for (const each of script) {
          switch (each.does) {
            case 'put': {
              const texts = each.title === null ? null : [each.title];
              say({ type: 'put', index: each.index, records: [[each.key, `k${each.key}`, texts]] });
              if (each.title === null) plain.records.get(each.index)?.delete(each.key);
              else plain.records.get(each.index)?.set(each.key, each.title);
              break;
            }
            case 'rank':
              plain.asked.push({ ask: ++asks, index: each.index, text: each.text });
              say({ type: 'rank', index: each.index, ask: asks, lookup: lookupOf(each.text) });
              break;
            case 'save':
              plain.asked.push({ ask: ++asks, index: each.index, text: null });
              say({ type: 'save', index: each.index, ask: asks });
              break;
            case 'filled':
              say({ type: 'filled', index: each.index });
              expect(reports.at(-1)).toMatchObject({ type: 'filled', index: each.index });
              break;
            case 'cancel':
              say({ type: 'cancel', ask: asks - each.back });
              plain.asked = plain.asked.filter(({ ask }) => ask !== asks - each.back);
              break;
            case 'close':
              say({ type: 'close', index: each.index });
              plain.asked = plain.asked.filter((asked) => asked.index !== each.index);
              open(each.index);
              break;
            case 'answer':
              for (let i = 0; i < each.times; i++) answer();
          }
          if (plain.asked.length > 0) expect(host.isIdle).toBe(false);
        }
        for (let left = 200; !host.isIdle; left--) {
          if (left === 0) throw new Error('it never comes to rest');
          answer();
        }
        expect(plain.asked).toEqual([]);
        const before = reports.length;
        takeAll(host.answer());
        expect(reports).toHaveLength(before);
      }),
      { numRuns: 200 },
    );
    expect(Math.min(ranked, saved, cleared)).toBeGreaterThan(50);
  });

  test('SE-13: clears away a bounded number of steps at a time, answers in between, and says so once it is done', () => {
    const reports: HostReport[] = [];
    const host = new IndexHost((report) => void reports.push(report));
    const say = (request: HostRequest): void => void takeAll(host.take(request));
    say({ type: 'open', index: 1, definition: SENT, isKept: false });
    const put = (title: (i: number) => string): void => {
      for (let i = 0; i < 12_000; i++) say({ type: 'put', index: 1, records: [[i, `k${i}`, [title(i)]]] });
    };
    put((i) => `milk a${i}`);
    put((i) => `milk b${i}`);
    expect(host.isIdle).toBe(false);
    let answers = 0;
    for (; !host.isIdle; answers++) {
      say({ type: 'rank', index: 1, ask: answers, lookup: lookupOf(`b${answers}`) });
      takeAll(host.answer());
      const report = reports.at(-1);
      expect(report?.type === 'ranked' ? [report.ask, ...report.text.numbers] : []).toContain(answers);
      let steps = 0;
      for (const clearing = host.answer(); clearing.next().done !== true;) steps++;
      expect(steps).toBeLessThanOrEqual(64);
    }
    expect(answers).toBeGreaterThan(2);
    expect(reports.filter(({ type }) => type === 'cleared')).toEqual([{ type: 'cleared', index: 1 }]);
  });

  test('an index that nobody has opened is an error, and one that is closed clears nothing away', () => {
    const host = new IndexHost(() => {});
    expect(() => takeAll(host.take({ type: 'put', index: 1, records: [] }))).toThrow('1');
    expect(() => takeAll(host.take({ type: 'part', index: 7, text: '', isLast: true }))).toThrow('7');
    takeAll(host.take({ type: 'open', index: 1, definition: SENT, isKept: false }));
    takeAll(host.take({ type: 'put', index: 1, records: [[1, 'a', ['x']]] }));
    takeAll(host.take({ type: 'put', index: 1, records: [[1, 'a', ['y']]] }));
    expect(host.isIdle).toBe(false);
    takeAll(host.take({ type: 'close', index: 1 }));
    expect(host.isIdle).toBe(true);
  });
});
