import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { ReplicaId } from '../../clock/index.js';
import { createFakeDevice } from '../testing/fake-clients.js';
import { createFakeWorld } from '../testing/fake-world.js';
import { createFaultyStorage } from '../testing/faulty-storage.js';
import { createTabHarness } from '../testing/tab-harness.js';
import { EventLog, TIMELINE_EVENTS } from './event-log.js';
import type { ClientTimeline } from './client-timeline.js';

const op = (seq: number, key = `k${seq}`) => ({ replica: 'db.0' as ReplicaId, seq, map: 'notes', key });

type Told = (log: EventLog, seq: number) => void;
const told: readonly Told[] = [
  (log, seq) => log.op('created', op(seq)),
  (log, seq) => log.entries('persisted', [{ op: op(seq) }]),
  (log, seq) => log.rejected(op(seq), 'not-permitted'),
  (log, seq) => log.renamed(op(seq), op(seq + 1_000)),
  (log, seq) => log.connection('backing-off', `code-${seq}`),
  (log) => log.connection('live', null),
  (log, seq) => log.leader(seq % 2 === 0),
  (log, seq) => log.storageFault({ code: 'quota', message: `fault ${seq}` }),
  (log) => log.evicted('notes', 'age'),
];

/** The types of what concerns the key, and whatever concerns no key. */
const stepsOf = ({ events }: ClientTimeline, key: string): string[] =>
  events.flatMap((event) => {
    if (!('key' in event)) return event.type === 'connection' ? [event.state] : [event.type];
    return event.key === key ? [event.type] : [];
  });

describe('CL-35: the timeline', () => {
  it('holds the latest events in their order, each as it was told, and says how many came before', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: told.length - 1 }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        (which, size) => {
          let now = 0;
          const clock = { now: () => now };
          const log = new EventLog(clock, size);
          // An event alone in a log of its own is what it is to be in any.
          const alone = which.map((index, seq) => {
            now = seq;
            told[index]!(log, seq);
            const single = new EventLog(clock, 1);
            told[index]!(single, seq);
            return single.timeline().events[0];
          });
          const { events, dropped, takenAt } = log.timeline();
          expect(events).toEqual(alone.slice(-size));
          expect(dropped).toBe(Math.max(0, which.length - size));
          expect(takenAt).toBe(now);
        },
      ),
    );
  });

  it('tells of each kind of event what there is to tell', () => {
    const log = new EventLog({ now: () => 7 });
    told.forEach((tell, index) => tell(log, index));
    const { events } = log.timeline();
    expect(JSON.parse(JSON.stringify(events))).toEqual([
      { at: 7, type: 'created', op: 'db.0:0', map: 'notes', key: 'k0' },
      { at: 7, type: 'persisted', op: 'db.0:1', map: 'notes', key: 'k1' },
      { at: 7, type: 'rejected', op: 'db.0:2', map: 'notes', key: 'k2', code: 'not-permitted' },
      { at: 7, type: 'renamed', op: 'db.0:1003', map: 'notes', key: 'k1003', from: 'db.0:3' },
      { at: 7, type: 'connection', state: 'backing-off', code: 'code-4' },
      { at: 7, type: 'connection', state: 'live' },
      { at: 7, type: 'leader', leader: 'this-tab' },
      { at: 7, type: 'storage-fault', code: 'quota' },
      { at: 7, type: 'evicted', map: 'notes', reason: 'age' },
    ]);
  });

  it('remembers how the last accepted write of a record ended, as long as it is kept', () => {
    const log = new EventLog({ now: () => 7 }, 3);
    log.op('applied', op(1, 'a'));
    log.op('superseded', op(2, 'b'));
    log.op('created', op(3, 'a'));
    expect(log.lastAck('notes', 'a')).toEqual({ at: 7, op: 'db.0:1', outcome: 'applied' });
    expect(log.lastAck('lists', 'a')).toBe(null);
    log.op('created', op(4, 'a'));
    expect(log.lastAck('notes', 'a')).toBe(null);
    expect(log.lastAck('notes', 'b')?.outcome).toBe('superseded');
  });

  it('follows a write through the client, and holds nothing of what was written', async () => {
    const world = createFakeWorld();
    const { client } = createFakeDevice(world).open();
    await client.start();
    await world.time.settle();
    client.getMap('notes').set('a', { text: 'a secret' });
    await world.time.settle();
    expect(stepsOf(client.timeline(), 'a')).toEqual([
      'leader',
      'authenticating',
      'connecting',
      'reconciling',
      'live',
      'created',
      'persisted',
      'sent',
      'applied',
    ]);
    world.server.refuse(({ key }) => (key === 'b' ? 'not-permitted' : null));
    client.getMap('notes').set('b', { text: 'a secret' });
    await world.time.settle();
    expect(stepsOf(client.timeline(), 'b').slice(-4)).toEqual(['created', 'persisted', 'sent', 'rejected']);
    expect(JSON.stringify(client.timeline())).not.toContain('secret');
    await client.close();
    expect(stepsOf(client.timeline(), 'b').at(-1)).toBe('closed');
  });

  it('tells what a sibling has made durable, who leads, and under which id a write went on that was made before storage was open', async () => {
    const world = createFakeWorld();
    const device = createFakeDevice(world);
    const leader = device.open().client;
    await leader.start();
    await world.time.settle();
    const follower = device.open().client;
    follower.getMap('notes').set('a', { text: 'early' });
    await follower.start();
    await world.time.settle();
    expect(stepsOf(follower.timeline(), 'a').toSorted()).toEqual(
      ['created', 'renamed', 'persisted', 'leader', 'live', 'applied'].toSorted(),
    );
    expect(stepsOf(leader.timeline(), 'a').slice(-3)).toEqual(['persisted', 'sent', 'applied']);
    await follower.close();
    await leader.close();
  });

  it('tells a fault of storage by its code, and forgets one user’s events when another comes', async () => {
    const storage = createFaultyStorage(createTabHarness().storage);
    const tab = createTabHarness({ storage });
    await tab.runtime.start();
    storage.failCommits({ code: 'failed', message: 'The disk is full of secrets.' });
    tab.map('notes').set('a', { text: 'x' });
    await tab.time.settle();
    const { events } = tab.runtime.session;
    expect(events.timeline().events.map(({ type }) => type)).toContain('storage-fault');
    expect(events.lastFault?.message).toBe('The disk is full of secrets.');
    expect(JSON.stringify(events.timeline())).not.toContain('secrets');
    await tab.runtime.signOut(false);
    expect(JSON.stringify(tab.runtime.session.events.timeline())).not.toContain('notes');
    await tab.runtime.close();
  });

  it('makes no more places than it keeps', () => {
    const log = new EventLog({ now: () => 0 });
    for (let seq = 0; seq < 3 * TIMELINE_EVENTS; seq += 1) log.op('created', op(seq));
    const { events, dropped } = log.timeline();
    expect([events.length, dropped]).toEqual([TIMELINE_EVENTS, 2 * TIMELINE_EVENTS]);
  });
});
