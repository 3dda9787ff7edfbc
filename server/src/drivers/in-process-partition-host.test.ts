import type { Hash64 } from '@topgun/core/primitives';
import { beforeAll, expect, test } from 'vitest';
import { loadXxhash } from '../adapters/xxhash.js';
import { MAX_COMMIT_BYTES, MAX_COMMIT_FRAMES } from '../op-pipeline/group-commit.js';
import { MAX_ALL_WAITING_BYTES, MAX_WAITING_BYTES } from '../op-pipeline/waiting-bytes.js';
import { decodeSegment } from '../services/persistence/segment-codec.js';
import { OpAuthor } from '../testing/op-author.js';
import { settle, startTestHost, type TestHost } from '../testing/test-host.js';
import { createMemoryDisk } from './memory-disk.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

async function setUp(): Promise<{ hosted: TestHost; author: OpAuthor; disk: ReturnType<typeof createMemoryDisk> }> {
  const disk = createMemoryDisk();
  const hosted = await startTestHost({ disk, hash });
  const author = new OpAuthor('r.0', hash);
  hosted.host.send({ type: 'announce', session: 's', replicas: [[author.replica, 0]] });
  return { hosted, author, disk };
}

/** Sends one message of one create. */
function submit({ host }: TestHost, author: OpAuthor, bytes = 100): void {
  const op = author.create('m', `k${author.issued}`);
  host.send({ type: 'submit', session: 's', batches: author.batches(op), bytes });
}

/** How many ops each commit told verdicts of. */
const commitSizes = (hosted: TestHost): number[] =>
  hosted.of('committed').map(({ verdicts }) => verdicts.flatMap(({ accepted }) => accepted).length);

test('PI-2: one append is in flight; what comes meanwhile is the next commit, at most 64 messages of it', async () => {
  const { hosted, author } = await setUp();
  const release = hosted.ledger.hold();
  for (let i = 0; i < 1 + MAX_COMMIT_FRAMES + 3; i += 1) submit(hosted, author);
  await settle();
  expect(hosted.ledger.inFlight).toBe(1);
  expect(hosted.of('committed')).toEqual([]);
  release();
  await settle();
  expect(MAX_COMMIT_FRAMES).toBe(64);
  expect(commitSizes(hosted)).toEqual([1, 64, 3]);
  expect(hosted.of('committed').map(({ position }) => position)).toEqual([1, 2, 3]);
});

test('PI-2: at most 1 MB goes into one commit, but a single message always goes', async () => {
  const { hosted, author } = await setUp();
  const release = hosted.ledger.hold();
  for (const bytes of [1, MAX_COMMIT_BYTES / 2, MAX_COMMIT_BYTES / 2, 1, MAX_COMMIT_BYTES * 2, 1]) {
    submit(hosted, author, bytes);
  }
  release();
  await settle();
  expect(commitSizes(hosted)).toEqual([1, 2, 1, 1, 1]);
});

test('PI-2: create and patch in one message, and in two that share a commit, are judged in their order', async () => {
  const { hosted, author } = await setUp();
  const release = hosted.ledger.hold();
  submit(hosted, author);
  const one = author.batches(author.create('m', 'a'), author.patch('m', 'a', { n: 1 }));
  hosted.host.send({ type: 'submit', session: 's', batches: one, bytes: 100 });
  const two = author.batches(author.patch('m', 'a', { n: 2 }), author.patch('m', 'absent', { n: 2 }));
  hosted.host.send({ type: 'submit', session: 's', batches: two, bytes: 100 });
  release();
  await settle();
  const verdicts = hosted.of('committed').flatMap((event) => event.verdicts);
  expect(new Map(verdicts.flatMap(({ accepted }) => accepted))).toEqual(
    new Map([1, 2, 3, 4].map((seq) => [seq, 'applied'])),
  );
  expect(verdicts.flatMap(({ rejected }) => rejected)).toMatchObject([{ seq: 5, code: 'record-absent' }]);
});

