import { afterEach, describe, expect, it } from 'vitest';

import { OutboxFullError, type BackpressureChange, type BackpressureConfig, type TopGunClient } from '../index.js';
import { createFakeDevice, type FakeDevice } from '../testing/fake-clients.js';
import { createFakeWorld, type FakeWorld } from '../testing/fake-world.js';

const clients: TopGunClient[] = [];
afterEach(() => Promise.all(clients.splice(0).map((client) => client.close())));

interface Place {
  readonly world: FakeWorld;
  readonly device: FakeDevice;
  open(): { readonly client: TopGunClient; readonly heard: string[] };
}

function offline(backpressure: Partial<BackpressureConfig>): Place {
  const world = createFakeWorld();
  world.transport.cut();
  const device = createFakeDevice(world);
  return {
    world,
    device,
    open() {
      const { client } = device.open({ backpressure });
      clients.push(client);
      const heard: string[] = [];
      client.onBackpressure(({ level, pendingOps }: BackpressureChange) => heard.push(`${level} ${pendingOps}`));
      return { client, heard };
    },
  };
}

const write = (client: TopGunClient, n: number): void => void client.getMap('notes').set(`k${n}`, { n });

const full = (pendingOps: number): unknown => expect.objectContaining({ code: 'outbox-full', pendingOps });

describe('CL-33: backpressure', () => {
  it('is told once for each crossing: when the queue becomes long, and when it has drained', async () => {
    const { world, open } = offline({ warnAt: 3 });
    const { client, heard } = open();
    for (let n = 0; n < 5; n += 1) write(client, n);
    expect(heard).toEqual(['high 3']);
    await world.time.settle();
    world.transport.restore();
    client.forceReconnect();
    await world.time.settle();
    expect(client.getPendingOpsCount()).toBe(0);
    expect(heard).toEqual(['high 3', 'normal 0']);
    world.transport.cut();
    client.batch(() => [6, 7, 8, 9].forEach((n) => write(client, n)));
    expect(heard.slice(2)).toEqual(['high 4']);
  });

  it('is told of what a reload finds', async () => {
    const { world, open } = offline({ warnAt: 3, maxPendingOps: 4 });
    const before = open();
    for (let n = 0; n < 5; n += 1) write(before.client, n);
    await world.time.settle();
    // As an event alone: being offline is no error, and nothing was refused.
    expect(before.heard).toEqual(['high 3', 'full 4']);
    await before.client.close();
    const { client, heard } = open();
    await client.start();
    expect(heard).toEqual(['full 5']);
  });

  it('refuses, where that is asked for, the write that would be too many, before anything of it has happened', async () => {
    const { world, open } = offline({ maxPendingOps: 3, strategy: 'throw' });
    const { client, heard } = open();
    for (let n = 0; n < 3; n += 1) write(client, n);
    expect(heard).toEqual(['full 3']);
    const notes = client.getMap('notes');
    const seen: unknown[] = [];
    notes.subscribe((changes) => seen.push(changes));
    expect(() => notes.set('more', { n: 1 })).toThrow(OutboxFullError);
    expect(() => notes.update('k0', () => ({ n: 7 }))).toThrow(full(3) as Error);
    expect(() => notes.remove('k0')).toThrow(full(3) as Error);
    expect(() => client.getPNCounter('hits').increment()).toThrow(full(3) as Error);
    expect(() => client.getORMap('tags').add('a', 'b')).toThrow(full(3) as Error);
    await world.time.settle();
    expect([seen, notes.size, notes.get('k0'), client.getPendingOpsCount()]).toEqual([[], 3, { n: 0 }, 3]);
    // What changes nothing is no op (CR-4).
    notes.set('k0', { n: 0 });

    world.transport.restore();
    client.forceReconnect();
    await world.time.settle();
    notes.set('more', { n: 1 });
    expect(heard).toEqual(['full 3', 'normal 0']);
  });

  it('refuses a transaction as a whole, and so `clear`; in a batch each write is for itself', () => {
    const { client } = offline({ maxPendingOps: 3, strategy: 'throw' }).open();
    const notes = client.getMap('notes');
    write(client, 0);
    write(client, 1);
    const both = (): unknown =>
      client.transaction((tx) => {
        tx.map('notes').set('a', { n: 1 });
        tx.map('lists').set('b', { n: 2 });
      });
    expect(both).toThrow(full(2) as Error);
    expect([notes.has('a'), client.getMap('lists').has('b'), client.getPendingOpsCount()]).toEqual([false, false, 2]);
    expect(() => notes.clear()).toThrow(full(2) as Error);
    expect(notes.size).toBe(2);

    const three = (): void =>
      client.batch(() => {
        write(client, 2);
        write(client, 3);
        write(client, 4);
      });
    expect(three).toThrow(full(3) as Error);
    expect([...notes.keys()]).toEqual(['k0', 'k1', 'k2']);
  });

  it('counts nothing without a server', async () => {
    const world = createFakeWorld();
    const backpressure = { maxPendingOps: 1, strategy: 'throw' } as const;
    const { client } = createFakeDevice(world, {}).open({ backpressure });
    clients.push(client);
    for (let n = 0; n < 5; n += 1) write(client, n);
    await world.time.settle();
    expect(client.getMap('notes').size).toBe(5);
  });
});
