import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { QueryInput } from '../query/index.js';
import { createFakeDevice } from './testing/fake-clients.js';
import { creates, createFakeWorld, patches, REMOVES, type FakeWorld } from './testing/fake-world.js';
import type { PaginationInfo } from './query-handle.js';
import type { TopGunClient } from './topgun-client.js';

const PAGE = { where: { done: false }, sort: { rank: 'asc' }, limit: 2 } as const;
const DAY_MS = 24 * 60 * 60 * 1_000;

let world: FakeWorld;
let client: TopGunClient;

beforeEach(() => {
  world = createFakeWorld();
  for (let rank = 0; rank < 5; rank++)
    world.writeElsewhere('todos', `k${rank}`, creates({ rank, done: false, text: 't' }));
  client = createFakeDevice(world).open().client;
});
afterEach(() => client.close());

async function open(input: QueryInput) {
  const handle = client.query('todos', input);
  const stop = handle.subscribe(() => {});
  await world.time.settle();
  return { handle, stop, keys: () => handle.getSnapshot().data.map((row) => row._key) };
}

describe('CL-26: cursors', () => {
  it('a query goes on where another ended, page by page, and says when there is nothing more', async () => {
    const seen: string[][] = [];
    let cursor: string | null = null;
    do {
      const page: QueryInput = { ...PAGE, cursor };
      const { handle, stop, keys } = await open(page);
      const info: PaginationInfo = handle.getPaginationInfo();
      expect([handle.getSnapshot().settled, info.cursorStatus]).toEqual([true, cursor === null ? 'none' : 'valid']);
      seen.push(keys());
      cursor = info.nextCursor;
      stop();
    } while (cursor !== null);
    expect(seen).toEqual([['k0', 'k1'], ['k2', 'k3'], ['k4']]);
  });

  it('is a place and not a row: it stays where it is when its row goes, or moves', async () => {
    const first = await open(PAGE);
    const cursor = first.handle.getPaginationInfo().nextCursor;
    world.writeElsewhere('todos', 'k1', REMOVES);
    world.writeElsewhere('todos', 'k0', patches({ rank: 7 }));
    world.writeElsewhere('todos', 'new', creates({ rank: 1.5, done: false }));
    const next = await open({ ...PAGE, cursor });
    expect(next.keys()).toEqual(['new', 'k2']);
    expect(first.keys()).toEqual(['new', 'k2']);
    expect(next.handle.key).not.toBe(first.handle.key);
  });

  it('works with loadMore, which grows the page that begins there', async () => {
    const first = await open(PAGE);
    const next = await open({ ...PAGE, limit: 1, cursor: first.handle.getPaginationInfo().nextCursor });
    const grown = next.handle.loadMore();
    await world.time.settle();
    await grown;
    expect(next.keys()).toEqual(['k2', 'k3']);
  });

  it('is the same text while the last row is the same', async () => {
    const { handle } = await open(PAGE);
    const { nextCursor } = handle.getPaginationInfo();
    await world.time.advance(5_000);
    client.getMap('todos').patch('k0', { text: 'other' });
    expect(handle.getPaginationInfo().nextCursor).toBe(nextCursor);
    client.getMap('todos').patch('k1', { rank: 1.25 });
    expect(handle.getPaginationInfo().nextCursor).not.toBe(nextCursor);
  });

  it('is made of what rows are sorted by, shown or not', async () => {
    const first = await open({ ...PAGE, fields: ['text'] });
    expect(first.handle.getSnapshot().data).toEqual([
      { _key: 'k0', text: 't' },
      { _key: 'k1', text: 't' },
    ]);
    expect([first.handle.getSnapshot().settled, [...world.server.records.keys()]]).toEqual([true, ['todos']]);
    const next = await open({ ...PAGE, cursor: first.handle.getPaginationInfo().nextCursor });
    expect(next.keys()).toEqual(['k2', 'k3']);
  });

  it.each([
    ['no cursor at all', (): Promise<string | null> => Promise.resolve('anything'), 'invalid', 'cursor-invalid'],
    ['one of another query', (): Promise<string | null> => otherCursor(), 'invalid', 'cursor-invalid'],
  ] as const)('shows why there are no rows: %s', async (_what, make, status, code) => {
    const { handle, keys } = await open({ ...PAGE, cursor: await make() });
    expect(handle.getSnapshot()).toMatchObject({ status: 'error', settled: false, error: { code } });
    expect([keys(), handle.getPaginationInfo()]).toEqual([
      [],
      { hasMore: false, isLoadingMore: false, limit: null, nextCursor: null, cursorStatus: status },
    ]);
    await handle.loadMore();
    expect(handle.readiness()).toMatchObject({ code });
    await expect(client.queryOnce('todos', { ...PAGE, cursor: await make() })).rejects.toMatchObject({ code });
  });

  it('expires when it is of long before the client was made, and not while it is used', async () => {
    const first = await open(PAGE);
    const cursor = first.handle.getPaginationInfo().nextCursor;
    await world.time.advance(2 * DAY_MS);
    expect(client.query('todos', { ...PAGE, cursor }).getPaginationInfo().cursorStatus).toBe('valid');
    const later = createFakeDevice(world).open().client;
    const handle = later.query('todos', { ...PAGE, cursor });
    expect(handle.getPaginationInfo().cursorStatus).toBe('expired');
    expect(handle.getSnapshot().error?.code).toBe('cursor-expired');
    await later.close();
  });
});

async function otherCursor(): Promise<string | null> {
  const { handle, stop } = await open({ ...PAGE, sort: { rank: 'desc' } });
  stop();
  return handle.getPaginationInfo().nextCursor;
}