test('PI-1: a segment carries lineage, replica, partition, sequence and verdict of every op, refused ones too', async () => {
  const { hosted, author, disk } = await setUp();
  const ops = [author.create('m', 'a', { n: 1 }), author.patch('m', 'absent', { n: 1 })];
  hosted.host.send({ type: 'submit', session: 's', batches: author.batches(...ops), bytes: 100 });
  await settle();
  const segment = decodeSegment(disk.segments[0]!.bytes);
  expect(segment.ok ? segment.value : null).toMatchObject({
    lineage: 'memory',
    entries: [
      { replica: 'r.0', partition: expect.any(Number), ops: [[[1, ops[0]!.stamp, 'm', 'a', 'c', [['n', 1]]], 1]] },
      {
        replica: 'r.0',
        ops: [
          [
            [2, ops[1]!.stamp, 'm', 'absent', 'p', [['n', 1]]],
            ['record-absent', expect.any(String)],
          ],
        ],
      },
    ],
  });
});

test('an op refused for its form leaves its place in the ledger, not what it tried to write', async () => {
  const { hosted, author, disk } = await setUp();
  const op = author.create('no such map', 'k', { secret: 'x'.repeat(1_000) });
  hosted.host.send({ type: 'submit', session: 's', batches: author.batches(op), bytes: 100 });
  await settle();
  const segment = decodeSegment(disk.segments[0]!.bytes);
  expect(segment.ok ? segment.value.entries[0]?.ops : null).toMatchObject([
    [
      [1, op.stamp, '', 'k', 'c', []],
      ['map-name', expect.any(String)],
    ],
  ]);
});

test('all sessions together may have 256 MiB waiting; beyond it the one that sends more is ended', async () => {
  const hosted = await startTestHost({ disk: createMemoryDisk(), hash });
  const release = hosted.ledger.hold();
  const sessions = MAX_ALL_WAITING_BYTES / MAX_WAITING_BYTES + 1;
  for (let i = 0; i < sessions; i += 1) {
    const author = new OpAuthor(`r.${i}`, hash);
    hosted.host.send({ type: 'announce', session: `s${i}`, replicas: [[author.replica, 0]] });
    // The very first two are in flight and staged: they do not wait.
    for (let message = 0; message < (i === 0 ? 3 : 1); message += 1) {
      const batches = author.batches(author.create('m', `${i} ${message}`));
      hosted.host.send({ type: 'submit', session: `s${i}`, batches, bytes: MAX_WAITING_BYTES });
    }
  }
  expect(hosted.of('session-error')).toMatchObject([{ session: `s${sessions - 1}`, code: 'overloaded', fatal: true }]);
  release();
  for (let turn = 0; turn < 4; turn += 1) await settle();
  expect(commitSizes(hosted)).toHaveLength(sessions + 1);
});

test('a session that sends faster than the disk writes is ended when 8 MiB of it wait, and what waits is not run', async () => {
  const { hosted, author } = await setUp();
  const release = hosted.ledger.hold();
  const half = MAX_WAITING_BYTES / 2;
  for (let i = 0; i < 6; i += 1) submit(hosted, author, half);
  expect(hosted.of('session-error')).toMatchObject([{ session: 's', code: 'overloaded', fatal: true }]);
  release();
  await settle();
  // One in flight and one staged; of what waited nothing.
  expect(commitSizes(hosted)).toEqual([1, 1]);
});

test('PI-11: once a newer session speaks for a replica, nothing of the older one is decided, what waits included', async () => {
  const { hosted, author, disk } = await setUp();
  const release = hosted.ledger.hold();
  // In flight, staged, and waiting for room.
  for (const bytes of [1, MAX_COMMIT_BYTES, 1]) submit(hosted, author, bytes);
  hosted.host.send({ type: 'announce', session: 'newer', replicas: [[author.replica, 3]] });
  expect(hosted.of('session-error')).toMatchObject([{ session: 's', code: 'session-replaced', fatal: true }]);
  submit(hosted, author);
  release();
  await settle();
  const decided = disk.segments.flatMap(({ bytes }) => {
    const segment = decodeSegment(bytes);
    return segment.ok ? segment.value.entries.flatMap(({ ops }) => ops.map(([wire]) => wire[0])) : [];
  });
  expect(decided).toEqual([1, 2]);
  expect(hosted.of('session-error')).toHaveLength(1);
});

