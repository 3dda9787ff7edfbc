import type { Op } from '@topgun/core/crdt';
import type { Hash64 } from '@topgun/core/primitives';
import type { JournalMessage } from '@topgun/core/protocol';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { loadXxhash } from '../../adapters/xxhash.js';
import type { HostEvent, PartitionHost } from '../../ports/partition-host.js';
import { endOf, placeOf } from '../../services/journal/sequence.js';
import { decodeSegment } from '../../services/persistence/segment-codec.js';
import { Delays } from '../../testing/delays.js';
import { OpAuthor, toBatches } from '../../testing/op-author.js';
import { startTestComposite } from '../../testing/test-composite.js';
import { settle, startTestHost } from '../../testing/test-host.js';
import { createMemoryDisk, type MemoryDisk } from '../memory-disk.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const JOURNAL = { keeps: (map: string) => map !== 'private', keepMs: 86_400_000 };
const USERS = ['ann', 'bob'] as const;

type Event = JournalMessage['events'][number];

const write = fc.record({
  kind: fc.constantFrom('create' as const, 'patch' as const, 'remove' as const),
  map: fc.constantFrom('m', 'n', 'private'),
  key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
  n: fc.integer({ min: 0, max: 2 }),
});
type Write = typeof write extends fc.Arbitrary<infer T> ? T : never;

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('submit' as const),
      by: fc.nat(1),
      isTransaction: fc.boolean(),
      writes: fc.array(write, { minLength: 1, maxLength: 5 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('read' as const), limit: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('let' as const), member: fc.nat(2), count: fc.nat(4) }) },
  { weight: 2, arbitrary: fc.constant({ type: 'wait' as const }) },
);

const toOp = (author: OpAuthor, { key, kind, map, n }: Write): Op =>
  kind === 'remove' ? author.remove(map, key) : author[kind](map, key, { n });

interface Sent {
  readonly by: number;
  readonly op: Op;
}

/** Reads on from page to page, and waits where there is nothing. */
class Reader {
  readonly events: Event[] = [];
  through = 0;
  #asked = 0;
  #isAsking = false;
  readonly #host: PartitionHost;
  readonly #told: () => number;

