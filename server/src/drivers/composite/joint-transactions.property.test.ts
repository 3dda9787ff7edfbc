import type { Op } from '@topgun/core/crdt';
import { partitionOf, type Hash64 } from '@topgun/core/primitives';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { loadXxhash } from '../../adapters/xxhash.js';
import type { HostEvent, PartitionHost } from '../../ports/partition-host.js';
import type { ServerHooks } from '../../services/hooks/server-hooks.js';
import { decodeSegment } from '../../services/persistence/segment-codec.js';
import { HeldLines, type HeldWay } from '../../testing/held-lines.js';
import { OpAuthor } from '../../testing/op-author.js';
import { startTestComposite } from '../../testing/test-composite.js';
import { settle } from '../../testing/test-host.js';
import { createMemoryDisk, type MemoryDisk } from '../memory-disk.js';
import type { AppendFault } from '../memory-ledger.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const MEMBERS = 3;
const MAPS = ['m', 'n'];

/** Sends what is undecided again on each connection, transactions as they were. */
class TestClient {
  readonly author: OpAuthor;
  readonly #host: PartitionHost;
  #undecided: { readonly ops: readonly Op[]; readonly isTransaction: boolean }[] = [];
  readonly #told = new Map<number, string>();
  #session = '';
  #opened = 0;
  #isWelcome = false;

  constructor(replica: string, host: PartitionHost) {
    this.author = new OpAuthor(replica, hash);
    this.#host = host;
    this.connect();
  }

  get isIdle(): boolean {
    return this.#undecided.length === 0;
  }

