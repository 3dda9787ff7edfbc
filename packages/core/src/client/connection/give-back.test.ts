import { describe, expect, it } from 'vitest';

import { err } from '../../primitives/index.js';
import type { Op } from '../../crdt/index.js';
import type { Storage } from '../ports/storage.js';
import { COMPACTION_DELAY_MS, KEPT_FOR_MS } from '../tabs/compaction.js';
import { expectOrderlySubmission } from '../testing/expect-orderly-submission.js';
import type { FakeServer } from '../testing/fake-server-controls.js';
import type { FakeTab } from '../testing/fake-tab.js';
import { createFakeWorld, creates, patches, REMOVES, WHOLE, type FakeWorld } from '../testing/fake-world.js';
import { createMemoryTabs } from '../testing/memory-tabs.js';
import { LEASE_TTL_MS } from './replica-leases.js';

const idOf = ({ replica, seq, key }: Op): string => `${replica.split('.').at(-1)}:${seq} ${key}`;

const takenIds = (server: FakeServer): string[] => server.taken.map(idOf);

/** What was submitted on the last connection that submitted anything. */
function lastSubmitted(server: FakeServer): string[] {
  const last = server.submitted.at(-1)?.connection;
  return server.submitted.filter(({ connection }) => connection === last).map(({ op }) => idOf(op));
}

async function writeAll(tab: FakeTab, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) await tab.write('todos', key, creates({ key }));
}

async function backInTime(
  world: FakeWorld,
  before: () => Promise<void>,
  lost: () => Promise<void>,
): Promise<() => Promise<void>> {
  await before();
  await world.time.settle();
  const putBack = world.server.backUp();
  await lost();
  await world.time.settle();
  return async () => {
    putBack();
    await world.time.advance(10_000);
  };
}

