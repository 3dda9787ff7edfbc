import { describe, expect, it } from 'vitest';

import { createFakeWorld, creates } from '../testing/fake-world.js';

describe('CL-6: a pause', () => {
  it('lets nothing through, whoever writes: the tab that asked for it, its siblings, and one that opens meanwhile', async () => {
    const { time, transport, server, open } = createFakeWorld();
    const [first, second] = [await open(), await open()];
    first.sync.disconnect();
    await time.settle();
    const third = await open();
    for (const [at, tab] of [first, second, third].entries()) await tab.write('todos', `k${at}`, creates({ at }));
    await time.advance(600_000);
    expect([server.submitted.length, transport.connections.length, server.openConnections()]).toEqual([0, 1, 0]);
    expect([first, second, third].map((tab) => tab.sync.connectionState())).toEqual(Array(3).fill('offline'));
    third.sync.connect();
    await time.settle();
    expect([...server.rows('todos').keys()].sort()).toEqual(['k0', 'k1', 'k2']);
    expect([first, second, third].flatMap((tab) => tab.pending())).toEqual([]);
  });

  it('ends with the last of the tabs: one that opens when all are gone, or the only one when it is reloaded, connects', async () => {
    const { time, server, open } = createFakeWorld();
    const first = await open();
    first.sync.disconnect();
    await first.write('todos', 'a', creates({ text: 'milk' }));
    await time.settle();
    await first.close();
    expect(server.submitted).toHaveLength(0);
    const again = await open();
    await time.settle();
    expect(again.sync.connectionState()).toBe('live');
    expect(server.rows('todos').has('a')).toBe(true);
  });
});
