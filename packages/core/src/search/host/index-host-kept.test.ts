import { describe, expect, test } from 'vitest';

import { definedAs, everyChoice, searchFor, stepsOf } from '../searched-world.arbitrary.js';
import { SearchIndex } from '../search-index.js';
import { takeAll } from '../../query/index.js';
import type { HostReport, HostRequest } from './host-message.js';
import { definitionSent, IndexHost } from './index-host.js';

const definition = definedAs({ fields: ['title'] });
const SENT = { fields: ['title'], stopWords: [] };

type Reported<T extends HostReport['type']> = Extract<HostReport, { readonly type: T }>;

/** A host that takes all that is said, and answers all that is asked. */
class Hosted {
  readonly reports: HostReport[] = [];
  readonly host = new IndexHost((report) => void this.reports.push(report));

  say(...requests: readonly HostRequest[]): this {
    for (const request of requests) takeAll(this.host.take(structuredClone(request)));
    return this;
  }

  last<T extends HostReport['type']>(type: T): Reported<T> {
    while (!this.host.isIdle) takeAll(this.host.answer());
    const report = this.reports.findLast((each) => each.type === type);
    if (report === undefined) throw new Error(`nothing was ${type}`);
    return report as Reported<T>;
  }

  put(...titles: readonly (string | null)[]): this {
    return this.say({
      type: 'put',
      index: 1,
      records: titles.map((title, i) => [i, `k${i}`, title === null ? null : [title]] as const),
    });
  }

  numbers(text: string): readonly number[] {
    this.say({ type: 'rank', index: 1, ask: 1, lookup: { ...searchFor(definition, text, { fuzzy: false }) } });
    return [...this.last('ranked').text.numbers].toSorted((a, b) => a - b);
  }

  changes(): number {
    return this.say({ type: 'filled', index: 1 }).last('filled').changes;
  }

  open(isKept = false): this {
    return this.say({ type: 'open', index: 1, definition: SENT, isKept });
  }

  part(text: string, isLast: boolean): this {
    return this.say({ type: 'part', index: 1, text, isLast });
  }
}

/** What was kept of an index of those titles. */
function keptOf(titles: readonly string[], of = definition): string {
  const index = new SearchIndex(of);
  titles.forEach((title, i) => index.put(`k${i}`, { title }));
  return [...index.saveParts()].join('\n');
}

