import { describe, expect, it } from 'vitest';

import type { ReadAhead, Storage } from '../ports/storage.js';
import { createOp, entry, merge, record, rejection, unwrap, type WithDatabase } from './samples.contract.js';

const ALL: ReadAhead = { views: ['todos\0open', 'todos\0none'], maps: ['todos', 'none'] };

/** All that can be read ahead, as it is answered the next time. */
async function answers(storage: Storage): Promise<unknown> {
  const [outbox, rejections, open, none, todos, noMap] = await Promise.all([
    storage.loadOutbox(),
    storage.loadRejections(),
    storage.loadView('todos\0open'),
    storage.loadView('todos\0none'),
    storage.loadMap('todos'),
    storage.loadMap('none'),
  ]);
  return {
    outbox: unwrap(outbox).map(({ op }) => op.seq),
    rejections: unwrap(rejections).map(({ op }) => op.seq),
    open: [...(unwrap(open)?.records.keys() ?? [])],
    none: unwrap(none),
    todos: [...unwrap(todos).keys()].sort(),
    noMap: unwrap(noMap).size,
  };
}

async function fill(storage: Storage): Promise<void> {
  unwrap(
    await storage.commit({
      putOps: [entry(createOp(1)), entry(createOp(2))],
      base: [{ map: 'todos', changes: [merge('a', record(1, 'x')), merge('b', record(2, 'y'))] }],
      addRejections: [rejection(createOp(3), 5)],
    }),
  );
  unwrap(await storage.keepView({ key: 'todos\0open', records: new Map([['a', record(1, 'x')]]), hasMore: false }));
}

const FILLED = { outbox: [1, 2], rejections: [3], open: ['a'], none: null, todos: ['a', 'b'], noMap: 0 };

/** CL-2: the part of the storage contract that is about what is read with the opening. */
export function describeAheadContract(withDatabase: WithDatabase): void {
  describe('what is read ahead', () => {
    it(
      'CL-2: is what is stored, and so is what is asked for after it',
      withDatabase(async (open) => {
        const storage = await open(ALL);
        expect(await answers(storage)).toEqual({ ...FILLED, outbox: [], rejections: [], open: [], todos: [] });
        await fill(storage);
        const again = await open(ALL);
        expect(await answers(again)).toEqual(FILLED);
        expect(await answers(again)).toEqual(FILLED);
      }),
    );

    it(
      'CL-2: knows what the same handle has written since',
      withDatabase(async (open) => {
        await fill(await open());
        const storage = await open(ALL);
        unwrap(
          await storage.commit({
            removeOps: [createOp(1)],
            base: [{ map: 'todos', changes: [{ type: 'drop', key: 'a' }] }],
          }),
        );
        expect(await answers(storage)).toEqual({ ...FILLED, outbox: [2], open: [], todos: ['b'] });
      }),
    );

    it(
      'CL-2: is answered once: the next time what another handle has written is there',
      withDatabase(async (open) => {
        const storage = await open(ALL);
        await answers(storage);
        await fill(await open());
        expect(await answers(storage)).toEqual(FILLED);
      }),
    );
  });
}