  constructor(host: PartitionHost, told: () => number) {
    this.#host = host;
    this.#told = told;
    host.send({ type: 'announce', session: 'reader', replicas: [] });
    host.onEvent((event) => this.#hear(event));
  }

  ask(limit: number, waits = true): void {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const wait = waits ? { wait: true as const } : {};
    const question = { type: 'read-journal' as const, id: (this.#asked += 1), after: this.through, limit, ...wait };
    this.#host.send({ type: 'read-journal', session: 'reader', question });
  }

  stopWaiting(): void {
    this.#host.send({ type: 'end-journal', session: 'reader', id: this.#asked });
    this.#isAsking = false;
  }

  #hear(event: HostEvent): void {
    if (event.type !== 'journal-answered') return;
    const { answer } = event;
    if (answer.type !== 'journal') throw new Error(answer.reason);
    this.#isAsking = false;
    for (const one of answer.events) {
      expect(one.sequence).toBeGreaterThan(this.events.at(-1)?.sequence ?? 0);
      // Everybody has been told of the commit.
      expect(placeOf(one.sequence).position).toBeLessThanOrEqual(this.#told());
      this.events.push(one);
    }
    this.through = answer.through;
  }
}

/** Of each record what the journal tells of it, in order. */
function byRecord(events: readonly Event[]): ReadonlyMap<string, unknown[]> {
  const found = new Map<string, unknown[]>();
  for (const { sequence: _, ...event } of events) {
    const place = `${event.map}/${event.key}`;
    found.set(place, [...(found.get(place) ?? []), event]);
  }
  return found;
}

const introduce = (host: PartitionHost, authors: readonly OpAuthor[]): void => {
  for (const [i, { replica }] of authors.entries()) {
    const identity = { principal: USERS[i]!, claims: {}, expiresAtMs: null };
    host.send({ type: 'announce', session: USERS[i]!, replicas: [[replica, 0]], identity });
  }
};

/** The ops in the order of the ledger. */
const decidedIn = (disk: MemoryDisk): readonly string[] =>
  disk.segments.flatMap(({ bytes }) => {
    const segment = decodeSegment(bytes);
    if (!segment.ok) throw new Error(segment.error.reason);
    return segment.value.entries.flatMap(({ ops, replica }) => ops.map(([[seq]]) => `${replica}:${seq}`));
  });

/** What one host makes of the same ops, in the order in which they were decided. */
async function ofOneHost(sent: readonly Sent[]): Promise<readonly Event[]> {
  const { host, of } = await startTestHost({ disk: createMemoryDisk(), hash, journal: JOURNAL });
  const authors = [new OpAuthor('r.0', hash), new OpAuthor('s.0', hash)];
  introduce(host, authors);
  await settle();
  for (const { by, op } of sent) {
    host.send({ type: 'submit', session: USERS[by]!, batches: toBatches([op], hash), bytes: 100 });
  }
  for (let turn = 0; turn < 10; turn += 1) await settle();
  host.send({
    type: 'read-journal',
    session: 'reader',
    question: { type: 'read-journal', id: 1, after: 0, limit: 1_000 },
  });
  for (let turn = 0; turn < 10; turn += 1) await settle();
  const answer = of('journal-answered')[0]?.answer;
  if (answer?.type !== 'journal') throw new Error(JSON.stringify(answer));
  return answer.events;
}

test('JO-1, JO-2, JO-3, PI-26: a journal of several hosts tells of each record what that of one tells, of transactions all at once, nothing twice, and nothing before everybody has been told of it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      const disk = createMemoryDisk();
      const delays = new Delays();
      const { host } = await startTestComposite({
        disk,
        hash,
        members: 3,
        journal: JOURNAL,
        between: delays.between,
      });
      const authors = [new OpAuthor('r.0', hash), new OpAuthor('s.0', hash)];
      const sent: Op[] = [];
      const of = new Map<string, Sent>();
      const transactions: Op[][] = [];
      const decided = new Map<string, 'accepted' | 'rejected'>();
      let told = 0;
      host.onEvent((event) => {
        if (event.type === 'session-error') throw new Error(event.reason);
        if (event.type !== 'committed') return;
        told = event.position;
        for (const { replica, accepted, rejected } of event.verdicts) {
          for (const [seq] of accepted) decided.set(`${replica}:${seq}`, 'accepted');
          for (const { seq } of rejected) decided.set(`${replica}:${seq}`, 'rejected');
        }
      });
      introduce(host, authors);
      delays.open();
      for (let turn = 0; turn < 4; turn += 1) await settle();
      delays.isOpen = false;
      const reader = new Reader(host, () => told);
      for (const each of steps) {
        if (each.type === 'read') reader.ask(each.limit);
        else if (each.type === 'let') delays.letThrough(each.member, each.count);
        else if (each.type === 'wait') await settle();
        else {
          const { by, isTransaction, writes } = each;
          const author = authors[by]!;
          const ops = writes.map((one) => toOp(author, one));
          for (const op of ops) of.set(`${op.replica}:${op.seq}`, { by, op });
          sent.push(...ops);
          if (isTransaction) transactions.push(ops);
          host.send({
            type: 'submit',
            session: USERS[by]!,
            batches: author.batches(...ops),
            bytes: 100,
            ...(isTransaction ? { transaction: { first: ops[0]!.seq, parts: ops.length } } : {}),
          });
        }
      }
      delays.open();
      for (let turn = 0; turn < 60 && decided.size < sent.length; turn += 1) await settle();
      expect(decided.size).toBe(sent.length);
      reader.stopWaiting();
      for (let turn = 0; turn < 200 && reader.through < endOf(told); turn += 1) {
        reader.ask(3, false);
        await settle();
      }
      expect(reader.through).toBeGreaterThanOrEqual(endOf(told));

      const positions = new Map(reader.events.map((event) => [event.stamp, placeOf(event.sequence).position]));
      for (const ops of transactions) {
        const at = ops.flatMap(({ stamp }) => positions.get(stamp) ?? []);
        expect(new Set(at).size).toBeLessThanOrEqual(1);
      }
      // What was refused leaves no event, and in one host it need not have been: a transaction is sent there op by op.
      const taken = decidedIn(disk).flatMap((id) => (decided.get(id) === 'accepted' ? (of.get(id) ?? []) : []));
      expect(byRecord(reader.events)).toEqual(byRecord(await ofOneHost(taken)));
    }),
    { numRuns: 60 },
  );
});
