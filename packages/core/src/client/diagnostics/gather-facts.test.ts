import { describe, expect, it } from 'vitest';

import { createFakeDevice } from '../testing/fake-clients.js';
import { createFakeWorld } from '../testing/fake-world.js';
import { createTabHarness } from '../testing/tab-harness.js';
import { gatherMap, gatherRecord } from './gather-facts.js';

describe('CL-34: a client explains itself', () => {
  it('follows a write: offline, sent, accepted, and the map with it', async () => {
    const world = createFakeWorld();
    const { client } = createFakeDevice(world).open();
    client.disconnect();
    await client.start();
    const notes = client.getMap('notes');
    notes.subscribe(() => {});
    await notes.loaded();
    notes.set('a', { text: 'a secret' });
    expect(client.explain('notes', 'a')).toMatchObject({
      presence: 'shown',
      syncState: 'pending',
      confirmed: null,
      pending: [{ isDurable: false, isSent: false, waitsFor: 'storage' }],
      storage: { kind: 'database', unsaved: 1, persistence: null, lastFault: null },
    });
    await world.time.settle();
    expect(client.explain('notes', 'a')).toMatchObject({
      pending: [{ isDurable: true, isSent: false, waitsFor: 'connection' }],
      connection: { state: 'offline', isPaused: true, isLocalOnly: false, leads: true },
    });
    expect(client.explain('notes')).toMatchObject({
      pending: 1,
      records: 1,
      oldestPending: { waitsFor: 'connection' },
    });
    world.server.refuse(({ key }) => (key === 'b' ? 'not-permitted' : null));
    notes.set('b', { text: 'a secret' });
    client.connect();
    await world.time.settle();
    const accepted = client.explain('notes', 'a');
    expect(accepted).toMatchObject({
      summary: 'notes/a is here as the server confirmed it.',
      syncState: 'synced',
      pending: [],
      lastAck: { outcome: 'applied' },
      subscriptions: [{ isSettled: true, holds: true, error: null }],
    });
    expect(Object.keys(accepted.confirmed?.fields ?? {})).toEqual(['text']);
    const refused = client.explain('notes', 'b');
    expect(refused).toMatchObject({
      presence: 'unknown',
      rejections: [{ code: 'not-permitted' }],
      syncState: 'rejected',
    });
    expect(refused.subscriptions[0]?.holds).toBe(false);
    expect(client.explain('notes')).toMatchObject({ pending: 0, rejections: 1, oldestPending: null, confirmed: 1 });
    expect(JSON.stringify([accepted, refused, client.explain('notes')])).not.toContain('secret');
    await client.close();
  });

  it('says of a tab that does not lead that the one that does sends its writes', async () => {
    const world = createFakeWorld();
    const device = createFakeDevice(world);
    const leader = device.open().client;
    await leader.start();
    await world.time.settle();
    const follower = device.open().client;
    await follower.start();
    await world.time.settle();
    world.server.holdDecisions();
    follower.getMap('notes').set('a', { text: 'x' });
    await world.time.settle();
    expect(follower.explain('notes', 'a').pending).toMatchObject([{ isSent: null, waitsFor: 'leader' }]);
    expect(leader.explain('notes', 'a')).toMatchObject({
      presence: 'unused',
      pending: [{ isSent: true, waitsFor: 'decision' }],
    });
    await follower.close();
    await leader.close();
  });

  it('asks the tab’s sync about durable writes alone, and puts no map to use', async () => {
    const tab = createTabHarness();
    await tab.runtime.start();
    expect(gatherRecord(tab.runtime, 'notes', 'a')).toMatchObject({ status: 'unused', pending: [] });
    expect(gatherMap(tab.runtime, 'notes').status).toBe('unused');
    expect(tab.runtime.stores.peek('notes')).toBe(undefined);
    tab.sync().wait = { isSent: false, waitsFor: 'window', behind: null };
    tab.map('notes').set('a', { text: 'x' });
    expect(gatherRecord(tab.runtime, 'notes', 'a').pending).toMatchObject([{ isDurable: false, wait: null }]);
    await tab.time.settle();
    expect(gatherMap(tab.runtime, 'notes').oldest).toMatchObject({ isDurable: true, wait: { waitsFor: 'window' } });
    await tab.runtime.close();
  });
});
