import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';

import { naiveSearch, recordArbitrary, searchArbitrary } from '../../search/naive-search.arbitrary.js';
import { ok } from '../../primitives/index.js';
import { whyNoAnswer } from '../await-answer.js';
import type { SavedIndexes } from '../ports/storage.js';
import { macrotask } from '../testing/macrotask.js';
import { remoteOp, toChanges } from '../testing/remote-changes.js';
import { createTabHarness, type TabHarness } from '../testing/tab-harness.js';
import { SAVE_AFTER_MS, SAVED_FROM_RECORDS } from './map-search.js';
import { localHost } from './local-host.js';
import { LocalSearch } from './local-search.js';
import { searchChanges } from './search-changes.js';
import type { AnyAnswer } from './search-engine.js';
import { searchRequest } from './search-request.js';
import type { SearchOptions, SearchResult, SearchState } from './search-result.js';

type Doc = Record<string, unknown>;

/** A local search whose steps are the test's to take. */
async function open(
  serverUrl: string | null = null,
  savedIndexes: SavedIndexes | null = null,
): Promise<{
  readonly tab: TabHarness;
  readonly search: LocalSearch;
  readonly step: () => boolean;
  readonly finish: () => void;
  /** The place where indexes are kept dies, in the middle of whatever it does. */
  readonly kill: () => void;
  /** So many have been begun. */
  readonly begun: () => number;
}> {
  const tab = createTabHarness({ runtime: { serverUrl } });
  await tab.runtime.start();
  await tab.map('docs').loaded();
  const work: Iterator<void>[] = [];
  const startHost = localHost(
    (steps) => void work.push(steps),
    () => undefined,
  );
  let begun = 0;
  let kill = (): void => {};
  const search = new LocalSearch({
    storeOf: (map) => tab.runtime.stores.use(map),
    takeSteps: (steps) => void work.push(steps),
    timers: tab.time.timers,
    definitions: { docs: { fields: ['title', 'body'] } },
    schemaOf: () => undefined,
    isClosed: () => tab.runtime.isClosed,
    savedIndexes: () => savedIndexes,
    startWorker(events) {
      begun++;
      const link = startHost(events);
      kill = () => {
        link?.stop();
        events.died('killed');
      };
      return link;
    },
    log: () => {},
    subscriptionOf: (map, query) => (serverUrl === null ? null : tab.runtime.subscriptions.of(map, query)),
    mayAnswer: () => serverUrl !== null && whyNoAnswer(tab.runtime) === null,
    ask: (question, answered) => tab.runtime.questions.ask(question, { answered, failed: () => {} }),
    onConnectionChange: (listener) => tab.runtime.connectionChanges.add(listener),
  });
  const step = (): boolean => {
    const [first] = work;
    if (first?.next().done === true) work.shift();
    return work.length > 0;
  };
  return {
    tab,
    search,
    step,
    kill: () => kill(),
    begun: () => begun,
    finish: () => {
      while (step());
    },
  };
}

const follow = (search: LocalSearch, text: string, options: SearchOptions, shown: (state: SearchState<Doc>) => void) =>
  search.follow(searchRequest('search', 'docs', text, options), (answer: AnyAnswer) =>
    shown(answer as SearchState<Doc>),
  );

