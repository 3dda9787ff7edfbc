import { describe, expect, it } from 'vitest';

import { createFakeWorld, creates, WHOLE } from '../testing/fake-world.js';

describe('CL-6: the page', () => {
  it('that is looked at again tries at once, instead of waiting for its turn', async () => {
    const { time, transport, open } = createFakeWorld();
    const tab = await open();
    transport.cut();
    await time.advance(200_000);
    expect(tab.sync.connectionState()).toBe('backing-off');
    transport.restore();
    tab.network.show();
    await time.settle();
    expect(tab.sync.connectionState()).toBe('live');
  });

  it('that is looked at again asks whether a connection still lives, and leaves it if it does', async () => {
    const { time, transport, open } = createFakeWorld();
    const tab = await open();
    const pings = (): number => transport.last().received.filter(({ type }) => type === 'ping').length;
    const before = pings();
    tab.network.show();
    await time.settle();
    expect([pings(), transport.connections.length, tab.sync.connectionState()]).toEqual([before + 1, 1, 'live']);
  });

  it('that is back from the back/forward cache has a new connection at once, for the other one is dead and will not say so', async () => {
    const { time, transport, server, open } = createFakeWorld();
    const tab = await open();
    tab.subscribe('todos', WHOLE);
    server.freeze();
    await tab.write('todos', 'a', creates({ text: 'milk' }));
    server.thaw();
    tab.network.restore();
    await time.settle();
    expect([transport.connections.length, transport.connections[0]?.isOpen]).toEqual([2, false]);
    expect(tab.sync.connectionState()).toBe('live');
    expect(server.rows('todos').has('a')).toBe(true);
    expect(tab.pending()).toEqual([]);
  });

  it('says nothing that would end a pause, or try a token once more that was refused', async () => {
    const { time, transport, server, open } = createFakeWorld();
    const tab = await open({ getToken: () => 'old' });
    tab.sync.disconnect();
    tab.network.show();
    tab.network.restore();
    await time.settle();
    expect([tab.sync.connectionState(), transport.connections.length]).toEqual(['offline', 1]);
    server.refuseHello('needs-auth');
    tab.sync.connect();
    await time.settle();
    tab.network.show();
    tab.network.restore();
    await time.settle();
    expect([tab.sync.connectionState(), transport.connections.length]).toEqual(['needs-auth', 2]);
  });
});
