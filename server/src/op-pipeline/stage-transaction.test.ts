import { applyOp, EMPTY_RECORD, wireToOp, type LwwRecord, type Op, type OpTransaction } from '@topgun/core/crdt';
import type { Hash64 } from '@topgun/core/primitives';
import type { SubmitBatch } from '@topgun/core/protocol';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadXxhash } from '../adapters/xxhash.js';
import { createMemoryDisk, type MemoryDisk } from '../drivers/memory-disk.js';
import type { AppendFault } from '../drivers/memory-ledger.js';
import type { HostEvent, PartitionHost } from '../ports/partition-host.js';
import { decodeSegment } from '../services/persistence/segment-codec.js';
import { OpAuthor, toBatches } from '../testing/op-author.js';
import { settle, startTestHost, type TestHost } from '../testing/test-host.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

/** A submit message: one op alone, or a transaction. */
interface Message {
  readonly ops: readonly Op[];
  readonly batches: readonly SubmitBatch[];
  readonly transaction: OpTransaction | undefined;
}

const toMessage = (ops: readonly Op[]): Message => ({
  ops,
  batches: toBatches(ops, hash),
  transaction: ops.length === 1 ? undefined : { first: ops[0]!.seq, parts: ops.length },
});

/** What a client does: sends each message once per session, and after a fault all that is undecided once more. */
class Submitter {
  readonly told = new Map<number, string[]>();
  readonly #replica: Op['replica'];
  #host: PartitionHost;
  #session = '';
  #opened = 0;
  #undecided: Message[] = [];

  constructor(replica: Op['replica'], host: PartitionHost) {
    this.#replica = replica;
    this.#host = host;
    this.connect();
  }

  get isDone(): boolean {
    return this.#undecided.length === 0;
  }

  connect(): void {
    this.#session = `${this.#replica}#${(this.#opened += 1)}`;
    this.#host.send({ type: 'announce', session: this.#session, replicas: [[this.#replica, 0]] });
    for (const message of this.#undecided) this.#send(message);
  }

  submit(...messages: readonly Message[]): void {
    this.#undecided.push(...messages);
    for (const message of messages) this.#send(message);
  }

  hear(event: HostEvent): void {
    if (event.type === 'session-error' && event.session === this.#session) this.connect();
    if (event.type !== 'committed') return;
    for (const { session, accepted, rejected } of event.verdicts) {
      if (session !== this.#session) continue;
      for (const [seq] of accepted) this.#note(seq, 'accepted');
      for (const { seq, code } of rejected) this.#note(seq, code);
    }
    this.#undecided = this.#undecided.filter(({ ops }) => ops.some(({ seq }) => !this.told.has(seq)));
  }

  #note(seq: number, told: string): void {
    this.told.set(seq, [...(this.told.get(seq) ?? []), told]);
  }

  #send({ batches, transaction }: Message): void {
    this.#host.send({ type: 'submit', session: this.#session, batches, bytes: 100, transaction });
  }
}

const idOf = ({ replica, seq }: Pick<Op, 'replica' | 'seq'>): string => `${replica}:${seq}`;

/** The ledger judged again by the plainest means: a transaction is tried on a copy of the state, which counts or does not. */
function judgeAgain(disk: MemoryDisk, messages: readonly Message[]): Map<string, string> {
  const wholes = new Map(messages.flatMap((message) => message.ops.map((op) => [idOf(op), message] as const)));
  const verdicts = new Map<string, string>();
  let state = new Map<string, LwwRecord>();
  for (const { bytes } of disk.segments) {
    const segment = decodeSegment(bytes);
    if (!segment.ok) throw new Error(segment.error.reason);
    const decided = segment.value.entries.flatMap(({ replica, ops }) =>
      ops.map(([wire, verdict]) => ({
        op: wireToOp(replica, wire),
        verdict: Array.isArray(verdict) ? verdict[0] : 'accepted',
      })),
    );
    while (decided.length > 0) {
      const { op } = decided[0]!;
      if (!op.ok) throw new Error(op.error.message);
      // The parts of a transaction are next to each other, all of them in this segment.
      const whole = wholes.get(idOf(op.value))!;
      const parts = decided.splice(0, whole.ops.length);
      expect(parts.map(({ op: part }) => (part.ok ? part.value.seq : 0)).sort((a, b) => a - b)).toEqual(
        whole.ops.map(({ seq }) => seq),
      );
      const trial = new Map(state);
      const absent: number[] = [];
      for (const part of whole.ops) {
        const place = `${part.map} ${part.key}`;
        const before = trial.get(place);
        if (part.kind !== 'create' && (before?.existence ?? null) === null) absent.push(part.seq);
        else trial.set(place, applyOp(before ?? EMPTY_RECORD, part));
      }
      if (absent.length === 0) state = trial;
      for (const part of parts) {
        const { seq } = part.op.ok ? part.op.value : { seq: 0 };
        const expected = absent.length === 0 ? 'accepted' : seq === absent[0] ? 'record-absent' : 'transaction-refused';
        expect([seq, part.verdict]).toEqual([seq, expected]);
        expect(verdicts.has(idOf(part.op.ok ? part.op.value : op.value))).toBe(false);
        verdicts.set(idOf(part.op.ok ? part.op.value : op.value), part.verdict);
      }
    }
  }
  return verdicts;
}

const write = fc.record({
  kind: fc.constantFrom('create' as const, 'patch' as const, 'patch' as const, 'remove' as const),
  map: fc.constantFrom('m', 'n'),
  key: fc.constantFrom('a', 'b', 'c', 'd'),
});
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('submit' as const),
      by: fc.nat(1),
      writes: fc.array(write, { minLength: 1, maxLength: 4 }),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ type: 'wait' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('fault' as const),
      fault: fc.constantFrom<AppendFault>('fail', 'unknown-written', 'unknown-lost', 'unknown-late'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('reconnect' as const), by: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.constantFrom({ type: 'hold' as const }, { type: 'release' as const }) },
);

