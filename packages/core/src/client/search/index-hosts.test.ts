import { describe, expect, test } from 'vitest';

import {
  parseSearchDefinition,
  type HostRequest,
  type SearchDefinition,
  type SearchDefinitionInput,
} from '../../search/index.js';
import type { SearchHostEvents, StartSearchHost } from '../ports/search-host.js';
import { createVirtualTime } from '../testing/virtual-time.js';
import { IndexHosts, WORKER_PATIENCE_MS, type IndexOwner } from './index-hosts.js';

function defined(input: SearchDefinitionInput): SearchDefinition {
  const parsed = parseSearchDefinition(input);
  if (!parsed.ok) throw new Error(parsed.error.code);
  return parsed.value;
}

const PLAIN = defined({ fields: ['title'] });
const STEMMED = defined({ fields: ['title'], stemmer: { name: 's', stem: (word) => word.replace(/s$/, '') } });
const LOOKUP = {
  terms: ['milk'],
  boosts: new Map([[0, 1]]),
  prefix: true,
  fuzzy: 0,
  combineWith: 'AND' as const,
  vector: null,
  limit: 3,
};

interface Begun {
  readonly events: SearchHostEvents;
  readonly said: HostRequest[];
  isStopped: boolean;
}

/** Places that do what the test says. */
function setUp(options: { readonly worker?: boolean; readonly page?: boolean } = {}) {
  const workers: Begun[] = [];
  const pages: Begun[] = [];
  const logged: string[] = [];
  const starting =
    (list: Begun[]): StartSearchHost =>
    (events) => {
      const begun: Begun = { events, said: [], isStopped: false };
      list.push(begun);
      return {
        post: (request) => void begun.said.push(structuredClone(request)),
        stop: () => void (begun.isStopped = true),
      };
    };
  const time = createVirtualTime();
  const hosts = new IndexHosts({
    timers: time.timers,
    startWorker: options.worker === false ? null : starting(workers),
    loadLocal: () =>
      options.page === false ? Promise.reject(new Error('offline')) : Promise.resolve(() => starting(pages)),
    log: (message) => void logged.push(message),
  });
  const told: string[] = [];
  const owner = (name: string): IndexOwner => ({
    lost: () => void told.push(`${name} lost`),
    cleared: () => void told.push(`${name} cleared`),
    filled: (changes) => void told.push(`${name} filled ${changes}`),
    failed: (error) => void told.push(`${name} failed: ${(error as Error).message}`),
  });
  return { hosts, workers, pages, told, logged, owner, time };
}

const ranked = (ask: number, ...numbers: number[]) =>
  ({
    type: 'ranked',
    ask,
    text: { numbers: Uint32Array.from(numbers), scores: new Float64Array(numbers.length) },
    near: { numbers: Uint32Array.of(), scores: Float64Array.of() },
  }) as const;

