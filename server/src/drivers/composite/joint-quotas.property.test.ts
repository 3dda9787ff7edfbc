import { partitionOf, type Hash64 } from '@topgun/core/primitives';
import type { Op } from '@topgun/core/crdt';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { loadXxhash } from '../../adapters/xxhash.js';
import type { HostEvent, PartitionHost } from '../../ports/partition-host.js';
import { Delays } from '../../testing/delays.js';
import { OpAuthor } from '../../testing/op-author.js';
import { startTestComposite } from '../../testing/test-composite.js';
import { settle, startTestHost } from '../../testing/test-host.js';
import { createMemoryDisk } from '../memory-disk.js';
import { JointQuotas } from './joint-quotas.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const QUOTAS = new Map([
  ['m', 6_000],
  ['n', 3_000],
]);
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];

test('PI-49: a map is full when its records take as much as it may in all hosts together, whatever each says when, and that is said once', () => {
  const said = fc.record({
    member: fc.nat(2),
    map: fc.constantFrom('m', 'n', 'free'),
    bytes: fc.integer({ min: 0, max: 4_000 }),
  });
  fc.assert(
    fc.property(fc.array(fc.array(said, { maxLength: 3 }), { maxLength: 20 }), (all) => {
      const quotas = new JointQuotas(QUOTAS, 3);
      const bytes = new Map<string, number>();
      const full = new Set<string>();
      for (const together of all) {
        for (const one of together) bytes.set(`${one.map} ${one.member}`, one.bytes);
        const told = quotas.take(together.map((one) => [one.member, [[one.map, one.bytes]]]));
        for (const [map, isFull] of told) {
          expect(full.has(map)).toBe(!isFull);
          if (isFull) full.add(map);
          else full.delete(map);
        }
        const sum = (map: string): number => [0, 1, 2].reduce((so, i) => so + (bytes.get(`${map} ${i}`) ?? 0), 0);
        const expected = [...QUOTAS].flatMap(([map, quota]) => (sum(map) >= quota ? [map] : []));
        expect([...full].toSorted()).toEqual(expected);
        expect([...quotas.full].toSorted()).toEqual(expected);
      }
    }),
  );
});

test('PI-49: what a host said when it started takes the place of nothing that it has said since', () => {
  const quotas = new JointQuotas(QUOTAS, 2);
  quotas.take([[0, [['m', 6_000]]]]);
  quotas.begin(0, [
    ['m', 1_000],
    ['n', 2_000],
  ]);
  quotas.begin(1, [['n', 1_000]]);
  expect([...quotas.full].toSorted()).toEqual(['m', 'n']);
});

const write = fc.record({
  kind: fc.constantFrom('create' as const, 'create' as const, 'patch' as const, 'remove' as const),
  map: fc.constantFrom('m', 'n', 'free'),
  key: fc.constantFrom(...KEYS),
  length: fc.constantFrom(1, 200, 1_500),
});
type Write = typeof write extends fc.Arbitrary<infer T> ? T : never;

/** A few records fill them. */
const SMALL = new Map([
  ['m', 4_000],
  ['n', 1_500],
]);

const messages = fc.array(
  fc.record({ writes: fc.array(write, { minLength: 1, maxLength: 4 }), isTransaction: fc.boolean() }),
  { minLength: 10, maxLength: 40 },
);

const toOp = (author: OpAuthor, { key, kind, length, map }: Write): Op =>
  kind === 'remove' ? author.remove(map, key) : author[kind](map, key, { text: 'x'.repeat(length) });

/** Sends messages, each when the one before it is decided, and answers what became of each op. */
async function verdictsOf(
  { events, host }: { readonly events: readonly HostEvent[]; readonly host: PartitionHost },
  sent: typeof messages extends fc.Arbitrary<infer T> ? T : never,
): Promise<readonly string[]> {
  const author = new OpAuthor('r.0', hash);
  host.send({ type: 'announce', session: 's', replicas: [[author.replica, 0]] });
  const verdicts: string[] = [];
  let heard = 0;
  for (const { isTransaction, writes } of sent) {
    const ops = writes.map((one) => toOp(author, one));
    const transaction = isTransaction ? { transaction: { first: ops[0]!.seq, parts: ops.length } } : {};
    host.send({ type: 'submit', session: 's', batches: author.batches(...ops), bytes: 100, ...transaction });
    for (let turn = 0; turn < 40 && verdicts.filter(Boolean).length < author.issued; turn += 1) {
      await settle();
      for (const event of events.slice(heard)) {
        if (event.type === 'session-error') throw new Error(event.reason);
        if (event.type !== 'committed') continue;
        for (const { accepted, rejected } of event.verdicts) {
          for (const [seq] of accepted) verdicts[seq - 1] = 'accepted';
          for (const { code, reason, seq } of rejected) verdicts[seq - 1] = `${code}: ${reason}`;
        }
      }
      heard = events.length;
    }
  }
  return verdicts;
}

