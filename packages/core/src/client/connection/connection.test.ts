import { describe, expect, it } from 'vitest';

import { createFakeWorld, creates, WHOLE } from '../testing/fake-world.js';

describe('the connection', () => {
  it('CL-6: goes through its states on the way to live', async () => {
    const { time, open } = createFakeWorld();
    const tab = await open({ getToken: () => Promise.resolve('t') });
    await time.settle();
    const states = tab.events.flatMap((event) => (event.type === 'connection' ? [event.state] : []));
    expect(states).toEqual(['authenticating', 'connecting', 'reconciling', 'live']);
  });

  it('CL-6: backs off, longer each time, and never gives up', async () => {
    const { time, transport, open } = createFakeWorld();
    transport.cut();
    const tab = await open();
    const gaps: number[] = [];
    let attempts = transport.connections.length;
    let waited = 0;
    for (let ms = 0; ms < 400_000; ms += 100) {
      await time.advance(100);
      waited += 100;
      if (transport.connections.length === attempts) continue;
      attempts = transport.connections.length;
      gaps.push(waited);
      waited = 0;
    }
    [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000].forEach((whole, index) => {
      expect(gaps[index]).toBeGreaterThanOrEqual(whole / 2);
      expect(gaps[index]).toBeLessThanOrEqual(whole + 100);
    });
    expect(gaps.length).toBeGreaterThan(12);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(30_100);
    transport.restore();
    await time.advance(30_000);
    expect(tab.sync.connectionState()).toBe('live');
  });

  it('CL-6: clients that lose a server together do not come back together', async () => {
    const { time, transport, server, open } = createFakeWorld();
    for (let i = 0; i < 20; i += 1) await open({ name: `topgun:user-${i}` });
    expect(server.openConnections()).toBe(20);
    const before = transport.connections.length;
    server.dropConnections();
    const perSlice: number[] = [];
    for (let slice = 0; slice < 20; slice += 1) {
      const count = transport.connections.length;
      await time.advance(50);
      perSlice.push(transport.connections.length - count);
    }
    expect(transport.connections.length - before).toBe(20);
    expect(Math.max(...perSlice)).toBeLessThanOrEqual(8);
    expect(perSlice.slice(0, 9).every((count) => count === 0)).toBe(true);
  });

  it('CL-6: `online` reconnects at once, and probes a connection that looks alive', async () => {
    const { time, transport, open } = createFakeWorld();
    const tab = await open();
    transport.cut();
    await time.advance(100_000);
    transport.restore();
    tab.network.goOnline();
    await time.settle();
    expect(tab.sync.connectionState()).toBe('live');
    const pings = (): number => transport.last().received.filter(({ type }) => type === 'ping').length;
    const before = pings();
    tab.network.goOnline();
    await time.settle();
    expect(pings()).toBe(before + 1);
  });

  it('CL-6: a server that falls silent is left and found again', async () => {
    const { time, transport, server, open } = createFakeWorld();
    const tab = await open();
    server.freeze();
    await time.advance(14_000);
    expect(transport.connections).toHaveLength(1);
    await time.advance(7_000);
    expect(transport.connections).toHaveLength(2);
    expect(transport.connections[0]!.isOpen).toBe(false);
    server.thaw();
    await time.advance(60_000);
    expect(tab.sync.connectionState()).toBe('live');
  });

  it('CL-6: a tab that was frozen pings before it doubts the server', async () => {
    const { time, transport, open } = createFakeWorld();
    const device = time.device();
    const tab = await open({ device });
    device.freeze();
    await time.advance(3_600_000);
    device.thaw();
    await time.advance(20_000);
    expect(transport.connections).toHaveLength(1);
    expect(tab.sync.connectionState()).toBe('live');
  });

  it('CL-6: an unknown protocol is not tried again', async () => {
    const { time, transport, server, open } = createFakeWorld();
    server.refuseHello('protocol-version');
    const tab = await open();
    tab.network.goOnline();
    await time.advance(600_000);
    expect(tab.sync.connectionState()).toBe('incompatible');
    expect(tab.sync.connectionFault()).toEqual({ code: 'protocol-version', reason: 'not like this' });
    expect(transport.connections).toHaveLength(1);
  });

  it('CL-6: `needs-auth` keeps the queue until there is a new token', async () => {
    const { time, transport, server, open } = createFakeWorld();
    server.refuseHello('needs-auth');
    let token: string | null = null;
    const tab = await open({ getToken: () => token });
    const follower = await open();
    await follower.write('todos', 'a', creates({ text: 'milk' }));
    await time.advance(600_000);
    expect(follower.sync.connectionState()).toBe('needs-auth');
    expect(transport.connections).toHaveLength(1);
    expect(transport.last().hello).not.toHaveProperty('token');
    server.refuseHello(null);
    token = 'fresh';
    tab.sync.tokenChanged();
    await time.settle();
    expect(transport.last().hello.token).toBe('fresh');
    expect(server.rows('todos').has('a')).toBe(true);
    expect(follower.pending()).toEqual([]);
  });

  it('a token that cannot be had is a failed attempt', async () => {
    const { time, transport, open } = createFakeWorld();
    let asked = 0;
    const tab = await open({
      getToken: () => {
        asked += 1;
        if (asked === 1) throw new Error('no network');
        return asked === 2 ? Promise.reject(new Error('still none')) : Promise.resolve('t');
      },
    });
    expect(tab.sync.connectionState()).toBe('backing-off');
    expect(tab.sync.connectionFault()).toEqual({ code: 'token-failed', reason: 'no network' });
    await time.advance(3_100);
    expect(tab.sync.connectionState()).toBe('live');
    expect(transport.last().hello.token).toBe('t');
  });

  it('a token that never comes does not hold the connection up for good', async () => {
    const { time, open } = createFakeWorld();
    let asked = 0;
    const tab = await open({
      getToken: () => {
        asked += 1;
        return asked === 1 ? new Promise<string>(() => {}) : 't';
      },
    });
    expect(tab.sync.connectionState()).toBe('authenticating');
    await time.advance(30_000);
    expect(tab.sync.connectionState()).toBe('live');
  });

  it('CL-6: `disconnect` truly pauses, and `connect` resumes with what was written meanwhile', async () => {
    const { time, transport, server, open } = createFakeWorld();
    const tab = await open();
    tab.subscribe('todos', WHOLE);
    await time.settle();
    tab.sync.disconnect();
    await tab.write('todos', 'a', creates({ text: 'milk' }));
    tab.network.goOnline();
    await time.advance(600_000);
    expect(transport.connections).toHaveLength(1);
    expect(server.openConnections()).toBe(0);
    expect(tab.sync.connectionState()).toBe('offline');
    tab.sync.connect();
    await time.settle();
    expect(server.rows('todos').has('a')).toBe(true);
    expect(tab.sync.connectionState()).toBe('live');
  });

  it('CL-6: a fatal error of the server ends the connection, and the next one is tried later', async () => {
    const { time, transport, open } = createFakeWorld();
    const tab = await open();
    transport.last().send({ type: 'error', code: 'shutting-down', reason: 'back soon', fatal: true });
    await time.settle();
    expect(tab.sync.connectionState()).toBe('backing-off');
    expect(tab.sync.connectionFault()).toEqual({ code: 'shutting-down', reason: 'back soon' });
    expect(transport.last().isOpen).toBe(false);
    await time.advance(1_100);
    expect(tab.sync.connectionState()).toBe('live');
    expect(tab.sync.connectionFault()).toBeNull();
  });
});