describe('SE-27: an index that begins with what was kept', () => {
  const titles = ['milk', 'oat milk', 'bread'];
  const kept = keptOf(titles);

  test('is complete wherever what was kept is parted between its lines', () => {
    const lines = kept.split('\n');
    expect(lines.length).toBeGreaterThan(3);
    for (const cuts of everyChoice(lines.slice(1).map((_, i) => i + 1))) {
      const hosted = new Hosted().open(true);
      [0, ...cuts].forEach((from, i) => {
        hosted.part(lines.slice(from, cuts[i]).join('\n'), i === cuts.length);
      });
      expect(hosted.put(...titles).changes()).toBe(0);
      expect(hosted.numbers('milk')).toEqual([0, 1]);
    }
  });

  test('is loaded a line a step, and told what is gone a record a step', () => {
    const hosted = new Hosted().open(true);
    const lines = kept.split('\n').length;
    const [steps] = stepsOf(hosted.host.take({ type: 'part', index: 1, text: kept, isLast: true }));
    expect(steps).toBe(lines);
    const [forgotten] = stepsOf(hosted.put('milk').host.take({ type: 'filled', index: 1 }));
    expect(forgotten).toBe(2);
  });

  test('is made anew where a line is cut, missing, twice or in another place; and what is put then is found', () => {
    const lines = kept.split('\n');
    const wrong = lines.flatMap((line, i) => [
      lines.toSpliced(i, 1),
      lines.toSpliced(i, 0, line),
      lines.toSpliced(i, 1, line.slice(0, -1)),
      lines.toSpliced(i, 1, line.slice(1)),
      lines.toSpliced(i, 1, ''),
    ]);
    for (const each of wrong) {
      const hosted = new Hosted().open(true);
      hosted.part(each.join('\n'), true).put(...titles);
      // All three, since nothing was there.
      expect(hosted.changes()).toBe(3);
      expect(hosted.numbers('milk')).toEqual([0, 1]);
    }
  });

  test('is made anew where it was kept of another definition', () => {
    for (const of of [definedAs({ fields: ['title'], stopWords: ['x'] }), definedAs({ fields: ['title', 'body'] })]) {
      const hosted = new Hosted().open(true);
      hosted.part(keptOf(titles, of), true).put(...titles);
      expect(hosted.changes()).toBe(3);
    }
  });

  test('says how many records were other than in what was kept: those that changed, came and went, and no others', () => {
    const now = ['milk', 'oats', 'bread'];
    for (const [put, changes] of [
      [titles, 0],
      [now, 1],
      [['milk', null, 'bread'], 1],
      [['milk', 'oat milk'], 1],
      [[...titles, 'rye'], 1],
      [[...now, 'rye', 'bran'], 3],
      [[null, null, null], 3],
      [[], 3],
    ] as const) {
      const hosted = new Hosted().open(true);
      hosted.part(kept, true).put(...put);
      expect(hosted.changes()).toBe(changes);
      expect(hosted.numbers('milk')).toEqual(put.flatMap((title, i) => (title?.includes('milk') === true ? [i] : [])));
    }
  });

  test('counts no record as another one for having been looked at, however many there are', () => {
    const many = Array.from({ length: 5_000 }, (_, i) => `word${i % 50}`);
    const hosted = new Hosted().open(true);
    hosted.part(keptOf(many), true).put(...many);
    expect(hosted.changes()).toBe(0);
    const fewer = new Hosted().open(true);
    fewer.part(keptOf(many), true).put(...many.slice(0, 4_990));
    expect(fewer.changes()).toBe(10);
  });

  test('finds nothing under a number before it is told what number that record has', () => {
    const hosted = new Hosted().open(true);
    hosted.part(kept, true);
    expect(hosted.numbers('milk')).toEqual([]);
    // It comes behind another one that has none yet.
    hosted.say({ type: 'put', index: 1, records: [[7, 'k1', ['oat milk']]] });
    expect(hosted.numbers('milk')).toEqual([7]);
    expect(hosted.put('milk').numbers('milk')).toEqual([0, 7]);
  });

  test('forgets what was not put only once all was put', () => {
    const hosted = new Hosted().open(true);
    hosted.part(kept, true).put('milk');
    hosted.say({ type: 'save', index: 1, ask: 2 });
    expect(hosted.last('saved').part).toContain('k1');
    hosted.changes();
    hosted.say({ type: 'save', index: 1, ask: 3 });
    expect(hosted.last('saved').part).not.toContain('k1');
  });
});

describe('SE-27: what is to be kept', () => {
  test('comes in parts of some lines each, a line a step, and is what an index of the same records keeps', () => {
    const titles = Array.from({ length: 6_000 }, (_, i) => `number${i} milk`);
    const hosted = new Hosted().open().put(...titles);
    hosted.say({ type: 'save', index: 1, ask: 9 });
    const steps = [...hosted.host.answer()].length;
    const parts = hosted.reports.flatMap((report) => (report.type === 'saved' ? [report] : []));
    expect(parts.length).toBeGreaterThan(2);
    expect(parts.map(({ ask, isLast }) => [ask, isLast])).toEqual(parts.map((_, i) => [9, i === parts.length - 1]));
    const lines = parts.flatMap(({ part }) => part.split('\n'));
    expect(steps).toBe(lines.length);
    expect(lines.join('\n')).toBe(keptOf(titles));
    // A part is told as soon as it is long enough.
    for (const { part, isLast } of parts) {
      const long = part.split('\n').map(({ length }) => length);
      const before = long.slice(0, -1).reduce((sum, length) => sum + length, 0);
      expect(before).toBeLessThan(200_000);
      if (!isLast) expect(before + (long.at(-1) ?? 0)).toBeGreaterThanOrEqual(200_000);
    }
  });

  test('is without words of records that are gone, whether they are cleared away or not', () => {
    const hosted = new Hosted().open().put('secret', 'milk', 'oats').put(null);
    hosted.say({ type: 'save', index: 1, ask: 1 });
    takeAll(hosted.host.answer());
    const [report] = hosted.reports;
    if (report?.type !== 'saved') throw new Error('nothing was saved');
    expect(report.part).toContain('oats');
    expect(report.part).not.toContain('secret');
    takeAll(hosted.host.answer());
    expect(hosted.reports).toHaveLength(2);
    hosted.say({ type: 'save', index: 1, ask: 2 });
    expect(hosted.last('saved').part).toBe(report.part);
  });
});

