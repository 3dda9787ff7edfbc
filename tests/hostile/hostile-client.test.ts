import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ReplicaId } from '../../packages/core/src/clock/index.js';
import { createSeededRandom } from '../../packages/core/src/client/testing/seeded-random.js';
import type { Hash64 } from '../../packages/core/src/primitives/index.js';
import { loadXxhash } from '../../server/src/adapters/xxhash.js';
import { connectWire, helloOf } from '../../server/src/testing/wire-client.js';
import { startAttacked, tokenOf, type AttackedOptions, type AttackedServer } from './attacked-server.js';
import { attack } from './attacker.js';
import { createAttacks, drawGrammar } from './attacks.js';
import { HonestClient } from './honest-client.js';

// TOPGUN_HOSTILE_SEED names another attack, TOPGUN_HOSTILE_MESSAGES a longer one.
const SEED = Number(process.env['TOPGUN_HOSTILE_SEED'] ?? 1);
const MESSAGES = Number(process.env['TOPGUN_HOSTILE_MESSAGES'] ?? 50_000);
const ATTACKERS = 8;
const CANARY = /canary-[a-z]+/;
/** What the server may hold more after the second half of an attack than after the first. */
const MAX_GROWTH = 40 * 1024 * 1024;

let hash: Hash64;
const grammar = drawGrammar(SEED);
const running: AttackedServer[] = [];

