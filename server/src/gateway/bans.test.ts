import type { ReplicaId } from '@topgun/core/clock';
import { ok, type Hash64 } from '@topgun/core/primitives';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadXxhash } from '../adapters/xxhash.js';
import type { Identity } from '../ports/identity.js';
import { OpAuthor } from '../testing/op-author.js';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.js';
import { settle } from '../testing/test-host.js';
import type { BudgetOptions } from './budgets/budgets.js';
import type { HelloRefusal } from './client-link.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const HELLO = { protocol: 1, replicas: [], lineage: null } as const;
const FEW: BudgetOptions = { user: { messages: { perS: 10, burst: 10 } } };

/** A server whose tokens are the names of their bearers; `verified`: those that were looked at. */
async function start(budgets: BudgetOptions = FEW): Promise<{ server: TestGateway; verified: string[] }> {
  const verified: string[] = [];
  const verifier = {
    verify: async (token: string) => {
      verified.push(token);
      return ok({ principal: token, claims: { sub: token }, expiresAtMs: null });
    },
  };
  return { server: await startTestGateway(hash, { budgets, authentication: { verifier, required: false } }), verified };
}

const arrive = ({ gateway }: TestGateway, address: string) =>
  gateway.arrive({ address, origin: undefined, host: undefined });

const identityOf = (principal: string): Identity => ({ principal, claims: { sub: principal }, expiresAtMs: null });

interface Trial {
  answered: 'let in' | HelloRefusal | null;
}

/** Somebody says hello; `answered` is set when they are answered. */
function knock(server: TestGateway, token: string | undefined, address = '1.1.1.1'): Trial {
  const trial: Trial = { answered: null };
  const hello = token === undefined ? HELLO : { ...HELLO, token };
  void server.gateway.identify(hello as never, arrive(server, address)).then((said) => {
    trial.answered = said.ok ? 'let in' : said.error;
  });
  return trial;
}

/** Asks for far too much on a connection of its own; returns how long it is told to wait. */
async function flood(
  server: TestGateway,
  principal: string | null,
  address = '1.1.1.1',
  padding = '',
): Promise<number> {
  const client = server.connect(HELLO, principal === null ? null : identityOf(principal), { address });
  for (let i = 0; i < 200; i += 1) client.send({ type: 'ping', at: i, padding });
  await settle();
  return client.of('error')[0]!.retryAfterMs!;
}

const tooSoon = (retryAfterMs: unknown) => ({ code: 'overloaded', retryAfterMs });