  connect(isTold = false): void {
    if (isTold && this.#opened > 0) this.#host.send({ type: 'session-closed', session: this.#session });
    this.#opened += 1;
    this.#isWelcome = false;
    this.#session = `${this.author.replica}#${this.#opened}`;
    const { replica, issued } = this.author;
    this.#host.send({ type: 'announce', session: this.#session, replicas: [[replica, issued]] });
  }

  submit(ops: readonly Op[], isTransaction: boolean): void {
    this.#undecided.push({ ops, isTransaction });
    if (this.#isWelcome) this.#send(ops, isTransaction);
  }

  hear(event: HostEvent): void {
    if (event.type === 'session-error' && event.session === this.#session) this.connect();
    if (event.type === 'announced' && event.session === this.#session) {
      this.#isWelcome = true;
      for (const { ops, isTransaction } of this.#undecided) this.#send(ops, isTransaction);
    }
    if (event.type !== 'committed') return;
    for (const { session, accepted, rejected } of event.verdicts) {
      if (session !== this.#session) continue;
      for (const [seq] of accepted) this.#note(seq, 'accepted');
      for (const { seq, code } of rejected) this.#note(seq, code);
    }
    this.#undecided = this.#undecided.filter(({ ops }) => ops.some(({ seq }) => !this.#told.has(seq)));
  }

  get told(): ReadonlyMap<number, string> {
    return this.#told;
  }

  #note(seq: number, verdict: string): void {
    expect(this.#told.get(seq) ?? verdict).toBe(verdict);
    this.#told.set(seq, verdict);
  }

  #send(ops: readonly Op[], isTransaction: boolean): void {
    const { author } = this;
    const transaction = isTransaction ? { transaction: { first: ops[0]!.seq, parts: ops.length } } : {};
    const batches = author.batches(...ops);
    this.#host.send({ type: 'submit', session: this.#session, batches, bytes: 100, ...transaction });
  }
}

const act = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('submit' as const),
      by: fc.nat(1),
      isTransaction: fc.boolean(),
      map: fc.constantFrom(...MAPS),
      /** Of which hosts a record is written, and whether there has to be one already. */
      members: fc.uniqueArray(fc.nat(MEMBERS - 1), { minLength: 1 }),
      patches: fc.integer({ min: 0, max: 9 }).map((drawn) => drawn === 0),
    }),
  },
  {
    weight: 30,
    arbitrary: fc.record({
      type: fc.constant('pass' as const),
      way: fc.constantFrom<HeldWay>('to', 'from'),
      member: fc.nat(MEMBERS - 1),
    }),
  },
  { weight: 5, arbitrary: fc.record({ type: fc.constant('append' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('fault' as const),
      fault: fc.constantFrom<AppendFault>('fail', 'unknown-written', 'unknown-lost'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('reconnect' as const), by: fc.nat(1), isTold: fc.boolean() }),
  },
);

/** What the ledger says of each op, and where. */
function decidedOn(disk: MemoryDisk): ReadonlyMap<string, { readonly verdict: string; readonly position: number }> {
  const decided = new Map<string, { readonly verdict: string; readonly position: number }>();
  for (const { bytes, position } of [...disk.trimmed, ...disk.segments]) {
    const segment = decodeSegment(bytes);
    if (!segment.ok) throw new Error(segment.error.reason);
    for (const { replica, ops } of segment.value.entries) {
      for (const [[seq], verdict] of ops) {
        expect(decided.has(`${replica}:${seq}`), `${replica}:${seq} is decided twice`).toBe(false);
        decided.set(`${replica}:${seq}`, { verdict: Array.isArray(verdict) ? verdict[0] : 'accepted', position });
      }
    }
  }
  return decided;
}

/** As hooks that await something: their answers come in another turn. */
const asked: ServerHooks = { beforeOp: () => Promise.resolve() };

test.each([
  { rules: 'PI-26, PI-27, CR-12, PI-11', hooks: {}, numRuns: 100 },
  { rules: 'HK-1, HK-7, PI-27, CR-12, PI-11', hooks: asked, numRuns: 60 },
])(
  '$rules: whatever passes late between hosts, and whichever append fails, a transaction is in one commit whole or refused whole, and every op is decided once',
  async ({ hooks, numRuns }) => {
    const keys = Array.from({ length: MEMBERS }, (_, member) => keyOf(member));
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 40, maxLength: 160, size: 'max' }), async (acts) => {
        const disk = createMemoryDisk();
        const lines = new HeldLines();
        const starting = startTestComposite({ disk, hash, members: MEMBERS, hooks, between: lines.between });
        const { host, ledger, timers } = await starting;
        const clients: TestClient[] = [];
        host.onEvent((event) => clients.forEach((client) => client.hear(event)));
        for (const replica of ['r.0', 's.0']) clients.push(new TestClient(replica, host));
        const sent: string[] = [];
        const transactions: string[][] = [];
        let release = ledger.hold();

        for (const one of acts) {
          switch (one.type) {
            case 'submit': {
              const client = clients[one.by]!;
              const ops = one.members.map((member, nth) => {
                const [map, key] = [one.map, keys[member]!];
                if (one.patches && nth === 0) return client.author.patch(map, `${key}-none`, { n: 1 });
                return client.author.create(map, key, { n: nth });
              });
              const ids = ops.map(({ replica, seq }) => `${replica}:${seq}`);
              sent.push(...ids);
              const isTransaction = one.isTransaction && ops.length > 1;
              if (isTransaction) transactions.push(ids);
              client.submit(ops, isTransaction);
              break;
            }
            case 'pass':
              lines.letThrough(one.way, one.member);
              break;
            case 'append':
              release();
              release = ledger.hold();
              break;
            case 'fault':
              ledger.failNext(one.fault);
              break;
            case 'reconnect':
              clients[one.by]!.connect(one.isTold);
              break;
          }
          await settle();
        }
        release();
        lines.open();
        for (let turn = 0; turn < 50 && !(turn > 4 && clients.every(({ isIdle }) => isIdle)); turn += 1) {
          await settle();
          timers.runAll();
        }

        const decided = decidedOn(disk);
        expect([...decided.keys()].filter((id) => !id.startsWith('.')).toSorted()).toEqual(sent.toSorted());
        for (const ids of transactions) {
          const all = ids.map((id) => decided.get(id)!);
          expect(new Set(all.map(({ position }) => position)).size, ids.join()).toBe(1);
          expect(new Set(all.map(({ verdict }) => verdict === 'accepted')).size, ids.join()).toBe(1);
        }
        for (const { author, told } of clients) {
          for (const [seq, verdict] of told) expect(decided.get(`${author.replica}:${seq}`)?.verdict).toBe(verdict);
        }
      }),
      { numRuns },
    );
  },
);

/** A key of every map in a partition of this host: the hosts have the partitions by turns. */
function keyOf(member: number): string {
  for (let i = 0; ; i += 1) {
    const key = `k${i}`;
    if (MAPS.every((map) => partitionOf(hash, map, key) % MEMBERS === member)) return key;
  }
}
