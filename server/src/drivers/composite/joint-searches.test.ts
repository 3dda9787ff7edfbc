import type { ReplicaId } from '@topgun/core/clock';
import type { Op } from '@topgun/core/crdt';
import type { Hash64 } from '@topgun/core/primitives';
import type { AskSearchMessage, RowChange } from '@topgun/core/protocol';
import type { Query } from '@topgun/core/query';
import { beforeAll, expect, test } from 'vitest';
import { loadXxhash } from '../../adapters/xxhash.js';
import type { HostEvent } from '../../ports/partition-host.js';
import { Delays } from '../../testing/delays.js';
import { OpAuthor } from '../../testing/op-author.js';
import { startTestComposite } from '../../testing/test-composite.js';
import { settle } from '../../testing/test-host.js';
import { createMemoryDisk } from '../memory-disk.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const ALL: Query = { where: { type: 'and', of: [] }, sort: [], limit: null };
const searchOf = (text: string, limit = 10): Query => ({
  ...ALL,
  limit,
  search: { text, fields: ['title'], boosts: [['title', 1]], prefix: true, fuzzy: 0, combineWith: 'AND' },
});

/** A host of two, and one who writes notes and searches them. */
async function setUp() {
  const delays = new Delays();
  delays.isOpen = true;
  const composite = await startTestComposite({ disk: createMemoryDisk(), hash, members: 2, between: delays.between });
  const { events, host, timers } = composite;
  const author = new OpAuthor('r.0', hash);
  host.send({ type: 'announce', session: 's', replicas: [['r.0' as ReplicaId, 0]] });
  const submit = (...ops: readonly Op[]): void =>
    host.send({ type: 'submit', session: 's', batches: author.batches(...ops), bytes: 100 });
  const write = async (...notes: readonly (readonly [key: string, title: string])[]): Promise<void> => {
    submit(...notes.map(([key, title]) => author.create('notes', key, { title })));
    await settle();
  };
  const open = (query: Query, sub = 1): void =>
    host.send({ type: 'open-view', session: 's', sub, map: 'notes', query });
  const of = <Type extends HostEvent['type']>(type: Type) =>
    events.filter((event): event is Extract<HostEvent, { type: Type }> => event.type === type);
  const quiet = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn += 1) {
      timers.runAll();
      await settle();
    }
  };
  const position = (): number => of('committed').at(-1)!.position;
  /** What subscribers were told since then. */
  const told = (since: number): RowChange[] =>
    events
      .slice(since)
      .flatMap((event) => (event.type === 'committed' ? event.diffs : []))
      .flatMap(({ changes }) => changes);
  return { ...composite, author, delays, open, of, position, quiet, submit, told, write };
}

test('SE-71: what is written while the hosts rank goes on showing, though none of them has ranked it', async () => {
  const { delays, events, open, quiet, told, write } = await setUp();
  await write(['a', 'milk'], ['b', 'oat milk']);
  open(searchOf('milk'));
  await quiet();
  await write(['c', 'milk and bread']);
  const since = events.length;
  delays.isOpen = false;
  await quiet();
  // The hosts have said what they have, are heard, and rank; what they say of that is on its way.
  for (const member of [0, 1]) delays.letThrough(member);
  await quiet();
  await write(['d', 'more milk'], ['e', 'milk again']);
  delays.open();
  await quiet();
  expect(told(since).map(([type, key]) => [type, key])).toEqual([
    ['enter', 'd'],
    ['enter', 'e'],
  ]);
});

test('SE-71: what the hosts have ranked anew shows in one push, as of the last commit', async () => {
  const { events, author, of, open, position, quiet, submit, write } = await setUp();
  const titles = (count: number): [string, string][] => Array.from({ length: count }, (_, i) => [`k${i}`, 'milk']);
  await write(...titles(12));
  open(searchOf('milk', 4));
  await quiet();
  const [opened] = of('view-opened');
  expect(opened).toMatchObject({ full: true, through: position() });
  const shown = opened!.rows.map(({ key }) => key).toSorted();
  expect(shown).toHaveLength(5);
  const since = events.length;
  // Each of them is worse than those that do not show.
  submit(...shown.map((key) => author.patch('notes', key, { title: `milk ${'and bread '.repeat(9)}of ${key}` })));
  await quiet();
  const commits = events.slice(since).flatMap((event) => (event.type === 'committed' ? [event] : []));
  const settled = commits.at(-1)!;
  expect(settled.verdicts).toEqual([]);
  expect(settled.position).toBe(commits.at(-2)!.position);
  const types = settled.diffs.flatMap(({ changes }) => changes.map(([type]) => type));
  expect(types.toSorted()).toEqual([...shown.map(() => 'enter'), ...shown.map(() => 'out')]);
  expect(commits.slice(0, -1).flatMap(({ diffs }) => diffs.flatMap(({ changes }) => changes))).toHaveLength(5);
});

test('SE-70: a search that makes no sense is refused, and so is the question of what it finds', async () => {
  const { host, of, open, quiet } = await setUp();
  open(searchOf('milk '.repeat(1_000)));
  const question: AskSearchMessage = { type: 'ask-search', id: 1, map: 'notes', query: ALL };
  host.send({ type: 'ask-search', session: 's', question });
  host.send({
    type: 'ask-search',
    session: 's',
    question: { ...question, id: 2, query: searchOf('milk '.repeat(1_000)) },
  });
  host.send({
    type: 'ask-search',
    session: 's',
    question: { ...question, id: 3, query: searchOf('milk'), facets: ['a', 'a'] },
  });
  await quiet();
  expect(of('view-refused')).toMatchObject([{ sub: 1, error: { code: 'bad-query' } }]);
  expect(of('search-answered').map(({ answer }) => [answer.type, answer.id])).toEqual([
    ['search-refused', 1],
    ['search-refused', 2],
    ['search-refused', 3],
  ]);
});

test('SE-72: who knows the facts already is told when a commit makes others of them, and of no other commit', async () => {
  const { host, of, position, quiet, write } = await setUp();
  const ask = (id: number, unless?: string): void =>
    host.send({
      type: 'ask-search',
      session: 's',
      question: {
        type: 'ask-search',
        id,
        map: 'notes',
        query: searchOf('milk'),
        ...(unless === undefined ? {} : { unless }),
      },
    });
  await write(['a', 'milk'], ['b', 'milk'], ['c', 'bread']);
  ask(1);
  await quiet();
  const [first] = of('search-answered');
  expect(first?.answer).toMatchObject({ type: 'search-facts', total: 2, through: position() });
  const mark = first?.answer.type === 'search-facts' ? first.answer.mark : '';
  ask(2, mark);
  await write(['d', 'bread']);
  await quiet();
  // It is found as it was.
  await write(['a', 'milk too']);
  await quiet();
  expect(of('search-answered')).toHaveLength(1);
  await write(['e', 'more milk']);
  await quiet();
  expect(of('search-answered').at(-1)?.answer).toMatchObject({ id: 2, total: 3, through: position() });
  ask(3);
  host.send({ type: 'end-search', session: 's', id: 3 });
  await quiet();
  expect(of('search-answered')).toHaveLength(2);
});
