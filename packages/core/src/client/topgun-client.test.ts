import { describe, expect, expectTypeOf, it } from 'vitest';

import { TopGunClient, type QueryHandle, type TopGunClientOptions } from './index.js';
import { fakeHash } from './testing/fake-hash.js';
import { createFakeWorld, creates, patches, type FakeWorld } from './testing/fake-world.js';
import { createMemoryNetwork } from './testing/memory-network.js';
import type { MemoryTab } from './testing/memory-tabs.js';
import { createSeededRandom } from './testing/seeded-random.js';
import type { VirtualDevice } from './testing/virtual-time.js';

interface Schema {
  todos: { text: string; done: boolean; rank: number };
  counts: number;
}

/** The client as an app has it, with everything beyond it in memory and virtual time. */
function createClients(world: FakeWorld, base: TopGunClientOptions<Schema> = { serverUrl: 'http://server.test' }) {
  let opened = 10;
  return (
    options: TopGunClientOptions<Schema> = {},
    tab: MemoryTab = world.tabs.openTab(),
    device: VirtualDevice = world.time.device(),
  ): TopGunClient<Schema> =>
    new TopGunClient<Schema>({
      ...base,
      storage: world.adapter,
      ...options,
      environment: {
        clock: device.clock,
        timers: device.timers,
        random: createSeededRandom(++opened),
        network: createMemoryNetwork(),
        tabs: tab.port,
        transport: world.transport,
        loadHash: () => Promise.resolve(fakeHash),
        log: () => {},
        ...options.environment,
      },
    });
}

const OPEN = { where: { done: false }, sort: { rank: 'asc' } } as const;

