import { materialize, type CountOp } from '@topgun/core/crdt';
import type { Hash64 } from '@topgun/core/primitives';
import { beforeAll, expect, test } from 'vitest';
import { loadXxhash } from '../adapters/xxhash.js';
import { createMemoryDisk } from '../drivers/memory-disk.js';
import type { SessionVerdicts } from '../ports/partition-host.js';
import { newsBySession } from '../services/sync/commit-messages.js';
import { OpAuthor } from '../testing/op-author.js';
import { settle, startTestHost, type TestHost } from '../testing/test-host.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const start = (disk = createMemoryDisk()): Promise<TestHost> => startTestHost({ disk, hash });

function join({ host }: TestHost, session: string, author: OpAuthor): (...ops: readonly CountOp[]) => void {
  host.send({ type: 'announce', session, replicas: [[author.replica, author.issued]] });
  return (...ops) => host.send({ type: 'submit', session, batches: author.batches(...ops), bytes: 100 });
}

/** The totals told with the verdicts of a commit, as values by key. */
const totalsOf = (verdicts: readonly SessionVerdicts[], session: string): Record<string, unknown> =>
  Object.fromEntries(
    verdicts
      .filter((told) => told.session === session)
      .flatMap(({ totals }) => totals.map(({ key, record }) => [key, materialize(record)])),
  );

test('CR-7: the verdict of a delta tells the total, others before it included', async () => {
  const hosted = await start();
  const [author, other] = [new OpAuthor('r.0', hash), new OpAuthor('s.0', hash)];
  const [send, sendOther] = [join(hosted, 's', author), join(hosted, 't', other)];
  send(author.count('m', 'a', 5), author.count('m', 'a', 1), author.count('m', '', 2));
  await settle();
  sendOther(other.count('m', 'a', 10));
  await settle();
  const [first, second] = hosted.of('committed');
  expect(totalsOf(first!.verdicts, 's')).toEqual({ a: 6, '': 2 });
  expect(totalsOf(second!.verdicts, 't')).toEqual({ a: 16 });
});

test('CR-7, PI-11: a delta that is sent again counts once, and its verdict tells the total once more', async () => {
  const disk = createMemoryDisk();
  const hosted = await start(disk);
  const author = new OpAuthor('r.0', hash);
  const op = author.count('m', 'a', 5);
  join(hosted, 's', author)(op);
  await settle();
  join(hosted, 't', author)(op, author.count('m', 'a', 1));
  await settle();
  expect(totalsOf(hosted.of('committed')[1]!.verdicts, 't')).toEqual({ a: 6 });
  await hosted.host.stop();
  const restarted = await start(disk);
  join(restarted, 'u', author)(op);
  await settle();
  expect(totalsOf(restarted.of('committed')[0]!.verdicts, 'u')).toEqual({ a: 6 });
});

test('CL-7, CR-7: a refused delta leaves no trace, and tells no total', async () => {
  const hosted = await start();
  const author = new OpAuthor('r.0', hash);
  const send = join(hosted, 's', author);
  send(author.count('m', 'a', Number.MAX_SAFE_INTEGER));
  await settle();
  send(author.count('m', 'a', 1));
  await settle();
  send(author.count('m', 'a', -1));
  await settle();
  expect(hosted.of('committed').map(({ verdicts }) => totalsOf(verdicts, 's'))).toEqual([
    { a: Number.MAX_SAFE_INTEGER },
    {},
    { a: Number.MAX_SAFE_INTEGER - 1 },
  ]);
});

test('CR-7: a message names the totals of its replica, and none where there is none', async () => {
  const hosted = await start();
  const [author, other] = [new OpAuthor('r.0', hash), new OpAuthor('r.1', hash)];
  hosted.host.send({
    type: 'announce',
    session: 's',
    replicas: [
      [author.replica, 0],
      [other.replica, 0],
    ],
  });
  const batches = [...author.batches(author.count('m', 'a', 5)), ...other.batches(other.create('n', 'a'))];
  hosted.host.send({ type: 'submit', session: 's', batches, bytes: 100 });
  await settle();
  const [commit] = hosted.of('committed');
  const decided = newsBySession(commit!).get('s')?.decided ?? [];
  expect(decided.find(({ replica }) => replica === 'r.0')?.totals).toMatchObject([
    ['m', 'a', [expect.any(String), 3, '', expect.any(Array)]],
  ]);
  expect(
    Object.hasOwn(
      decided.find(({ replica }) => replica === 'r.1')!,
      'totals',
    ),
  ).toBe(false);
});

test('CR-7: two replicas of one session that count in one commit are both told what the counter is after both', async () => {
  const hosted = await start();
  const [author, other] = [new OpAuthor('r.0', hash), new OpAuthor('r.1', hash)];
  hosted.host.send({
    type: 'announce',
    session: 's',
    replicas: [
      [author.replica, 0],
      [other.replica, 0],
    ],
  });
  const batches = [
    ...author.batches(author.create('n', 'a')),
    ...other.batches(other.count('m', 'a', 8)),
    ...author.batches(author.count('m', 'a', 5)),
  ];
  hosted.host.send({ type: 'submit', session: 's', batches, bytes: 100 });
  await settle();
  const [commit] = hosted.of('committed');
  const decided = newsBySession(commit!).get('s')?.decided ?? [];
  expect(decided.map(({ replica }) => replica)).toEqual(['r.0', 'r.1']);
  const total = ['m', 'a', [expect.any(String), 3, '', [['', '', [13, ['r.1', 1], ['r.0', 2]]]]]];
  expect(decided.map(({ totals }) => totals)).toEqual([[total], [total]]);
});
