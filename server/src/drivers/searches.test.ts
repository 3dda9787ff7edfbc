import { encodeBase64url, type Hash64 } from '@topgun/core/primitives';
import type { Query } from '@topgun/core/query';
import type { CreateApproximateIndex } from '@topgun/core/search';
import { beforeAll, expect, test } from 'vitest';
import { loadXxhash } from '../adapters/xxhash.js';
import { OpAuthor } from '../testing/op-author.js';
import { settle, startTestHost, type TestHost } from '../testing/test-host.js';
import { createMemoryDisk } from './memory-disk.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const ALL: Query = { where: { type: 'and', of: [] }, sort: [], limit: null };
const MILK: Query = {
  ...ALL,
  limit: 10,
  search: { text: 'milk', fields: ['title'], boosts: [['title', 1]], prefix: true, fuzzy: 0, combineWith: 'AND' },
};

async function setUp(): Promise<{ hosted: TestHost; write: (key: string, title: string) => Promise<void> }> {
  const hosted = await startTestHost({ disk: createMemoryDisk(), hash });
  const author = new OpAuthor('r.0', hash);
  hosted.host.send({ type: 'announce', session: 's', replicas: [[author.replica, 0]] });
  const write = async (key: string, title: string): Promise<void> => {
    const batches = author.batches(author.create('notes', key, { title }));
    hosted.host.send({ type: 'submit', session: 's', batches, bytes: 100 });
    await settle();
  };
  return { hosted, write };
}

const openedSubs = (hosted: TestHost): number[] => hosted.of('view-opened').map(({ sub }) => sub);

test('SE-43: a search waits for its index, nothing else does, and the answer has what was written meanwhile', async () => {
  const { hosted, write } = await setUp();
  await write('a', 'oat milk');
  hosted.host.send({ type: 'open-view', session: 's', sub: 1, map: 'notes', query: MILK });
  hosted.host.send({ type: 'open-view', session: 's', sub: 2, map: 'notes', query: ALL });
  await write('b', 'more milk');
  expect(openedSubs(hosted)).toEqual([2]);
  hosted.timers.runAll();
  expect(openedSubs(hosted)).toEqual([2, 1]);
  const [, answer] = hosted.of('view-opened');
  expect(answer?.rows.map(({ key }) => key).toSorted()).toEqual(['a', 'b']);
  expect(answer?.through).toBe(2);
  await write('c', 'milk again');
  const [diff] = hosted
    .of('committed')
    .at(-1)!
    .diffs.filter(({ view }) => view === answer!.view);
  expect(diff?.changes.map(([type, key]) => [type, key])).toEqual([['enter', 'c']]);
});

test('SE-43: one that ended while it waited is not opened, nor one whose session is gone', async () => {
  const { hosted, write } = await setUp();
  await write('a', 'oat milk');
  for (const sub of [1, 2]) hosted.host.send({ type: 'open-view', session: 's', sub, map: 'notes', query: MILK });
  hosted.host.send({ type: 'open-view', session: 't', sub: 1, map: 'notes', query: MILK });
  hosted.host.send({ type: 'close-view', session: 's', sub: 1 });
  hosted.host.send({ type: 'session-closed', session: 't' });
  hosted.timers.runAll();
  expect(hosted.of('view-opened').map(({ session, sub }) => [session, sub])).toEqual([['s', 2]]);
  // Asked for anew, it is opened at once.
  hosted.host.send({ type: 'open-view', session: 's', sub: 1, map: 'notes', query: MILK });
  expect(openedSubs(hosted)).toEqual([2, 1]);
});

test('SE-44: what a search finds in all is told once it is asked for, and again when a commit makes it another', async () => {
  const { hosted, write } = await setUp();
  await write('a', 'oat milk');
  const ask = (id: number, unless: object = {}): void =>
    hosted.host.send({
      type: 'ask-search',
      session: 's',
      question: { type: 'ask-search', id, map: 'notes', query: MILK, facets: ['title'], complete: 5, ...unless },
    });
  const turns = (): void => {
    for (let i = 0; i < 5; i++) hosted.timers.runAll();
  };
  ask(1);
  turns();
  const [first] = hosted.of('search-answered');
  expect(first?.answer).toMatchObject({ id: 1, total: 1, completions: [['milk', 1]], through: 1 });
  ask(2, first?.answer.type === 'search-facts' ? { unless: first.answer.mark } : {});
  ask(3);
  hosted.host.send({ type: 'end-search', session: 's', id: 3 });
  turns();
  await write('b', 'more milk');
  turns();
  const { answer } = hosted.of('search-answered').at(-1)!;
  expect(answer).toMatchObject({
    id: 2,
    total: 2,
    facets: [
      [
        ['more milk', 1],
        ['oat milk', 1],
      ],
    ],
  });
  expect(hosted.of('search-answered')).toHaveLength(2);
});

