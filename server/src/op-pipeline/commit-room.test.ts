import fc from 'fast-check';
import { expect, test } from 'vitest';

import { COMMITS_SHARED, CommitRoom, LONE_COMMIT_OPS, SHARED_COMMIT_OPS } from './commit-room.js';

test('PI-39: who writes alone fills large commits, from the first on', () => {
  const room = new CommitRoom();
  const connection = {};
  expect(room.ops).toBe(LONE_COMMIT_OPS);
  for (let i = 0; i < 3; i += 1) {
    room.wrote(connection);
    room.committed();
    expect(room.ops).toBe(LONE_COMMIT_OPS);
  }
});

test('PI-39: the first message of somebody else makes commits small, at once and for a while', () => {
  const room = new CommitRoom();
  const [importer, other] = [{}, {}];
  room.wrote(importer);
  room.wrote(other);
  expect(room.ops).toBe(SHARED_COMMIT_OPS);
  // The one who goes on by itself is still not alone.
  room.wrote(other);
  for (let i = 1; i < COMMITS_SHARED; i += 1) {
    room.committed();
    expect(room.ops).toBe(SHARED_COMMIT_OPS);
  }
  room.committed();
  expect(room.ops).toBe(LONE_COMMIT_OPS);
  room.committed();
  expect(room.ops).toBe(LONE_COMMIT_OPS);
});

test('PI-39: somebody who comes back before that has it begin anew', () => {
  const room = new CommitRoom();
  const [importer, other] = [{}, {}];
  room.wrote(importer);
  room.wrote(other);
  for (let i = 1; i < COMMITS_SHARED; i += 1) room.committed();
  room.wrote(importer);
  room.committed();
  expect(room.ops).toBe(SHARED_COMMIT_OPS);
});

test('PI-39: commits are small exactly while less than so many have been made since the connection that writes last changed', () => {
  const event = fc.oneof(
    fc.constant('committed' as const),
    fc.integer({ min: 0, max: 2 }).map((connection) => ({ connection })),
    fc.constant('many' as const),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const connections = [{}, {}, {}];
      const room = new CommitRoom();
      let last: number | null = null;
      let sinceChange = Number.POSITIVE_INFINITY;
      for (const each of events) {
        if (typeof each === 'object') {
          room.wrote(connections[each.connection]!);
          if (last !== null && last !== each.connection) sinceChange = 0;
          last = each.connection;
        } else {
          const count = each === 'many' ? COMMITS_SHARED - 2 : 1;
          for (let i = 0; i < count; i += 1) room.committed();
          sinceChange += count;
        }
        expect(room.ops).toBe(sinceChange < COMMITS_SHARED ? SHARED_COMMIT_OPS : LONE_COMMIT_OPS);
      }
    }),
  );
});