describe('a live search', () => {
  test('SE-21: shows what a fresh search and a look at each record find, at every step that is taken, and its changes lead from one answer to the next', async () => {
    let deaths = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            { weight: 2, arbitrary: fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.option(recordArbitrary)) },
            { weight: 1, arbitrary: fc.nat({ max: 6 }) },
            { weight: 1, arbitrary: fc.constant('kill' as const) },
          ),
          { maxLength: 25 },
        ),
        searchArbitrary,
        fc.integer({ min: 1, max: 4 }),
        async (script, asked, limit) => {
          const { tab, search, step, finish, kill, begun } = await open();
          const docs = tab.map<Doc>('docs');
          const { terms, ...options } = asked;
          let state: SearchState<Doc> | null = null;
          let followed: readonly SearchResult<Doc>[] = [];
          const live = follow(search, terms.join(' '), { ...options, limit }, (next) => {
            const before = new Map(followed.map((result) => [result.key, result]));
            for (const change of searchChanges(followed, next.results)) {
              if (change.type === 'leave') before.delete(change.key);
              else before.set(change.key, change.result);
            }
            expect([...before.keys()].toSorted()).toEqual(next.results.map(({ key }) => key).toSorted());
            followed = next.results;
            state = next;
          });
          const compare = async (): Promise<void> => {
            finish();
            // Scores are exact once what is left of old records has been cleared away, and the page's own index begins with a fetch.
            await macrotask();
            finish();
            const records = new Map(docs.entries() as Iterable<[string, never]>);
            const naive = naiveSearch(records, asked);
            expect(state?.total).toBe(naive.length);
            expect(state?.results).toHaveLength(Math.min(limit, naive.length));
            const wanted = new Map(naive.map((hit) => [hit.key, hit]));
            for (const { key, value, matchedTerms } of state?.results ?? []) {
              expect(value).toBe(docs.get(key));
              expect(matchedTerms).toEqual(wanted.get(key)?.terms);
            }
            const asking = search.answer(searchRequest('search', 'docs', terms.join(' '), { ...options, limit }));
            for (let i = 0; i < 3; i++) {
              await Promise.resolve();
              finish();
            }
            const fresh = (await asking) as SearchState<Doc>;
            expect(fresh.results.map(({ key }) => key)).toEqual(state?.results.map(({ key }) => key));
          };
          for (const part of script) {
            if (part === 'kill') kill();
            else if (typeof part === 'number') {
              for (let i = 0; i < part; i++) step();
            } else if (part[1] === null) docs.remove(part[0]);
            else docs.set(part[0], part[1] as Doc);
            // After whole changes now and then, in the middle of the work otherwise.
            if (part === 6) await compare();
          }
          await compare();
          deaths = Math.max(deaths, begun());
          live.stop();
          docs.set('late', { title: terms.join(' ') });
          finish();
          expect(followed.some(({ key }) => key === 'late')).toBe(false);
          await tab.runtime.close();
        },
      ),
      { numRuns: 80 },
    );
    expect(deaths).toBe(2);
  });

  test('SE-21: keeps the window, the answer and each result the same object while nothing about them changes', async () => {
    const { tab, search, finish } = await open();
    const docs = tab.map<Doc>('docs');
    for (const key of ['a', 'b', 'c']) docs.set(key, { title: 'milk', n: 0 });
    const shown: SearchState<Doc>[] = [];
    const live = follow(search, 'milk', { limit: 2 }, (state) => void shown.push(state));
    finish();
    const [first] = shown;
    expect(first?.results.map(({ key }) => key)).toEqual(['a', 'b']);
    expect(first).toMatchObject({ total: 3, loading: false, source: 'local' });
    docs.set('x', { body: 'bread' });
    docs.remove('x');
    finish();
    expect(shown).toHaveLength(1);
    docs.patch('b', { n: 1 });
    finish();
    expect(shown).toHaveLength(2);
    expect(shown[1]?.results[0]).toBe(first?.results[0]);
    docs.remove('a');
    finish();
    expect(shown.at(-1)?.results.map(({ key }) => key)).toEqual(['b', 'c']);
    live.stop();
    await tab.runtime.close();
  });

  test('SE-25: of searches that follow each other the answers come in their order, and of one that was given up none', async () => {
    const { tab, search, finish } = await open();
    tab.map<Doc>('docs').set('a', { title: 'hello world' });
    const shown: string[] = [];
    const type = (text: string) => follow(search, text, {}, ({ total }) => void shown.push(`${text}: ${total}`));
    const given = ['h', 'he', 'hel'].map(type);
    for (const live of given) live.stop();
    const last = [type('hell'), type('hello w')];
    finish();
    expect(shown).toEqual(['hell: 1', 'hello w: 1']);
    for (const live of last) live.stop();
    await tab.runtime.close();
  });

  test('SE-25: what has lost its words since it was ranked does not show', async () => {
    const { tab, search, step, finish } = await open();
    const docs = tab.map<Doc>('docs');
    for (const key of ['a', 'b', 'c']) docs.set(key, { title: 'milk' });
    const shown: SearchState<Doc>[] = [];
    const live = follow(search, 'milk', {}, (state) => {
      for (const { value } of state.results) expect(value['title']).toBe('milk');
      shown.push(state);
    });
    for (let i = 0; step(); i++)
      if (i % 3 === 0) docs.set(['a', 'b', 'c'][(i / 3) % 3] as string, { title: i < 30 ? 'bread' : 'milk' });
    finish();
    expect(shown.length).toBeGreaterThan(0);
    live.stop();
    await tab.runtime.close();
  });

  test('SE-27: begins with what was kept of its index, and shows what one made anew shows; what is kept never has words of what is gone', async () => {
    const kept = new Map<string, readonly string[]>();
    let loads = 0;
    const saved: SavedIndexes = {
      load(map, name) {
        loads++;
        return Promise.resolve(ok(kept.get(`${map} ${name}`) ?? null));
      },
      keep(map, name, parts) {
        kept.set(`${map} ${name}`, parts);
        return Promise.resolve(ok(undefined));
      },
    };
    const text = (): string => [...kept.values()].flat().join('');
    /** A client that finds these, and goes on until nothing is left to do. */
    const use = async (count: number, title: (i: number) => string) => {
      const client = await open(null, saved);
      const docs = client.tab.map<Doc>('docs');
      for (let i = 0; i < count; i++) docs.set(`k${i}`, { title: title(i) });
      let shown: SearchState<Doc> | null = null;
      const live = follow(client.search, 'special', { limit: 1_000 }, (state) => (shown = state));
      const idle = async (): Promise<void> => {
        for (let i = 0; i < 3; i++) {
          client.finish();
          await macrotask();
        }
      };
      await idle();
      return {
        docs,
        keys: () => (shown as SearchState<Doc> | null)?.results.map(({ key }) => key).toSorted(),
        async rest() {
          await client.tab.time.advance(SAVE_AFTER_MS);
          await idle();
          // Clearing away takes real turns.
          await new Promise((resolve) => setTimeout(resolve, 50));
          await idle();
        },
        idle,
        async end() {
          live.stop();
          client.search.stop();
          await client.tab.runtime.close();
        },
      };
    };
    const size = SAVED_FROM_RECORDS + 100;
    const first = await use(size, (i) => (i % 400 === 0 ? `special ${i}` : `plain ${i}`));
    expect(first.keys()).toEqual(['k0', 'k400', 'k800']);
    expect(kept.size).toBe(0);
    await first.rest();
    await vi.waitFor(() => expect(text()).toContain('special'), 20_000);
    // A few changes are not worth another; a record that is gone is.
    kept.clear();
    first.docs.set('k1', { title: 'special now' });
    await first.idle();
    await first.rest();
    expect(kept.size).toBe(0);
    first.docs.set('k2', { title: 'topsecret' });
    await first.idle();
    first.docs.remove('k2');
    await first.idle();
    await first.rest();
    await vi.waitFor(() => expect(text()).toContain('special'), 20_000);
    expect(text()).not.toContain('topsecret');
    await first.end();

    // Some records are others when it is loaded, some are gone, and some are new.
    const second = await use(size - 50, (i) => (i % 300 === 0 ? `special ${i}` : `plain ${i}`));
    expect(second.keys()).toEqual(['k0', 'k300', 'k600', 'k900']);
    await second.end();
    // And when it is damaged, or of another map's making.
    for (const [name, parts] of kept) kept.set(name, [...parts.slice(1), 'damage']);
    const third = await use(size, (i) => (i === 7 ? 'special' : `plain ${i}`));
    expect(third.keys()).toEqual(['k7']);
    expect(loads).toBe(3);
    await third.end();
  });

  test('SE-22: indexes one record a step, and lets writes in between', async () => {
    const { tab, search, step, finish } = await open();
    const docs = tab.map<Doc>('docs');
    for (let i = 0; i < 50; i++) docs.set(`k${i}`, { title: `milk ${i}` });
    let state: SearchState<Doc> | null = null;
    const live = follow(search, 'milk', { limit: 1_000 }, (next) => (state = next));
    let steps = 0;
    while (state === null && step()) {
      steps++;
      if (steps === 25) docs.set('late', { title: 'milk' });
    }
    // A step for each record that was there or came, and then one that looks at the index.
    expect(steps).toBeGreaterThanOrEqual(51);
    finish();
    expect((state as SearchState<Doc> | null)?.total).toBe(51);
    live.stop();
    await tab.runtime.close();
  });

  test('SE-22: shows what there was when it was begun, however fast records are written meanwhile, and all of it once they rest', async () => {
    const { tab, search, step, finish } = await open();
    const docs = tab.map<Doc>('docs');
    docs.set('first', { title: 'milk' });
    const totals: (number | null)[] = [];
    const live = follow(search, 'milk', { limit: 5 }, ({ total, loading }) => void totals.push(loading ? null : total));
    finish();
    expect(totals).toEqual([1]);
    let written = 0;
    docs.set('second', { title: 'milk' });
    // A record for each step that is taken: there is always one that has not been sent.
    for (; totals.length < 4 && written < 2_000; written++) {
      step();
      docs.set(`k${written}`, { title: 'milk' });
    }
    expect(totals.length).toBe(4);
    finish();
    expect(totals.at(-1)).toBe(2 + written);
    live.stop();
    await tab.runtime.close();
  });

  test('SE-23: of another user nothing shows from the moment on at which the database changes hands', async () => {
    const { tab, search, finish } = await open();
    tab.map<Doc>('docs').set('mine', { title: 'milk' });
    const shown: SearchState<Doc>[] = [];
    const live = follow(search, 'milk', {}, (state) => void shown.push(state));
    finish();
    expect(shown.at(-1)?.results).toHaveLength(1);
    const signingOut = tab.runtime.signOut(false);
    expect(shown.at(-1)).toMatchObject({ results: [], loading: true });
    await signingOut;
    await tab.map('docs').loaded();
    finish();
    expect(
      shown
        .at(-1)
        ?.results.map(({ key }) => key)
        .includes('theirs'),
    ).toBe(false);
    live.stop();
    await tab.runtime.close();
  });
});