describe('SE-25: a host', () => {
  test('says which record has which score, the best first, under the numbers that it was told last', () => {
    const hosted = new Hosted().open().put('milk oats rye', 'milk', 'oats');
    hosted.say({ type: 'put', index: 1, records: [[77, 'k1', ['milk']]] });
    hosted.say({ type: 'rank', index: 1, ask: 5, lookup: { ...searchFor(definition, 'milk') } });
    const { ask, near, text } = hosted.last('ranked');
    expect([ask, ...text.numbers, ...near.numbers]).toEqual([5, 77, 0]);
    const index = new SearchIndex(definition);
    ['milk oats rye', 'milk', 'oats'].forEach((title, i) => index.put(`k${i}`, { title }));
    const ranked = index.ranked(searchFor(definition, 'milk'));
    expect([...text.scores]).toEqual([ranked.scoreAt(0), ranked.scoreAt(1)]);
    expect(text.scores.length).toBe(2);
  });

  test('opens an index anew under the same number, and knows nothing of the one before', () => {
    const hosted = new Hosted().open().put('milk', 'milk');
    expect(hosted.open().numbers('milk')).toEqual([]);
    expect(hosted.put('milk').numbers('milk')).toEqual([0]);
  });

  test('takes back what is asked of an index that is closed, and of no other', () => {
    const hosted = new Hosted().open();
    const lookup = { ...searchFor(definition, 'milk') };
    hosted.say({ type: 'open', index: 2, definition: SENT, isKept: false });
    for (const [ask, index] of [1, 2, 1, 2].entries()) hosted.say({ type: 'rank', index, ask, lookup });
    hosted.say({ type: 'save', index: 1, ask: 8 }, { type: 'close', index: 1 });
    while (!hosted.host.isIdle) takeAll(hosted.host.answer());
    expect(hosted.reports.map((report) => 'ask' in report && report.ask)).toEqual([1, 3]);
  });

  test('SE-60: sends vectors with the records, and tells what is near beside what has the words', () => {
    const vectors = { field: 'at', dimensions: 2 };
    const near = definedAs({ fields: ['title'], vectors });
    const hosted = new Hosted().say({ type: 'open', index: 1, definition: { ...SENT, vectors }, isKept: false });
    hosted.say({
      type: 'put',
      index: 1,
      records: [
        [0, 'a', ['milk'], Float32Array.of(0, 1)],
        [1, 'b', ['oats'], Float32Array.of(1, 1)],
        [2, 'c', ['milk']],
      ],
    });
    const ask = (): readonly unknown[] => {
      hosted.say({ type: 'rank', index: 1, ask: 1, lookup: { ...searchFor(near, 'milk', { vector: [1, 0] }) } });
      const { near: told, text } = hosted.last('ranked');
      return [[...text.numbers].toSorted(), [...told.numbers], [...told.scores]];
    };
    expect(ask()).toEqual([
      [0, 2],
      [1, 0],
      [0.707107, 0],
    ]);
    // A record that is put without one has none any more.
    hosted.say({ type: 'put', index: 1, records: [[1, 'b', ['oats']]] });
    expect(ask()).toEqual([[0, 2], [0], [0]]);
    hosted.say({ type: 'put', index: 1, records: [[0, 'a', null]] });
    expect(ask()).toEqual([[2], [], []]);
  });

  test('is given its definitions, where those have functions, by whoever makes it', () => {
    const stemmer = { name: 'plural', stem: (word: string) => word.replace(/s$/, '') };
    const own = definedAs({ fields: ['title'], stemmer });
    const opened: number[] = [];
    const reports: HostReport[] = [];
    const host = new IndexHost(
      (report) => void reports.push(report),
      ({ index }) => {
        opened.push(index);
        return own;
      },
    );
    takeAll(host.take({ type: 'open', index: 4, definition: SENT, isKept: false }));
    takeAll(host.take({ type: 'put', index: 4, records: [[0, 'k', ['cats']]] }));
    const lookup = searchFor(own, 'cat', { prefix: false });
    takeAll(host.take({ type: 'rank', index: 4, ask: 1, lookup }));
    takeAll(host.answer());
    expect(opened).toEqual([4]);
    expect(reports).toMatchObject([{ type: 'ranked', ask: 1, text: { numbers: Uint32Array.of(0) } }]);
  });

  test('is sent definitions that are some: another one is an error of whoever sends it', () => {
    const open = { type: 'open', index: 1, definition: SENT, isKept: false } as const;
    expect(definitionSent(open).fingerprint).toBe(definition.fingerprint);
    expect(() => definitionSent({ ...open, definition: { fields: [], stopWords: [] } })).toThrow('wrong-type');
  });
});
