import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, type JWK } from 'jose';
import { afterEach, describe, expect, test } from 'vitest';
import { toAuthConfig, type AuthOptions } from '../auth-options.js';
import { tokenVerifierContract, type VerifierCase } from '../ports/token-verifier.contract.js';
import { createJoseTokenVerifier, JWKS_TIMES } from './jose-token-verifier.js';

const NOW = 1_800_000_000_000;
const SECRET = 'a secret that is long enough to be one';
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Signs with keys of its own, and serves the public ones of those that are current. */
class Issuer {
  readonly #keys = new Map<string, CryptoKey>();
  #published: JWK[] = [];
  /** How often somebody has fetched them. */
  fetched = 0;
  status = 200;
  url = '';

  readonly algorithm: string;

  constructor(algorithm: string) {
    this.algorithm = algorithm;
  }

  async addKey(kid: string): Promise<void> {
    const { privateKey, publicKey } = await generateKeyPair(this.algorithm, { extractable: true });
    this.#keys.set(kid, privateKey);
    this.#published.push({ ...(await exportJWK(publicKey)), kid, alg: this.algorithm, use: 'sig' });
  }

  takeBack(kid: string): void {
    this.#published = this.#published.filter((key) => key.kid !== kid);
  }

  async listen(): Promise<this> {
    const server = createServer((_request, response) => {
      this.fetched += 1;
      response.writeHead(this.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ keys: this.#published }));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
    return this;
  }

  sign(kid: string, claims: Readonly<Record<string, unknown>>, endsInS = 60): Promise<string> {
    const jwt = new SignJWT(claims)
      .setProtectedHeader({ alg: this.algorithm, kid })
      .setExpirationTime(NOW / 1000 + endsInS);
    return jwt.sign(this.#keys.get(kid)!);
  }
}

async function issuerOf(algorithm: string, kid = 'one'): Promise<Issuer> {
  const issuer = new Issuer(algorithm);
  await issuer.addKey(kid);
  return issuer.listen();
}

let now = NOW;
const verifierOf = (options: AuthOptions, times = JWKS_TIMES) =>
  createJoseTokenVerifier(toAuthConfig(options), { now: () => now }, times);

const caseOf = (options: AuthOptions, sign: VerifierCase['sign']): VerifierCase => {
  now = NOW;
  return { verifier: verifierOf({ ...options, clockToleranceS: 5 }), sign, now: NOW, toleranceS: 5 };
};

describe('AU-1: who signs is known by', () => {
  tokenVerifierContract('a shared secret', () =>
    Promise.resolve(
      caseOf({ secret: SECRET }, (claims, endsInS = 60) =>
        new SignJWT(claims)
          .setProtectedHeader({ alg: 'HS256' })
          .setExpirationTime(NOW / 1000 + endsInS)
          .sign(new TextEncoder().encode(SECRET)),
      ),
    ),
  );

  tokenVerifierContract('a public key', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    return caseOf({ publicKey: await exportSPKI(publicKey) }, (claims, endsInS = 60) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256' })
        .setExpirationTime(NOW / 1000 + endsInS)
        .sign(privateKey),
    );
  });

  tokenVerifierContract('a set of public keys', async () => {
    const issuer = await issuerOf('ES256');
    return caseOf({ jwksUrl: issuer.url }, (claims, endsInS) => issuer.sign('one', claims, endsInS));
  });
});

describe('AU-1: a token', () => {
  test('signed with the public key as if it were a secret is refused', async () => {
    const { publicKey } = await generateKeyPair('RS256', { extractable: true });
    const pem = await exportSPKI(publicKey);
    const forged = await new SignJWT({ sub: 'ann' })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(pem));
    expect(await verifierOf({ publicKey: pem }).verify(forged)).toMatchObject({
      ok: false,
      error: { code: 'needs-auth' },
    });
  });

  test('that is not valid yet is refused, and says so', async () => {
    const issuer = await issuerOf('ES256');
    const early = await issuer.sign('one', { sub: 'ann', nbf: NOW / 1000 + 60 });
    const verified = await verifierOf({ jwksUrl: issuer.url }).verify(early);
    expect(verified).toEqual({ ok: false, error: { code: 'needs-auth', reason: 'The token is not valid yet.' } });
  });
});

describe('AU-2: keys that change', () => {
  test('a token of a new key is taken at once, when the keys were not fetched just now', async () => {
    const issuer = await issuerOf('EdDSA');
    const verifier = verifierOf({ jwksUrl: issuer.url }, { ...JWKS_TIMES, cooldownMs: 0 });
    expect((await verifier.verify(await issuer.sign('one', { sub: 'ann' }))).ok).toBe(true);
    expect((await verifier.verify(await issuer.sign('one', { sub: 'bob' }))).ok).toBe(true);
    expect(issuer.fetched).toBe(1);
    await issuer.addKey('two');
    expect((await verifier.verify(await issuer.sign('two', { sub: 'ann' }))).ok).toBe(true);
    expect(issuer.fetched).toBe(2);
  });

  test('tokens of keys that nobody has do not have them fetched again and again, and are not called wrong before', async () => {
    const issuer = await issuerOf('ES256');
    const verifier = verifierOf({ jwksUrl: issuer.url });
    await verifier.verify(await issuer.sign('one', { sub: 'ann' }));
    await issuer.addKey('unknown');
    issuer.takeBack('unknown');
    for (let i = 0; i < 5; i += 1) {
      const verified = await verifier.verify(await issuer.sign('unknown', { sub: 'ann' }));
      expect(verified).toMatchObject({ ok: false, error: { code: 'auth-unavailable' } });
    }
    expect(issuer.fetched).toBe(1);
    const later = verifierOf({ jwksUrl: issuer.url }, { ...JWKS_TIMES, cooldownMs: 0 });
    const unknown = await issuer.sign('unknown', { sub: 'ann' });
    expect(await later.verify(unknown)).toMatchObject({ ok: false, error: { code: 'needs-auth' } });
  });

  test('a key that was taken back is trusted no more when its time is over', async () => {
    const issuer = await issuerOf('ES256');
    const verifier = verifierOf({ jwksUrl: issuer.url }, { ...JWKS_TIMES, maxAgeMs: 0, cooldownMs: 0 });
    const token = await issuer.sign('one', { sub: 'ann' });
    expect((await verifier.verify(token)).ok).toBe(true);
    issuer.takeBack('one');
    expect(await verifier.verify(token)).toMatchObject({ ok: false, error: { code: 'needs-auth' } });
  });

  test('keys that cannot be fetched are those fetched last, for a day; others are not said to be wrong', async () => {
    now = NOW;
    const issuer = await issuerOf('ES256');
    await issuer.addKey('two');
    issuer.takeBack('two');
    const verifier = verifierOf({ jwksUrl: issuer.url }, { maxAgeMs: 0, cooldownMs: 1_000, staleMs: 86_400_000 });
    const token = await issuer.sign('one', { sub: 'ann' }, 100_000);
    issuer.status = 500;
    expect(await verifier.verify(token)).toMatchObject({ ok: false, error: { code: 'auth-unavailable' } });
    issuer.status = 200;
    expect((await verifier.verify(token)).ok).toBe(true);
    issuer.status = 500;
    now = NOW + 3_600_000;
    expect((await verifier.verify(token)).ok).toBe(true);
    const other = await issuer.sign('two', { sub: 'ann' }, 100_000);
    expect(await verifier.verify(other)).toMatchObject({ ok: false, error: { code: 'auth-unavailable' } });
    now = NOW + 86_400_001;
    expect(await verifier.verify(token)).toMatchObject({ ok: false, error: { code: 'auth-unavailable' } });
    now = NOW;
  });
});

// What each of them signs with, and what it says, when it is set up as its manual has it.
describe('AU-3: tokens in the style of', () => {
  const iat = NOW / 1000;

  test('Better Auth: its own address is issuer and audience, the keys are Ed25519', async () => {
    const issuer = await issuerOf('EdDSA', 'ba-1');
    const own = 'https://app.example.com';
    const verifier = verifierOf({ jwksUrl: issuer.url, issuer: own, audience: own });
    const claims = {
      iat,
      iss: own,
      aud: own,
      sub: 'Zt3kq',
      name: 'Ann',
      email: 'ann@example.com',
      emailVerified: true,
    };
    expect(await verifier.verify(await issuer.sign('ba-1', claims, 900))).toMatchObject({
      ok: true,
      value: { principal: 'Zt3kq' },
    });
    const others = await issuer.sign('ba-1', { ...claims, aud: 'https://other.example.com' }, 900);
    expect(await verifier.verify(others)).toEqual({
      ok: false,
      error: { code: 'needs-auth', reason: 'The token is not for this server (aud).' },
    });
  });

  test('Clerk: the instance is the issuer, there is no audience, and a token lives for a minute', async () => {
    const issuer = await issuerOf('RS256', 'ins_1');
    const iss = 'https://clerk.example.com';
    const verifier = verifierOf({ jwksUrl: issuer.url, issuer: iss });
    const claims = {
      iat,
      nbf: iat - 10,
      iss,
      azp: 'https://example.com',
      sub: 'user_2a',
      sid: 'sess_1',
      v: 2,
      fva: [7, -1],
    };
    const verified = await verifier.verify(await issuer.sign('ins_1', claims, 60));
    expect(verified).toMatchObject({
      ok: true,
      value: { principal: 'user_2a', claims: { azp: 'https://example.com' } },
    });
    const others = await issuer.sign('ins_1', { ...claims, iss: 'https://clerk.other.com' }, 60);
    expect(await verifier.verify(others)).toMatchObject({ ok: false, error: { code: 'needs-auth' } });
  });

  test('Auth0: the issuer ends with a slash, the API is one audience of two', async () => {
    const issuer = await issuerOf('RS256', 'a0');
    const iss = 'https://tenant.eu.auth0.com/';
    const verifier = verifierOf({ jwksUrl: issuer.url, issuer: iss, audience: 'https://api.example.com' });
    const aud = ['https://api.example.com', `${iss}userinfo`];
    const claims = { iat, iss, aud, sub: 'auth0|65f', azp: 'spa', scope: 'openid', permissions: ['read:todos'] };
    const verified = await verifier.verify(await issuer.sign('a0', claims, 86_400));
    expect(verified).toMatchObject({ ok: true, value: { principal: 'auth0|65f' } });
    const forUserinfo = await issuer.sign('a0', { ...claims, aud: [`${iss}userinfo`] });
    expect(await verifier.verify(forUserinfo)).toMatchObject({ ok: false, error: { code: 'needs-auth' } });
  });
});

describe('AU-4: what could not work, or would let in whom it should not, is said at the start', () => {
  test.each([
    ['no key', {}, 'exactly one'],
    ['two keys', { secret: SECRET, jwksUrl: 'https://example.com/jwks' }, 'exactly one'],
    ['a secret that can be guessed', { secret: 'secret' }, '32'],
    ['an empty secret', { secret: '' }, '32'],
    ['keys over an open network', { jwksUrl: 'http://example.com/jwks' }, 'https'],
    ['no address', { jwksUrl: 'example' }, 'no URL'],
    ['a private key', { publicKey: '-----BEGIN PRIVATE KEY-----' }, 'private key'],
    ['no key in PEM', { publicKey: 'MIIB' }, 'PEM'],
    ['an empty issuer', { secret: SECRET, issuer: '' }, 'auth.issuer'],
    ['an empty list of audiences', { secret: SECRET, audience: [] }, 'auth.audience'],
    ['a tolerance that is none', { secret: SECRET, clockToleranceS: 86_400 }, 'clockToleranceS'],
  ] as const)('%s', (_what, options, says) => {
    expect(() => verifierOf(options)).toThrow(
      expect.objectContaining({ code: 'auth', message: expect.stringContaining(says) }),
    );
  });
});
