import { describe, expect, it } from 'vitest';

import { encodeStamp, type ReplicaId } from '../../clock/index.js';
import type { Op } from '../../crdt/index.js';
import type { FakeTab } from '../testing/fake-tab.js';
import { createFakeWorld, creates, REMOVES, WHOLE, type FakeWorld } from '../testing/fake-world.js';
import { fakeHash } from '../testing/fake-hash.js';
import { createMemoryTabs } from '../testing/memory-tabs.js';
import { createOutbox } from './outbox.js';
import { LEASE_TTL_MS } from './replica-leases.js';
import { markHeadSent } from './replica-queue.js';
import { ToldAgain } from './told-again.js';

/** A create that somebody has made at this moment of true time, and that has not come to the server. */
function lateCreate({ time }: FakeWorld, key: string): Op {
  const replica = 'late.0' as ReplicaId;
  const stamp = encodeStamp({ millis: Math.floor(time.clock.now()), counter: 1, replica });
  return { ...creates({ key, late: true }), replica, seq: 1, stamp, map: 'todos', key };
}

/** The tab removes `a`; that is decided, and the tab is not told. The server forgets it, and what was created before it comes. */
async function removeUntold(world: FakeWorld, tab: FakeTab): Promise<void> {
  const { server, transport, time } = world;
  const created = lateCreate(world, 'a');
  await time.advance(1_000);
  server.holdDecisions();
  await tab.write('todos', 'a', REMOVES);
  await time.settle();
  transport.cut();
  await time.settle();
  server.releaseDecisions();
  server.forget('todos', 'a');
  server.write(created);
}

async function storedAndServed({ server }: FakeWorld, tab: FakeTab): Promise<[stored: unknown, served: unknown]> {
  const stored = await tab.storage.loadMap('todos');
  return [stored.ok && stored.value.get('a'), server.records.get('todos')?.get('a')];
}

describe('a verdict that is told once more, of what the server has forgotten', () => {
  it('CR-10, SY-2: comes before rows are asked for', async () => {
    const world = createFakeWorld();
    const { server, transport, time } = world;
    const tab = await world.open();
    tab.subscribe('todos', WHOLE);
    await tab.write('todos', 'a', creates({ key: 'a' }));
    await time.settle();
    await removeUntold(world, tab);
    server.holdDecisions();
    transport.restore();
    await time.advance(10_000);
    server.releaseDecisions();
    await time.settle();
    expect(tab.rows('todos').get('a')).toEqual({ key: 'a', late: true });
    const [stored, served] = await storedAndServed(world, tab);
    expect(stored).toEqual(served);
    expect(tab.sync.connectionState()).toBe('live');
  });

  it('CR-10, SY-2: also of what was given back on a connection that was lost before it was decided', async () => {
    const world = createFakeWorld();
    const { server, transport, time } = world;
    const tab = await world.open();
    tab.subscribe('todos', WHOLE);
    await tab.write('todos', 'a', creates({ key: 'a' }));
    const created = lateCreate(world, 'a');
    await time.advance(1_000);
    await tab.write('todos', 'a', REMOVES);
    await time.settle();
    server.forget('todos', 'a');
    server.write(created);
    const putBack = server.backUp();
    await tab.write('todos', 'b', creates({ key: 'b' }));
    await time.settle();
    server.hasGaps = true;
    server.holdDecisions();
    putBack();
    await time.advance(10_000);
    expect(tab.pending()).toHaveLength(3);
    transport.cut();
    await time.settle();
    transport.restore();
    await time.advance(10_000);
    server.releaseDecisions();
    await time.settle();
    expect([...tab.rows('todos').keys()].sort()).toEqual(['a', 'b']);
    const [stored, served] = await storedAndServed(world, tab);
    expect(stored).toEqual(served);
  });

  it('CR-10, CL-4: has rows asked for anew where they were there before it, for the replica of a closed tab', async () => {
    const world = createFakeWorld({}, createMemoryTabs({ isExclusive: false }));
    const { transport, time } = world;
    const first = await world.open();
    first.subscribe('todos', WHOLE);
    const second = await world.open();
    await second.write('todos', 'a', creates({ key: 'a' }));
    await time.settle();
    await removeUntold(world, second);
    second.crash();
    transport.restore();
    await time.advance(10_000);
    expect(first.pending()).toHaveLength(1);
    await time.advance(LEASE_TTL_MS * 2);
    expect(first.pending()).toEqual([]);
    expect(first.rows('todos').get('a')).toEqual({ key: 'a', late: true });
    const [stored, served] = await storedAndServed(world, first);
    expect(stored).toEqual(served);
  });

  it('SY-2: nothing waits for verdicts of what the server has not decided', async () => {
    const world = createFakeWorld();
    const { server, transport, time } = world;
    const tab = await world.open();
    const todos = tab.subscribe('todos', WHOLE);
    transport.cut();
    await time.settle();
    await tab.write('todos', 'a', creates({ key: 'a' }));
    server.holdDecisions();
    transport.restore();
    await time.advance(10_000);
    expect(tab.pending()).toHaveLength(1);
    expect(tab.members(todos)).not.toBeNull();
  });
});

describe('verdicts that are told once more', () => {
  const replica = 'db.0' as ReplicaId;

  function outboxOf(...seqs: readonly number[]) {
    const outbox = createOutbox(fakeHash);
    const stamp = encodeStamp({ millis: 1, counter: 0, replica });
    outbox.add(seqs.map((seq) => ({ op: { kind: 'remove', replica, seq, stamp, map: 'm', key: 'k' }, handed: true })));
    return { outbox, queue: outbox.queue(replica) };
  }

  it('PI-11: are due while the outbox has an op, sent or not, up to which the server has decided', () => {
    const { outbox, queue } = outboxOf(3, 5, 7);
    const again = new ToldAgain({ outbox, speaksFor: () => true });
    const areDue = (decided: number | null): boolean => {
      queue.decided = decided;
      return again.areDue();
    };
    expect([null, 0, 2, 3, 5].map(areDue)).toEqual([false, false, false, true, true]);
    markHeadSent(queue);
    expect([2, 3, 5].map(areDue)).toEqual([false, true, true]);
    outbox.remove({ replica, seq: 3 });
    expect([3, 4, 5].map(areDue)).toEqual([false, false, true]);
  });

  it('PI-11, SY-2: ops after them that were sent before do not hide that they are due', () => {
    const { outbox, queue } = outboxOf(7);
    markHeadSent(queue);
    outbox.add(outboxOf(3).outbox.entries());
    queue.decided = 4;
    expect(new ToldAgain({ outbox, speaksFor: () => true }).areDue()).toBe(true);
  });

  it('CL-4: are not waited for where another tab speaks for the replica', () => {
    const { outbox, queue } = outboxOf(1);
    queue.decided = 1;
    expect(new ToldAgain({ outbox, speaksFor: () => false }).areDue()).toBe(false);
  });

  it('SY-2: name each of their maps once, when the last of them has come, and none after the connection', () => {
    const { outbox, queue } = outboxOf(1, 2);
    const again = new ToldAgain({ outbox, speaksFor: () => true });
    queue.decided = 2;
    for (const map of ['m', 'm', 'n']) again.note(map);
    expect(again.take()).toEqual([]);
    for (const seq of [1, 2]) outbox.remove({ replica, seq });
    expect([again.take(), again.take()]).toEqual([['m', 'n'], []]);
    again.note('m');
    again.disconnected();
    expect(again.take()).toEqual([]);
  });
});