describe('SE-25: where indexes are kept', () => {
  test('is one worker for all whose definition can be sent, and the page for the others', async () => {
    const { hosts, workers, pages, owner } = setUp();
    hosts.open(PLAIN, owner('a'));
    hosts.open(PLAIN, owner('b'));
    hosts.open(STEMMED, owner('c')).put([[0, 'k', ['milks']]]);
    await Promise.resolve();
    await Promise.resolve();
    expect(workers.map(({ said }) => said.map(({ type }) => type))).toEqual([['open', 'open']]);
    // What was said before its code was there comes after.
    expect(pages.map(({ said }) => said.map(({ type }) => type))).toEqual([['open', 'put']]);
  });

  test('answers those who asked, whatever the order, and nobody who took it back', () => {
    const { hosts, workers, owner, told } = setUp();
    const index = hosts.open(PLAIN, owner('a'));
    const heard: string[] = [];
    index.rank(LOOKUP, ({ text }) => void heard.push(`first ${text.numbers.join()}`));
    const takeBack = index.rank(LOOKUP, () => void heard.push('second'));
    index.rank(LOOKUP, ({ text }) => void heard.push(`third ${text.numbers.join()}`));
    takeBack();
    takeBack();
    const [worker] = workers;
    expect(worker?.said.map(({ type }) => type)).toEqual(['open', 'rank', 'rank', 'rank', 'cancel']);
    // Nothing of a search but what is looked up is sent.
    expect(worker?.said[1]).not.toHaveProperty('lookup.limit');
    for (const report of [ranked(3, 7), ranked(2, 6), ranked(1, 5), ranked(1, 4), ranked(99)])
      worker?.events.report(report);
    expect(heard).toEqual(['third 7', 'first 5']);
    worker?.events.report({ type: 'cleared', index: 1 });
    worker?.events.report({ type: 'cleared', index: 99 });
    expect(told).toEqual(['a cleared']);
  });

  test('SE-27: is told what was saved of an index when it is opened, and says it again part by part; on the page nothing is saved', async () => {
    const { hosts, workers, owner, told } = setUp();
    const index = hosts.open(PLAIN, owner('a'), ['one', 'two']);
    const kept: (readonly string[])[] = [];
    index.save?.((parts) => void kept.push(parts));
    const [worker] = workers;
    expect(worker?.said.map(({ type }) => type)).toEqual(['open', 'part', 'part', 'save']);
    worker?.events.report({ type: 'filled', index: 1, changes: 7 });
    worker?.events.report({ type: 'saved', ask: 1, part: 'x', isLast: false });
    expect(kept).toEqual([]);
    worker?.events.report({ type: 'saved', ask: 1, part: 'y', isLast: true });
    worker?.events.report({ type: 'saved', ask: 1, part: 'z', isLast: true });
    expect(kept).toEqual([['x', 'y']]);
    index.close();
    index.close();
    worker?.events.report({ type: 'cleared', index: 1 });
    expect(worker?.said.at(-1)).toEqual({ type: 'close', index: 1 });
    expect(told).toEqual(['a filled 7']);
    expect(hosts.open(STEMMED, owner('b')).save).toBeNull();
    await Promise.resolve();
  });

  test('is another worker when one dies that has worked, and the page when that dies, too', async () => {
    const { hosts, workers, pages, owner, told, logged } = setUp();
    const heard: string[] = [];
    for (let i = 0; i < 2; i++) {
      const index = hosts.open(PLAIN, owner(String(i)));
      index.rank(LOOKUP, () => void heard.push('ranked'));
      workers[i]?.events.report({ type: 'ready' });
      workers[i]?.events.died('out of memory');
      // Nobody waits for what it can no longer say.
      workers[i]?.events.report(ranked(i + 1));
    }
    hosts.open(PLAIN, owner('2'));
    await Promise.resolve();
    await Promise.resolve();
    expect([workers.length, pages.length]).toEqual([2, 1]);
    expect(told).toEqual(['0 lost', '1 lost']);
    expect(heard).toEqual([]);
    expect(logged).toHaveLength(2);
  });

  test('is the page from the beginning when a worker never said a word, and where there is none', async () => {
    const forbidden = setUp();
    forbidden.hosts.open(PLAIN, forbidden.owner('a'));
    forbidden.workers[0]?.events.died('refused by a policy');
    forbidden.hosts.open(PLAIN, forbidden.owner('b'));
    const without = setUp({ worker: false });
    without.hosts.open(PLAIN, without.owner('a'));
    await Promise.resolve();
    await Promise.resolve();
    expect([forbidden.workers.length, forbidden.pages.length]).toEqual([1, 1]);
    expect(without.pages).toHaveLength(1);
  });

  test('is the page where a worker says nothing at all, but not where it is only slow to answer', async () => {
    const { hosts, workers, told, owner, time } = setUp();
    hosts.open(PLAIN, owner('a'));
    await time.advance(WORKER_PATIENCE_MS);
    expect(workers[0]?.isStopped).toBe(true);
    expect(told).toEqual(['a lost']);
    const working = setUp();
    working.hosts.open(PLAIN, working.owner('a'));
    working.workers[0]?.events.report({ type: 'ready' });
    await working.time.advance(WORKER_PATIENCE_MS * 10);
    expect(working.told).toEqual([]);
  });

  test('is nowhere when the code for the page cannot be fetched either, until somebody tries again', async () => {
    const { hosts, owner, told } = setUp({ worker: false, page: false });
    hosts.open(PLAIN, owner('a'));
    await Promise.resolve();
    await Promise.resolve();
    expect(told).toEqual(['a failed: offline']);
    hosts.open(PLAIN, owner('b'));
    await Promise.resolve();
    await Promise.resolve();
    expect(told).toEqual(['a failed: offline', 'b failed: offline']);
  });

  test('ends with the client', async () => {
    const { hosts, workers, pages, owner } = setUp();
    hosts.open(PLAIN, owner('a'));
    hosts.open(STEMMED, owner('b'));
    hosts.stop();
    await Promise.resolve();
    await Promise.resolve();
    expect(workers[0]?.isStopped).toBe(true);
    // Its code came too late.
    expect(pages).toEqual([]);
  });
});