describe('AB-9: who was sent away for asking too much', () => {
  test('is refused until they were told to come back, on every connection, and told so late', async () => {
    const { server } = await start();
    const told = await flood(server, 'eve');
    const early = knock(server, 'eve', '2.2.2.2');
    await settle();
    expect(early.answered).toBe(null);
    await server.timers.advance(5_000);
    expect(early.answered).toMatchObject(tooSoon(told - 5_000));
    const others = [knock(server, 'ann'), knock(server, undefined)];
    await settle();
    expect(others.map(({ answered }) => answered)).toEqual(['let in', 'let in']);
    const nearly = knock(server, 'eve');
    await settle();
    expect(nearly.answered).toBe(null);
    await server.timers.advance(told - 5_000);
    const inTime = knock(server, 'eve');
    await settle();
    expect([nearly.answered, inTime.answered]).toEqual(['let in', 'let in']);
  });

  test('is kept out for longer when they do it again, also by another address', async () => {
    const { server } = await start();
    const first = await flood(server, 'eve');
    await server.timers.advance(first);
    expect(await flood(server, 'eve', '2.2.2.2')).toBeGreaterThanOrEqual(2 * first - 1_000);
  });

  test('costs one look at their token until then; nobody is let in by what is remembered', async () => {
    const { server, verified } = await start({ user: { messages: { perS: 1, burst: 10 } }, patienceMs: 20_000 });
    const told = await flood(server, 'eve');
    for (let i = 0; i < 4; i += 1) {
      const early = knock(server, 'eve');
      await settle();
      await server.timers.advance(5_000);
      expect(early.answered).toMatchObject(tooSoon(told - (i + 1) * 5_000));
    }
    expect(verified).toEqual(['eve']);
    await server.timers.advance(told - 20_000);
    const inTime = knock(server, 'eve');
    await settle();
    expect([inTime.answered, verified.length]).toEqual(['let in', 2]);
  });

  test('and is no user is known by their address; users who come from there are let in', async () => {
    const { server } = await start({ connection: { messages: { perS: 10, burst: 10 } } });
    await flood(server, null);
    const [there, elsewhere, user] = [
      knock(server, undefined),
      knock(server, undefined, '2.2.2.2'),
      knock(server, 'ann'),
    ];
    await settle();
    await server.timers.advance(5_000);
    expect(there.answered).toMatchObject(tooSoon(expect.any(Number)));
    expect([elsewhere.answered, user.answered]).toEqual(['let in', 'let in']);
  });

  test('and sent more ops at once than may be undecided is refused like that too (CL-5)', async () => {
    const { server } = await start({});
    const client = server.connect({ replicas: [['e.0' as ReplicaId, 0]] }, identityOf('eve'), { address: '1.1.1.1' });
    const author = new OpAuthor('e.0', hash);
    const ops = Array.from({ length: 2_000 }, (_, i) => author.create('m', `k${i}`, {}));
    for (let i = 0; i < ops.length; i += 250) {
      client.send({ type: 'submit', batches: author.batches(...ops.slice(i, i + 250)) });
    }
    await settle();
    expect(client.of('error')).toMatchObject([{ ...tooSoon(5_000), fatal: true }]);
    const early = knock(server, 'eve');
    await settle();
    expect(early.answered).toBe(null);
    expect(server.audited).toContainEqual(expect.objectContaining({ event: 'overdrawn', resource: 'window' }));
  });

  test.each([
    ['much that has its turn late', { messages: { perS: 1, burst: 1 } }, 'x'.repeat(200), 40_000],
    ['what is merely large', { bytes: { perS: 100, burst: 100 } }, 'x'.repeat(500), 20_000],
  ])('and again sent more than may wait, %s', async (_what, connection, padding, then) => {
    const { server } = await start({ connection, patienceMs: 20_000, waitingBytes: 1_000 });
    expect(await flood(server, 'eve', '1.1.1.1', padding)).toBe(20_000);
    await server.timers.advance(20_000);
    expect(await flood(server, 'eve', '1.1.1.1', padding)).toBe(then);
  });

  test('where all of an address have asked for too much, that is kept out, for a minute at most', async () => {
    const { server } = await start({ address: { messages: { perS: 10, burst: 10 } } });
    let told = 0;
    for (let i = 0; i < 6; i += 1) {
      told = await flood(server, `user-${i}`);
      expect(arrive(server, '1.1.1.1').refusal).toMatchObject(tooSoon(told));
      expect(arrive(server, '2.2.2.2').refusal).toBe(null);
      await server.timers.advance(told);
    }
    expect(told).toBe(60_000);
    expect(arrive(server, '1.1.1.1').refusal).toBe(null);
  });
});

describe('AB-9: an address that many connections come from in vain', () => {
  test('is told why at first, and then turned away before it is heard, until the rate allows one more', async () => {
    const { server } = await start({ address: { connects: { perS: 0.01, burst: 3 } } });
    const from = (address: string): boolean => server.gateway.turnsAway({ address });
    let told = 0;
    for (let i = 0; i < 200 && !from('1.1.1.1'); i += 1) {
      const { refusal, left } = arrive(server, '1.1.1.1');
      told += refusal === null ? 0 : 1;
      left();
    }
    expect(told).toBe(100);
    expect([from('1.1.1.1'), from('2.2.2.2')]).toEqual([true, false]);
    await server.timers.advance(200);
    expect(from('1.1.1.1')).toBe(false);
    arrive(server, '1.1.1.1').left();
    expect(from('1.1.1.1')).toBe(true);
    await server.timers.advance(100_000);
    expect(arrive(server, '1.1.1.1').refusal).toBe(null);
  });
});
