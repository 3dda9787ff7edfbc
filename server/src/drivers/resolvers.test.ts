import { defineResolvers, firstWriteWins, immutable, materialize, max, union, type Op } from '@topgun/core/crdt';
import type { Hash64 } from '@topgun/core/primitives';
import { parseQuery } from '@topgun/core/query';
import { auth, defineRules, type Rules } from '@topgun/core/rules';
import { beforeAll, expect, test } from 'vitest';
import { loadXxhash } from '../adapters/xxhash.js';
import type { Identity } from '../ports/identity.js';
import { OpAuthor } from '../testing/op-author.js';
import { settle, startTestHost } from '../testing/test-host.js';
import { createMemoryDisk } from './memory-disk.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const RESOLVERS = defineResolvers({
  bids: { fields: { top: max, tags: union, by: immutable, seat: firstWriteWins } },
  events: { record: immutable },
});

async function start(disk = createMemoryDisk(), rules?: Rules) {
  const hosted = await startTestHost({ disk, hash, resolvers: RESOLVERS, ...(rules === undefined ? {} : { rules }) });
  const send = async (author: OpAuthor, ops: readonly Op[], transaction?: { first: number; parts: number }) => {
    hosted.host.send({
      type: 'submit',
      session: author.replica,
      batches: author.batches(...ops),
      bytes: 9,
      transaction,
    });
    await settle();
    return hosted
      .of('committed')
      .at(-1)!
      .verdicts.filter(({ replica }) => replica === author.replica);
  };
  return {
    hosted,
    disk,
    send,
    /** A tab. `millis`: what its clock says; an earlier one writes offline, and comes later. */
    tab(replica: string, millis?: number, identity?: Identity) {
      const author = new OpAuthor(replica, hash, millis);
      const who = identity === undefined ? {} : { identity };
      hosted.host.send({ type: 'announce', session: replica, replicas: [[author.replica, 0]], ...who });
      return author;
    },
    rows(map: string) {
      const query = parseQuery({});
      if (!query.ok) throw new Error('no query');
      hosted.host.send({ type: 'announce', session: 'reader', replicas: [] });
      hosted.host.send({ type: 'open-view', session: 'reader', sub: hosted.events.length, map, query: query.value });
      return Object.fromEntries(
        hosted
          .of('view-opened')
          .at(-1)!
          .rows.map(({ key, record }) => [key, materialize(record)]),
      );
    },
  };
}

const EARLY = 1_600_000_000_000;

test('RS-3: an edit that is older than what it meets counts all the same, its author is told what is left of it, and a restart says the same', async () => {
  const world = await start();
  const [ann, bob] = [world.tab('a.0'), world.tab('b.0', EARLY)];
  await world.send(ann, [ann.create('bids', 'x', { top: 5, tags: ['a'] })]);
  const op = bob.patch('bids', 'x', { top: 9, tags: ['b'], note: 'hi' });
  expect(await world.send(bob, [op])).toMatchObject([
    { accepted: [[1, 'applied']], changed: [[1, op.stamp, 'bids', 'x', 'p', [['note', 'hi']]]] },
  ]);
  const shown = { x: { top: 9, tags: ['a', 'b'], note: 'hi' } };
  expect(world.rows('bids')).toEqual(shown);
  // Once more, as after a lost connection.
  bob.batches();
  world.hosted.host.send({ type: 'announce', session: 'b again', replicas: [[bob.replica, 1]] });
  world.hosted.host.send({ type: 'submit', session: 'b again', batches: bob.batches(op), bytes: 9 });
  await settle();
  expect(world.rows('bids')).toEqual(shown);
  const again = await start(world.disk);
  expect(again.rows('bids')).toEqual(shown);
  const cid = again.tab('c.0', EARLY);
  await again.send(cid, [cid.patch('bids', 'x', { top: 11 })]);
  expect(again.rows('bids')).toMatchObject({ x: { top: 11 } });
});

test('RS-4: what loses is superseded, and what would change the immutable is refused, with the field and a code', async () => {
  const world = await start();
  const ann = world.tab('a.0');
  await world.send(ann, [ann.create('bids', 'x', { top: 5, by: 'ann', seat: 1 }), ann.create('events', 'e', { n: 1 })]);
  const told = await world.send(ann, [
    ann.patch('bids', 'x', { top: 4 }),
    ann.patch('bids', 'x', { seat: 2 }),
    ann.patch('bids', 'x', { by: 'bob' }),
    ann.create('events', 'e', { n: 2 }),
    ann.create('events', 'e', { n: 1 }),
  ]);
  const outcomes = told.flatMap(({ accepted }) => accepted);
  expect(outcomes).toEqual(
    expect.arrayContaining([
      [3, 'superseded'],
      [4, 'superseded'],
      [7, 'superseded'],
    ]),
  );
  const refused = told.flatMap(({ rejected }) => rejected);
  expect(refused.map(({ seq, code }) => [seq, code])).toEqual(
    expect.arrayContaining([
      [5, 'resolver-refused'],
      [6, 'resolver-refused'],
    ]),
  );
  expect(refused.find(({ seq }) => seq === 5)!.reason).toMatch(/^by: /);
  expect(world.rows('bids')).toEqual({ x: { top: 5, by: 'ann', seat: 1 } });
  expect(world.rows('events')).toEqual({ e: { n: 1 } });
});

test('RS-4, RU-4: that there is something which cannot be changed is not said to who may not know of it', async () => {
  const own = { where: { owner: auth.sub } };
  const rules = defineRules({ events: { read: own, create: own, update: own, remove: own } });
  const world = await start(createMemoryDisk(), rules);
  const who = (principal: string): Identity => ({ principal, claims: { sub: principal }, expiresAtMs: null });
  const [ann, bob] = [world.tab('a.0', undefined, who('ann')), world.tab('b.0', undefined, who('bob'))];
  await world.send(ann, [ann.create('events', 'e', { owner: 'ann' })]);
  const told = await world.send(bob, [
    bob.patch('events', 'e', { owner: 'bob' }),
    bob.patch('events', 'none', { owner: 'bob' }),
  ]);
  expect(told.flatMap(({ rejected }) => rejected.map(({ code }) => code))).toEqual(['record-absent', 'record-absent']);
});

test('RS-3, CR-12: a transaction of which a resolver refuses a part raises nothing', async () => {
  const world = await start();
  const [ann, bob] = [world.tab('a.0'), world.tab('b.0', EARLY)];
  await world.send(ann, [ann.create('bids', 'x', { top: 5, by: 'ann' })]);
  const raised = bob.patch('bids', 'x', { top: 9 });
  const refused = bob.patch('bids', 'x', { by: 'bob' });
  const told = await world.send(bob, [raised, refused], { first: 1, parts: 2 });
  expect(told.flatMap(({ rejected }) => rejected.map(({ seq, code }) => [seq, code]))).toEqual([
    [1, 'transaction-refused'],
    [2, 'resolver-refused'],
  ]);
  expect(world.rows('bids')).toEqual({ x: { top: 5, by: 'ann' } });
  // As a whole that is taken, what is raised is in it.
  await world.send(bob, [bob.patch('bids', 'x', { top: 9 }), bob.patch('bids', 'x', { top: 7, n: 1 })], {
    first: 3,
    parts: 2,
  });
  expect(world.rows('bids')).toEqual({ x: { top: 9, by: 'ann', n: 1 } });
});
