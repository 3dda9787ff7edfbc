import type { Hash64 } from '@topgun/core/primitives';
import type { JournalRefusedMessage, ReadJournalMessage } from '@topgun/core/protocol';
import { auth, defineRules } from '@topgun/core/rules';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadXxhash } from '../adapters/xxhash.js';
import { MAX_OPEN_QUESTIONS } from '../services/journal/answer-journal.js';
import { endOf, sequenceOf } from '../services/journal/sequence.js';
import { OpAuthor } from '../testing/op-author.js';
import { settle, startTestHost, type TestHost, type TestHostOptions } from '../testing/test-host.js';
import { createMemoryDisk } from './memory-disk.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const DAY = 86_400_000;
const JOURNAL = { keeps: (map: string) => map !== 'private', keepMs: DAY };

async function setUp(options: Partial<TestHostOptions> = {}) {
  const hosted = await startTestHost({ disk: createMemoryDisk(), hash, journal: JOURNAL, ...options });
  const author = new OpAuthor('r.0', hash);
  const claims = { sub: 'ann' };
  const identity = { principal: 'ann', claims, expiresAtMs: null };
  hosted.host.send({ type: 'announce', session: 's', replicas: [[author.replica, 0]], identity });
  const submit = async (...ops: ReturnType<OpAuthor['create']>[]): Promise<void> => {
    hosted.host.send({ type: 'submit', session: 's', batches: author.batches(...ops), bytes: 100 });
    await settle();
  };
  return { hosted, author, submit };
}

let lastId = 0;

/** Asks as session `session`; the answers so far, and what ends the question. */
function ask({ host, of }: TestHost, question: Partial<ReadJournalMessage> = {}, session = 's') {
  const id = (lastId += 1);
  host.send({ type: 'read-journal', session, question: { type: 'read-journal', id, limit: 100, ...question } });
  return { id, answers: () => of('journal-answered').filter(({ answer }) => answer.id === id) };
}

/** The whole journal, as a session reads it. */
async function eventsOf(hosted: TestHost, question: Partial<ReadJournalMessage> = {}, session = 's') {
  const asked = ask(hosted, { after: 0, ...question }, session);
  // Each segment that is read takes some turns.
  for (let turn = 0; turn < 20 && asked.answers().length === 0; turn += 1) await settle();
  const [answered] = asked.answers();
  if (answered?.answer.type !== 'journal') throw new Error(`no page: ${JSON.stringify(answered?.answer)}`);
  return answered.answer.events;
}

describe('JO-1: what is in the journal', () => {
  test('every op that changes what shows, in the order of decisions, with what was and is, who and when', async () => {
    const { hosted, author, submit } = await setUp();
    const create = author.create('m', 'a', { n: 1 });
    const patch = author.patch('m', 'a', { n: 2 });
    const remove = author.remove('m', 'a');
    await submit(create, patch);
    await submit(remove);
    expect(await eventsOf(hosted)).toEqual(
      [
        { type: 'add', value: { n: 1 } },
        { type: 'update', previous: { n: 1 }, value: { n: 2 } },
        { type: 'remove', previous: { n: 2 } },
      ].map((change, i) => ({
        ...change,
        map: 'm',
        key: 'a',
        author: 'ann',
        stamp: [create, patch, remove][i]!.stamp,
        sequence: sequenceOf(
          [
            { position: 1, index: 1 },
            { position: 1, index: 2 },
            { position: 2, index: 0 },
          ].map((place, j) => (j < 2 ? { ...place, index: j } : place))[i]!,
        ),
      })),
    );
  });

  test('nothing of ops that are refused, superseded, said again, or of maps that are not meant', async () => {
    const { hosted, author, submit } = await setUp();
    const older = author.create('m', 'a', { n: 0 });
    const newer = { ...author.create('m', 'a', { n: 1 }), seq: 1 };
    const again = { ...older, seq: 2 };
    await submit(newer, again);
    await submit(newer);
    await submit({ ...author.patch('m', 'absent', { n: 1 }), seq: 3 }, { ...author.create('private', 'p'), seq: 4 });
    expect((await eventsOf(hosted)).map(({ type, map, key, value }) => [type, map, key, value])).toEqual([
      ['add', 'm', 'a', { n: 1 }],
    ]);
  });

  test('sets and counters as they show', async () => {
    const { hosted, author, submit } = await setUp();
    const add = author.add('tags', 'k', 'x');
    await submit(add, author.count('likes', '', 2), author.count('likes', '', -1));
    await submit(author.discard('tags', 'k', 'x', [add.stamp]));
    expect((await eventsOf(hosted)).map(({ type, map, value, previous }) => [type, map, previous, value])).toEqual([
      ['add', 'tags', undefined, ['x']],
      ['add', 'likes', undefined, 2],
      ['update', 'likes', 2, 1],
      ['remove', 'tags', ['x'], undefined],
    ]);
  });

  test('CR-12: a transaction as a whole, or nothing of one that is refused', async () => {
    const { hosted, author } = await setUp();
    const good = [author.create('m', 'a'), author.create('m', 'b')];
    const bad = [author.create('m', 'c'), author.patch('m', 'absent', { n: 1 })];
    for (const ops of [good, bad]) {
      const transaction = { first: ops[0]!.seq, parts: 2 };
      hosted.host.send({ type: 'submit', session: 's', batches: author.batches(...ops), bytes: 100, transaction });
    }
    await settle();
    expect((await eventsOf(hosted)).map(({ key }) => key)).toEqual(['a', 'b']);
  });

  test('CR-9: the end of a record, by nobody in particular', async () => {
    const { hosted, author, submit } = await setUp();
    await submit({ ...author.create('m', 'a', { n: 1 }), expiresAt: hosted.clock.now + 1_000 } as never);
    hosted.clock.now += 1_000;
    hosted.timers.runAll();
    await settle();
    expect((await eventsOf(hosted)).map(({ type, author: by, previous }) => [type, by, previous])).toEqual([
      ['add', 'ann', undefined],
      ['remove', null, { n: 1 }],
    ]);
  });

  test('nothing is kept by a server that keeps no journal, and it says so', async () => {
    const disk = createMemoryDisk();
    const hosted = await startTestHost({ disk, hash });
    const author = new OpAuthor('r.0', hash);
    hosted.host.send({ type: 'announce', session: 's', replicas: [[author.replica, 0]] });
    hosted.host.send({ type: 'submit', session: 's', batches: author.batches(author.create('m', 'a')), bytes: 9 });
    await settle();
    expect(new TextDecoder().decode(disk.segments[0]!.bytes)).not.toContain('journal');
    expect(ask(hosted).answers()).toMatchObject([
      { session: 's', answer: { type: 'journal-refused', code: 'no-journal' } },
    ]);
  });
});