test('SE-12: a search that no index can answer is refused by a sentence', async () => {
  const { hosted } = await setUp();
  const query = { ...MILK, search: { ...MILK.search!, fuzzy: 9 } };
  hosted.host.send({ type: 'open-view', session: 's', sub: 1, map: 'notes', query });
  expect(hosted.of('view-refused')).toMatchObject([{ sub: 1, error: { code: 'bad-query' } }]);
});

const DIMENSIONS = 4_096;

/** A host with notes that have such a vector, all different, and a search for one of them. */
async function setUpVectors(count: number, approximate?: CreateApproximateIndex) {
  const search = { notes: { fields: ['title'], vectors: { field: 'at', dimensions: DIMENSIONS } } };
  const parts = approximate === undefined ? {} : { approximate };
  const hosted = await startTestHost({ disk: createMemoryDisk(), hash, search, ...parts });
  const author = new OpAuthor('r.0', hash);
  hosted.host.send({ type: 'announce', session: 's', replicas: [[author.replica, 0]] });
  const bytesOf = (i: number): Uint8Array => {
    const vector = new Float32Array(DIMENSIONS).fill(0.01);
    vector[i] = 1;
    return new Uint8Array(vector.buffer);
  };
  const write = async (key: string, i: number): Promise<void> => {
    const batches = author.batches(author.create('notes', key, { title: 'milk', at: bytesOf(i) }));
    hosted.host.send({ type: 'submit', session: 's', batches, bytes: 100 });
    await settle();
  };
  for (let i = 0; i < count; i++) await write(`k${i}`, i);
  const near = (i: number): Query => ({
    ...MILK,
    search: {
      ...MILK.search!,
      text: '',
      near: { field: 'at', vector: encodeBase64url(bytesOf(i)), minSimilarity: 0.9 },
    },
  });
  const open = (sub: number, query: Query): void =>
    hosted.host.send({ type: 'open-view', session: 's', sub, map: 'notes', query });
  const opened = (sub: number): readonly string[] | undefined =>
    hosted
      .of('view-opened')
      .find((event) => event.sub === sub)
      ?.rows.map(({ key }) => key);
  return { hosted, near, open, opened, write };
}

test('SE-47, SE-62: a search of long vectors is opened in turns, however few the records are; of fewer numbers, at once', async () => {
  for (const [count, isAtOnce] of [
    [200, true],
    [300, false],
  ] as const) {
    const { hosted, near, open, opened } = await setUpVectors(count);
    open(1, MILK);
    for (let turns = 0; turns < 100; turns++) hosted.timers.runAll();
    expect(opened(1)).toContain('k0');
    open(2, near(7));
    expect(opened(2) !== undefined).toBe(isAtOnce);
    for (let turns = 0; turns < 10; turns++) hosted.timers.runAll();
    expect(opened(2)).toEqual(['k7']);
  }
});

test('SE-63: of many vectors a host asks the approximate index that it is given, and shows what it names, and what it does not have yet', async () => {
  let [made, asked] = [0, 0];
  const numbers: number[] = [];
  const { hosted, near, open, opened, write } = await setUpVectors(1_030, (dimensions) => {
    expect(dimensions).toBe(DIMENSIONS);
    made++;
    return {
      bytes: 0,
      add: () => numbers.push(numbers.length) > 0,
      nearest: () => (asked++, numbers),
    };
  });
  open(1, MILK);
  for (let turns = 0; turns < 2_000 && (numbers.length < 1_030 || made === 0); turns++) hosted.timers.runAll();
  // Until it is measured.
  for (let turns = 0; turns < 2_000; turns++) hosted.timers.runAll();
  const measured = asked;
  await write('new', 2_000);
  open(2, near(7));
  open(3, near(2_000));
  for (let turns = 0; turns < 100; turns++) hosted.timers.runAll();
  expect([opened(2), opened(3)]).toEqual([['k7'], ['new']]);
  expect([made, asked > measured]).toEqual([1, true]);
});
