import { describe, expect, it } from 'vitest';

import { MAX_MESSAGE_OPS } from '../connection/plan-submission.js';
import { expectOrderlySubmission } from '../testing/expect-orderly-submission.js';
import { createFakeDevice } from '../testing/fake-clients.js';
import { createFakeWorld } from '../testing/fake-world.js';

const WRITES = 10_000;
const WINDOW = 1_024;

describe('a device that was offline for 10,000 writes', () => {
  it('CL-1, CL-5: has them all after a crash, shows them, and sends each once, by windows', async () => {
    const world = createFakeWorld();
    const device = createFakeDevice(world);
    world.transport.cut();
    const { client, tab } = device.open();
    await client.start();
    const notes = client.getMap('notes');
    await notes.loaded();
    for (let i = 0; i < WRITES / 4; i += 1) {
      notes.set(`k${i}`, { n: i });
      notes.update('one', () => ({ n: i }));
      client.getPNCounter('hits').increment();
      client.getORMap('tags').add(`list${i % 100}`, `t${i}`);
    }
    await world.time.settle();
    expect(client.getPendingOpsCount()).toBe(WRITES);
    tab.crash();

    const { client: again } = device.open();
    await again.start();
    const shown = again.getMap('notes');
    await shown.loaded();
    expect([again.getPendingOpsCount(), shown.size, shown.get('one')]).toEqual([
      WRITES,
      WRITES / 4 + 1,
      { n: WRITES / 4 - 1 },
    ]);
    expect(again.getPNCounter('hits').value).toBe(WRITES / 4);

    world.server.holdDecisions();
    world.transport.restore();
    again.forceReconnect();
    await world.time.settle();
    expect(world.server.submitted).toHaveLength(WINDOW);
    world.server.releaseDecisions();
    while (again.getPendingOpsCount() > 0) await world.time.settle();
    expectOrderlySubmission(world.server);
    expect(world.server.taken).toHaveLength(WRITES);
    expect(world.server.submitted).toHaveLength(WRITES);
    const sizes = world.transport
      .last()
      .received.flatMap((message) =>
        message.type === 'submit' ? [message.batches.reduce((sum, { ops }) => sum + ops.length, 0)] : [],
      );
    expect(Math.max(...sizes)).toBeLessThanOrEqual(MAX_MESSAGE_OPS);
    expect(world.server.rows('notes').size).toBe(WRITES / 4 + 1);
    expect(again.getConnectionState()).toBe('live');
    await again.close();
  });

  it('CL-5, CL-7: leaves out no write that a later one of the same burst supersedes: it is what stays when that is refused', async () => {
    const world = createFakeWorld();
    const { client } = createFakeDevice(world).open();
    await client.start();
    const notes = client.getMap('notes');
    await notes.set('a', { text: '' }).acked;
    const isTooLong = (value: unknown): boolean => typeof value === 'string' && value.length > 3;
    world.server.refuse((op) =>
      op.kind === 'patch' && op.fields.some(({ value }) => isTooLong(value)) ? 'too-large' : null,
    );
    const typed = ['m', 'mi', 'mil', 'milk'].map((text) => notes.patch('a', { text }));
    const outcomes = await Promise.all(typed.map(({ acked }) => acked));
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, true, true, false]);
    expect([notes.get('a'), world.server.rows('notes').get('a')]).toEqual([{ text: 'mil' }, { text: 'mil' }]);
    await client.close();
  });
});