describe('JO-3: reading and waiting', () => {
  test('without a sequence it is said where the journal ends now', async () => {
    const { hosted, author, submit } = await setUp();
    await submit(author.create('m', 'a'));
    expect(ask(hosted).answers()).toMatchObject([{ answer: { events: [], through: endOf(1), more: false } }]);
  });

  test('a question waits for the next event that it is about, and is answered once', async () => {
    const { hosted, author, submit } = await setUp();
    await submit(author.create('m', 'a'));
    const waits = ask(hosted, { after: endOf(1), maps: ['n'], wait: true });
    const none = ask(hosted, { after: endOf(1) });
    await settle();
    expect([waits.answers().length, none.answers()]).toMatchObject([
      0,
      [{ answer: { events: [], through: endOf(1) } }],
    ]);
    await submit(author.create('m', 'b'));
    expect(waits.answers()).toEqual([]);
    await submit(author.create('n', 'c'));
    expect(waits.answers()).toMatchObject([{ answer: { events: [{ map: 'n', key: 'c' }], through: endOf(3) } }]);
    await submit(author.create('n', 'd'));
    expect(waits.answers()).toHaveLength(1);
  });

  test('PI-1: it is told after everybody else has been told of the commit', async () => {
    const { hosted, author, submit } = await setUp();
    ask(hosted, { after: 0, wait: true });
    await submit(author.create('m', 'a'));
    const told = hosted.events.map(({ type }) => type);
    expect(told.indexOf('journal-answered')).toBeGreaterThan(told.indexOf('committed'));
  });

  test('one that was ended, whose session is gone, or whose number is used again hears nothing', async () => {
    const { hosted, author, submit } = await setUp();
    const [ended, replaced] = [ask(hosted, { after: 0, wait: true }), ask(hosted, { after: 0, wait: true })];
    const gone = ask(hosted, { after: 0, wait: true }, 't');
    hosted.host.send({ type: 'end-journal', session: 's', id: ended.id });
    hosted.host.send({ type: 'session-closed', session: 't' });
    ask(hosted, { id: replaced.id, after: 0, wait: true, maps: ['other'] });
    await submit(author.create('m', 'a'));
    for (const one of [ended, replaced, gone]) expect(one.answers()).toEqual([]);
  });

  test('so many questions of one connection may be open, of others as many', async () => {
    const { hosted } = await setUp();
    for (let i = 0; i < MAX_OPEN_QUESTIONS; i += 1) ask(hosted, { after: 0, wait: true });
    expect(ask(hosted, { after: 0 }).answers()).toMatchObject([{ answer: { code: 'overloaded' } }]);
    expect(ask(hosted, {}, 't').answers()).toMatchObject([{ answer: { type: 'journal' } }]);
  });

  test('what was written before a restart is read from the ledger, from any event on', async () => {
    const disk = createMemoryDisk();
    const first = await setUp({ disk });
    for (let i = 0; i < 5; i += 1) await first.submit(first.author.create('m', `k${i}`, { i }));
    const before = await eventsOf(first.hosted);
    const { hosted } = await setUp({ disk });
    expect(await eventsOf(hosted)).toEqual(before);
    for (const [i, { sequence }] of before.entries()) {
      expect(await eventsOf(hosted, { after: sequence })).toEqual(before.slice(i + 1));
    }
  });

  test('a ledger that cannot be read is said, and asking again is right', async () => {
    const disk = createMemoryDisk();
    const first = await setUp({ disk });
    await first.submit(first.author.create('m', 'a'));
    const { hosted } = await setUp({ disk });
    const [good] = disk.segments;
    disk.segments[0] = { ...good!, bytes: new Uint8Array([1]) };
    const failed = ask(hosted, { after: 0 });
    await settle();
    expect(failed.answers()).toMatchObject([{ answer: { type: 'journal-refused', code: 'internal' } }]);
    expect(hosted.logged).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'the journal could not be read' }),
    );
    disk.segments[0] = good!;
    expect(await eventsOf(hosted)).toHaveLength(1);
  });
});

