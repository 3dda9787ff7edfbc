import type { Hash64 } from '@topgun/core/primitives';
import { beforeAll, expect, test } from 'vitest';

import { loadXxhash } from '../adapters/xxhash.js';
import { MAX_COMMIT_FRAMES } from '../op-pipeline/group-commit.js';
import { OpAuthor } from '../testing/op-author.js';
import { settle, startTestHost } from '../testing/test-host.js';
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
  for (let turn = 0; turn < 20; turn += 1) await settle();
  const commits = hosted.of('committed').map(({ verdicts }) => verdicts);
  const sizes = commits.map((verdicts) => verdicts.reduce((sum, { accepted }) => sum + accepted.length, 0));
  expect(sizes.slice(0, 3)).toEqual([1, MAX_COMMIT_FRAMES + 1, MAX_COMMIT_FRAMES]);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(501);
  expect(commits.findIndex((verdicts) => verdicts.some(({ session }) => session === 's5'))).toBe(1);
});

/** The sizes of the commits of one connection's messages, all of which come while the first is in flight. */
async function commitSizes(counts: readonly number[], isAlone: boolean): Promise<readonly number[]> {
  const hosted = await startTestHost({ disk: createMemoryDisk(), hash });
  const release = hosted.ledger.hold();
  const author = new OpAuthor('r.0', hash);
  const other = new OpAuthor('r.1', hash);
  hosted.host.send({ type: 'announce', session: 's', replicas: [[author.replica, 0]] });
  hosted.host.send({ type: 'announce', session: 'other', replicas: [[other.replica, 0]] });
  if (!isAlone) {
    hosted.host.send({
      type: 'submit',
      session: 'other',
      batches: other.batches(other.create('notes', 'n')),
      bytes: 99,
    });
  }
  for (const count of counts) {
    const ops = Array.from({ length: count }, (_, i) => author.create('import', `${author.issued}-${i}`));
    hosted.host.send({ type: 'submit', session: 's', batches: author.batches(...ops), bytes: 10_000 });
  }
  release();
  for (let turn = 0; turn < 20; turn += 1) await settle();
  const verdicts = hosted.of('committed').map((commit) => commit.verdicts);
  return verdicts.map((of) => of.reduce((sum, { accepted }) => sum + accepted.length, 0));
}

test('PI-39: while others write a commit holds 64 ops, and a larger message is divided: nobody waits for the whole window of whoever imports', async () => {
  const sizes = await commitSizes([30, 30, 30, 64, 130, 5], false);
  // Somebody writes little: 130 are nine pieces of 15 or 14, which wait behind what was sent before.
  expect(sizes).toEqual([1, 60, 30, 64, 60, 60, 15]);
});

test('PI-39: while somebody writes little commits take 16 ops of what is divided, and beside it what others send', async () => {
  expect(await commitSizes([256], false)).toEqual([1, ...Array.from({ length: 16 }, () => 16)]);
  const hosted = await startTestHost({ disk: createMemoryDisk(), hash });
  const release = hosted.ledger.hold();
  const authors = Array.from({ length: 4 }, (_, i) => new OpAuthor(`r.${i}`, hash));
  for (const [i, author] of authors.entries()) {
    hosted.host.send({ type: 'announce', session: `s${i}`, replicas: [[author.replica, 0]] });
  }
  const submit = (session: number, count: number): void => {
    const author = authors[session]!;
    const ops = Array.from({ length: count }, () => author.create('import', `${session}-${author.issued}`));
    hosted.host.send({ type: 'submit', session: `s${session}`, batches: author.batches(...ops), bytes: 9_000 });
  };
  submit(0, 1);
  // Two import; another one sends messages that are whole, and more of them than one commit holds.
  submit(1, 128);
  submit(2, 128);
  for (let i = 0; i < 4; i += 1) submit(3, 30);
  submit(1, 3);
  release();
  for (let turn = 0; turn < 40; turn += 1) await settle();
  const commits = hosted.of('committed').map(({ verdicts }) => {
    const sizes = [0, 0, 0, 0];
    for (const { session, accepted } of verdicts) sizes[Number(session.slice(1))]! += accepted.length;
    return sizes;
  });
  expect(commits.map((sizes) => sizes[3]).filter((size) => size! > 0)).toEqual([60, 60]);
  const divided = commits.slice(1).map((sizes) => sizes[1]! + sizes[2]!);
  expect(divided.filter((size) => size !== 16)).toEqual([3]);
  expect(divided).toHaveLength(17);
  // The two take turns, and what one of them sends after it comes after it.
  const turns = commits.slice(3, 15).map((sizes) => sizes[1]! > 0);
  expect(turns.filter((isFirst, i) => isFirst === turns[i - 1])).toEqual([]);
  const own = commits.map((sizes) => sizes[1]!).filter((size) => size > 0);
  expect(own).toEqual([...Array.from({ length: 8 }, () => 16), 3]);
});

test('PI-39: who has much waiting does not join a full commit with a little more, nor do more than 16 who have nothing waiting', async () => {
  expect(await commitSizes([60, 60, 1], false)).toEqual([1, 60, 61]);
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
  const sizes = await commitSizes([1, 100, 100, 100, 200, 257, 200, 66], true);
  expect(sizes).toEqual([1, 1_023]);
});
