import { connect, type Socket } from 'node:net';
import type { Hash64 } from '@topgun/core/primitives';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemTimers } from '../../adapters/system-environment.js';
import { loadXxhash } from '../../adapters/xxhash.js';
import { startTestGateway, type TestGateway } from '../../testing/test-gateway.js';
import { connectWire, helloOf } from '../../testing/wire-client.js';
import { createAllowedOrigins } from '../allowed-origins.js';
import { createHttpListener, type HttpListener } from './http-listener.js';

let hash: Hash64;
let server: TestGateway;
let listener: HttpListener;
let port: number;
const lines: Socket[] = [];

beforeAll(async () => {
  hash = await loadXxhash();
});

beforeEach(async () => {
  const allowsOrigin = createAllowedOrigins(['https://app.example.com']);
  server = await startTestGateway(hash, { budgets: { address: { connections: 3 } }, allowsOrigin });
  listener = createHttpListener({
    port: 0,
    host: '127.0.0.1',
    staticFolder: undefined,
    timers: systemTimers,
    allowsOrigin,
    requestTimes: { headersMs: 200, requestMs: 400, checkMs: 50 },
    lineTimes: { helloMs: 300, closeMs: 200 },
  });
  ({ port } = await listener.bind());
  listener.admit(server.gateway, 100_000);
});

afterEach(async () => {
  for (const line of lines.splice(0)) line.destroy();
  await listener.close();
});

/** A bare line to the server; resolves to all that it said when it has closed. */
function open(text: string): Promise<string> {
  const line = connect(port, '127.0.0.1');
  lines.push(line);
  let heard = '';
  line.on('data', (chunk) => (heard += String(chunk)));
  line.write(text);
  return new Promise((resolve) => {
    line.on('error', () => undefined);
    line.on('close', () => resolve(heard));
  });
}

const HEAD = [
  'Host: localhost',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
];
const upgrade = (...more: readonly string[]): string =>
  `${['GET /socket.io/?EIO=4&transport=websocket HTTP/1.1', ...HEAD, ...more].join('\r\n')}\r\n\r\n`;
const get = (...more: readonly string[]): string =>
  `${['GET /socket.io/?EIO=4&transport=polling HTTP/1.1', 'Host: localhost', 'Connection: close', ...more].join('\r\n')}\r\n\r\n`;

describe('AB-6: a line on which nothing happens is closed', () => {
  test.each([
    ['that says nothing at all', ''],
    ['whose headers never end', 'GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-Slow: '],
    [
      'whose body never comes',
      'POST /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nx',
    ],
  ])('%s', async (_what, text) => {
    expect(await open(text)).not.toContain('200 OK');
  });

  test('that is a WebSocket and never says its hello, and its place is free again', async () => {
    const said = await Promise.all([open(upgrade()), open(upgrade()), open(upgrade())]);
    for (const each of said) expect(each).toContain('101 Switching Protocols');
    const client = await connectWire(`http://127.0.0.1:${port}`, helloOf());
    expect(client.isConnected).toBe(true);
    client.close();
  });
});

test('AB-3: a connection too many is told so, with when to come back, and how many others stand is not changed by it', async () => {
  const url = `http://127.0.0.1:${port}`;
  const three = await Promise.all([1, 2, 3].map(() => connectWire(url, helloOf())));
  await expect(connectWire(url, helloOf())).rejects.toMatchObject({
    data: { code: 'overloaded', retryAfterMs: 5_000 },
  });
  three[0]!.close();
  await three[0]!.closed;
  await expect
    .poll(() =>
      connectWire(url, helloOf()).then(
        (client) => client.isConnected,
        () => false,
      ),
    )
    .toBe(true);
  for (const client of three) client.close();
});

describe('AB-4: a page of another origin', () => {
  const hello = (said: string): string => /40\{.*\}|44\{.*\}/.exec(said)?.[0] ?? said;

  test('may not read what its requests are answered', async () => {
    const foreign = await open(get('Origin: https://evil.com'));
    expect(foreign).toContain('200 OK');
    expect(foreign.toLowerCase()).not.toContain('access-control-allow-origin');
    const own = await open(get('Origin: https://app.example.com'));
    expect(own.toLowerCase()).toContain('access-control-allow-origin: https://app.example.com');
  });

  test('is told over a WebSocket, whatever its hello says, that it may not connect, and operators hear of it', async () => {
    const line = connect(port, '127.0.0.1');
    lines.push(line);
    let said = '';
    line.on('data', (chunk) => (said += String(chunk)));
    line.on('error', () => undefined);
    line.write(upgrade('Origin: https://evil.com'));
    await expect.poll(() => said).toContain('pingInterval');
    line.write(frame(`40${JSON.stringify(helloOf())}`));
    await expect.poll(() => hello(said)).toContain('"code":"not-permitted"');
    expect(server.audited).toContainEqual(
      expect.objectContaining({ event: 'connection-refused', origin: 'https://evil.com' }),
    );
    expect(server.gateway.sessions).toBe(0);
  });
});

/** A text frame as a client sends it, masked with nothing. */
function frame(text: string): Buffer {
  const body = Buffer.from(text);
  const head = Buffer.from([0x81, 0x80 | body.length, 0, 0, 0, 0]);
  if (body.length > 125) throw new Error('too long for this');
  return Buffer.concat([head, body]);
}