test('PI-11, CR-2: how far a replica is decided is said when the ledger has what an older session had staged of it', async () => {
  const { hosted, author } = await setUp();
  const release = hosted.ledger.hold();
  for (const bytes of [1, MAX_COMMIT_BYTES, 1]) submit(hosted, author, bytes);
  hosted.host.send({ type: 'session-closed', session: 's' });
  // As if its client had been put back to where it had written nothing.
  hosted.host.send({ type: 'announce', session: 'newer', replicas: [[author.replica, 0]] });
  hosted.host.send({ type: 'announce', session: 'other', replicas: [[new OpAuthor('other.0', hash).replica, 0]] });
  expect(hosted.of('announced').map(({ session }) => session)).toEqual(['s', 'other']);
  release();
  await settle();
  expect(hosted.of('announced').at(-1)).toMatchObject({ session: 'newer', decided: [['r.0', 2]], position: 2 });
  expect(hosted.of('announced')).toHaveLength(3);
});

test('PI-11, CR-2: what an older session had staged and the ledger refused is said not to be decided', async () => {
  const { hosted, author } = await setUp();
  hosted.ledger.failNext('fail');
  for (const bytes of [1, MAX_COMMIT_BYTES]) submit(hosted, author, bytes);
  hosted.host.send({ type: 'announce', session: 'newer', replicas: [[author.replica, 2]] });
  expect(hosted.of('announced').map(({ session }) => session)).toEqual(['s']);
  await settle();
  expect(hosted.of('announced').at(-1)).toMatchObject({ session: 'newer', decided: [['r.0', 0]], position: 0 });
  expect(hosted.of('session-error').map(({ code }) => code)).toEqual(['session-replaced']);
});

test('PI-11: a session that ended while it waited to hear how far its replicas are is told nothing', async () => {
  const { hosted, author } = await setUp();
  const release = hosted.ledger.hold();
  submit(hosted, author);
  hosted.host.send({ type: 'announce', session: 'newer', replicas: [[author.replica, 1]] });
  hosted.host.send({ type: 'session-closed', session: 'newer' });
  release();
  await settle();
  expect(hosted.of('announced').map(({ session }) => session)).toEqual(['s']);
});

test('PI-2: when the ledger cannot say what became of a commit, the server stops and answers nobody', async () => {
  const { hosted, author } = await setUp();
  hosted.ledger.failNext('unknown-written');
  submit(hosted, author);
  await hosted.ledger.close();
  for (let tries = 0; hosted.of('ledger-lost').length === 0; tries += 1) {
    if (tries > 10) throw new Error('it still tries');
    await settle();
    hosted.timers.runAll();
  }
  submit(hosted, author);
  await settle();
  expect(hosted.of('committed')).toEqual([]);
  await hosted.host.drain();
});

test('PI-2: an unknown outcome that proves to have been written is told as committed', async () => {
  const { hosted, author, disk } = await setUp();
  hosted.ledger.failNext('unknown-written', 'unknown-lost');
  submit(hosted, author);
  await settle();
  expect(commitSizes(hosted)).toEqual([1]);
  submit(hosted, author);
  await settle();
  expect(hosted.of('session-error')).toMatchObject([{ code: 'commit-failed' }]);
  expect(disk.segments).toHaveLength(1);
});

test('PI-1: a damaged ledger is not served from', async () => {
  const { hosted, author, disk } = await setUp();
  submit(hosted, author);
  await settle();
  disk.segments.push({ position: 2, epoch: 1, bytes: new TextEncoder().encode('{}') });
  await expect(startTestHost({ disk, hash })).rejects.toMatchObject({
    code: 'ledger-damaged',
    message: expect.stringContaining('position 2'),
  });
});

test('PI-10: draining does not wait for ever for a ledger that does not answer, and nobody is told anything', async () => {
  const { hosted, author } = await setUp();
  const release = hosted.ledger.hold();
  submit(hosted, author);
  let drained = false;
  const drain = hosted.host.drain().then(() => (drained = true));
  await settle();
  expect(drained).toBe(false);
  hosted.timers.runAll();
  await drain;
  await hosted.host.stop();
  expect(hosted.of('committed')).toEqual([]);
  expect(hosted.logged.map(({ message }) => message)).toContainEqual(expect.stringContaining('stays with the clients'));
  release();
});