describe('a search that a server answers', () => {
  const arrive = (tab: TabHarness, key: string, title: string): void => {
    const { maps } = toChanges('docs', remoteOp(tab, key, 'create', { title }));
    tab.sync().emit({ type: 'changes', maps, subs: [], through: null });
  };
  const settle = (tab: TabHarness, members: string[]): void => {
    const [subscription] = tab.runtime.subscriptions.all();
    if (subscription === undefined) throw new Error('nothing is asked');
    tab.sync().emit({ type: 'settled', sub: subscription.key, map: 'docs', members, full: false, through: 5 });
  };

  test('SE-40: shows what is held here at once; then what the server has found with what is pending, each with its source', async () => {
    const { tab, search, finish } = await open('http://server.test');
    const docs = tab.map<Doc>('docs');
    docs.set('mine', { title: 'milk' });
    arrive(tab, 'old', 'old milk');
    const shown: SearchState<Doc>[] = [];
    const live = follow(search, 'milk', {}, (state) => void shown.push(state));
    finish();
    expect(shown.at(-1)).toMatchObject({ source: 'local', loading: false });
    expect(shown.at(-1)?.results.map(({ key, source }) => [key, source])).toEqual([
      ['mine', 'local'],
      ['old', 'local'],
    ]);
    // The server knows `old` no longer, and something that was not here.
    arrive(tab, 'theirs', 'their own milk');
    settle(tab, ['theirs']);
    finish();
    expect(shown.at(-1)).toMatchObject({ source: 'both', loading: false, total: 2 });
    expect(shown.at(-1)?.results.map(({ key, source }) => [key, source])).toEqual([
      ['mine', 'local'],
      ['theirs', 'server'],
    ]);
    // The connection is lost: what is held here is all there is.
    tab.sync().emit({ type: 'unsettled', subs: null });
    finish();
    expect(shown.at(-1)).toMatchObject({ source: 'local', total: 3 });
    live.stop();
    await tab.runtime.close();
  });

  test('SE-40: that nothing is found is not said before the server has answered, or cannot', async () => {
    const { tab, search, finish } = await open('http://server.test');
    const shown: SearchState<Doc>[] = [];
    const live = follow(search, 'milk', {}, (state) => void shown.push(state));
    finish();
    expect(shown).toEqual([]);
    settle(tab, []);
    finish();
    expect(shown.at(-1)).toMatchObject({ results: [], loading: false, source: 'server' });
    tab.sync().emit({ type: 'unsettled', subs: null });
    finish();
    expect(shown.at(-1)).toMatchObject({ results: [], loading: true });
    tab.sync().emit({ type: 'connection', state: 'backing-off', error: null });
    finish();
    expect(shown.at(-1)).toMatchObject({ results: [], loading: false, source: 'local' });
    live.stop();
    await tab.runtime.close();
  });

  test('SE-40: a search that the server refuses shows why, and what is held here', async () => {
    const { tab, search, finish } = await open('http://server.test');
    tab.map<Doc>('docs').set('mine', { title: 'milk' });
    const shown: SearchState<Doc>[] = [];
    const live = follow(search, 'milk', {}, (state) => void shown.push(state));
    finish();
    const [subscription] = tab.runtime.subscriptions.all();
    tab.sync().emit({ type: 'subscription-failed', sub: subscription!.key, code: 'bad-query', reason: 'No.' });
    finish();
    expect(shown.at(-1)).toMatchObject({ error: { code: 'bad-query' }, results: [{ key: 'mine' }] });
    live.stop();
    await tab.runtime.close();
  });

  test('SE-40: one search waits for the server; nothing is left of it', async () => {
    const { tab, search, finish } = await open('http://server.test');
    arrive(tab, 'old', 'milk');
    let answered: SearchState<Doc> | null = null;
    const asking = search.answer(searchRequest('search', 'docs', 'milk', {})).then((answer) => {
      answered = answer as SearchState<Doc>;
    });
    finish();
    await Promise.resolve();
    expect(answered).toBeNull();
    settle(tab, ['old']);
    await tab.time.settle();
    finish();
    await asking;
    expect(answered).toMatchObject({ source: 'server', results: [{ key: 'old' }] });
    await Promise.resolve();
    expect([...tab.runtime.subscriptions.all()]).toEqual([]);
    await tab.runtime.close();
  });
});
