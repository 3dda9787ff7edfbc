import type { Hash64 } from '@topgun/core/primitives';
import { beforeAll, expect, test } from 'vitest';

import { loadXxhash } from '../adapters/xxhash.js';
import { MAX_COMMIT_FRAMES } from '../op-pipeline/group-commit.js';
import { MIN_PIECE_OPS } from '../op-pipeline/piece-pace.js';
import { OpAuthor } from '../testing/op-author.js';
import { settle, startTestHost, type TestHost } from '../testing/test-host.js';
import { createMemoryDisk } from './memory-disk.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

test('PI-39: who writes once to another map is in the commit that is being staged, though an import of five clients fills it and several more', async () => {
  const hosted = await startTestHost({ disk: createMemoryDisk(), hash });
  const release = hosted.ledger.hold();
  const authors = Array.from({ length: 6 }, (_, i) => new OpAuthor(`r.${i}`, hash));
  for (const [i, author] of authors.entries()) {
    hosted.host.send({ type: 'announce', session: `s${i}`, replicas: [[author.replica, 0]] });
  }
  const submit = (session: number, map: string): void => {
    const author = authors[session]!;
    const batches = author.batches(author.create(map, `${author.issued}`));
    hosted.host.send({ type: 'submit', session: `s${session}`, batches, bytes: 1_000 });
  };
  for (let message = 0; message < 100; message += 1) for (let i = 0; i < 5; i += 1) submit(i, 'import');
  submit(5, 'notes');
  // One message is in flight, a commit is staged, and all the others wait.
  release();
  await goOn(hosted);
  const commits = hosted.of('committed').map(({ verdicts }) => verdicts);
  const sizes = sizesOf(hosted);
  expect(sizes.slice(0, 3)).toEqual([1, MAX_COMMIT_FRAMES + 1, MAX_COMMIT_FRAMES]);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(501);
  expect(commits.findIndex((verdicts) => verdicts.some(({ session }) => session === 's5'))).toBe(1);
});

/** Until nothing happens any more, with all rests. */
async function goOn({ timers }: TestHost): Promise<void> {
  for (let turn = 0; turn < 40; turn += 1) {
    await settle();
    timers.runAll();
  }
}

const sizesOf = (hosted: TestHost): readonly number[] =>
  hosted.of('committed').map(({ verdicts }) => verdicts.reduce((sum, { accepted }) => sum + accepted.length, 0));

/** The sizes of the commits of one connection's messages, all of which come while one of another with so many ops is in flight. */
async function commitSizes(counts: readonly number[], others: number): Promise<readonly number[]> {
  const hosted = await startTestHost({ disk: createMemoryDisk(), hash });
  const release = hosted.ledger.hold();
  const author = new OpAuthor('r.0', hash);
  const other = new OpAuthor('r.1', hash);
  hosted.host.send({ type: 'announce', session: 's', replicas: [[author.replica, 0]] });
  hosted.host.send({ type: 'announce', session: 'other', replicas: [[other.replica, 0]] });
  const submit = (by: OpAuthor, session: string, count: number): void => {
    const ops = Array.from({ length: count }, () => by.create('import', `${session}-${by.issued}`));
    hosted.host.send({ type: 'submit', session, batches: by.batches(...ops), bytes: 10_000 });
  };
  if (others > 0) submit(other, 'other', others);
  for (const count of counts) submit(author, 's', count);
  release();
  await goOn(hosted);
  return sizesOf(hosted);
}

test('PI-39: while others write much a commit holds 64 ops, and a larger message is divided: nobody waits for the whole window of whoever imports', async () => {
  // 130 are three pieces, which wait behind what was sent before.
  expect(await commitSizes([30, 30, 30, 64, 130, 5], 5)).toEqual([5, 60, 30, 64, 44, 44, 47]);
});

test('PI-39: beside somebody who writes little an import goes in pieces of 24 ops, whatever the size of its messages', async () => {
  expect(await commitSizes([256], 1)).toEqual([1, ...Array.from({ length: 10 }, () => 24), 16]);
  // From where more than 64 are undecided: 30 are two pieces, 64 three and 130 six.
  const pieces = [15, 22, 22, 20, 22, 22, 22, 22, 22, 20, 5];
  expect(await commitSizes([30, 30, 30, 64, 130, 5], 1)).toEqual([1, 60 + 15, ...pieces]);
});