test('JO-4: each reads what the rules let them: a record that becomes visible is added, one that is hidden removed', async () => {
  const own = { where: { owner: auth.sub } };
  const rules = defineRules({ m: { read: own, create: true, update: true, remove: true } });
  const { hosted, author, submit } = await setUp({ rules });
  const bob = { principal: 'bob', claims: { sub: 'bob' }, expiresAtMs: null };
  hosted.host.send({ type: 'announce', session: 'b', replicas: [], identity: bob });
  const follows = ask(hosted, { after: 0, wait: true }, 'b');
  await submit(author.create('m', 'a', { owner: 'ann', n: 1 }));
  await submit(author.patch('m', 'a', { owner: 'bob' }));
  await submit(author.patch('m', 'a', { owner: 'ann' }));
  const kinds = async (session: string) =>
    (await eventsOf(hosted, {}, session)).map(({ type, value }) => [type, (value as { owner: string })?.owner]);
  expect(await kinds('s')).toEqual([
    ['add', 'ann'],
    ['remove', undefined],
    ['add', 'ann'],
  ]);
  expect(await kinds('b')).toEqual([
    ['add', 'bob'],
    ['remove', undefined],
  ]);
  expect(follows.answers()).toMatchObject([{ answer: { events: [{ type: 'add', value: { owner: 'bob' } }] } }]);
  expect(await kinds('unknown')).toEqual([]);
});

describe('JO-5: how long it is kept', () => {
  const snapshotPolicy = { ops: 8, bytes: 1e9 };

  /** Writes for `days`, an op every two hours, and lets snapshots be taken and the log be trimmed meanwhile. */
  async function churn({ hosted, author, submit }: Awaited<ReturnType<typeof setUp>>, days: number): Promise<void> {
    for (let i = 0; i < days * 12; i += 1) {
      hosted.clock.now += DAY / 12;
      await submit(author.create('m', 'hot', { i }, true));
      for (let turn = 0; turn < 30; turn += 1) {
        hosted.timers.runAll();
        await settle();
      }
    }
  }

  test('the log is as long as the journal is kept, however long there is churn; without one it is shorter', async () => {
    const disk = createMemoryDisk();
    const world = await setUp({ disk, snapshotPolicy });
    await churn(world, 3);
    expect(disk.segments[0]!.position).toBeGreaterThan(12);
    expect(disk.segments.length).toBeGreaterThanOrEqual(12);
    const three = disk.segments.length;
    await churn(world, 3);
    expect(Math.abs(disk.segments.length - three)).toBeLessThanOrEqual(10);
    const plain = createMemoryDisk();
    await churn(await setUp({ disk: plain, snapshotPolicy, journal: { ...JOURNAL, keepMs: 1 } }), 3);
    expect(plain.segments.length).toBeLessThan(three);
  });

  test('who comes back in time misses nothing; who comes later is told so, and where to go on', async () => {
    const disk = createMemoryDisk();
    const world = await setUp({ disk, snapshotPolicy });
    await churn(world, 4);
    const now = disk.segments.at(-1)!.position;
    const { hosted } = await setUp({ disk, snapshotPolicy, now: world.hosted.clock.now });
    // PI-7: whose the replica is has to be loaded first.
    for (let turn = 0; turn < 5; turn += 1) {
      hosted.timers.runAll();
      await settle();
    }
    expect(await eventsOf(hosted, { after: endOf(now - 11) })).toHaveLength(11);
    const late = ask(hosted, { after: endOf(1) });
    await settle();
    await settle();
    const [told] = late.answers();
    expect(told).toMatchObject({ answer: { type: 'journal-refused', code: 'journal-trimmed' } });
    const through = (told!.answer as JournalRefusedMessage).through!;
    const rest = await eventsOf(hosted, { after: through });
    expect(rest[0]?.sequence).toBe(sequenceOf({ position: disk.segments[0]!.position, index: 0 }));
    expect(rest).toEqual(await eventsOf(hosted, { after: 0 }));
  });
});
