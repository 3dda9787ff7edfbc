import fc from 'fast-check';
import { expect, test } from 'vitest';

import {
  COMMITS_SHARED,
  CommitRoom,
  FEW_OPS,
  LONE_COMMIT_OPS,
  MANY_UNDECIDED,
  SHARED_COMMIT_OPS,
  type MadeCommit,
} from './commit-room.js';
import { MAX_PIECE_OPS, MIN_PIECE_OPS } from './piece-pace.js';

const MANY = 256;
/** Of an import. */
const MADE: MadeCommit = { ops: MANY, pieces: 1, tookMs: 1 };

test('PI-39: who writes alone fills large commits, from the first on', () => {
  const room = new CommitRoom();
  const connection = {};
  expect(room.ops).toBe(LONE_COMMIT_OPS);
  for (let i = 0; i < 3; i += 1) {
    room.wrote(connection, MANY, MANY);
    room.committed(MADE);
    expect(room.ops).toBe(LONE_COMMIT_OPS);
  }
});

test('PI-39: the first message of somebody else makes commits small, at once and for a while', () => {
  const room = new CommitRoom();
  const [importer, other] = [{}, {}];
  room.wrote(importer, MANY, MANY);
  room.wrote(other, MANY, MANY);
  expect(room.ops).toBe(SHARED_COMMIT_OPS);
  // The one who goes on by itself is still not alone.
  room.wrote(other, MANY, MANY);
  for (let i = 1; i < COMMITS_SHARED; i += 1) {
    room.committed(MADE);
    expect(room.ops).toBe(SHARED_COMMIT_OPS);
  }
  room.committed(MADE);
  expect(room.ops).toBe(LONE_COMMIT_OPS);
  room.committed(MADE);
  expect(room.ops).toBe(LONE_COMMIT_OPS);
});

test('PI-39: somebody who comes back before that has it begin anew', () => {
  const room = new CommitRoom();
  const [importer, other] = [{}, {}];
  room.wrote(importer, MANY, MANY);
  room.wrote(other, MANY, MANY);
  for (let i = 1; i < COMMITS_SHARED; i += 1) room.committed(MADE);
  room.wrote(importer, MANY, MANY);
  room.committed(MADE);
  expect(room.ops).toBe(SHARED_COMMIT_OPS);
});

test('PI-39: what is of an import goes in small pieces while somebody else writes little, and takes as much room as all else when several import', () => {
  const room = new CommitRoom();
  const [importer, other] = [{}, {}];
  room.wrote(importer, MANY, MANY);
  expect(room.pieceOps).toBe(LONE_COMMIT_OPS);
  room.wrote(other, FEW_OPS + 1, FEW_OPS + 1);
  expect(room.pieceOps).toBe(SHARED_COMMIT_OPS);
  room.wrote(other, FEW_OPS, FEW_OPS);
  expect([room.ops, room.pieceOps]).toEqual([SHARED_COMMIT_OPS, MIN_PIECE_OPS]);
  room.wrote(importer, MANY, MANY);
  for (let i = 1; i < COMMITS_SHARED; i += 1) room.committed(MADE);
  expect(room.pieceOps).toBe(MIN_PIECE_OPS);
  room.committed(MADE);
  expect([room.ops, room.pieceOps]).toEqual([LONE_COMMIT_OPS, LONE_COMMIT_OPS]);
});

test('PI-39: nobody imports in small pieces because of the first ops of an import, or its last', () => {
  const room = new CommitRoom();
  const [importer, other] = [{}, {}];
  room.wrote(importer, 1, 1);
  expect(room.isPaced).toBe(false);
  room.wrote(other, 1, 1);
  expect(room.isPaced).toBe(true);
  // So their imports have begun.
  room.wrote(importer, MANY, MANY + 1);
  room.wrote(other, MANY, MANY + 1);
  expect([room.isPaced, room.pieceOps]).toEqual([false, SHARED_COMMIT_OPS]);
  room.wrote(importer, FEW_OPS, MANY_UNDECIDED + 1);
  expect([room.isPaced, room.pieceOps]).toEqual([false, SHARED_COMMIT_OPS]);
});