test('PI-39: what is waiting when a session turns out to import goes among pieces too, in its order', async () => {
  const counts = [...Array.from({ length: 12 }, () => 5), 20, 20, 20];
  // The first ones are not more than 64 yet; what is in the commit stays.
  expect(await commitSizes(counts, 1)).toEqual([1, 60 + 20, 20, 20]);
  const hosted = await startTestHost({ disk: createMemoryDisk(), hash });
  const release = hosted.ledger.hold();
  const [author, little, another] = [new OpAuthor('r.0', hash), new OpAuthor('r.1', hash), new OpAuthor('r.2', hash)];
  for (const [i, { replica }] of [author, little, another].entries()) {
    hosted.host.send({ type: 'announce', session: `s${i}`, replicas: [[replica, 0]] });
  }
  const submit = (by: OpAuthor, session: string, count: number): void => {
    const ops = Array.from({ length: count }, () => by.create('import', `${session}-${by.issued}`));
    hosted.host.send({ type: 'submit', session, batches: by.batches(...ops), bytes: count * 100 });
  };
  // Two that write much: what finds no room waits as it is.
  submit(another, 's2', 5);
  for (let i = 0; i < 6; i += 1) submit(author, 's0', 40);
  submit(little, 's1', 1);
  submit(author, 's0', 10);
  release();
  await goOn(hosted);
  const own = hosted.of('committed').map(({ verdicts }) => verdicts.filter(({ session }) => session === 's0'));
  const seqs = own.flatMap((verdicts) => verdicts.flatMap(({ accepted }) => accepted.map(([seq]) => seq)));
  expect(seqs.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 250 }, (_, i) => i + 1));
  // One message each from then on: none of them joins another one as two would in a commit of 64.
  expect(sizesOf(hosted)).toEqual([5, 40 + 1, 40, 40, 40, 40, 40, 10]);
});

test('PI-39: after a commit with pieces of an import nothing of it is staged for a while, and who writes little then is written at once, alone', async () => {
  const hosted = await startTestHost({ disk: createMemoryDisk(), hash });
  const [author, little] = [new OpAuthor('r.0', hash), new OpAuthor('r.1', hash)];
  for (const [session, { replica }] of [
    ['importer', author],
    ['little', little],
  ] as const) {
    hosted.host.send({ type: 'announce', session, replicas: [[replica, 0]] });
  }
  const write = (): void => {
    const batches = little.batches(little.create('notes', `${little.issued}`));
    hosted.host.send({ type: 'submit', session: 'little', batches, bytes: 99 });
  };
  write();
  await settle();
  const ops = Array.from({ length: 100 }, () => author.create('import', `${author.issued}`));
  hosted.host.send({ type: 'submit', session: 'importer', batches: author.batches(...ops), bytes: 10_000 });
  await settle();
  expect(sizesOf(hosted)).toEqual([1, 20]);
  write();
  await settle();
  write();
  await settle();
  expect(sizesOf(hosted)).toEqual([1, 20, 1, 1]);
  hosted.timers.runAll();
  await settle();
  expect(sizesOf(hosted)).toEqual([1, 20, 1, 1, 20]);
  // Those that are under way have not rested yet either: what comes meanwhile has the next commit to itself.
  const release = hosted.ledger.hold();
  hosted.timers.runAll();
  write();
  await settle();
  release();
  await settle();
  expect(sizesOf(hosted)).toEqual([1, 20, 1, 1, 20, 20, 1]);
  await goOn(hosted);
  expect(sizesOf(hosted)).toEqual([1, 20, 1, 1, 20, 20, 1, 20, 20]);
});

test('PI-39: an import waits until a commit without any of it is told, but not for a second one', async () => {
  const hosted = await startTestHost({ disk: createMemoryDisk(), hash });
  const [author, little, another] = [new OpAuthor('r.0', hash), new OpAuthor('r.1', hash), new OpAuthor('r.2', hash)];
  for (const [i, { replica }] of [author, little, another].entries()) {
    hosted.host.send({ type: 'announce', session: `s${i}`, replicas: [[replica, 0]] });
  }
  const submit = (by: OpAuthor, session: string, count: number): void => {
    const ops = Array.from({ length: count }, () => by.create(session, `${by.issued}`));
    hosted.host.send({ type: 'submit', session, batches: by.batches(...ops), bytes: count * 100 });
  };
  submit(little, 's1', 1);
  submit(author, 's0', 120);
  await settle();
  expect(sizesOf(hosted)).toEqual([1, 24]);
  const first = hosted.ledger.hold();
  submit(little, 's1', 1);
  await settle();
  // The rest that was begun before has been put off.
  hosted.timers.runAll();
  await settle();
  submit(another, 's2', 1);
  first();
  await settle();
  expect(sizesOf(hosted)).toEqual([1, 24, 1, 1]);
  // Another write is under way when it is over: the import goes on behind it.
  const second = hosted.ledger.hold();
  submit(little, 's1', 1);
  await settle();
  hosted.timers.runAll();
  submit(another, 's2', 1);
  second();
  await settle();
  expect(sizesOf(hosted)).toEqual([1, 24, 1, 1, 1, 24 + 1]);
  await goOn(hosted);
  expect(sizesOf(hosted).reduce((sum, size) => sum + size, 0)).toBe(120 + 5);
});

