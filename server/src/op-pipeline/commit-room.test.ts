import fc from 'fast-check';
import { expect, test } from 'vitest';

import { COMMITS_SHARED, CommitRoom, FEW_OPS, LONE_COMMIT_OPS, PIECE_OPS, SHARED_COMMIT_OPS } from './commit-room.js';

const MANY = 256;

test('PI-39: who writes alone fills large commits, from the first on', () => {
  const room = new CommitRoom();
  const connection = {};
  expect(room.ops).toBe(LONE_COMMIT_OPS);
  for (let i = 0; i < 3; i += 1) {
    room.wrote(connection, MANY);
    room.committed();
    expect(room.ops).toBe(LONE_COMMIT_OPS);
  }
});

test('PI-39: the first message of somebody else makes commits small, at once and for a while', () => {
  const room = new CommitRoom();
  const [importer, other] = [{}, {}];
  room.wrote(importer, MANY);
  room.wrote(other, MANY);
  expect(room.ops).toBe(SHARED_COMMIT_OPS);
  // The one who goes on by itself is still not alone.
  room.wrote(other, MANY);
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
  room.wrote(importer, MANY);
  room.wrote(other, MANY);
  for (let i = 1; i < COMMITS_SHARED; i += 1) room.committed();
  room.wrote(importer, MANY);
  room.committed();
  expect(room.ops).toBe(SHARED_COMMIT_OPS);
});

test('PI-39: of what is divided commits take less while somebody writes little, and as much as of all else when several import', () => {
  const room = new CommitRoom();
  const [importer, other] = [{}, {}];
  room.wrote(importer, MANY);
  expect(room.pieceOps).toBe(LONE_COMMIT_OPS);
  room.wrote(other, FEW_OPS + 1);
  expect(room.pieceOps).toBe(SHARED_COMMIT_OPS);
  room.wrote(other, FEW_OPS);
  expect([room.ops, room.pieceOps]).toEqual([SHARED_COMMIT_OPS, PIECE_OPS]);
  room.wrote(importer, MANY);
  for (let i = 1; i < COMMITS_SHARED; i += 1) room.committed();
  expect(room.pieceOps).toBe(PIECE_OPS);
  room.committed();
  expect([room.ops, room.pieceOps]).toEqual([LONE_COMMIT_OPS, LONE_COMMIT_OPS]);
});

test('PI-39: commits are small exactly while less than so many have been made since the connection that writes last changed, and pieces while less have been since somebody wrote little', () => {
  const event = fc.oneof(
    fc.constant('committed' as const),
    fc.record({ connection: fc.integer({ min: 0, max: 2 }), ops: fc.constantFrom(1, FEW_OPS, FEW_OPS + 1, MANY) }),
    fc.constant('many' as const),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const connections = [{}, {}, {}];
      const room = new CommitRoom();
      let last: number | null = null;
      let [sinceChange, sinceFew] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
      for (const each of events) {
        if (typeof each === 'object') {
          room.wrote(connections[each.connection]!, each.ops);
          if (last !== null && last !== each.connection) sinceChange = 0;
          if (each.ops <= FEW_OPS) sinceFew = 0;
          last = each.connection;
        } else {
          const count = each === 'many' ? COMMITS_SHARED - 2 : 1;
          for (let i = 0; i < count; i += 1) room.committed();
          sinceChange += count;
          sinceFew += count;
        }
        const ops = sinceChange < COMMITS_SHARED ? SHARED_COMMIT_OPS : LONE_COMMIT_OPS;
        expect([room.ops, room.pieceOps]).toEqual([ops, sinceFew < COMMITS_SHARED ? PIECE_OPS : ops]);
      }
    }),
  );
});
