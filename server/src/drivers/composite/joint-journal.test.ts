import { partitionOf, type Hash64 } from '@topgun/core/primitives';
import type { ReadJournalMessage } from '@topgun/core/protocol';
import { beforeAll, expect, test } from 'vitest';
import { loadXxhash } from '../../adapters/xxhash.js';
import { endOf, placeOf } from '../../services/journal/sequence.js';
import { OpAuthor } from '../../testing/op-author.js';
import { startTestComposite, type TestCompositeOptions } from '../../testing/test-composite.js';
import { settle } from '../../testing/test-host.js';
import { createMemoryDisk } from '../memory-disk.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const DAY = 86_400_000;
const JOURNAL = { keeps: () => true, keepMs: DAY };
/** Of partitions of each host. */
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];
const memberOf = ({ key, map }: { readonly key: string; readonly map: string }): number =>
  partitionOf(hash, map, key) % 3;

async function setUp(options: Partial<TestCompositeOptions> = {}) {
  const hosted = await startTestComposite({ disk: createMemoryDisk(), hash, members: 3, journal: JOURNAL, ...options });
  const author = new OpAuthor('r.0', hash);
  hosted.host.send({ type: 'announce', session: 's', replicas: [[author.replica, 0]] });
  const submit = async (...ops: ReturnType<OpAuthor['create']>[]): Promise<void> => {
    hosted.host.send({ type: 'submit', session: 's', batches: author.batches(...ops), bytes: 100 });
    for (let turn = 0; turn < 6; turn += 1) await settle();
  };
  return { hosted, author, submit };
}

let lastId = 0;

async function answerTo(
  { events, host }: Awaited<ReturnType<typeof setUp>>['hosted'],
  question: Partial<ReadJournalMessage>,
) {
  const id = (lastId += 1);
  host.send({ type: 'read-journal', session: 's', question: { type: 'read-journal', id, limit: 1_000, ...question } });
  for (let turn = 0; turn < 40; turn += 1) await settle();
  const answered = events.find((event) => event.type === 'journal-answered' && event.answer.id === id);
  return answered?.type === 'journal-answered' ? answered.answer : undefined;
}

async function eventsOf(hosted: Parameters<typeof answerTo>[0], after = 0) {
  const answer = await answerTo(hosted, { after });
  if (answer?.type !== 'journal') throw new Error(JSON.stringify(answer));
  return answer.events;
}

test('JO-2, JO-3: of a commit of several hosts what is told from memory is what is read from the ledger, from any event on', async () => {
  const disk = createMemoryDisk();
  const { author, hosted, submit } = await setUp({ disk });
  for (let i = 0; i < 4; i += 1) await submit(...KEYS.map((key) => author.create('m', key, { i }, true)));
  // From the very beginning it is read in the ledger.
  const told = await eventsOf(hosted, endOf(0));
  expect(await eventsOf(hosted)).toEqual(told);
  expect(told).toHaveLength(4 * KEYS.length);
  // Some commits hold what several hosts have staged.
  const hosts = new Map<number, Set<number>>();
  for (const event of told) {
    const { position } = placeOf(event.sequence);
    hosts.set(position, (hosts.get(position) ?? new Set()).add(memberOf(event)));
  }
  expect(Math.max(...[...hosts.values()].map(({ size }) => size))).toBeGreaterThan(1);
  for (const members of [2, 3]) {
    const { hosted: again } = await setUp({ disk, members });
    expect(await eventsOf(again)).toEqual(told);
    for (const [i, { sequence }] of told.entries()) expect(await eventsOf(again, sequence)).toEqual(told.slice(i + 1));
  }
});

test('JO-3: a question waits for whichever host has something to tell, and is ended with its session', async () => {
  const { author, hosted, submit } = await setUp();
  await answerTo(hosted, { after: 0, wait: true });
  hosted.host.send({ type: 'end-journal', session: 's', id: lastId });
  await answerTo(hosted, { after: 0, wait: true });
  for (const key of KEYS) await submit(author.create('m', key));
  const answers = hosted.events.flatMap((event) => (event.type === 'journal-answered' ? [event.answer] : []));
  expect(answers).toMatchObject([{ type: 'journal', id: lastId, events: [{ key: 'a' }] }]);
  await answerTo(hosted, { after: endOf(1_000), wait: true });
  hosted.host.send({ type: 'session-closed', session: 's' });
  await settle();
  expect(hosted.events.filter(({ type }) => type === 'journal-answered')).toHaveLength(1);
});

test('JO-5, PI-50: the log that hosts share is as long as the journal is kept, and no longer; who was away for longer is told so', async () => {
  const disk = createMemoryDisk();
  const stored = { disk, snapshotPolicy: { ops: 4, bytes: 1e9 }, logBytes: 400 };
  const { author, hosted, submit } = await setUp(stored);
  const lengths: number[] = [];
  for (let i = 0; i < 48; i += 1) {
    hosted.clock.now += DAY / 12;
    await submit(author.create('m', KEYS[i % KEYS.length]!, { i }, true));
    for (let turn = 0; turn < 30; turn += 1) {
      hosted.timers.runAll();
      await settle();
    }
    lengths.push(disk.segments.length);
  }
  expect(disk.segments[0]!.position).toBeGreaterThan(12);
  expect(Math.min(...lengths.slice(12))).toBeGreaterThanOrEqual(12);
  expect(Math.max(...lengths)).toBeLessThan(36);
  const last = disk.segments.at(-1)!.position;
  expect(await eventsOf(hosted, endOf(last - 11))).toHaveLength(11);
  // What is in memory is told, however old.
  const { hosted: again } = await setUp({ ...stored, now: hosted.clock.now });
  for (let turn = 0; turn < 5; turn += 1) {
    again.timers.runAll();
    await settle();
  }
  const late = await answerTo(again, { after: endOf(1) });
  expect(late).toMatchObject({ type: 'journal-refused', code: 'journal-trimmed' });
  if (late?.type !== 'journal-refused') return;
  expect(late.through).toBe(endOf(disk.segments[0]!.position - 1));
  expect(await eventsOf(again, late.through!)).toEqual(await eventsOf(again));
});
