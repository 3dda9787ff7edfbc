import { describe, expect, it } from 'vitest';

import { expectOrderlySubmission } from '../testing/expect-orderly-submission.js';
import { createFaultyStorage } from '../testing/faulty-storage.js';
import { createFakeWorld, creates, patches, WHOLE } from '../testing/fake-world.js';
import { CHANNEL_VERSION } from './channel-codec.js';
import { IDLE_MS, QUESTION_MS } from './leader-watch.js';
import { ROLL_CALL_MS } from './sibling-tabs.js';

/** Long enough for a follower that needs nothing to find a leader silent. */
const FOUND_MS = IDLE_MS + 3 * QUESTION_MS;

describe('a leader that is frozen', () => {
  it('CL-4: is robbed of the lead by a sibling, whose writes and subscriptions go on', async () => {
    const { time, server, open, writeElsewhere } = createFakeWorld();
    const [leader, follower] = [await open(), await open()];
    const key = follower.subscribe('todos', WHOLE);
    await time.settle();
    leader.freeze();
    await follower.write('todos', 'a', creates({ text: 'milk' }));
    await time.advance(4 * QUESTION_MS);
    expect(server.rows('todos').get('a')).toEqual({ text: 'milk' });
    expect(follower.sync.connectionState()).toBe('live');
    writeElsewhere('todos', 'b', creates({ text: 'tea' }));
    await time.settle();
    expect(follower.members(key)).toEqual(new Set(['a', 'b']));
  });

  it('CL-4, CL-6: shows nothing as live while storage does not take the number of the next lead', async () => {
    const { time, server, adapter, open } = createFakeWorld();
    const faulty = createFaultyStorage(adapter);
    const [leader, follower] = [await open(), await open({ adapter: faulty })];
    expect(follower.sync.connectionState()).toBe('live');
    // As by a transaction that the frozen one has open.
    leader.freeze();
    faulty.pause();
    const written = follower.write('todos', 'a', creates({ text: 'milk' }));
    await time.advance(FOUND_MS);
    expect(follower.sync.connectionState()).toBe('offline');
    faulty.resume();
    await written;
    await time.advance(1_000);
    expect(follower.sync.connectionState()).toBe('live');
    expect(server.rows('todos').get('a')).toEqual({ text: 'milk' });
  });

  it('CL-4: is found though nobody needs it just now', async () => {
    const { time, transport, open } = createFakeWorld();
    const [leader, follower] = [await open(), await open()];
    leader.freeze();
    await time.advance(FOUND_MS);
    expect(follower.sync.connectionState()).toBe('live');
    expect(transport.connections).toHaveLength(2);
  });

  it('CL-4: steps down when it thaws: its socket goes, and what it had pending is decided once', async () => {
    const { time, server, transport, open } = createFakeWorld();
    const [leader, follower] = [await open(), await open()];
    const key = leader.subscribe('todos', WHOLE);
    server.holdDecisions();
    await leader.write('todos', 'a', creates({ text: 'milk' }));
    await time.settle();
    leader.freeze();
    await time.advance(FOUND_MS);
    server.releaseDecisions();
    await follower.write('todos', 'a', patches({ text: 'oat milk' }));
    await time.advance(1_000);
    expect(server.rows('todos').get('a')).toEqual({ text: 'oat milk' });
    leader.thaw();
    await time.advance(1_000);
    expect(server.openConnections()).toBe(1);
    expect(server.taken.map((op) => op.kind)).toEqual(['create', 'patch']);
    for (const tab of [leader, follower]) {
      expect(tab.pending()).toEqual([]);
      expect(tab.rows('todos').get('a')).toEqual({ text: 'oat milk' });
      expect(tab.sync.connectionState()).toBe('live');
    }
    expect(leader.members(key)).toEqual(new Set(['a']));
    await leader.write('todos', 'b', creates({ text: 'tea' }));
    await time.settle();
    expect(server.rows('todos').get('b')).toEqual({ text: 'tea' });
    expect(transport.connections).toHaveLength(2);
    expectOrderlySubmission(server);
  });

  it.each([
    ['a follower writes', 4 * QUESTION_MS],
    ['nobody needs it', FOUND_MS],
  ])('CL-4: what it wrote without a network, and could not send, the next one sends once: %s', async (_, foundMs) => {
    const { time, transport, server, open } = createFakeWorld();
    const [leader, follower] = [await open(), await open()];
    transport.cut();
    await time.advance(1_000);
    expect(follower.sync.connectionState()).not.toBe('live');
    for (const key of ['milk', 'bread']) await leader.write('todos', key, creates({ text: key }));
    await time.settle();
    // What waits is the frozen one's, and the follower has nothing on its way to anybody.
    leader.freeze();
    transport.restore();
    const keys = ['bread', 'milk'];
    if (foundMs !== FOUND_MS) {
      await follower.write('todos', 'tea', creates({ text: 'tea' }));
      keys.push('tea');
    }
    await time.advance(foundMs);
    expect([...server.rows('todos').keys()].toSorted()).toEqual(keys);
    expect(follower.sync.connectionState()).toBe('live');
    leader.thaw();
    await time.advance(60_000);
    expect(server.taken.map(({ key }) => key).toSorted()).toEqual(keys);
    for (const tab of [leader, follower]) {
      expect(tab.pending()).toEqual([]);
      expect([...tab.rows('todos').keys()].toSorted()).toEqual(keys);
    }
    expect(server.openConnections()).toBe(1);
    expectOrderlySubmission(server);
  });

  it('CL-4: acts on nothing that its socket brings before it has asked whether it leads', async () => {
    const { time, adapter, open, writeElsewhere } = createFakeWorld();
    const [leader, follower] = [await open(), await open()];
    for (const tab of [leader, follower]) tab.subscribe('todos', WHOLE);
    await time.settle();
    leader.freeze();
    writeElsewhere('todos', 'a', creates({ text: 'late' }));
    await time.advance(FOUND_MS);
    const before = leader.events.length;
    leader.thaw();
    await time.settle();
    const heard = leader.events.slice(before);
    // What the new leader says of it, after the old one has stepped down.
    const changed = heard.findIndex(({ type }) => type === 'changes');
    const stepped = heard.findIndex((event) => event.type === 'connection' && event.state === 'offline');
    expect(stepped).toBeGreaterThanOrEqual(0);
    expect(changed === -1 || changed > stepped).toBe(true);
    expect(leader.rows('todos').get('a')).toEqual({ text: 'late' });
    const opened = await adapter.open('topgun:test');
    const lead = opened.ok ? await opened.value.latestLead() : null;
    expect(lead).toEqual({ ok: true, value: 2 });
  });

  it('CL-4: that nobody has robbed goes on where it was', async () => {
    const { time, server, transport, open, writeElsewhere } = createFakeWorld();
    const leader = await open();
    const key = leader.subscribe('todos', WHOLE);
    await time.settle();
    leader.freeze();
    writeElsewhere('todos', 'a', creates({ text: 'late' }));
    await time.advance(10_000);
    leader.thaw();
    await time.settle();
    expect(leader.members(key)).toEqual(new Set(['a']));
    await leader.write('todos', 'b', creates({ text: 'tea' }));
    await time.settle();
    expect(server.rows('todos').size).toBe(2);
    expect(transport.connections).toHaveLength(1);
  });

  it('CL-4: many followers find it at once, and one leads: nobody is robbed who answers', async () => {
    const { time, server, transport, open } = createFakeWorld();
    const leader = await open();
    const followers = [await open(), await open(), await open(), await open()];
    await time.advance(7_000);
    leader.freeze();
    for (const [i, tab] of followers.entries()) await tab.write('todos', `k${i}`, creates({ i }));
    await time.advance(120_000);
    expect(server.rows('todos').size).toBe(4);
    expect(transport.connections.length).toBeLessThanOrEqual(3);
    const attempts = transport.connections.length;
    leader.thaw();
    await time.advance(600_000);
    expect(transport.connections).toHaveLength(attempts);
    expect(server.openConnections()).toBe(1);
    for (const tab of [leader, ...followers]) expect(tab.sync.connectionState()).toBe('live');
  });

  it('CL-4: a follower that was frozen itself robs nobody', async () => {
    const { time, transport, open } = createFakeWorld();
    const [, follower] = [await open(), await open()];
    for (let round = 0; round < 5; round += 1) {
      follower.freeze();
      await time.advance(60_000);
      follower.thaw();
      await time.advance(100);
    }
    await time.advance(60_000);
    expect(transport.connections).toHaveLength(1);
    expect(follower.sync.connectionState()).toBe('live');
  });

  it('CL-4: robbed again and again, all converge', async () => {
    const { time, server, open } = createFakeWorld();
    const tabs = [await open(), await open(), await open()];
    const key = tabs.map((tab) => tab.subscribe('todos', WHOLE))[0] ?? '';
    for (let round = 0; round < 6; round += 1) {
      const [sleeper, writer] = [tabs[round % 3], tabs[(round + 1) % 3]];
      if (sleeper === undefined || writer === undefined) throw new Error('no such tab');
      sleeper.freeze();
      await writer.write('todos', `k${round}`, creates({ round }));
      await time.advance(FOUND_MS);
      sleeper.thaw();
      await sleeper.write('todos', `k${round}`, patches({ late: round }));
      await time.advance(100);
    }
    await time.advance(60_000);
    expect(server.openConnections()).toBe(1);
    const rows = server.rows('todos');
    expect(rows.size).toBe(6);
    for (const tab of tabs) {
      expect(tab.pending()).toEqual([]);
      expect(tab.rows('todos')).toEqual(rows);
      expect(tab.members(key)).toEqual(new Set(rows.keys()));
    }
    const taken = server.taken.map(({ replica, seq }) => `${replica}:${seq}`);
    expect(new Set(taken).size).toBe(taken.length);
    expectOrderlySubmission(server);
  });

  it('CL-8: the number of a lead in another database, which was deleted since, says nothing', async () => {
    const { time, tabs, adapter, open } = createFakeWorld();
    const [leader, follower, third] = [await open(), await open(), await open()];
    const body = { type: 'leader', isPaused: false, lead: 99, databaseId: 'elsewhere' };
    tabs.openTab().port.join('topgun:test').post({ v: CHANNEL_VERSION, from: 'a tab', to: null, body });
    await time.settle();
    leader.crash();
    await time.advance(2_000);
    for (const tab of [follower, third]) expect(tab.sync.connectionState()).toBe('live');
    const opened = await adapter.open('topgun:test');
    expect(opened.ok && (await opened.value.latestLead())).toEqual({ ok: true, value: 2 });
  });

  it('CL-4: leaves no timer and no lock behind, robbed or a thief', async () => {
    const { time, tabs, open } = createFakeWorld();
    const [leader, follower] = [await open(), await open()];
    leader.freeze();
    await time.advance(FOUND_MS);
    leader.thaw();
    await time.advance(1_000);
    await leader.close();
    await follower.close();
    expect(time.pendingTimers()).toBe(0);
    expect(tabs.heldLocks()).toEqual([]);
  });
});

