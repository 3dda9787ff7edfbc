import { describe, expect, it } from 'vitest';
import type { ClientMessage, Hello, ServerMessage } from '../../protocol/index.js';
import type { TransportClose, TransportEvents } from '../ports/transport.js';
import { macrotask } from './macrotask.js';
import { createMemoryTransport } from './memory-transport.js';

const HELLO: Hello = { protocol: 1, replicas: [], lineage: null };
const ping = (at: number): ClientMessage => ({ type: 'ping', at });
const pong = (at: number): ServerMessage => ({ type: 'pong', at, serverTime: 9, through: 0 });

function recorder(): TransportEvents & {
  readonly messages: ServerMessage[];
  readonly closes: TransportClose[];
} {
  const messages: ServerMessage[] = [];
  const closes: TransportClose[] = [];
  return { messages, closes, onMessage: (m) => messages.push(m), onClose: (c) => closes.push(c) };
}

describe('memory transport', () => {
  it('carries copies both ways, in order, never within the call', async () => {
    const { connect, ...rest } = createMemoryTransport();
    const events = recorder();
    rest.onConnection((server) => {
      server.onMessage((m) => {
        if (m.type === 'ping') server.send(pong(m.at));
      });
    });
    const client = connect('ws://x', HELLO, events);
    client.send(ping(1));
    client.send(ping(2));
    expect(rest.last().received).toEqual([]);
    await macrotask();
    expect(rest.last().hello).toEqual(HELLO);
    expect(rest.last().hello).not.toBe(HELLO);
    expect(rest.last().received).toEqual([ping(1), ping(2)]);
    expect(events.messages).toEqual([pong(1), pong(2)]);
  });

  it('is silent after a close by the client, which is told exactly once and not within the call', async () => {
    const transport = createMemoryTransport();
    const events = recorder();
    const client = transport.connect('ws://x', HELLO, events);
    await macrotask();
    client.send(ping(1));
    transport.last().send(pong(1));
    client.close();
    client.close();
    transport.last().close({ code: 'lost', reason: 'late' });
    client.send(ping(2));
    transport.last().send(pong(2));
    expect(events.closes).toEqual([]);
    await macrotask();
    expect(events.closes).toEqual([{ code: 'closed', reason: 'closed by this client' }]);
    expect(events.messages).toEqual([]);
    expect(transport.last().received).toEqual([ping(1)]);
    expect(transport.last().isOpen).toBe(false);
  });

  it('delivers what the server sent before it closed, then the close', async () => {
    const transport = createMemoryTransport();
    const events = recorder();
    transport.connect('ws://x', HELLO, events);
    await macrotask();
    transport.last().send(pong(1));
    transport.last().close({ code: 'refused', reason: 'no', error: { code: 'protocol-version', reason: 'no' } });
    transport.last().send(pong(2));
    await macrotask();
    expect(events.messages).toEqual([pong(1)]);
    expect(events.closes.map((c) => c.code)).toEqual(['refused']);
  });

  it('cut loses open connections and fails new ones until restored', async () => {
    const transport = createMemoryTransport();
    const [open, refused, fine] = [recorder(), recorder(), recorder()];
    let accepted = 0;
    transport.onConnection(() => accepted++);
    transport.connect('ws://x', HELLO, open);
    await macrotask();
    transport.cut();
    transport.connect('ws://x', HELLO, refused);
    await macrotask();
    expect([open, refused].map((e) => e.closes.map((c) => c.code))).toEqual([['lost'], ['lost']]);
    transport.restore();
    transport.connect('ws://x', HELLO, fine);
    await macrotask();
    expect(fine.closes).toEqual([]);
    expect(accepted).toBe(2);
  });
});