describe('a ledger that was put back to an older state', () => {
  it('SY-2: gets back what it had accepted and lost, under the same ids, before anything newer, and nothing else', async () => {
    const world = createFakeWorld();
    const { server, transport, time } = world;
    const tab = await world.open();
    tab.subscribe('todos', WHOLE);
    const restore = await backInTime(
      world,
      () => writeAll(tab, 'a'),
      () => writeAll(tab, 'b', 'c'),
    );
    transport.cut();
    await time.settle();
    await writeAll(tab, 'd');
    transport.restore();
    await restore();
    expect(lastSubmitted(server)).toEqual(['0:2 b', '0:3 c', '0:4 d']);
    expect(takenIds(server)).toEqual(['0:1 a', '0:2 b', '0:3 c', '0:4 d']);
    expect([...tab.rows('todos').keys()].sort()).toEqual(['a', 'b', 'c', 'd']);
    expect(tab.pending()).toEqual([]);
    expect(tab.sync.connectionState()).toBe('live');
  });

  it('SY-2, RU-5: a field that its author may not read too, as it was sent', async () => {
    const world = createFakeWorld();
    const { server } = world;
    server.change((op) => {
      if (op.kind !== 'create') return op;
      return {
        ...op,
        fields: op.fields.map(({ name, value }) => ({ name, value: name === 'pay' ? undefined : value })),
      };
    });
    const tab = await world.open();
    tab.subscribe('todos', WHOLE);
    const lost = async (): Promise<void> => void (await tab.write('todos', 'b', creates({ text: 'x', pay: 5 })));
    await (
      await backInTime(world, () => writeAll(tab, 'a'), lost)
    )();
    const sent = server.submitted.flatMap(({ op }) => (op.key === 'b' && op.kind === 'create' ? [op.fields] : []));
    expect(sent).toHaveLength(2);
    expect(sent[1]).toEqual(sent[0]);
    expect(tab.rows('todos').get('b')).toEqual({ text: 'x' });
  });

  it('SY-2: shows what is given back as pending, in every tab, until it is decided again', async () => {
    const world = createFakeWorld();
    const { server } = world;
    const tab = await world.open();
    const sibling = await world.open();
    sibling.subscribe('todos', WHOLE);
    const restore = await backInTime(
      world,
      () => writeAll(tab, 'a'),
      () => writeAll(sibling, 'b'),
    );
    server.holdDecisions();
    await restore();
    for (const each of [tab, sibling]) {
      expect(each.pending().map(idOf)).toEqual(['1:1 b']);
      expect([...each.rows('todos').keys()]).toContain('b');
    }
    server.releaseDecisions();
    await world.time.settle();
    for (const each of [tab, sibling]) expect(each.pending()).toEqual([]);
    expect(takenIds(server)).toEqual(['0:1 a', '1:1 b']);
  });

  it('SY-2: put back twice in a row, before the first time is made good: each op once, in its order', async () => {
    const world = createFakeWorld();
    const { server, time } = world;
    const tab = await world.open();
    tab.subscribe('todos', WHOLE);
    const restore = await backInTime(
      world,
      () => writeAll(tab, 'a'),
      () => writeAll(tab, 'b', 'c'),
    );
    server.holdDecisions();
    await restore();
    expect(tab.pending().map(idOf)).toEqual(['0:2 b', '0:3 c']);
    await restore();
    await writeAll(tab, 'd');
    await time.settle();
    expect(tab.pending().map(idOf)).toEqual(['0:2 b', '0:3 c', '0:4 d']);
    expect(lastSubmitted(server)).toEqual(['0:2 b', '0:3 c', '0:4 d']);
    server.releaseDecisions();
    await time.settle();
    expect(tab.pending()).toEqual([]);
    expect(takenIds(server)).toEqual(['0:1 a', '0:2 b', '0:3 c', '0:4 d']);
    const left = await tab.storage.loadOutbox();
    expect(left.ok && left.value).toEqual([]);
  });

  it('SY-2: gets it back from a client that was loaded again meanwhile, of tabs that are closed too', async () => {
    const world = createFakeWorld();
    const { server, time } = world;
    const first = await world.open();
    const second = await world.open();
    const restore = await backInTime(
      world,
      () => writeAll(first, 'a'),
      async () => {
        await writeAll(second, 'b');
        await writeAll(first, 'c');
      },
    );
    await second.close();
    await first.close();
    await restore();
    expect(takenIds(server)).toEqual(['0:1 a']);
    const again = await world.open();
    await time.settle();
    expect(takenIds(server).sort()).toEqual(['0:1 a', '0:2 c', '1:1 b']);
    expect(again.pending()).toEqual([]);
  });

  it('SY-2: though it has gone on since, beyond the position at which the op had been accepted', async () => {
    const world = createFakeWorld();
    const { server } = world;
    const tab = await world.open();
    const restore = await backInTime(
      world,
      () => writeAll(tab, 'a'),
      () => writeAll(tab, 'b'),
    );
    world.transport.cut();
    await restore();
    for (let i = 0; i < 5; i += 1) world.writeElsewhere('todos', `other ${i}`, creates({ i }));
    world.transport.restore();
    await world.time.advance(60_000);
    expect(takenIds(server)).toContain('0:2 b');
  });

  it('SY-2, PI-11: one that says that it may have gaps gets back all that is kept, and takes each op once', async () => {
    const world = createFakeWorld();
    const { server } = world;
    const tab = await world.open();
    const restore = await backInTime(
      world,
      () => writeAll(tab, 'a', 'b'),
      () => writeAll(tab, 'c'),
    );
    server.hasGaps = true;
    await restore();
    expect(lastSubmitted(server)).toEqual(['0:1 a', '0:2 b', '0:3 c']);
    expect(takenIds(server)).toEqual(['0:1 a', '0:2 b', '0:3 c']);
    expect(tab.pending()).toEqual([]);
    expect(tab.sync.connectionState()).toBe('live');
  });

  it('SY-2, CR-10: one that may have gaps is asked for rows when what was given back is decided, for verdicts that are told once more are old', async () => {
    const world = createFakeWorld();
    const { server } = world;
    const tab = await world.open();
    tab.subscribe('todos', WHOLE);
    const restore = await backInTime(
      world,
      () => writeAll(tab, 'a'),
      async () => {
        await writeAll(tab, 'b');
        await tab.write('todos', 'b', REMOVES);
      },
    );
    server.hasGaps = true;
    server.holdDecisions();
    await restore();
    world.writeElsewhere('todos', 'c', creates({ c: 1 }));
    await world.time.settle();
    expect([...tab.rows('todos').keys()]).not.toContain('c');
    server.releaseDecisions();
    await world.time.settle();
    expect([...tab.rows('todos').keys()].sort()).toEqual(['a', 'c']);
    expect(tab.sync.connectionState()).toBe('live');
  });

  it('SY-2: another ledger gets back all that is kept', async () => {
    const world = createFakeWorld();
    const tab = await world.open();
    const restore = await backInTime(
      world,
      () => Promise.resolve(),
      () => writeAll(tab, 'a', 'b'),
    );
    world.server.lineage = 'lineage-2';
    await restore();
    expect(takenIds(world.server)).toEqual(['0:1 a', '0:2 b']);
    await writeAll(tab, 'c');
    await world.time.settle();
    const kept = await tab.storage.keptThrough();
    expect(kept.ok && [...kept.value.values()]).toMatchObject([{ seq: 3, lineage: 'lineage-2' }]);
  });

  it('SY-2, CR-12: a transaction is given back as the whole that it is', async () => {
    const world = createFakeWorld();
    const { server } = world;
    const tab = await world.open();
    const transaction = { first: 2, parts: 2 };
    const restore = await backInTime(
      world,
      () => writeAll(tab, 'a'),
      async () => {
        const parts = [2, 3].map((seq): Op => ({ ...server.taken[0]!, seq, key: `t${seq}`, transaction }));
        const entries = parts.map((op) => ({ op, handed: true }));
        await tab.storage.commit({ putOps: entries });
        tab.sync.persisted(entries);
      },
    );
    const before = server.submitted.length;
    await restore();
    const again = server.submitted.slice(before).map(({ op }) => op);
    expect(again.map(({ seq }) => seq)).toEqual([2, 3]);
    const kept = await tab.storage.loadKept();
    expect(kept.ok && kept.value.map((op) => op.transaction)).toEqual([undefined, transaction, transaction]);
  });

  it('SY-2, CL-5: keeps to the window, and to the order of each replica', async () => {
    const world = createFakeWorld({ windowOps: 4 });
    const { server } = world;
    const tab = await world.open();
    const keys = Array.from({ length: 30 }, (_, i) => `k${i}`);
    const restore = await backInTime(
      world,
      () => writeAll(tab, 'a'),
      () => writeAll(tab, ...keys),
    );
    server.holdDecisions();
    const before = server.submitted.length;
    await restore();
    expect(server.submitted).toHaveLength(before + 4);
    server.releaseDecisions();
    await world.time.advance(1_000);
    expect(server.taken).toHaveLength(31);
    expectOrderlySubmission(server);
  });

  it('SY-2, CR-10: takes an edit of a record whose create somebody else has yet to give back', async () => {
    const world = createFakeWorld();
    const { server } = world;
    const tab = await world.open();
    tab.subscribe('todos', WHOLE);
    let create: Op | undefined;
    const restore = await backInTime(
      world,
      () => writeAll(tab, 'a'),
      async () => {
        create = world.writeElsewhere('todos', 'b', creates({ text: 'milk' }));
        await world.time.settle();
        await tab.write('todos', 'b', patches({ done: true }));
        await world.time.settle();
        await tab.write('todos', 'c', creates({ c: 1 }));
        await world.time.settle();
        await tab.write('todos', 'c', REMOVES);
      },
    );
    await restore();
    expect(server.rows('todos').has('b')).toBe(false);
    expect(tab.rows('todos').has('b')).toBe(false);
    server.write(create as Op);
    await world.time.settle();
    expect(server.rows('todos').get('b')).toEqual({ text: 'milk', done: true });
    expect(tab.rows('todos').get('b')).toEqual({ text: 'milk', done: true });
    expect(server.rows('todos').has('c')).toBe(false);
    const rejections = await tab.storage.loadRejections();
    expect(rejections).toEqual({ ok: true, value: [] });
  });

  it.each(['all', 'exchange', 'diffs'] as const)(
    'SY-2: nothing of what others wrote and it has lost survives in a client, answered by %s',
    async (resumes) => {
      const world = createFakeWorld();
      const { server } = world;
      server.resumes = resumes;
      const tab = await world.open();
      tab.subscribe('todos', WHOLE);
      world.writeElsewhere('todos', 'x', creates({ text: 'first' }));
      const restore = await backInTime(
        world,
        () => writeAll(tab, 'a'),
        async () => {
          world.writeElsewhere('todos', 'x', patches({ text: 'lost', more: 1 }));
          world.writeElsewhere('todos', 'y', creates({ text: 'lost too' }));
          await writeAll(tab, 'b');
        },
      );
      expect(tab.rows('todos').get('x')).toEqual({ text: 'lost', more: 1 });
      await restore();
      expect([...tab.rows('todos')].sort()).toEqual([
        ['a', { key: 'a' }],
        ['b', { key: 'b' }],
        ['x', { text: 'first' }],
      ]);
    },
  );

  it('SY-2: while what is kept cannot be read nothing newer goes before it', async () => {
    const world = createFakeWorld();
    const { server } = world;
    let failures = 0;
    const wrapStorage = (storage: Storage): Storage => ({
      ...storage,
      loadKept: () =>
        failures-- > 0 ? Promise.resolve(err({ code: 'failed', message: 'broken' } as const)) : storage.loadKept(),
    });
    const tab = await world.open({ wrapStorage });
    const restore = await backInTime(
      world,
      () => writeAll(tab, 'a'),
      () => writeAll(tab, 'b'),
    );
    failures = 2;
    await restore();
    await writeAll(tab, 'c');
    await world.time.advance(30_000);
    expect(takenIds(server)).toEqual(['0:1 a', '0:2 b', '0:3 c']);
    expect(tab.sync.connectionState()).toBe('live');
  });

  it('SY-2, PI-11: though the app asks for a connection before storage has said what was accepted', async () => {
    const world = createFakeWorld();
    const { server, time, transport } = world;
    const tab = await world.open();
    const restore = await backInTime(
      world,
      () => writeAll(tab, 'a'),
      () => writeAll(tab, 'b'),
    );
    transport.cut();
    await time.settle();
    await tab.write('todos', 'b', patches({ done: true }));
    await tab.close();
    await restore();
    transport.restore();
    const slow = (storage: Storage): Storage => ({
      ...storage,
      keptThrough: () =>
        new Promise((resolve) => time.timers.after(80, () => void storage.keptThrough().then(resolve))),
    });
    const again = await world.open({ wrapStorage: slow });
    again.sync.forceReconnect();
    await time.advance(1_000);
    expect(takenIds(server)).toEqual(['0:1 a', '0:2 b', '0:3 b']);
    expect(server.rows('todos').get('b')).toEqual({ key: 'b', done: true });
  });

  it('SY-2: a week after they were accepted ops are kept no more', async () => {
    const world = createFakeWorld();
    const { time } = world;
    let tab = await world.open();
    const restore = await backInTime(
      world,
      () => writeAll(tab, 'a'),
      async () => {
        await writeAll(tab, 'old');
        await time.settle();
        await tab.close();
        await time.advance(KEPT_FOR_MS + 1);
        tab = await world.open();
        await writeAll(tab, 'young');
        await time.settle();
        await time.advance(2 * COMPACTION_DELAY_MS);
      },
    );
    await restore();
    expect(takenIds(world.server)).toEqual(['0:1 a', '0:3 young']);
  });

  it('SY-2: where nothing is lost nothing is sent again, nor is anything on later connections', async () => {
    const world = createFakeWorld();
    const { server, time } = world;
    const tab = await world.open();
    const restore = await backInTime(
      world,
      () => writeAll(tab, 'a'),
      () => writeAll(tab, 'b'),
    );
    server.dropConnections();
    await time.advance(10_000);
    expect(server.submitted).toHaveLength(2);
    await restore();
    expect(server.submitted).toHaveLength(3);
    server.dropConnections();
    await time.advance(10_000);
    expect(server.submitted).toHaveLength(3);
    expect(tab.events.filter(({ type }) => type === 'another-ledger').length).toBeGreaterThan(0);
  });

  it('SY-2, CL-4: without locks each tab gives back its own, and what is left of those that are gone', async () => {
    const world = createFakeWorld({}, createMemoryTabs({ isExclusive: false }));
    const { server, time } = world;
    const first = await world.open();
    const second = await world.open();
    const restore = await backInTime(
      world,
      () => writeAll(first, 'a'),
      async () => {
        await writeAll(first, 'b');
        await writeAll(second, 'c');
      },
    );
    second.crash();
    await restore();
    await time.advance(LEASE_TTL_MS * 2);
    expect(takenIds(server).sort()).toEqual(['own1:1 a', 'own1:2 b', 'own2:1 c']);
    expect(first.pending()).toEqual([]);
  });

  it('SY-2, CL-4: without locks, what a closed tab left undecided waits for what had been accepted of it', async () => {
    const world = createFakeWorld({}, createMemoryTabs({ isExclusive: false }));
    const { server, time, transport } = world;
    await world.open();
    const second = await world.open();
    const restore = await backInTime(
      world,
      () => Promise.resolve(),
      () => writeAll(second, 'b'),
    );
    transport.cut();
    await time.settle();
    await second.write('todos', 'b', patches({ done: true }));
    second.crash();
    transport.restore();
    await restore();
    await time.advance(LEASE_TTL_MS * 2);
    expect(takenIds(server)).toEqual(['own2:1 b', 'own2:2 b']);
    expect(server.rows('todos').get('b')).toEqual({ key: 'b', done: true });
  });
});