const write1 = (author: OpAuthor, { kind, map, key }: typeof write extends fc.Arbitrary<infer T> ? T : never): Op =>
  kind === 'create'
    ? author.create(map, key)
    : kind === 'patch'
      ? author.patch(map, key, { x: 1 })
      : author.remove(map, key);

test('CR-12, PI-2, PI-11: whatever fails in between, a transaction is taken or refused as a whole, once, and told so again', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
      const disk = createMemoryDisk();
      const first = await startTestHost({ disk, hash });
      const authors = ['r.0', 's.0'].map((replica) => new OpAuthor(replica, hash));
      const submitters = authors.map(({ replica }) => new Submitter(replica, first.host));
      first.host.onEvent((event) => submitters.forEach((each) => each.hear(event)));
      const sent: (Message & { readonly by: number })[] = [];
      let release: (() => void) | null = null;
      for (const each of steps) {
        if (each.type === 'submit') {
          const message = toMessage(each.writes.map((one) => write1(authors[each.by]!, one)));
          sent.push({ ...message, by: each.by });
          submitters[each.by]!.submit(message);
        } else if (each.type === 'fault') first.ledger.failNext(each.fault);
        else if (each.type === 'reconnect') submitters[each.by]!.connect();
        else if (each.type === 'hold') release ??= first.ledger.hold();
        else if (each.type === 'release') {
          release?.();
          release = null;
        } else await settle();
      }
      release?.();
      for (let turn = 0; !submitters.every(({ isDone }) => isDone); turn += 1) {
        if (turn > 50) throw new Error('ops are left undecided');
        await settle();
      }
      await first.host.drain();
      const verdicts = judgeAgain(disk, sent);
      expect(verdicts.size).toBe(sent.flatMap(({ ops }) => ops).length);

      // After a restart all of it is told once more, as it was decided, and nothing is written.
      const second = await startTestHost({ disk, hash });
      const again = authors.map(({ replica }) => new Submitter(replica, second.host));
      second.host.onEvent((event) => again.forEach((each) => each.hear(event)));
      for (const message of sent) again[message.by]!.submit(message);
      await settle();
      expect(disk.segments.length).toBe(second.started.position);
      for (const { ops, by } of sent) {
        for (const op of ops) {
          const truth = verdicts.get(idOf(op));
          expect(new Set(submitters[by]!.told.get(op.seq))).toEqual(new Set([truth]));
          expect(again[by]!.told.get(op.seq)).toEqual([truth]);
        }
      }
    }),
    { numRuns: 150 },
  );
});

