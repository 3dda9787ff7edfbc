import { connect, type Socket } from 'node:net';
import type { Hash64 } from '@topgun/core/primitives';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { systemTimers } from '../../adapters/system-environment.js';
import { loadXxhash } from '../../adapters/xxhash.js';
import { startTestGateway, type TestGateway } from '../../testing/test-gateway.js';
import { helloOf } from '../../testing/wire-client.js';
import type { BudgetOptions } from '../budgets/budgets.js';
import { createHttpListener, type HttpListener } from './http-listener.js';

let hash: Hash64;
let listener: HttpListener;
const lines: Socket[] = [];

beforeAll(async () => {
  hash = await loadXxhash();
});

afterEach(async () => {
  for (const line of lines.splice(0)) line.destroy();
  await listener.close();
});

/** Nobody is cut off here for being slow. */
async function start(budgets: BudgetOptions): Promise<{ server: TestGateway; port: number }> {
  const server = await startTestGateway(hash, { budgets });
  listener = createHttpListener({
    port: 0,
    host: '127.0.0.1',
    staticFolder: undefined,
    timers: systemTimers,
    lineTimes: { helloMs: 600_000, closeMs: 600_000 },
  });
  const { port } = await listener.bind();
  listener.admit(server.gateway, 100_000);
  return { server, port };
}

const UPGRADE = [
  'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1',
  'Host: localhost',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
].join('\r\n');

interface BareLine {
  readonly socket: Socket;
  heard: string;
  isClosed: boolean;
}

/** A line that asks to be a WebSocket, and answers nothing of itself. */
function open(port: number): BareLine {
  const socket = connect(port, '127.0.0.1');
  const line: BareLine = { socket, heard: '', isClosed: false };
  lines.push(socket);
  socket.on('data', (chunk) => (line.heard += String(chunk)));
  socket.on('error', () => undefined);
  socket.on('close', () => (line.isClosed = true));
  socket.write(`${UPGRADE}\r\n\r\n`);
  return line;
}

/** A text frame as a client sends it, masked with nothing. */
function frame(text: string): Buffer {
  const body = Buffer.from(text);
  if (body.length > 125) throw new Error('too long for this');
  return Buffer.concat([Buffer.from([0x81, 0x80 | body.length, 0, 0, 0, 0]), body]);
}

const LONG = { timeout: 20_000 };

describe('AB-9: at the socket', () => {
  test('who comes again and again from an address that is full gets no line any more', async () => {
    const { server, port } = await start({ address: { connections: 2 } });
    const standing = [open(port), open(port)];
    for (const line of standing) await expect.poll(() => line.heard, LONG).toContain('101 Switching Protocols');
    // As many as are told why.
    for (let i = 0; i < 100; i += 1) {
      server.gateway.arrive({ address: '127.0.0.1', origin: undefined, host: undefined }).left();
    }
    const late = open(port);
    await expect.poll(() => late.isClosed, LONG).toBe(true);
    expect(late.heard).toMatch(/^HTTP\/1\.1 4/);
    standing[0]!.socket.destroy();
    await expect
      .poll(() => {
        const again = open(port);
        return new Promise((resolve) => again.socket.once('data', () => resolve(again.heard.slice(0, 12))));
      }, LONG)
      .toBe('HTTP/1.1 101');
  });

  test('who was sent away for sending too much is not read any more, and cut off though they do not answer', async () => {
    const { port } = await start({ connection: { messages: { perS: 1, burst: 5 } } });
    const line = open(port);
    await expect.poll(() => line.heard, LONG).toContain('pingInterval');
    line.socket.write(frame(`40${JSON.stringify(helloOf())}`));
    await expect.poll(() => line.heard, LONG).toContain('welcome');
    for (let i = 0; i < 50; i += 1) line.socket.write(frame(`42["m",{"type":"ping","at":${i}}]`));
    await expect.poll(() => line.heard, LONG).toContain('"overloaded"');
    await expect.poll(() => line.isClosed, LONG).toBe(true);
  });
});
