import { describe, expect, it } from 'vitest';

import { createFakeWorld, creates, WHOLE } from '../testing/fake-world.js';

const OVERLOADED = { type: 'error', code: 'overloaded', reason: 'too much', retryAfterMs: 20_000 } as const;

describe('AB-3: a server that is asked for too much', () => {
  it('is asked again when it said, not before, and nothing of the queue is lost', async () => {
    const { time, transport, server, open } = createFakeWorld();
    const tab = await open();
    server.holdDecisions();
    for (const key of ['a', 'b', 'c']) void tab.write('todos', key, creates({ key }));
    await time.settle();
    const attempts = transport.connections.length;
    transport.last().send({ ...OVERLOADED, fatal: true });
    await time.advance(19_900);
    expect(transport.connections.length).toBe(attempts);
    expect(tab.sync.connectionState()).toBe('backing-off');
    server.releaseDecisions();
    await time.advance(5_200);
    expect(transport.connections.length).toBe(attempts + 1);
    expect(tab.sync.connectionState()).toBe('live');
    expect([...server.rows('todos').keys()]).toEqual(['a', 'b', 'c']);
    // What was said of one connection says nothing of the next.
    server.dropConnections();
    await time.advance(1_100);
    expect(tab.sync.connectionState()).toBe('live');
  });

  it('is asked for a subscription again, which goes on without another word of the app', async () => {
    const { time, transport, server, open, writeElsewhere } = createFakeWorld();
    writeElsewhere('todos', 'a', creates({ done: false }));
    const tab = await open();
    server.holdAnswers();
    const key = tab.subscribe('todos', WHOLE);
    await time.settle();
    const asked = (): { sub: number }[] =>
      transport.last().received.filter((message) => message.type === 'subscribe') as { sub: number }[];
    const { sub } = asked().at(-1)!;
    transport.last().send({ ...OVERLOADED, about: { sub }, fatal: false });
    await time.settle();
    expect(tab.events).toContainEqual(expect.objectContaining({ type: 'subscription-failed', code: 'overloaded' }));
    expect(tab.sync.connectionState()).toBe('live');
    const before = asked().length;
    await time.advance(19_000);
    expect(asked().length).toBe(before);
    server.releaseAnswers();
    await time.advance(1_100);
    expect(asked().length).toBe(before + 1);
    expect(tab.members(key)).toEqual(new Set(['a']));
  });

  it('one that nobody wants any more is not asked for', async () => {
    const { time, transport, open, server } = createFakeWorld();
    const tab = await open();
    server.holdAnswers();
    const key = tab.subscribe('todos', WHOLE);
    await time.settle();
    const asked = () =>
      transport.last().received.filter((message) => message.type === 'subscribe') as { sub: number }[];
    transport.last().send({ ...OVERLOADED, retryAfterMs: 60_000, about: { sub: asked().at(-1)!.sub }, fatal: false });
    tab.unsubscribe(key);
    await time.advance(40_000);
    const before = asked().length;
    await time.advance(60_000);
    expect(asked().length).toBe(before);
  });
});