describe('tabs of two versions', () => {
  const NEWER = { channelVersion: CHANNEL_VERSION + 1 };

  it('CL-4: the newer one takes the lead at once; the older one says why it is not served, and its writes arrive all the same', async () => {
    const { time, server, transport, open } = createFakeWorld();
    const older = await open();
    const newer = await open(NEWER);
    await time.advance(2 * QUESTION_MS);
    expect([older.sync.connectionState(), newer.sync.connectionState()]).toEqual(['incompatible', 'live']);
    expect(older.sync.connectionFault()?.code).toBe('newer-tab');
    expect(server.openConnections()).toBe(1);
    await older.write('todos', 'a', creates({ text: 'milk' }));
    await time.advance(2 * ROLL_CALL_MS);
    expect(server.rows('todos').get('a')).toEqual({ text: 'milk' });
    const attempts = transport.connections.length;
    await time.advance(600_000);
    expect(transport.connections).toHaveLength(attempts);
  });

  it('CL-4: the older one leads again, and is served, when the newer one is closed', async () => {
    const { time, server, open } = createFakeWorld();
    const older = await open();
    const newer = await open(NEWER);
    await time.advance(2 * QUESTION_MS);
    await older.write('todos', 'a', creates({ text: 'milk' }));
    await newer.close();
    await time.advance(2_000);
    expect([older.sync.connectionState(), older.pending()]).toEqual(['live', []]);
    expect(server.rows('todos').get('a')).toEqual({ text: 'milk' });
    expect(older.logged.filter((line) => line.includes('another version'))).toHaveLength(1);
  });

  it('CL-4: a newer one that is frozen is robbed by an older one, and takes the lead back when it thaws', async () => {
    const { time, server, open } = createFakeWorld();
    const newer = await open(NEWER);
    const older = await open();
    await time.advance(FOUND_MS);
    expect(older.sync.connectionState()).toBe('incompatible');
    newer.freeze();
    await older.write('todos', 'a', creates({ text: 'milk' }));
    await time.advance(FOUND_MS);
    expect([older.sync.connectionState(), server.rows('todos').size]).toEqual(['live', 1]);
    newer.thaw();
    await time.advance(FOUND_MS);
    expect([older.sync.connectionState(), newer.sync.connectionState()]).toEqual(['incompatible', 'live']);
    expect(server.openConnections()).toBe(1);
  });
});