describe('CR-12: a message that says it is a transaction', () => {
  async function setUp(): Promise<{ hosted: TestHost; author: OpAuthor; disk: MemoryDisk }> {
    const disk = createMemoryDisk();
    const hosted = await startTestHost({ disk, hash });
    const author = new OpAuthor('r.0', hash);
    hosted.host.send({
      type: 'announce',
      session: 's',
      replicas: [
        ['r.0' as Op['replica'], 0],
        ['t.0' as Op['replica'], 0],
      ],
    });
    return { hosted, author, disk };
  }

  test('is refused with the reason of the part at fault, which the others name', async () => {
    const { hosted, author } = await setUp();
    const { batches, transaction } = toMessage([
      author.create('m', 'a'),
      author.patch('m', 'absent', { x: 1 }),
      author.remove('n', 'b'),
    ]);
    hosted.host.send({ type: 'submit', session: 's', batches, bytes: 100, transaction });
    await settle();
    const rejected = hosted.of('committed').flatMap(({ verdicts }) => verdicts.flatMap((each) => each.rejected));
    expect(rejected.toSorted((a, b) => a.seq - b.seq)).toEqual([
      {
        seq: 1,
        code: 'transaction-refused',
        reason: 'Nothing of the transaction was done: part 2 of 3, "absent" in m, was refused (record-absent).',
      },
      { seq: 2, code: 'record-absent', reason: expect.any(String) },
      { seq: 3, code: 'transaction-refused', reason: expect.stringContaining('part 2 of 3') },
    ]);
    // Nothing of it shows to what comes after.
    hosted.host.send({
      type: 'submit',
      session: 's',
      batches: author.batches(author.patch('m', 'a', { x: 1 })),
      bytes: 100,
    });
    await settle();
    expect(hosted.of('committed').at(-1)?.verdicts).toMatchObject([{ rejected: [{ seq: 4, code: 'record-absent' }] }]);
  });

  test('a part wrong in itself, or from a clock that is ahead, refuses all of it', async () => {
    for (const [code, spoil] of [
      ['clock-skew', (_wire: unknown[], hosted: TestHost) => (hosted.clock.now -= 3_600_000)],
      ['invalid-op', (wire: unknown[]) => (wire[5] = [])],
    ] as const) {
      const { hosted, author } = await setUp();
      const create = toMessage([author.create('m', 'a')]);
      hosted.host.send({ type: 'submit', session: 's', batches: create.batches, bytes: 100 });
      await settle();
      const { batches, transaction } = toMessage([author.create('m', 'b'), author.patch('m', 'a', { x: 1 })]);
      spoil(batches.flatMap(({ ops }) => ops).find(([seq]) => seq === 3) as unknown as unknown[], hosted);
      hosted.host.send({ type: 'submit', session: 's', batches, bytes: 100, transaction });
      await settle();
      const rejected = hosted
        .of('committed')
        .at(-1)!
        .verdicts.flatMap((each) => each.rejected);
      const codes = new Map(rejected.map((each) => [each.seq, each.code]));
      expect(codes).toEqual(
        code === 'clock-skew'
          ? new Map([
              [2, 'clock-skew'],
              [3, 'transaction-refused'],
            ])
          : new Map([
              [2, 'transaction-refused'],
              [3, 'invalid-op'],
            ]),
      );
    }
  });

  test.each<[string, (ops: readonly Op[]) => { ops: readonly Op[]; transaction: OpTransaction }]>([
    ['lacks a part', (ops) => ({ ops: ops.slice(0, 2), transaction: { first: 1, parts: 3 } })],
    ['lacks its first part', (ops) => ({ ops: ops.slice(1), transaction: { first: 1, parts: 3 } })],
    ['has one part more than it says', (ops) => ({ ops, transaction: { first: 1, parts: 2 } })],
    ['counts from another op', (ops) => ({ ops, transaction: { first: 2, parts: 3 } })],
    ['has a part twice', (ops) => ({ ops: [ops[0]!, ops[1]!, ops[1]!], transaction: { first: 1, parts: 3 } })],
    [
      'is of two replicas',
      (ops) => ({
        ops: [ops[0]!, ops[1]!, { ...ops[2]!, replica: 't.0' as Op['replica'] }],
        transaction: { first: 1, parts: 3 },
      }),
    ],
    ['has no op', () => ({ ops: [], transaction: { first: 1, parts: 2 } })],
  ])('ends the session, and nothing of it is decided: it %s', async (_case, tell) => {
    const { hosted, author, disk } = await setUp();
    const { ops, transaction } = tell([author.create('m', 'a'), author.create('m', 'b'), author.create('n', 'c')]);
    hosted.host.send({ type: 'submit', session: 's', batches: toBatches(ops, hash), bytes: 100, transaction });
    await settle();
    expect(hosted.of('session-error')).toMatchObject([{ session: 's', code: 'malformed', fatal: true }]);
    expect([disk.segments.length, hosted.of('committed')]).toEqual([0, []]);
  });

  test('of which a part was decided by itself before is refused in what is left of it', async () => {
    const { hosted, author } = await setUp();
    const ops = [author.create('m', 'a'), author.create('m', 'b'), author.create('n', 'c')];
    hosted.host.send({ type: 'submit', session: 's', batches: toBatches([ops[1]!], hash), bytes: 100 });
    await settle();
    hosted.host.send({ type: 'announce', session: 'next', replicas: [[author.replica, 3]] });
    hosted.host.send({ type: 'submit', session: 'next', ...toMessage(ops), bytes: 100 });
    await settle();
    const verdicts = hosted.of('committed').at(-1)!.verdicts;
    expect(verdicts.flatMap(({ accepted }) => accepted)).toEqual([[2, 'applied']]);
    expect(
      verdicts
        .flatMap(({ rejected }) => rejected)
        .map(({ seq, code }) => [seq, code])
        .sort(),
    ).toEqual([
      [1, 'transaction-refused'],
      [3, 'transaction-refused'],
    ]);
    expect(verdicts.flatMap(({ rejected }) => rejected)[0]?.reason).toContain(
      'part 2 of 3, "b" in m, was decided by itself',
    );
  });

  test('CL-5: counts with all its parts towards the window, and a repeat of it in one session is out of order', async () => {
    const { hosted, author } = await setUp();
    const message = toMessage([author.create('m', 'a'), author.create('m', 'b')]);
    hosted.host.send({ type: 'submit', session: 's', ...message, bytes: 100 });
    hosted.host.send({ type: 'submit', session: 's', ...message, bytes: 100 });
    await settle();
    expect(hosted.of('session-error')).toMatchObject([{ code: 'out-of-order' }]);
    expect(hosted.of('committed')).toHaveLength(1);
  });
});
