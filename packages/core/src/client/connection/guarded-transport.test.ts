import { describe, expect, it } from 'vitest';

import type { ServerMessage } from '../../protocol/index.js';
import { createMemoryTransport } from '../testing/memory-transport.js';
import { createVirtualTime } from '../testing/virtual-time.js';
import { GAP_MS, guardTransport } from './guarded-transport.js';

const pong = (at: number): ServerMessage => ({ type: 'pong', at, serverTime: at, through: 0 });

async function connect() {
  const time = createVirtualTime();
  const inner = createMemoryTransport();
  const answers: ((isLeading: boolean) => void)[] = [];
  const heard: string[] = [];
  const guarded = guardTransport({
    transport: inner,
    clock: time.clock,
    isLeading: () => new Promise((resolve) => answers.push(resolve)),
    lost: () => void heard.push('lost'),
  });
  const connection = guarded.connect('ws://test', {} as never, {
    onMessage: (message) => void heard.push(message.type === 'pong' ? String(message.at) : message.type),
    onClose: ({ code }) => void heard.push(code),
  });
  await time.settle();
  const server = inner.last();
  return { time, answers, heard, guarded, connection, server, sent: () => server.received.length };
}

describe('a guarded transport', () => {
  it('CL-4: asks nothing while its tab runs', async () => {
    const { time, answers, heard, connection, server, sent } = await connect();
    for (let at = 1; at <= 5; at += 1) {
      await time.advance(GAP_MS - 1);
      server.send(pong(at));
      await time.settle();
    }
    connection.send({ type: 'ping', at: 0 });
    await time.settle();
    expect([heard, sent(), answers]).toEqual([['1', '2', '3', '4', '5'], 1, []]);
  });

  it('CL-4: after a gap what comes and goes waits for the answer, and keeps its order', async () => {
    const { time, answers, heard, connection, server, sent } = await connect();
    await time.advance(GAP_MS);
    server.send(pong(1));
    server.send(pong(2));
    await time.settle();
    connection.send({ type: 'ping', at: 0 });
    server.close({ code: 'lost', reason: '' });
    await time.settle();
    expect([heard, sent(), answers.length]).toEqual([[], 0, 1]);
    answers[0]?.(true);
    await time.settle();
    expect(heard).toEqual(['1', '2', 'lost']);
  });

  it('CL-4: a tab that leads no more hears and sends nothing, once and for all', async () => {
    const { time, answers, heard, guarded, connection, server, sent } = await connect();
    await time.advance(GAP_MS);
    connection.send({ type: 'ping', at: 0 });
    server.send(pong(1));
    await time.settle();
    answers[0]?.(false);
    await time.settle();
    expect(heard).toEqual(['lost']);
    guarded.end();
    connection.send({ type: 'ping', at: 1 });
    server.send(pong(2));
    connection.close();
    await time.settle();
    expect([heard, sent(), server.isOpen]).toEqual([['lost'], 0, false]);
  });

  it('CL-4: an answer that took so long that the tab may have been frozen meanwhile is asked for again', async () => {
    const { time, answers, heard, server } = await connect();
    await time.advance(GAP_MS);
    server.send(pong(1));
    await time.settle();
    await time.advance(2 * GAP_MS);
    answers[0]?.(true);
    await time.settle();
    expect([heard, answers.length]).toEqual([[], 2]);
    answers[1]?.(true);
    await time.settle();
    expect(heard).toEqual(['1']);
  });

  it('a connection that is wanted after a gap is made once the answer is here, unless it was closed by then', async () => {
    const { time, answers, heard, guarded, sent, server } = await connect();
    await time.advance(GAP_MS);
    const events = { onMessage() {}, onClose: ({ code }: { readonly code: string }) => void heard.push(code) };
    const wanted = guarded.connect('ws://test', {} as never, events);
    guarded.connect('ws://test', {} as never, events).close();
    wanted.send({ type: 'ping', at: 1 });
    await time.settle();
    expect([heard, answers.length, sent(), server.isOpen]).toEqual([['closed'], 1, 0, true]);
    answers[0]?.(true);
    await time.settle();
    wanted.close();
    await time.settle();
    expect(heard).toEqual(['closed', 'closed']);
  });
});
