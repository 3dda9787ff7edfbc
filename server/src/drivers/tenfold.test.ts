import { applyOp, EMPTY_RECORD, materialize, type LwwRecord, type Op } from '@topgun/core/crdt';
import type { Hash64 } from '@topgun/core/primitives';
import { parseQuery, type Query, type QueryInput } from '@topgun/core/query';
import { expect, test } from 'vitest';
import { loadXxhash } from '../adapters/xxhash.js';
import { entriesOf, naiveView } from '../testing/naive-view.js';
import { OpAuthor } from '../testing/op-author.js';
import { RowMirror } from '../testing/row-mirror.js';
import { startTestHost, type TestHost } from '../testing/test-host.js';
import { createTimedTimers } from '../testing/timed-timers.js';
import { createMemoryDisk, type MemoryDisk } from './memory-disk.js';

const BUDGET = 200_000;
const KEYS = Array.from({ length: 500 }, (_, i) => `k${i}`);
const TEXT = 'lorem ipsum '.repeat(330);
/** Nothing is taken for the length of the log: every snapshot is one that room was needed for. */
const snapshotPolicy = { ops: 1_000_000, bytes: 1_000_000_000 };

const queryOf = (input: QueryInput): Query => {
  const query = parseQuery(input);
  if (!query.ok) throw new Error('no query');
  return query.value;
};
const QUERIES: readonly Query[] = [
  queryOf({ sort: [['n', 'desc']], limit: 5, where: { n: { $gte: 900 } } }),
  queryOf({ where: { n: { $lt: 20 } } }),
  queryOf({ where: { n: { $lt: 500 } }, groupBy: ['parity'], aggregate: { count: { sum: 'n' } } }),
];

/** A host with a budget, a client that has three live queries, and what both should have. */
class World {
  readonly #records = new Map<string, LwwRecord>();
  readonly #mirrors = QUERIES.map(() => new RowMirror());
  readonly #views: string[] = [];
  #seen = 0;
  readonly author: OpAuthor;
  readonly clock = { now: 1_700_000_000_000 };
  readonly timers = createTimedTimers(this.clock);
  hosted!: TestHost;

  readonly #disk: MemoryDisk;
  readonly #hash: Hash64;

  constructor(disk: MemoryDisk, hash: Hash64) {
    this.#disk = disk;
    this.#hash = hash;
    this.author = new OpAuthor('r.0', hash);
  }

  get maps(): ReadonlyMap<string, ReadonlyMap<string, LwwRecord>> {
    return new Map([['m', this.#records]]);
  }

  async start(memory?: number): Promise<void> {
    const time = { clock: this.clock, timers: this.timers };
    const [disk, hash] = [this.#disk, this.#hash];
    this.hosted = await startTestHost({
      disk,
      hash,
      time,
      snapshotPolicy,
      ...(memory === undefined ? {} : { memory }),
    });
    this.#seen = 0;
    this.hosted.host.send({ type: 'announce', session: 's', replicas: [[this.author.replica, this.author.issued]] });
  }

  async openViews(): Promise<void> {
    for (const [i, query] of QUERIES.entries()) {
      this.hosted.host.send({ type: 'open-view', session: 's', sub: i + 1, map: 'm', query });
    }
    await this.timers.advance(20);
    for (const { sub, view } of this.hosted.of('view-opened')) this.#views[sub - 1] = view;
  }

  async write(...ops: readonly Op[]): Promise<void> {
    const { host } = this.hosted;
    host.send({ type: 'submit', session: 's', batches: this.author.batches(...ops), bytes: 1_000 * ops.length });
    for (const op of ops) this.#records.set(op.key, applyOp(this.#records.get(op.key) ?? EMPTY_RECORD, op));
    await this.#until(() =>
      this.#committed()
        .flatMap(({ verdicts }) => verdicts)
        .some((told) => told.accepted.length > 0),
    );
    for (const { diffs } of this.#committed()) {
      for (const diff of diffs) this.#mirrors[this.#views.indexOf(diff.view)]!.take(diff.changes);
    }
  }

  async read(key: string): Promise<LwwRecord | undefined> {
    const { host, events } = this.hosted;
    this.#seen = events.length;
    host.send({ type: 'open-view', session: 's', sub: 9, map: 'm', query: queryOf({ where: { _key: key } }) });
    const answer = () => events.slice(this.#seen).find((event) => event.type === 'view-opened');
    await this.#until(() => answer() !== undefined);
    host.send({ type: 'close-view', session: 's', sub: 9 });
    return answer()?.rows[0]?.record;
  }

  expectRead(key: string, record: LwwRecord | undefined): void {
    const held = this.#records.get(key);
    expect(record && materialize(record)).toEqual(held && materialize(held));
  }

  expectViews(): void {
    for (const [i, query] of QUERIES.entries()) {
      const expected = naiveView(query, 'm', this.maps).map(({ key, value }) => [key, value] as const);
      const rows = [...this.#mirrors[i]!.rows].map(([key, record]) => [key, materialize(record)] as const);
      expect(new Map(rows)).toEqual(new Map(expected));
    }
  }

  #committed() {
    return this.hosted.events.slice(this.#seen).filter((event) => event.type === 'committed');
  }

  async #until(isDone: () => boolean): Promise<void> {
    for (let turn = 0; turn < 1_000 && !isDone(); turn += 1) await this.timers.advance(5);
    if (!isDone()) throw new Error('no answer within ten seconds');
  }

  mark(): void {
    this.#seen = this.hosted.events.length;
  }
}

test('PI-45, PI-46, PI-47: ten times as many records as there is memory for are read and written, nothing is lost, live views stay right, and the budget is kept', async () => {
  const disk = createMemoryDisk();
  const world = new World(disk, await loadXxhash());
  await world.start(BUDGET);
  await world.openViews();
  let state = 1;
  const random = (below: number): number => (state = (state * 48_271) % 2_147_483_647) % below;
  const fields = (): { n: number; parity: number; text: string } => {
    const n = random(1_000);
    return { n, parity: n % 2, text: TEXT };
  };
  for (let i = 0; i < KEYS.length; i += 20) {
    world.mark();
    for (const key of KEYS.slice(i, i + 20)) {
      world.mark();
      await world.write(world.author.create('m', key, fields()));
    }
  }
  for (let i = 0; i < 400; i += 1) {
    const key = KEYS[random(KEYS.length)]!;
    if (random(2) === 0) world.expectRead(key, await world.read(key));
    else {
      world.mark();
      const kind = random(8);
      if (kind === 0) await world.write(world.author.remove('m', key));
      else await world.write(world.author.create('m', key, fields()));
    }
    if (i % 20 === 0) world.expectViews();
  }
  world.expectViews();

  const unloaded = world.hosted.logged.filter(({ message }) => message === 'a partition is unloaded');
  expect(unloaded.length).toBeGreaterThan(100);
  const held = world.hosted.logged.flatMap(({ detail }) =>
    detail !== undefined && 'heldBytes' in detail ? [Number(detail.heldBytes)] : [],
  );
  expect(Math.max(...held)).toBeLessThanOrEqual(BUDGET * 1.05);
  expect(Math.max(...held)).toBeGreaterThan(BUDGET * 0.8);

  await world.start();
  await world.timers.advance(5_000);
  for (const key of KEYS.slice(0, 50)) world.expectRead(key, await world.read(key));
  expect(entriesOf(world.maps, 'm').length).toBeGreaterThan(300);
});