test('PI-4: commits wait for a cold store that is too far behind, not for one that fails; draining waits for neither', async () => {
  const disk = createMemoryDisk();
  const hosted = await startTestHost({ disk, hash, maxRows: 2 });
  const author = new OpAuthor('r.0', hash);
  hosted.host.send({ type: 'announce', session: 's', replicas: [[author.replica, 0]] });
  const release = hosted.coldStore.hold();
  for (let i = 0; i < 6; i += 1) {
    submit(hosted, author);
    await settle();
  }
  // The third filled it; the write that makes room is under way, and the rest is one commit when it is done.
  expect(commitSizes(hosted)).toEqual([1, 1, 1]);
  release();
  await settle();
  expect(commitSizes(hosted)).toEqual([1, 1, 1, 3]);

  hosted.coldStore.failNext(1_000);
  for (let i = 0; i < 4; i += 1) {
    submit(hosted, author);
    await settle();
  }
  expect(commitSizes(hosted).slice(4)).toEqual([1, 1, 1, 1]);
  submit(hosted, author);
  await hosted.host.drain();
  expect(disk.segments.length).toBe(9);
  await hosted.host.stop();
});

test('PI-4: a commit staged while another fills the cold store waits too', async () => {
  const hosted = await startTestHost({ disk: createMemoryDisk(), hash, maxRows: 0 });
  const author = new OpAuthor('r.0', hash);
  hosted.host.send({ type: 'announce', session: 's', replicas: [[author.replica, 0]] });
  const [releaseStore, releaseLedger] = [hosted.coldStore.hold(), hosted.ledger.hold()];
  submit(hosted, author);
  submit(hosted, author);
  releaseLedger();
  await settle();
  expect([commitSizes(hosted), hosted.ledger.inFlight]).toEqual([[1], 0]);
  releaseStore();
  await settle();
  expect(commitSizes(hosted)).toEqual([1, 1]);
});

test('CL-5: a session with more undecided ops of one replica than the window ends; those decided make room', async () => {
  const hosted = await startTestHost({ disk: createMemoryDisk(), hash, limits: { windowOps: 4 } });
  const [author, other] = [new OpAuthor('r.0', hash), new OpAuthor('r.1', hash)];
  hosted.host.send({
    type: 'announce',
    session: 's',
    replicas: [
      [author.replica, 0],
      [other.replica, 0],
    ],
  });
  for (let round = 0; round < 3; round += 1) {
    for (let i = 0; i < 4; i += 1) submit(hosted, author);
    submit(hosted, other);
    await settle();
  }
  expect(hosted.of('session-error')).toEqual([]);
  const refused = author.batches(author.patch('m', 'absent', { n: 1 }), author.create('m', 'a'));
  hosted.host.send({ type: 'submit', session: 's', batches: refused, bytes: 100 });
  await settle();
  const release = hosted.ledger.hold();
  for (let i = 0; i < 5; i += 1) submit(hosted, author);
  expect(hosted.of('session-error')).toMatchObject([{ session: 's', code: 'window-exceeded', fatal: true }]);
  release();
  await settle();
  const accepted = hosted
    .of('committed')
    .flatMap(({ verdicts }) => verdicts.filter(({ replica }) => replica === author.replica))
    .flatMap((each) => each.accepted);
  // The fifth ended it; the four before it had been taken.
  expect(accepted).toHaveLength(12 + 1 + 4);
});

test('PI-2, PI-11: when an append fails nothing is taken of any session that had ops in it, though one sends more as it hears of the first', async () => {
  const { hosted, author, disk } = await setUp();
  const other = new OpAuthor('o.0', hash);
  hosted.host.send({ type: 'announce', session: 'o', replicas: [[other.replica, 0]] });
  const send = (n: number): void => {
    const batches = other.batches(other.create('m', 'o', { n }));
    hosted.host.send({ type: 'submit', session: 'o', batches, bytes: 100 });
  };
  const release = hosted.ledger.hold();
  hosted.ledger.failNext('fail');
  submit(hosted, author);
  send(1);
  hosted.host.onEvent((event) => {
    if (event.type === 'session-error' && event.session === 's') send(2);
  });
  release();
  await settle();
  expect(hosted.of('session-error').map(({ session }) => session)).toEqual(['s', 'o']);
  expect(disk.segments).toEqual([]);
});
