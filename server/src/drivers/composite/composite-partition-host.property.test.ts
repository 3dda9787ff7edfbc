import {
  canonicalRecord,
  decodeRecord,
  EMPTY_RECORD,
  isVisible,
  materialize,
  mergeRecords,
  type LwwRecord,
  type Op,
} from '@topgun/core/crdt';
import { canonicalJson, type Hash64, type Value } from '@topgun/core/primitives';
import type { RowChange, WireRecord } from '@topgun/core/protocol';
import { evaluate, parseQuery, windowSlack, type Query, type QueryInput } from '@topgun/core/query';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { loadXxhash } from '../../adapters/xxhash.js';
import type { HostEvent, PartitionHost } from '../../ports/partition-host.js';
import { GridState } from '../../services/crdt/grid-state.js';
import { replaySegment } from '../../services/crdt/replay-segment.js';
import { decodeSegment } from '../../services/persistence/segment-codec.js';
import { Delays } from '../../testing/delays.js';
import { OpAuthor } from '../../testing/op-author.js';
import { startTestComposite, type TestComposite } from '../../testing/test-composite.js';
import { settle } from '../../testing/test-host.js';
import { createMemoryDisk, type MemoryDisk } from '../memory-disk.js';
import type { AppendFault } from '../memory-ledger.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

/** Snapshots of nearly everything, and a log that is trimmed behind them, also for a host that has little to write. */
const STORED = { snapshotPolicy: { ops: 4, bytes: 1_000_000 }, logBytes: 400 };

/** So many that a host has more of a map than a window of one or two rows takes: some leave it and still match. */
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n'];
const MAPS = ['m', 'n'];
const QUERIES: QueryInput[] = [
  {},
  { where: { n: { $gte: 2 } } },
  { where: { _key: 'b' } },
  { where: { _key: { $in: ['a', 'd'] }, n: 1 } },
  { sort: { n: 'desc' }, limit: 1 },
  { sort: { n: 'desc' }, limit: 2 },
  { where: { n: { $lt: 3 } }, sort: { n: 'asc' }, limit: 3 },
  { where: { n: { $gte: 1 } }, groupBy: ['n'], aggregate: { all: { count: '*' }, sum: { sum: 'n' } } },
  { groupBy: ['n'], aggregate: { all: { count: '*' } }, sort: { all: 'desc' }, limit: 1 },
  { distinct: ['n'], where: { n: { $lt: 5 } } },
];

/** Rows of the one map related to those of the other. */
const related = (input: QueryInput, parents: QueryInput): Query => ({
  ...parsed(input),
  within: { map: 'n', query: parsed(parents), on: [['n'], ['n']] },
});
const RELATED = (): Query[] => [
  related({}, { where: { n: { $gte: 3 } } }),
  related({ where: { n: { $lt: 5 } } }, { where: { n: { $gte: 1 } } }),
  related({}, { sort: { n: 'desc' }, limit: 1 }),
  related({ where: { _key: { $in: KEYS.slice(7) } } }, { where: { _key: { $in: KEYS.slice(0, 7) } } }),
];

const write = fc.record({
  kind: fc.constantFrom('create' as const, 'restart' as const, 'patch' as const, 'remove' as const, 'add' as const),
  map: fc.constantFrom(...MAPS),
  key: fc.constantFrom(...KEYS),
  n: fc.integer({ min: 0, max: 6 }),
});
type Write = typeof write extends fc.Arbitrary<infer T> ? T : never;

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('submit' as const),
      by: fc.nat(1),
      isTransaction: fc.boolean(),
      writes: fc.array(write, { minLength: 1, maxLength: 8 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('open' as const),
      map: fc.constantFrom(...MAPS),
      query: fc.nat(QUERIES.length - 1),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('relate' as const), query: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('close' as const), nth: fc.nat(5) }) },
  { weight: 3, arbitrary: fc.constant({ type: 'wait' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('let-through' as const), member: fc.nat(2), count: fc.nat(4) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('reconnect' as const), by: fc.nat(1) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('fault' as const),
      fault: fc.constantFrom<AppendFault>('fail', 'unknown-written', 'unknown-lost', 'unknown-late'),
    }),
  },
);