test('PI-39: a commit that fails takes the rest of an import with it, and the next one does not wait for that', async () => {
  const hosted = await startTestHost({ disk: createMemoryDisk(), hash });
  const authors = ['a', 'b', 'c'].map((name) => new OpAuthor(`${name}.0`, hash));
  for (const [i, { replica }] of authors.entries()) {
    hosted.host.send({ type: 'announce', session: `s${i}`, replicas: [[replica, 0]] });
  }
  const submit = (i: number, count: number): void => {
    const author = authors[i]!;
    const ops = Array.from({ length: count }, () => author.create('import', `${i}-${author.issued}`));
    hosted.host.send({ type: 'submit', session: `s${i}`, batches: author.batches(...ops), bytes: 10_000 });
  };
  submit(0, 1);
  await settle();
  hosted.ledger.failNext('fail');
  submit(1, 100);
  await settle();
  submit(2, 72);
  await settle();
  expect(sizesOf(hosted)).toEqual([1, MIN_PIECE_OPS]);
  expect(hosted.of('session-error').map(({ session }) => session)).toEqual(['s1']);
});

test('PI-39: beside somebody who writes little commits take 24 ops of imports, and beside those what others send', async () => {
  const hosted = await startTestHost({ disk: createMemoryDisk(), hash });
  const release = hosted.ledger.hold();
  const authors = Array.from({ length: 5 }, (_, i) => new OpAuthor(`r.${i}`, hash));
  for (const [i, author] of authors.entries()) {
    hosted.host.send({ type: 'announce', session: `s${i}`, replicas: [[author.replica, 0]] });
  }
  const submit = (session: number, count: number): void => {
    const author = authors[session]!;
    const ops = Array.from({ length: count }, () => author.create('import', `${session}-${author.issued}`));
    hosted.host.send({ type: 'submit', session: `s${session}`, batches: author.batches(...ops), bytes: 9_000 });
  };
  submit(0, 1);
  // Two import; two others send messages that are whole, more of them together than one commit holds.
  submit(1, 128);
  submit(2, 128);
  for (let i = 0; i < 4; i += 1) submit(3 + (i % 2), 30);
  submit(1, 3);
  release();
  await goOn(hosted);
  const commits = hosted.of('committed').map(({ verdicts }) => {
    const sizes = [0, 0, 0, 0, 0];
    for (const { session, accepted } of verdicts) sizes[Number(session.slice(1))]! += accepted.length;
    return sizes;
  });
  const whole = commits.map((sizes) => sizes[3]! + sizes[4]!);
  expect(whole.filter((size) => size > 0)).toEqual([60, 60]);
  const divided = commits.map((sizes) => sizes[1]! + sizes[2]!).filter((size) => size > 0);
  expect(divided).toEqual([...Array.from({ length: 9 }, () => 22), 18, 22, 18 + 3]);
  // The two take turns, and what one of them sends after it comes after it.
  const own = commits.map((sizes) => sizes[1]!).filter((size) => size > 0);
  expect(own).toEqual([...Array.from({ length: 5 }, () => 22), 18, 3]);
  const ofImports = commits.filter((sizes) => sizes[1]! + sizes[2]! > 0);
  const turns = ofImports.slice(1, 11).map((sizes) => sizes[1]! > 0);
  expect(turns.filter((isFirst, i) => isFirst === turns[i - 1])).toEqual([]);
});

test('PI-39: who has much waiting does not join a full commit with a little more, nor do more than 16 who have nothing waiting', async () => {
  expect(await commitSizes([60, 60, 1], 5)).toEqual([5, 60, 61]);
  const hosted = await startTestHost({ disk: createMemoryDisk(), hash });
  const release = hosted.ledger.hold();
  const authors = Array.from({ length: 22 }, (_, i) => new OpAuthor(`r.${i}`, hash));
  for (const [i, author] of authors.entries()) {
    hosted.host.send({ type: 'announce', session: `s${i}`, replicas: [[author.replica, 0]] });
    const ops = Array.from({ length: i === 1 ? 64 : 1 }, (_, n) => author.create('import', `${i}-${n}`));
    hosted.host.send({ type: 'submit', session: `s${i}`, batches: author.batches(...ops), bytes: 99 });
  }
  release();
  for (let turn = 0; turn < 20; turn += 1) await settle();
  const sizes = hosted.of('committed').map(({ verdicts }) => verdicts.reduce((n, of) => n + of.accepted.length, 0));
  expect(sizes).toEqual([1, 64 + 16, 4]);
});

test('PI-39: of who writes alone a commit holds all that a connection may have under way', async () => {
  const sizes = await commitSizes([1, 100, 100, 100, 200, 257, 200, 66], 0);
  expect(sizes).toEqual([1, 1_023]);
});