test('PI-39: of who has much undecided small messages are of an import too, but only beside somebody who writes little', () => {
  const room = new CommitRoom();
  const [importer, other] = [{}, {}];
  room.wrote(importer, MANY, MANY);
  expect([room.isOfImport(MANY, MANY), room.isOfImport(LONE_COMMIT_OPS + 1, MANY)]).toEqual([false, true]);
  room.wrote(other, SHARED_COMMIT_OPS, SHARED_COMMIT_OPS);
  expect(room.isOfImport(SHARED_COMMIT_OPS, MANY)).toBe(false);
  expect(room.isOfImport(SHARED_COMMIT_OPS + 1, MANY)).toBe(true);
  room.wrote(other, 1, 1);
  expect(room.isOfImport(1, MANY_UNDECIDED + 1)).toBe(true);
  expect(room.isOfImport(MANY_UNDECIDED, MANY_UNDECIDED)).toBe(false);
});

test('PI-39: pieces are larger where commits with little in them take long, whatever those with pieces take', () => {
  const room = new CommitRoom();
  room.wrote({}, MANY, MANY);
  room.wrote({}, 1, 1);
  for (let i = 0; i < 100; i += 1) room.committed({ ops: MIN_PIECE_OPS + 1, pieces: 1, tookMs: 50 });
  for (let i = 0; i < 100; i += 1) room.committed({ ops: 60, pieces: 0, tookMs: 50 });
  expect(room.pieceOps).toBe(MIN_PIECE_OPS);
  for (let i = 0; i < 100; i += 1) room.committed({ ops: 1, pieces: 0, tookMs: 50 });
  expect(room.pieceOps).toBe(MAX_PIECE_OPS);
});

test('PI-39: commits are small exactly while less than so many have been made since the connection that writes last changed, and imports paced while less have been since somebody wrote little, too, who has not begun to import since', () => {
  const event = fc.oneof(
    fc.constant('committed' as const),
    fc.record({
      connection: fc.integer({ min: 0, max: 2 }),
      ops: fc.constantFrom(1, FEW_OPS, FEW_OPS + 1, MANY),
      before: fc.constantFrom(0, MANY_UNDECIDED - FEW_OPS, MANY_UNDECIDED),
    }),
    fc.constant('many' as const),
  );
  let paced = 0;
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60, size: 'max' }), (events) => {
      const connections = [{}, {}, {}];
      const room = new CommitRoom();
      let last: number | null = null;
      let fewBy: number | null = null;
      let [sinceChange, sinceFew] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
      for (const each of events) {
        if (typeof each === 'object') {
          const { connection, ops, before } = each;
          room.wrote(connections[connection]!, ops, before + ops);
          if (last !== null && last !== connection) sinceChange = 0;
          if (before + ops > MANY_UNDECIDED) {
            if (fewBy === connection) sinceFew = Number.POSITIVE_INFINITY;
          } else if (ops <= FEW_OPS) {
            sinceFew = 0;
            fewBy = connection;
          }
          last = connection;
        } else {
          const count = each === 'many' ? COMMITS_SHARED - 2 : 1;
          for (let i = 0; i < count; i += 1) room.committed(MADE);
          sinceChange += count;
          sinceFew += count;
        }
        const ops = sinceChange < COMMITS_SHARED ? SHARED_COMMIT_OPS : LONE_COMMIT_OPS;
        const isPaced = sinceChange < COMMITS_SHARED && sinceFew < COMMITS_SHARED;
        if (isPaced) paced += 1;
        expect([room.ops, room.isPaced, room.pieceOps]).toEqual([ops, isPaced, isPaced ? MIN_PIECE_OPS : ops]);
      }
    }),
  );
  expect(paced).toBeGreaterThan(100);
});
