import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { Server, type Socket } from 'socket.io';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { ClientMessage, Hello, ServerMessage } from '../../protocol/index.js';
import type { TransportClose, TransportConnection } from '../ports/transport.js';
import { createSocketIoTransport } from './socket-io-transport.js';

const HELLO: Hello = { protocol: 1, replicas: [], lineage: null, token: 't' };
const ping = (at: number): ClientMessage => ({ type: 'ping', at });
const pong = (at: number): ServerMessage => ({ type: 'pong', at, serverTime: 9, through: 0 });

let http: HttpServer;
let server: Server;
let url: string;
const connections: TransportConnection[] = [];

beforeEach(async () => {
  http = createServer();
  server = new Server(http, { maxHttpBufferSize: 10_000 });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}`;
});

afterEach(async () => {
  for (const connection of connections.splice(0)) connection.close();
  await server.close();
});

function connect(to = url) {
  const messages: ServerMessage[] = [];
  const closes: TransportClose[] = [];
  const connection = createSocketIoTransport().connect(to, HELLO, {
    onMessage: (message) => {
      expect(closes).toEqual([]);
      messages.push(message);
    },
    onClose: (close) => closes.push(close),
  });
  connections.push(connection);
  return { connection, messages, closes };
}

const nextSocket = (): Promise<Socket> => new Promise((resolve) => server.once('connection', resolve));

describe('socket.io transport', () => {
  it('PT-1: says the hello with the request, over a WebSocket, and carries messages in order both ways', async () => {
    const arrived: unknown[] = [];
    server.on('connection', (socket) => socket.on('m', (message) => arrived.push(message)));
    const accepted = nextSocket();
    const { connection, messages } = connect();
    connection.send(ping(1));
    connection.send(ping(2));
    const socket = await accepted;
    expect(socket.handshake.auth).toEqual(HELLO);
    expect(socket.conn.transport.name).toBe('websocket');
    socket.emit('m', pong(1));
    socket.emit('m', pong(2));
    await vi.waitFor(() => expect(messages).toEqual([pong(1), pong(2)]));
    await vi.waitFor(() => expect(arrived).toEqual([ping(1), ping(2)]));
  });

  it('PT-1: takes several messages of one event, in order, and none after one that breaks the protocol', async () => {
    const accepted = nextSocket();
    const { closes, messages } = connect();
    const socket = await accepted;
    socket.emit('m', pong(1), pong(2));
    await vi.waitFor(() => expect(messages).toEqual([pong(1), pong(2)]));
    socket.emit('m', pong(3), { type: 'pong', at: 'noon' }, pong(4));
    await vi.waitFor(() => expect(closes.map(({ code }) => code)).toEqual(['protocol-violation']));
    expect(messages).toEqual([pong(1), pong(2), pong(3)]);
  });

  it('PT-4: tells a refusal with the typed error of the server, and does not try again', async () => {
    let attempts = 0;
    server.use((_socket, next) => {
      attempts++;
      next(Object.assign(new Error('refused'), { data: { code: 'protocol-version', reason: 'too old' } }));
    });
    const { closes } = connect();
    await vi.waitFor(() => expect(closes.length).toBe(1));
    expect(closes[0]).toEqual({
      code: 'refused',
      reason: 'too old',
      error: { code: 'protocol-version', reason: 'too old' },
    });
    await vi.waitFor(() => expect(server.engine.clientsCount).toBe(0));
    expect(attempts).toBe(1);
  });

  it('a refusal that is no answer of our server is a lost connection', async () => {
    server.use((_socket, next) => next(new Error('some other middleware')));
    const { closes } = connect();
    await vi.waitFor(() => expect(closes.map(({ code }) => code)).toEqual(['lost']));
  });

  it('a server that is not there is a lost connection', async () => {
    const { closes } = connect('ws://127.0.0.1:1');
    await vi.waitFor(() => expect(closes.map(({ code }) => code)).toEqual(['lost']));
  });

  it('a server that goes away is a lost connection, told once', async () => {
    const accepted = nextSocket();
    const { closes, connection } = connect();
    const socket = await accepted;
    await vi.waitFor(() => expect(socket.connected).toBe(true));
    socket.conn.close();
    await vi.waitFor(() => expect(closes.map(({ code }) => code)).toEqual(['lost']));
    connection.send(ping(1));
    connection.close();
    await Promise.resolve();
    expect(closes.length).toBe(1);
  });

  it('PT-6: keeps the fatal error the server gave before it closed', async () => {
    const accepted = nextSocket();
    const { closes, messages } = connect();
    const socket = await accepted;
    const fatal: ServerMessage = { type: 'error', code: 'out-of-order', reason: 'seq 3 after 5', fatal: true };
    socket.emit('m', fatal);
    socket.disconnect(true);
    await vi.waitFor(() => expect(closes.length).toBe(1));
    expect(messages).toEqual([fatal]);
    expect(closes[0]).toEqual({
      code: 'lost',
      reason: 'seq 3 after 5',
      error: { code: 'out-of-order', reason: 'seq 3 after 5' },
    });
  });

  it('names a message the server finds too large (WebSocket close code 1009)', async () => {
    const accepted = nextSocket();
    const { closes, connection } = connect();
    await accepted;
    connection.send({ type: 'subscribe', sub: 1, map: 'm', query: { where: 'x'.repeat(20_000) } as never });
    await vi.waitFor(() => expect(closes.map(({ code }) => code)).toEqual(['message-too-large']));
  });

  it('closes on a message that breaks the protocol, naming the place, and passes nothing on', async () => {
    const accepted = nextSocket();
    const { closes, messages } = connect();
    const socket = await accepted;
    socket.emit('m', { type: 'pong', at: 'noon', serverTime: 9, through: 0 });
    socket.emit('m', pong(1));
    await vi.waitFor(() => expect(closes.map(({ code }) => code)).toEqual(['protocol-violation']));
    expect(closes[0]?.reason).toContain('$.at');
    expect(messages).toEqual([]);
    await vi.waitFor(() => expect(socket.connected).toBe(false));
  });

  it('is silent after close, which is told once, later than the call, and reaches the server', async () => {
    const accepted = nextSocket();
    const { closes, messages, connection } = connect();
    const socket = await accepted;
    socket.emit('m', pong(1));
    connection.close();
    connection.close();
    expect(closes).toEqual([]);
    await Promise.resolve();
    expect(closes).toEqual([{ code: 'closed', reason: 'closed by this client' }]);
    await vi.waitFor(() => expect(server.engine.clientsCount).toBe(0));
    expect(messages).toEqual([]);
    expect(closes.length).toBe(1);
  });
});