test('PI-49: of several hosts maps with quotas take what those of one take, from who waits for one message before they send the next', async () => {
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(messages, fc.integer({ min: 2, max: 4 }), async (sent, members) => {
      // In one message what was taken of the first ops is not known yet of the next, nor in which commit they are: hosts may commit their parts apart.
      const apart = sent.map(({ isTransaction, writes }) => ({
        isTransaction,
        writes: isTransaction ? writes : writes.slice(0, 1),
      }));
      const one = await verdictsOf(await startTestHost({ disk: createMemoryDisk(), hash, quotas: SMALL }), apart);
      const several = await verdictsOf(
        await startTestComposite({ disk: createMemoryDisk(), hash, members, quotas: SMALL }),
        apart,
      );
      expect(one.filter(Boolean)).toHaveLength(apart.flatMap(({ writes }) => writes).length);
      expect(several).toEqual(one);
      refused += one.filter((verdict) => verdict.startsWith('too-large')).length;
    }),
    { numRuns: 60 },
  );
  expect(refused).toBeGreaterThan(20);
});

/** A key of the map whose partition that host of three has. */
function keyOf(map: string, member: number, nth = 0): string {
  for (let i = 0, found = 0; ; i += 1) {
    if (partitionOf(hash, map, `k${i}`) % 3 === member && (found += 1) > nth) return `k${i}`;
  }
}

test('PI-49: what was sent before everybody has been told that a map is full comes on top; whatever comes after that is refused by each host', async () => {
  const delays = new Delays();
  const { events, host } = await startTestComposite({
    disk: createMemoryDisk(),
    hash,
    members: 3,
    quotas: QUOTAS,
    between: delays.between,
  });
  delays.open();
  const author = new OpAuthor('r.0', hash);
  const submit = async (...ops: readonly Op[]): Promise<void> => {
    host.send({ type: 'submit', session: 's', batches: author.batches(...ops), bytes: 100 });
    for (let turn = 0; turn < 6; turn += 1) await settle();
  };
  const verdicts = (): string[] => {
    const found: string[] = [];
    for (const event of events) {
      if (event.type !== 'committed') continue;
      for (const { accepted, rejected } of event.verdicts) {
        for (const [seq] of accepted) found[seq - 1] = 'accepted';
        for (const { code, seq } of rejected) found[seq - 1] = code;
      }
    }
    return found;
  };
  host.send({ type: 'announce', session: 's', replicas: [[author.replica, 0]] });
  const text = 'x'.repeat(1_500);
  for (const member of [0, 1]) await submit(author.create('m', keyOf('m', member), { text }));
  delays.isOpen = false;
  // The host whose records fill the map has decided, and nobody has heard of it.
  await submit(author.create('m', keyOf('m', 0, 1), { text: text + text }));
  await submit(author.create('m', keyOf('m', 1, 1), { text }));
  expect(verdicts()).toEqual(['accepted', 'accepted']);
  delays.open();
  await settle();
  expect(verdicts().slice(2)).toEqual(['accepted', 'accepted']);
  for (const member of [0, 1, 2]) await submit(author.create('m', keyOf('m', member, 2), { text: 'x' }));
  expect(verdicts().slice(4)).toEqual(['too-large', 'too-large', 'too-large']);
});

test('PI-49: a map that was full is so after a start, with however many hosts, before and after its records are here', async () => {
  const disk = createMemoryDisk();
  const stored = { disk, hash, quotas: QUOTAS, snapshotPolicy: { ops: 1, bytes: 1 } };
  const first = await startTestComposite({ ...stored, members: 3 });
  const fill = KEYS.map((key) => ({
    isTransaction: false,
    writes: [{ kind: 'create' as const, map: 'm' as const, key, length: 1_500 as const }],
  }));
  const filled = await verdictsOf(first, fill);
  expect(filled.at(-1)).toMatch(/^too-large/);
  for (let turn = 0; turn < 200; turn += 1) {
    first.timers.runAll();
    await settle();
  }
  for (const members of [3, 2]) {
    const { events, host, timers } = await startTestComposite({ ...stored, members });
    const author = new OpAuthor(`s${members}.0`, hash);
    host.send({ type: 'announce', session: 's', replicas: [[author.replica, 0]] });
    for (const key of ['x', 'y', 'z']) {
      host.send({ type: 'submit', session: 's', batches: author.batches(author.create('m', key)), bytes: 100 });
      for (let turn = 0; turn < 20; turn += 1) {
        timers.runAll();
        await settle();
      }
    }
    const rejected = events.flatMap((event) =>
      event.type === 'committed' ? event.verdicts.flatMap((one) => one.rejected.map(({ code }) => code)) : [],
    );
    expect(rejected).toEqual(['too-large', 'too-large', 'too-large']);
  }
});