beforeAll(async () => {
  hash = await loadXxhash();
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

interface Outcome {
  /** What of another user has reached the attackers. */
  readonly leaks: readonly string[];
  readonly crash: string | null;
  readonly growthBytes: number;
  readonly honestWrites: number;
  /** How long honest clients waited for a verdict meanwhile, of those whose machine it is as well. */
  readonly honestP99Ms: number;
  readonly counts: Readonly<Record<string, number>>;
}

async function start(options: AttackedOptions): Promise<AttackedServer> {
  const server = await startAttacked(options);
  running.push(server);
  return server;
}

/** Ann and Bob have something that Mallory is not to see, and go on with their work while Mallory tries. */
async function runAttack(options: AttackedOptions, messages: number): Promise<Outcome> {
  const server = await start(options);
  const honest = await Promise.all(['ann', 'bob'].map((name) => HonestClient.connect(server.url, name, hash)));
  const fill = async (client: HonestClient, name: string): Promise<void> => {
    for (let i = 0; i < 40; i += 1) {
      await client.write('vault', `${name}-${i}`, { text: `canary-text of ${name}`, [`canary-field`]: i });
      await client.write('wall', `${name}-${i}`, { text: 'for all', pay: 'canary-pay' });
      await client.write('notes/a', `${name}-${i}`, { text: `canary-note` });
    }
  };
  await Promise.all([fill(honest[0]!, 'ann'), fill(honest[1]!, 'bob')]);
  let isOver = false;
  const work = Promise.all(
    honest.map(async (client, who) => {
      for (let i = 0; !isOver; i += 1) {
        await client.write('vault', `${who === 0 ? 'ann' : 'bob'}-${i % 40}`, { text: `canary-again ${i}` });
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }),
  );
  work.catch(() => undefined);

  const leaks: string[] = [];
  const heard = (text: string): void => {
    const found = CANARY.exec(text);
    if (found !== null && leaks.length < 10) leaks.push(text.slice(Math.max(0, found.index - 200), found.index + 50));
  };
  const token = await tokenOf('mallory');
  const half = async (from: number): Promise<void> => {
    let left = messages / 2;
    await Promise.all(
      Array.from({ length: ATTACKERS }, (_, i) => {
        const attacks = createAttacks(createSeededRandom(SEED * 1_000 + from + i), hash, grammar);
        const replica = `m-${from}.${i}` as ReplicaId;
        return attack({ url: server.url, token, replica, attacks, heard }, () => (left -= 1) >= 0);
      }),
    );
  };
  await half(0);
  const before = server.ended === null ? await server.report() : null;
  await half(100);
  isOver = true;
  if (server.ended !== null || before === null || leaks.length > 0) {
    return { leaks, crash: server.ended, growthBytes: 0, honestWrites: 0, honestP99Ms: 0, counts: {} };
  }
  await work;
  const { heapBytes, counts } = await server.report();
  for (const [i, client] of honest.entries()) {
    expect(client.errors).toEqual([]);
    const rows = await client.read('vault');
    expect(rows.match(/"(?:ann|bob|m)-\d+"/g)?.every((key) => key.startsWith(i === 0 ? '"ann-' : '"bob-'))).toBe(true);
    expect(rows).not.toContain('by mallory');
    client.close();
  }
  // After those by which the attack found something to look for.
  const waitsMs = honest.flatMap((client) => client.waitsMs.slice(120)).toSorted((a, b) => a - b);
  const honestP99Ms = Math.round(waitsMs[Math.floor(waitsMs.length * 0.99)] ?? 0);
  const growthBytes = heapBytes - before.heapBytes;
  return { leaks, crash: server.ended, growthBytes, honestWrites: waitsMs.length, honestP99Ms, counts };
}

describe(`AB-8: a hostile client (seed ${SEED})`, () => {
  test(`${MESSAGES} messages: no crash, no word of anybody else's, no memory, and honest clients go on meanwhile`, async () => {
    const outcome = await runAttack({ budgets: 'open' }, MESSAGES);
    expect(outcome).toMatchObject({ leaks: [], crash: null });
    expect(outcome.growthBytes).toBeLessThan(MAX_GROWTH);
    expect(outcome.honestWrites).toBeGreaterThan(50);
    // The attack reached what it was to reach.
    expect(outcome.counts['ops-refused']).toBeGreaterThan(MESSAGES / 100);
    expect(outcome.counts['subscription-refused']).toBeGreaterThan(MESSAGES / 100);
    expect(outcome.counts['connection-ended']).toBeGreaterThan(MESSAGES / 500);
    expect(outcome.counts['call-refused']).toBeGreaterThan(MESSAGES / 500);
    if (process.env['TOPGUN_HOSTILE_REPORT'] !== undefined) console.log(JSON.stringify(outcome));
  }, 300_000);

  test('a rule that says too much is noticed', async () => {
    const { leaks } = await runAttack({ budgets: 'open', defect: 'leak' }, 500);
    expect(leaks.length).toBeGreaterThan(0);
  });

  test('a server that keeps what it is sent is noticed', async () => {
    const { growthBytes } = await runAttack({ budgets: 'open', defect: 'memory' }, 3_000);
    expect(growthBytes).toBeGreaterThan(MAX_GROWTH);
  });

  test('a server that crashes is noticed', async () => {
    const server = await start({ budgets: 'open', defect: 'crash' });
    const client = await connectWire(server.url, { ...helloOf(), token: await tokenOf('mallory') });
    const text = '2["m",{"type":"ping","at":1,"padding":""}]';
    client.sendRaw(text.replace('""', `"${'x'.repeat(1_000 - text.length)}"`));
    await client.closed;
    await expect.poll(() => server.ended).toContain('a defect');
  });
});

describe('AB-2, AB-3: a flooder, with the budgets as shipped', () => {
  test('is told to come back later, and honest clients are not', async () => {
    const server = await start({ budgets: 'shipped' });
    const ann = await HonestClient.connect(server.url, 'ann', hash);
    const client = await connectWire(server.url, { ...helloOf(), token: await tokenOf('mallory') });
    for (let i = 0; i < 20_000; i += 1) client.send({ type: 'ping', at: i });
    for (let i = 0; i < 30; i += 1) await ann.write('vault', `ann-${i}`, { text: 'x' });
    const error = await client.untilError('overloaded');
    expect(error).toMatchObject({ fatal: true, retryAfterMs: expect.any(Number) });
    await client.closed;
    expect((await server.report()).counts['overdrawn']).toBe(1);
    await ann.write('vault', 'ann-0', { text: 'y' });
    expect(ann.errors).toEqual([]);
    ann.close();
  });
});