describe('the client', () => {
  it('CL-1, CL-9: a write goes from the view to storage to the server, and its record’s state goes along', async () => {
    const world = createFakeWorld();
    const client = createClients(world)();
    const states: string[] = [];
    client.onSyncStateChange('todos', '1', (state) => states.push(state));
    const rows: string[] = [];
    const stop = client.query('todos', OPEN).subscribe((data) => rows.push(data.map((row) => row._key).join()));
    await client.start();
    const handle = client.getMap('todos').set('1', { text: 'a', done: false, rank: 1 });
    expect([rows.at(-1), client.getPendingOpsCount(), client.syncState('todos', '1')]).toEqual(['1', 1, 'pending']);
    expect(await handle.persisted).toEqual({ ok: true, outcome: 'applied' });
    expect(await handle.acked).toEqual({ ok: true, outcome: 'applied' });
    await world.time.settle();
    expect(world.server.rows('todos').get('1')).toEqual({ text: 'a', done: false, rank: 1 });
    expect([client.getConnectionState(), client.getPendingOpsCount(), states]).toEqual([
      'live',
      0,
      ['pending', 'synced'],
    ]);
    expect(client.query('todos', OPEN).getSnapshot()).toMatchObject({ settled: true, status: 'settled' });
    expect(rows.filter((keys) => keys === '').length).toBeLessThanOrEqual(1);
    stop();
    await client.close();
    expect([world.time.pendingTimers(), world.tabs.heldLocks()]).toEqual([0, []]);
  });

  it('CL-2: what was written offline survives a reload, and arrives after it', async () => {
    const world = createFakeWorld();
    world.transport.cut();
    const open = createClients(world);
    const first = open();
    const todos = first.getMap('todos');
    todos.set('1', { text: 'a', done: false, rank: 1 });
    await todos.set('2', { text: 'b', done: false, rank: 2 }).persisted;
    await first.close();
    const second = open();
    await second.getMap('todos').loaded();
    expect([...second.getMap('todos').keys()]).toEqual(['1', '2']);
    expect([second.getPendingOpsCount(), second.syncState('todos', '2')]).toEqual([2, 'pending']);
    world.transport.restore();
    second.forceReconnect();
    await world.time.advance(1_000);
    expect([second.getPendingOpsCount(), [...world.server.rows('todos').keys()]]).toEqual([0, ['1', '2']]);
    expect(new Set(world.server.taken.map(({ seq }) => seq)).size).toBe(2);
    await second.close();
  });

  it('CR-1, CR-9: a pending write, then an acked one, and a record that ends when it was meant to', async () => {
    const world = createFakeWorld();
    const device = world.time.device();
    const client = createClients(world)({}, world.tabs.openTab(), device);
    await client.start();
    const todos = client.getMap('todos');
    await world.time.settle();
    device.setSkew(3_600_000);
    const writtenAt = world.time.clock.now();
    const write = todos.set('a', { text: 'x', done: false, rank: 1 }, { ttlMs: 60_000 });
    expect(client.syncState('todos', 'a')).toBe('pending');
    let outcome: unknown;
    void write.acked.then((given) => (outcome = given));
    await world.time.settle();
    expect([outcome, client.syncState('todos', 'a'), client.rejections.list()]).toEqual([
      { ok: true, outcome: 'applied' },
      'synced',
      [],
    ]);
    const [op] = world.server.taken;
    expect(op?.kind === 'create' && Math.abs((op.expiresAt ?? 0) - writtenAt - 60_000)).toBeLessThan(100);
    await world.time.advance(50_000);
    expect(todos.has('a')).toBe(true);
    await world.time.advance(11_000);
    expect(todos.has('a')).toBe(false);
    await client.close();
  });

  it('CR-1, CR-2: no stamp and no id comes twice, in two tabs, after reloads and crashes, with a clock that stands still or goes back', async () => {
    const world = createFakeWorld();
    const device = world.time.device();
    const open = createClients(world);
    const seen: { readonly stamp: string; readonly id: string }[] = [];
    let written = 0;
    const round = async (crash: boolean): Promise<void> => {
      const tabs = [world.tabs.openTab(), world.tabs.openTab()];
      const clients = tabs.map((tab) => open({}, tab, device));
      await Promise.all(clients.map((client) => client.start()));
      const writes = clients.flatMap((client) =>
        [1, 2, 3].map(() => client.getMap('todos').set(`${(written += 1)}`, { text: 'x', done: false, rank: 1 })),
      );
      await Promise.all(writes.map(({ persisted }) => persisted));
      await world.time.settle();
      if (crash) tabs.forEach((tab) => tab.crash());
      else for (const client of clients) await client.close();
    };
    for (const back of [0, 0, 3_600_000, 7_200_000]) {
      device.setSkew(-back);
      await round(false);
      await round(true);
    }
    // What was left by those that crashed is sent by the next.
    device.setSkew(0);
    await round(false);
    await world.time.advance(60_000);
    for (const { stamp, replica, seq } of world.server.taken) seen.push({ stamp, id: `${replica}:${seq}` });
    expect(new Set(world.server.taken.map(({ replica }) => replica)).size).toBe(2);
    expect(seen).toHaveLength(written);
    expect(new Set(seen.map(({ stamp }) => stamp)).size).toBe(written);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(written);
  });

  it('CL-4: tabs show each other’s writes, online and off, and go on when the leader is closed', async () => {
    const world = createFakeWorld();
    const open = createClients(world);
    const [one, two] = [open(), open()];
    await Promise.all([one.start(), two.start()]);
    const rowsIn = (client: TopGunClient<Schema>): unknown[] =>
      client
        .query('todos', OPEN)
        .getSnapshot()
        .data.map(({ _key, text }) => [_key, text]);
    for (const client of [one, two]) client.query('todos', OPEN).subscribe(() => {});
    await world.time.settle();
    one.getMap('todos').set('1', { text: 'by one', done: false, rank: 1 });
    await world.time.settle();
    expect(rowsIn(two)).toEqual([['1', 'by one']]);
    world.transport.cut();
    await world.time.settle();
    two.getMap('todos').set('2', { text: 'by two', done: false, rank: 2 });
    one.getMap('todos').patch('1', { text: 'again' });
    await world.time.settle();
    const both = [
      ['1', 'again'],
      ['2', 'by two'],
    ];
    expect([rowsIn(one), rowsIn(two)]).toEqual([both, both]);
    await one.close();
    world.transport.restore();
    await world.time.advance(40_000);
    expect([two.getConnectionState(), two.getPendingOpsCount(), rowsIn(two)]).toEqual(['live', 0, both]);
    expect([...world.server.rows('todos').values()].map((row) => (row as { text: string }).text)).toEqual([
      'again',
      'by two',
    ]);
    await two.close();
    expect([world.time.pendingTimers(), world.tabs.heldLocks()]).toEqual([0, []]);
  });

  it('CR-3: edits from elsewhere and from here meet field by field', async () => {
    const world = createFakeWorld();
    const client = createClients(world)();
    const todos = client.getMap('todos');
    await client.start();
    await todos.settled();
    todos.subscribe(() => {});
    world.writeElsewhere('todos', '1', creates({ text: 'a', done: false, rank: 1 }));
    await world.time.settle();
    world.writeElsewhere('todos', '1', patches({ text: 'elsewhere' }));
    todos.patch('1', { done: true });
    await world.time.settle();
    expect(todos.get('1')).toEqual({ text: 'elsewhere', done: true, rank: 1 });
    expect(world.server.rows('todos').get('1')).toEqual(todos.get('1'));
    await client.close();
  });

  it('SY-1: rows that others remove leave the view; rows removed while away leave at the first answer', async () => {
    const world = createFakeWorld();
    const client = createClients(world)();
    const handle: QueryHandle<unknown> = client.query('todos', OPEN);
    handle.subscribe(() => {});
    await client.start();
    for (const key of ['1', '2', '3']) world.writeElsewhere('todos', key, creates({ done: false, rank: Number(key) }));
    await world.time.settle();
    const keys = (): unknown[] =>
      client
        .query('todos', OPEN)
        .getSnapshot()
        .data.map((row) => row._key);
    expect(keys()).toEqual(['1', '2', '3']);
    world.writeElsewhere('todos', '1', { kind: 'remove' });
    await world.time.settle();
    expect(keys()).toEqual(['2', '3']);
    client.disconnect();
    await world.time.settle();
    expect(client.getConnectionState()).toBe('offline');
    world.writeElsewhere('todos', '2', { kind: 'remove' });
    world.writeElsewhere('todos', '3', patches({ done: true }));
    expect([keys(), handle.getSnapshot().settled]).toEqual([['2', '3'], false]);
    client.connect();
    await world.time.advance(1_000);
    expect([keys(), handle.getSnapshot().settled]).toEqual([[], true]);
    await client.close();
  });

  it('CL-7: a refused write goes back, is listed, and its record says so until it is discarded', async () => {
    const world = createFakeWorld();
    const client = createClients(world)();
    await client.start();
    world.server.refuse(({ key }) => (key === 'bad' ? 'not-permitted' : null));
    const refused: string[] = [];
    client.onWriteRejected(({ key, code }) => refused.push(`${key}: ${code}`));
    const handle = client.getMap('todos').set('bad', { text: 'a', done: false, rank: 1 });
    client.getMap('todos').set('good', { text: 'b', done: false, rank: 2 });
    expect(await handle.acked).toMatchObject({ ok: false, rejected: { key: 'bad', code: 'not-permitted' } });
    await world.time.settle();
    expect([[...client.getMap('todos').keys()], refused]).toEqual([['good'], ['bad: not-permitted']]);
    expect([client.syncState('todos', 'bad'), client.rejections.list().length]).toEqual(['rejected', 1]);
    await client.rejections.discard(client.rejections.list()[0]!.id);
    expect([client.syncState('todos', 'bad'), client.rejections.list()]).toEqual(['synced', []]);
    await client.close();
  });

  it('tells its status as a whole: state, pending writes and when it was last in sync', async () => {
    const world = createFakeWorld();
    const client = createClients(world)();
    const seen: unknown[] = [];
    client.onSyncStatusChange(({ state, pendingOps, lastSyncedAt }) =>
      seen.push([state, pendingOps, lastSyncedAt !== null]),
    );
    expect(client.getSyncStatus()).toEqual({ state: 'offline', pendingOps: 0, lastSyncedAt: null });
    await client.waitForState('live', 5_000);
    expect(client.getSyncStatus()).toMatchObject({
      state: 'live',
      pendingOps: 0,
      lastSyncedAt: world.time.clock.now(),
    });
    expect(client.getSyncStatus()).toBe(client.getSyncStatus());
    const at = seen.length;
    client.getMap('todos').set('1', { text: 'a', done: false, rank: 1 });
    await world.time.settle();
    expect(seen.slice(at)).toEqual([
      ['live', 1, true],
      ['live', 0, true],
    ]);
    client.disconnect();
    expect(client.getSyncStatus().state).toBe('offline');
    await client.close();
    expect(client.getSyncStatus().state).toBe('closed');
  });

  it('waits for a state as long as it was told to, and not beyond the end', async () => {
    const world = createFakeWorld();
    world.transport.cut();
    const client = createClients(world)();
    await client.start();
    const late = client.waitForState('live', 3_000);
    const forever = client.waitForState('live');
    const outcomes = Promise.allSettled([late, forever]);
    await world.time.advance(3_000);
    await client.close();
    expect((await outcomes).map((each) => each.status === 'rejected' && each.reason.code)).toEqual([
      'timeout',
      'closed',
    ]);
  });

  it('without a server keeps everything on the device, for all tabs', async () => {
    const world = createFakeWorld();
    const make = createClients(world, {});
    const one = make();
    await one.start();
    const two = make();
    await two.start();
    await two.getMap('counts').settled();
    expect(await one.getMap('counts').set('visits', 7).acked).toEqual({ ok: true, outcome: 'applied' });
    await world.time.settle();
    expect(two.query('counts').getSnapshot()).toMatchObject({
      data: [{ _key: 'visits', value: 7 }],
      status: 'settled',
    });
    expect([one.syncState('counts', 'visits'), one.getPendingOpsCount()]).toEqual(['local-only', 0]);
    expect(world.transport.connections).toEqual([]);
    await one.close();
    await two.close();
  });

  it('QU-4: refuses names and queries that mean nothing, at the call, and says where', () => {
    const client = createClients(createFakeWorld())();
    expect(() => client.getMap('no spaces' as 'todos')).toThrowError(expect.objectContaining({ code: 'map-name' }));
    expect(() => client.query('' as 'todos')).toThrowError(expect.objectContaining({ code: 'map-name' }));
    expect(() => client.query('todos', { where: { rank: { $near: 1 } } as never })).toThrowError(
      expect.objectContaining({
        code: 'bad-query',
        message: 'where.rank.$near uses "$near", which is not an operator.',
        cause: { code: 'unknown-operator', path: ['where', 'rank', '$near'], operator: '$near' },
      }),
    );
    expect(client.getMap('todos')).toBe(client.getMap('todos'));
  });

  it('start tells of storage that could not be had, and the client works all the same', async () => {
    const world = createFakeWorld();
    const storage = {
      open: () => Promise.resolve({ ok: false, error: { code: 'unavailable', message: 'Private mode.' } } as const),
    };
    const client = createClients(world)({ storage });
    await expect(client.start()).rejects.toMatchObject({ code: 'storage-unavailable', message: 'Private mode.' });
    expect(client.isInMemory).toBe(true);
    const handle = client.getMap('todos').set('1', { text: 'a', done: false, rank: 1 });
    expect(await handle.acked).toEqual({ ok: true, outcome: 'applied' });
    await client.close();
  });

  it('has the types of its schema', () => {
    const typed = (client: TopGunClient<Schema>, untyped: TopGunClient) => {
      expectTypeOf(client.getMap('todos').get('1')).toEqualTypeOf<Schema['todos'] | undefined>();
      expectTypeOf(client.query('todos').getSnapshot().data).toEqualTypeOf<
        readonly { text: string; done: boolean; rank: number; readonly _key: string }[]
      >();
      expectTypeOf(client.query('counts').getSnapshot().data).toEqualTypeOf<
        readonly { readonly _key: string; readonly value: number }[]
      >();
      // @ts-expect-error not a map of the schema
      client.getMap('users');
      // @ts-expect-error not a record of the map
      client.getMap('todos').set('1', { text: 'a' });
      untyped.getMap('anything').set('1', { at: 'all' });
    };
    expect(typed).toBeTypeOf('function');
  });
});
