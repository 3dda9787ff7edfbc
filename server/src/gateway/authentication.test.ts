import type { ReplicaId } from '@topgun/core/clock';
import { err, ok, type Hash64 } from '@topgun/core/primitives';
import type { Hello } from '@topgun/core/protocol';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadXxhash } from '../adapters/xxhash.js';
import { createMemoryDisk, type MemoryDisk } from '../drivers/memory-disk.js';
import { ANONYMOUS, type Claims, type Identity } from '../ports/identity.js';
import type { TokenVerifier } from '../ports/token-verifier.js';
import { createManualTimers } from '../testing/manual-timers.js';
import { OpAuthor } from '../testing/op-author.js';
import { startTestGateway, type TestClient, type TestGateway } from '../testing/test-gateway.js';
import { settle } from '../testing/test-host.js';
import { identify, MAX_TOKEN_LENGTH, renew } from './authentication.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const NOW = 1_700_000_000_000;
const identityOf = (principal: string | null, endsInMs: number | null = null, claims: Claims = {}): Identity => ({
  principal,
  claims: { sub: principal, ...claims },
  expiresAtMs: endsInMs === null ? null : NOW + endsInMs,
});
const helloWith = (token?: string): Hello => ({
  protocol: 1,
  replicas: [],
  lineage: null,
  ...(token === undefined ? {} : { token }),
});

/** Takes `name/endsInMs/role`. */
const verifier: TokenVerifier = {
  verify(token) {
    const [principal = '', endsInMs, role] = token.split('/');
    if (principal === 'unavailable') return Promise.resolve(err({ code: 'auth-unavailable', reason: 'later' }));
    if (principal === 'forged') return Promise.resolve(err({ code: 'needs-auth', reason: 'forged' }));
    const claims: Claims = role === undefined ? {} : { role };
    return Promise.resolve(
      ok({ ...identityOf(principal, Number(endsInMs ?? 60_000), { ...claims, exp: 1 }), principal }),
    );
  },
};

describe('AU-5: who shows', () => {
  test('no token is nobody, or is let in nowhere', async () => {
    expect(await identify(undefined, { verifier, required: false })).toEqual(ok(ANONYMOUS));
    expect(await identify(undefined, { verifier, required: true })).toMatchObject({ error: { code: 'needs-auth' } });
  });

  test('a wrong token is refused, also where none is needed, and a huge one is not even looked at', async () => {
    expect(await identify('forged', { verifier, required: false })).toMatchObject({ error: { code: 'needs-auth' } });
    const huge = 'x'.repeat(MAX_TOKEN_LENGTH + 1);
    expect(await identify(huge, { verifier, required: false })).toMatchObject({ error: { code: 'needs-auth' } });
  });

  test('a token where nobody asks for one is nobody in particular', async () => {
    const { gateway } = await startTestGateway(hash);
    expect(await gateway.identify(helloWith('forged'))).toEqual(ok(null));
  });

  test('a right one while the server shuts down is not let in', async () => {
    const { gateway } = await startTestGateway(hash, { authentication: { verifier, required: true } });
    const identified = gateway.identify(helloWith('ann'));
    gateway.refuseNew();
    expect(await identified).toMatchObject({ ok: false, error: { code: 'shutting-down' } });
  });
});

describe('AU-6: a token that ends', () => {
  interface Timed extends TestGateway {
    /** Lets time pass. */
    pass(ms: number): Promise<void>;
    readonly ann: TestClient;
  }

  async function connected(endsInMs = 60_000): Promise<Timed> {
    const timers = createManualTimers();
    const started = await startTestGateway(hash, { timers, authentication: { verifier, required: true } });
    const ann = started.connect({}, { ...identityOf('ann', endsInMs), claims: { sub: 'ann', exp: 0 } });
    const pass = async (ms: number): Promise<void> => {
      await settle();
      started.hosted.clock.now += ms;
      for (let i = 0; i < 3; i += 1) timers.runAll();
      await settle();
    };
    return { ...started, ann, pass };
  }

  test('is asked for before its end, and a newer one lets the connection go on', async () => {
    const { ann, pass } = await connected();
    await pass(49_000);
    expect(ann.of('error')).toEqual([]);
    await pass(1_000);
    expect(ann.of('error')).toEqual([expect.objectContaining({ code: 'needs-auth', fatal: false })]);
    ann.send({ type: 'token', token: 'ann/200000' });
    await pass(20_000);
    expect(ann.closed).toBeNull();
    await pass(130_000);
    expect(ann.closed).not.toBeNull();
    expect(ann.of('error').at(-1)).toMatchObject({ code: 'needs-auth', fatal: true });
  });

  test('without another ends the connection', async () => {
    const { ann, pass } = await connected();
    await pass(59_999);
    expect(ann.closed).toBeNull();
    await pass(1);
    expect(ann.of('error').at(-1)).toMatchObject({ code: 'needs-auth', reason: 'The token has expired.', fatal: true });
  });

  test('in a month does not end today', async () => {
    const { ann, pass } = await connected(30 * 86_400_000);
    for (let day = 1; day < 30; day += 1) await pass(86_400_000);
    expect(ann.closed).toBeNull();
    await pass(86_400_000);
    expect(ann.closed).not.toBeNull();
  });

  test.each([
    ['another principal', 'bob/90000', 'session-replaced'],
    ['another role', 'ann/90000/hr', 'session-replaced'],
    ['nobody', 'forged', 'needs-auth'],
  ])('and is followed by one of %s ends the connection', async (_who, token, code) => {
    const { ann, pass } = await connected();
    ann.send({ type: 'token', token });
    await pass(1);
    expect(ann.of('error').at(-1)).toMatchObject({ code, fatal: true });
  });

  test('holds to its end when the next one cannot be judged', async () => {
    const { ann, pass } = await connected();
    ann.send({ type: 'token', token: 'unavailable' });
    await pass(40_000);
    expect(ann.closed).toBeNull();
    await pass(20_000);
    expect(ann.closed).not.toBeNull();
  });

  test('is judged once, however many come at once, and of those the last counts', async () => {
    const { ann, pass } = await connected();
    for (const token of ['ann/70000', 'bob/1', 'ann/100000']) ann.send({ type: 'token', token });
    await pass(65_000);
    expect(ann.closed).toBeNull();
  });

  test('grants the same when it says the same of everything but itself', () => {
    const present = identityOf('ann', 1, { role: 'hr', iat: 1, jti: 'a', exp: 3 });
    const next = identityOf('ann', 2, { jti: 'b', role: 'hr' });
    expect(renew(present, next)).toEqual({ type: 'goes-on', expiresAtMs: NOW + 2 });
    expect(renew(present, identityOf('ann', 2)).type).toBe('ends');
  });
});