function toOp(author: OpAuthor, { kind, map, key, n }: Write): Op {
  switch (kind) {
    case 'create':
    case 'restart':
      return author.create(map, key, { n }, kind === 'restart');
    case 'patch':
      return author.patch(map, key, { n });
    case 'remove':
      return author.remove(map, key);
    case 'add':
      return author.add(map, key, n);
  }
}

interface Held {
  readonly sub: number;
  readonly map: string;
  readonly query: Query;
  rows: Map<string, LwwRecord> | null;
}

/** A client with one replica, and the rows of its subscriptions: it knows nothing but what it is told. */
class TestClient {
  readonly author: OpAuthor;
  readonly told = new Map<number, string[]>();
  readonly views: Held[] = [];
  #undecided: { readonly ops: readonly Op[]; readonly isTransaction: boolean }[] = [];
  #session = '';
  #opened = 0;
  #subs = 0;
  #isWelcome = false;
  readonly #host: PartitionHost;

  constructor(replica: string, host: PartitionHost) {
    this.author = new OpAuthor(replica, hash);
    this.#host = host;
    this.connect();
  }

  get undecided(): readonly Op[] {
    return this.#undecided.flatMap(({ ops }) => ops);
  }

  connect(): void {
    this.#opened += 1;
    this.#isWelcome = false;
    for (const view of this.views) view.rows = null;
    this.#session = `${this.author.replica}#${this.#opened}`;
    this.#host.send({
      type: 'announce',
      session: this.#session,
      replicas: [[this.author.replica, this.author.issued]],
    });
  }

  submit(ops: readonly Op[], isTransaction: boolean): void {
    const message = { ops, isTransaction };
    this.#undecided.push(message);
    if (this.#isWelcome) this.#send(message);
  }

  open(map: string, query: Query): void {
    this.#subs += 1;
    const view: Held = { sub: this.#subs, map, query, rows: null };
    this.views.push(view);
    if (this.#isWelcome) this.#open(view);
  }

  close(nth: number): void {
    const [view] = this.views.splice(nth, 1);
    if (view !== undefined) this.#host.send({ type: 'close-view', session: this.#session, sub: view.sub });
  }

  hear(event: HostEvent): void {
    switch (event.type) {
      case 'session-error':
        if (event.session === this.#session) this.connect();
        return;
      case 'announced':
        if (event.session !== this.#session) return;
        this.#isWelcome = true;
        for (const message of this.#undecided) this.#send(message);
        for (const view of this.views) this.#open(view);
        return;
      case 'view-opened':
        if (event.session !== this.#session) return;
        for (const view of this.views) {
          if (view.sub === event.sub) view.rows = new Map(event.rows.map(({ key, record }) => [key, record]));
        }
        return;
      case 'view-refused':
        throw new Error(JSON.stringify(event));
      case 'committed':
        for (const { subscribers, changes } of event.diffs) {
          for (const [session, sub] of subscribers) {
            const view = session === this.#session ? this.views.find((other) => other.sub === sub) : undefined;
            if (view !== undefined) for (const change of changes) take(view, change);
          }
        }
        for (const { session, accepted, rejected } of event.verdicts) {
          if (session !== this.#session) continue;
          for (const [seq] of accepted) this.#note(seq, 'accepted');
          for (const { seq, code } of rejected) this.#note(seq, code);
        }
        return;
      default:
    }
  }

  #open({ map, query, sub }: Held): void {
    this.#host.send({ type: 'open-view', session: this.#session, sub, map, query });
  }

  #note(seq: number, told: string): void {
    this.told.set(seq, [...(this.told.get(seq) ?? []), told]);
    this.#undecided = this.#undecided.filter(({ ops }) => ops.some((op) => this.told.get(op.seq) === undefined));
  }

  #send({ ops, isTransaction }: { readonly ops: readonly Op[]; readonly isTransaction: boolean }): void {
    const transaction = isTransaction ? { transaction: { first: ops[0]!.seq, parts: ops.length } } : {};
    this.#host.send({
      type: 'submit',
      session: this.#session,
      batches: this.author.batches(...ops),
      bytes: 100,
      ...transaction,
    });
  }
}

function take(view: Held, [type, key, wire]: RowChange): void {
  const { rows } = view;
  if (rows === null) throw new Error(`${key} is told of a view that has not been answered`);
  const before = rows.get(key);
  expect(before === undefined, `${type} of ${key}`).toBe(type === 'enter');
  if (type === 'enter') rows.set(key, decoded(wire));
  else if (type === 'update') rows.set(key, mergeRecords(before ?? EMPTY_RECORD, decoded(wire)));
  else rows.delete(key);
}

function decoded(wire: WireRecord): LwwRecord {
  const record = decodeRecord(wire);
  if (!record.ok) throw new Error(record.error.message);
  return record.value;
}

/** The state that the ledger says, by the plainest means, and what it has decided. */
function judged(disk: MemoryDisk) {
  const state = new GridState();
  const decided = new Map<string, string>();
  /** Of each transaction, at which positions parts of it stand. */
  const placed = new Map<string, Set<number>>();
  for (const { bytes, position } of [...disk.trimmed, ...disk.segments]) {
    const segment = decodeSegment(bytes);
    if (!segment.ok) throw new Error(segment.error.reason);
    const replayed = replaySegment(segment.value, state);
    if (!replayed.ok) throw new Error(replayed.error);
    for (const { replica, ops } of segment.value.entries) {
      for (const [[seq], verdict] of ops) {
        const id = `${replica}:${seq}`;
        expect(decided.has(id), `${id} is decided twice`).toBe(false);
        decided.set(id, Array.isArray(verdict) ? String(verdict[0]) : 'accepted');
        placed.set(id, new Set([position]));
      }
    }
  }
  return { state, decided, placed };
}

/** What the server says of groups and rows: of a group what it shows, since its record is nobody's. */
const textOf = ({ groupBy }: Query, record: LwwRecord): string =>
  groupBy === undefined ? canonicalRecord(record) : canonicalJson(materialize(record) ?? null);

/** The window from scratch. */
function windowOf(state: GridState, map: string, query: Query): [string, string][] {
  const limit = query.limit === null ? null : query.limit + windowSlack(query.limit);
  const records = new Map(state.records(map));
  const { within } = query;
  if (within !== undefined) {
    const parents = windowOf(state, within.map, within.query).map(([key]) => key);
    const values = new Set<Value | undefined>(parents.map((key) => numberAt(state, within.map, key)));
    values.delete(undefined);
    const { within: _, ...rest } = query;
    return windowOf(state, map, rest).filter(([key]) => values.has(numberAt(state, map, key)));
  }
  const entries = [...records].flatMap(([key, record]) => {
    const value = isVisible(record) ? materialize(record) : undefined;
    return value === undefined ? [] : [{ key, value }];
  });
  return evaluate({ ...query, limit }, entries)
    .map(({ key, value }): [string, string] => [
      key,
      query.groupBy === undefined ? canonicalRecord(records.get(key)!) : canonicalJson(value),
    ])
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function numberAt(state: GridState, map: string, key: string): Value | undefined {
  const value = materialize(new Map(state.records(map)).get(key) ?? EMPTY_RECORD);
  return typeof value === 'object' && value !== null && 'n' in value ? value.n : undefined;
}

function parsed(input: QueryInput): Query {
  const query = parseQuery(input);
  if (!query.ok) throw new Error(query.error.code);
  return query.value;
}

/** Snapshots and rows are written a piece at a time. */
async function drained({ host, timers }: TestComposite): Promise<void> {
  let isDone = false;
  void host.drain().then(() => (isDone = true));
  for (let turn = 0; turn < 5_000 && !isDone; turn += 1) {
    await settle();
    timers.runAll();
  }
  expect(isDone, 'it is drained').toBe(true);
}

test('PI-25, PI-26, PI-27, PI-28, PI-50, PI-52, CR-12: of several hosts, whatever each says later and whatever fails, ops are decided once, transactions as a whole, and views show what the ledger says', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), fc.boolean(), async (steps, isDrained) => {
      const disk = createMemoryDisk();
      const delays = new Delays();
      const first = await startTestComposite({ disk, hash, members: 3, between: delays.between, ...STORED });
      const clients: TestClient[] = [];
      let through = 0;
      first.host.onEvent((event) => {
        if (event.type === 'committed') {
          expect(event.position).toBeGreaterThanOrEqual(through);
          through = event.position;
        }
        for (const client of clients) client.hear(event);
      });
      for (const replica of ['r.0', 's.0']) clients.push(new TestClient(replica, first.host));
      const transactions: (readonly Op[])[] = [];
      const sent: Op[] = [];

      for (const each of steps) {
        if (each.type === 'submit') {
          const client = clients[each.by]!;
          const ops = each.writes.map((one) => toOp(client.author, one));
          sent.push(...ops);
          if (each.isTransaction) transactions.push(ops);
          client.submit(ops, each.isTransaction);
        } else if (each.type === 'open') clients[each.query % 2]!.open(each.map, parsed(QUERIES[each.query]!));
        else if (each.type === 'relate')
          clients[each.query % 2]!.open(each.query === 3 ? 'n' : 'm', RELATED()[each.query]!);
        else if (each.type === 'close') clients[0]!.close(each.nth);
        else if (each.type === 'let-through') delays.letThrough(each.member, each.count);
        else if (each.type === 'reconnect') clients[each.by]!.connect();
        else if (each.type === 'fault') first.ledger.failNext(each.fault);
        else await settle();
      }
      delays.open();
      for (let turn = 0; turn < 50; turn += 1) {
        await settle();
        first.timers.runAll();
        if (turn > 4 && clients.every(({ undecided }) => undecided.length === 0)) break;
      }
      await settle();

      const { state, decided, placed } = judged(disk);
      expect([...decided.keys()].toSorted()).toEqual(sent.map((op) => `${op.replica}:${op.seq}`).toSorted());
      for (const { author, told } of clients) {
        for (const [seq, verdicts] of told) {
          const truth = decided.get(`${author.replica}:${seq}`);
          expect(verdicts).toEqual(verdicts.map(() => truth));
        }
      }
      for (const ops of transactions) {
        const of = ops.map((op) => `${op.replica}:${op.seq}`);
        expect(new Set(of.flatMap((id) => [...placed.get(id)!])).size, of.join()).toBe(1);
        expect(new Set(of.map((id) => decided.get(id) === 'accepted')).size, of.join()).toBe(1);
      }
      for (const { views } of clients) {
        for (const { map, query, rows } of views) {
          const shown = [...rows!].map(([key, record]): [string, string] => [key, textOf(query, record)]);
          expect(shown.toSorted(([a], [b]) => (a < b ? -1 : 1))).toEqual(windowOf(state, map, query));
        }
      }
      if (isDrained) await drained(first);

      // A restart says the same, of however many hosts.
      const second = await startTestComposite({ disk, hash, members: 2, ...STORED });
      const reader = new TestClient('t.0', second.host);
      second.host.onEvent((event) => reader.hear(event));
      for (const map of MAPS) reader.open(map, parsed({}));
      // Records are brought in a piece at a time.
      for (let turn = 0; turn < 500 && reader.views.some(({ rows }) => rows === null); turn += 1) {
        await settle();
        second.timers.runAll();
      }
      for (const { map, query, rows } of reader.views) {
        const shown = [...rows!].map(([key, record]): [string, string] => [key, canonicalRecord(record)]);
        expect(shown.toSorted(([a], [b]) => (a < b ? -1 : 1))).toEqual(windowOf(state, map, query));
      }

      // PI-50: what a host has left of the cold store, also without notice, another one writes.
      await drained(second);
      const rows = [...disk.coldRows.values()].filter((row) => MAPS.includes(row.map));
      expect(rows.map((row) => [row.map, row.key, row.state]).toSorted()).toEqual(
        MAPS.flatMap((map) =>
          [...state.records(map)].map(([key, record]) => [map, key, canonicalRecord(record)]),
        ).toSorted(),
      );
    }),
    { numRuns: 100 },
  );
});
