import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryAdapter, TopGunClient } from '@topgun/core';
import { exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createServer, type AuthOptions, type TopGunServer } from '../../server/src/index.js';

// The guide (docs/guides/authentication.md), run: a server, clients, and whoever issues tokens, each as it says.

const open: { close(): unknown }[] = [];
let folder: string;
let server: TopGunServer | null = null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'topgun-auth-'));
});
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
  await server?.drain();
  server = null;
  rmSync(folder, { recursive: true, force: true });
});

/** Two keys are published, as by whoever is about to change from one to the other. */
interface Issuer {
  readonly jwksUrl: string;
  sign(kid: 'first' | 'second', claims: Readonly<Record<string, unknown>>, livesForS: number): Promise<string>;
}

async function startIssuer(): Promise<Issuer> {
  const published: JWK[] = [];
  const keys = new Map<string, CryptoKey>();
  for (const kid of ['first', 'second']) {
    const { privateKey, publicKey } = await generateKeyPair('EdDSA', { extractable: true });
    keys.set(kid, privateKey);
    published.push({ ...(await exportJWK(publicKey)), kid, alg: 'EdDSA' });
  }
  const http: Server = createHttpServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: published }));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  open.push(http);
  return {
    jwksUrl: `http://127.0.0.1:${(http.address() as AddressInfo).port}/jwks`,
    sign(kid, claims, livesForS) {
      const jwt = new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA', kid });
      return jwt.setExpirationTime(Math.floor(Date.now() / 1000) + livesForS).sign(keys.get(kid)!);
    },
  };
}

async function startServer(auth: AuthOptions): Promise<string> {
  server = await createServer({ port: 0, host: '127.0.0.1', database: `file:${join(folder, 'topgun.db')}`, auth });
  return (await server.listen()).url;
}

function startClient(serverUrl: string, getToken: () => string | null | Promise<string | null>) {
  const states: string[] = [];
  const client = new TopGunClient<{ notes: { text: string } }>({
    serverUrl,
    storage: new MemoryAdapter(),
    auth: { getToken },
  });
  client.onConnectionStateChange(({ state }) => states.push(state));
  open.push(client);
  return { client, states };
}

describe('AU-6: a token that lives for seconds', () => {
  test('is replaced on the connection it is used on, across a change of keys', async () => {
    const issuer = await startIssuer();
    const url = await startServer({ jwksUrl: issuer.jwksUrl, clockToleranceS: 0 });
    let asked = 0;
    const { client, states } = startClient(url, () => {
      asked += 1;
      return asked === 1 ? issuer.sign('first', { sub: 'ann' }, 3) : issuer.sign('second', { sub: 'ann' }, 60);
    });
    await client.waitForState('live', 10_000);
    expect((await client.getMap('notes').set('a', { text: 'milk' }).acked) as unknown).toMatchObject({ ok: true });
    await expect.poll(() => asked, { timeout: 10_000 }).toBeGreaterThan(1);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    // Beyond the first token's end.
    expect((await client.getMap('notes').set('b', { text: 'bread' }).acked) as unknown).toMatchObject({ ok: true });
    expect(states.slice(states.indexOf('live'))).toEqual(['live']);
  });

  test('and has no other leaves the queue waiting until there is one', async () => {
    const issuer = await startIssuer();
    const url = await startServer({ jwksUrl: issuer.jwksUrl, clockToleranceS: 0 });
    let token = await issuer.sign('first', { sub: 'ann' }, 2);
    const { client } = startClient(url, () => token);
    await client.waitForState('live', 10_000);
    await client.waitForState('needs-auth', 10_000);
    const write = client.getMap('notes').set('a', { text: 'milk' });
    await write.persisted;
    expect(client.getPendingOpsCount()).toBe(1);
    token = await issuer.sign('first', { sub: 'ann' }, 60);
    await client.setAuthTokenProvider(() => token);
    expect((await write.acked) as unknown).toMatchObject({ ok: true });
  });
});

test('AU-5: without a token there is no connection, and what was written waits', async () => {
  const url = await startServer({ secret: 'a secret that is long enough to be one' });
  const { client } = startClient(url, () => null);
  await client.waitForState('needs-auth', 10_000);
  await client.getMap('notes').set('a', { text: 'milk' }).persisted;
  expect(client.getPendingOpsCount()).toBe(1);
});