describe('CR-2: a replica belongs to the principal that first used it', () => {
  const REPLICA = 'r.0' as ReplicaId;
  const start = (disk: MemoryDisk) => startTestGateway(hash, { disk });
  const hello = { replicas: [[REPLICA, 0] as const] };
  const write = (client: TestClient, author: OpAuthor, key: string): void =>
    client.send({ type: 'submit', batches: author.batches(author.create('m', key)) });

  test('and is refused from another, also after a restart', async () => {
    const disk = createMemoryDisk();
    const author = new OpAuthor(REPLICA, hash);
    const first = await start(disk);
    const ann = first.connect(hello, identityOf('ann'));
    write(ann, author, 'a');
    await settle();
    expect(ann.of('decided')).toMatchObject([{ verdicts: [[1, 'applied']] }]);

    for (const gateway of [first, await start(disk)]) {
      for (const other of [identityOf('bob'), ANONYMOUS]) {
        const stranger = gateway.connect(hello, other);
        await settle();
        expect(stranger.of('welcome')).toEqual([]);
        expect(stranger.of('error')).toMatchObject([{ code: 'unknown-replica', fatal: true }]);
      }
      const bob = gateway.connect({}, identityOf('bob'));
      bob.send({ type: 'announce', replicas: [[REPLICA, 0]] });
      await settle();
      expect(bob.of('error')).toMatchObject([{ code: 'unknown-replica', fatal: true }]);
    }
    // The stranger's attempts have not closed her session either.
    expect(ann.closed).toBeNull();
    const again = (await start(disk)).connect({ replicas: [[REPLICA, 1]] }, identityOf('ann'));
    write(again, author, 'b');
    await settle();
    expect(again.of('decided')).toMatchObject([{ verdicts: [[2, 'applied']] }]);
  });

  test('and is not taken from its live session, though nothing is written yet', async () => {
    const { connect } = await start(createMemoryDisk());
    const ann = connect(hello, identityOf('ann'));
    const bob = connect(hello, identityOf('bob'));
    await settle();
    expect([ann.closed, bob.of('welcome')]).toEqual([null, []]);
    expect(bob.of('error')).toMatchObject([{ code: 'unknown-replica' }]);
  });

  test('whose it is, is written once, with its first op', async () => {
    const disk = createMemoryDisk();
    const author = new OpAuthor(REPLICA, hash);
    const { connect, hosted } = await start(disk);
    const ann = connect(hello, identityOf('ann'));
    for (const key of ['a', 'b']) {
      write(ann, author, key);
      await settle();
    }
    const segments = disk.segments.map(({ bytes }) => new TextDecoder().decode(bytes));
    expect(segments.map((text) => text.split('.topgun/replicas').length - 1)).toEqual([1, 0]);
    expect(hosted.of('committed')).toHaveLength(2);
  });

  test('nobody asked who they are: nothing is bound, and the first who is known has it', async () => {
    const disk = createMemoryDisk();
    const author = new OpAuthor(REPLICA, hash);
    const open = await start(disk);
    write(open.connect(hello), author, 'a');
    await settle();
    expect(new TextDecoder().decode(disk.segments[0]!.bytes)).not.toContain('.topgun');
    const closed = await start(disk);
    const ann = closed.connect({ replicas: [[REPLICA, 1]] }, identityOf('ann'));
    write(ann, author, 'b');
    await settle();
    expect(ann.of('decided')).toHaveLength(1);
    const bob = closed.connect(hello, identityOf('bob'));
    await settle();
    expect(bob.of('error')).toMatchObject([{ code: 'unknown-replica' }]);
  });
});

describe("CR-2: the server's own maps", () => {
  const plain = { where: { type: 'and', of: [] }, sort: [], limit: null };

  test('are neither written nor read, nor told of by what is related to them', async () => {
    const { connect } = await startTestGateway(hash);
    const author = new OpAuthor('r.0', hash);
    const client = connect({ replicas: [[author.replica, 0]] });
    client.send({ type: 'submit', batches: author.batches(author.create('.topgun/replicas', 'r.9', { '': 'eve' })) });
    client.send({ type: 'subscribe', sub: 1, map: '.topgun/replicas' });
    const query = { ...plain, within: { map: '.topgun/replicas', on: [['_key'], ['_key']], query: plain } };
    client.send({ type: 'subscribe', sub: 2, map: 'm', query });
    await settle();
    expect(client.of('decided')).toMatchObject([{ rejected: [{ code: 'map-name' }] }]);
    expect(client.of('error')).toMatchObject([
      { code: 'map-name', about: { sub: 1 } },
      { code: 'map-name', about: { sub: 2 } },
    ]);
    expect(client.of('rows')).toEqual([]);
  });
});
