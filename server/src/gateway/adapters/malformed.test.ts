import { ok, type Hash64 } from '@topgun/core/primitives';
import type { ServerMessage } from '@topgun/core/protocol';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { systemTimers } from '../../adapters/system-environment.js';
import { loadXxhash } from '../../adapters/xxhash.js';
import { startTestGateway, type TestGateway } from '../../testing/test-gateway.js';
import { connectWire, helloOf, type WireClient } from '../../testing/wire-client.js';
import { createHttpListener, type HttpListener } from './http-listener.js';

// What is sent goes through Socket.IO, and time is the test's: a ban ends when it says so.

let hash: Hash64;
let listener: HttpListener;
const clients: WireClient[] = [];

beforeAll(async () => {
  hash = await loadXxhash();
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await listener.close();
});

interface Started {
  readonly server: TestGateway;
  join(user: string): Promise<WireClient>;
}

/** A server whose tokens are the names of their bearers, and that puts up with 30 messages of each which it cannot understand. */
async function start(): Promise<Started> {
  const verifier = {
    verify: async (token: string) => ok({ principal: token, claims: { sub: token }, expiresAtMs: null }),
  };
  const server = await startTestGateway(hash, {
    budgets: { malformed: { perS: 0.1, burst: 30 } },
    authentication: { verifier, required: false },
  });
  listener = createHttpListener({
    port: 0,
    host: '127.0.0.1',
    staticFolder: undefined,
    timers: systemTimers,
    lineTimes: { helloMs: 600_000, closeMs: 600_000 },
  });
  const { port } = await listener.bind();
  listener.admit(server.gateway, 2_097_152);
  return {
    server,
    async join(user) {
      const client = await connectWire(`http://127.0.0.1:${port}`, { ...helloOf(), token: user });
      clients.push(client);
      return client;
    },
  };
}

const LONG = { timeout: 20_000 };
const isPong = (message: ServerMessage): message is Extract<ServerMessage, { type: 'pong' }> => message.type === 'pong';
const malformed = ({ received }: WireClient): number =>
  received.filter((message) => message.type === 'error' && message.code === 'malformed').length;

/** Whoever comes too soon is told so late. */
async function refusalOf({ server, join }: Started, user: string): Promise<unknown> {
  let said: unknown = null;
  join(user).then(
    () => (said = 'let in'),
    (error: { data?: unknown }) => (said = error.data),
  );
  await expect.poll(() => said !== null || server.timers.pending > 0, LONG).toBe(true);
  await server.timers.advance(5_000);
  await expect.poll(() => said, LONG).not.toBe(null);
  return said;
}

describe('AB-9: who sends what cannot be understood, again and again', () => {
  test('is sent away and kept out, though never twenty in a row; others and their own other connection go on', async () => {
    const started = await start();
    const [eve, phone, ann] = [await started.join('eve'), await started.join('eve'), await started.join('ann')];
    for (let i = 0; i < 40; i += 1) {
      eve.send({ type: 'nonsense', at: i });
      if (i % 5 === 4) eve.send({ type: 'ping', at: i });
    }
    const error = await eve.untilError('overloaded');
    expect(error).toMatchObject({ fatal: true, retryAfterMs: 10_000 });
    await eve.closed;
    expect(malformed(eve)).toBe(30);
    for (const client of [phone, ann]) {
      client.send({ type: 'ping', at: 1 });
      await client.until(isPong);
    }
    expect(started.server.audited).toContainEqual(
      expect.objectContaining({ event: 'overdrawn', scope: 'user', resource: 'malformed', principal: 'eve' }),
    );
    expect(await refusalOf(started, 'eve')).toMatchObject({ code: 'overloaded', retryAfterMs: expect.any(Number) });
  });

  test('is so too who is cut off each time, and comes back: messages that end a connection, and what is no packet', async () => {
    const started = await start();
    const kinds = [
      (client: WireClient) => client.send({ type: 'submit', batches: 'none' }),
      (client: WireClient) => client.sendRaw('9 nothing of this'),
      (client: WireClient) => client.sendRaw(new ArrayBuffer(8)),
      (client: WireClient) => client.send({ type: 'ping', at: 1, padding: 'x'.repeat(2_100_000) }),
    ];
    for (let i = 0; i < 30; i += 1) {
      const eve = await started.join('eve');
      kinds[i % kinds.length]!(eve);
      await eve.closed;
    }
    const last = await started.join('eve');
    last.sendRaw('9 nothing of this');
    await last.closed;
    expect(await refusalOf(started, 'eve')).toMatchObject({ code: 'overloaded' });
    const ann = await started.join('ann');
    ann.send({ type: 'ping', at: 1 });
    await ann.until(isPong);
  });

  test('a goodbye is none of that', async () => {
    const started = await start();
    for (let i = 0; i < 35; i += 1) {
      const eve = await started.join('eve');
      eve.close();
      await eve.closed;
    }
    expect(await refusalOf(started, 'eve')).toBe('let in');
  });
});
