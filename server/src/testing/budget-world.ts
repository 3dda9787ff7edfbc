import { applyOp, EMPTY_RECORD, materialize, type LwwRecord, type Op } from '@topgun/core/crdt';
import type { Hash64 } from '@topgun/core/primitives';
import { parseQuery, type Query, type QueryInput } from '@topgun/core/query';
import type { MemoryDisk } from '../drivers/memory-disk.js';
import type { HostEvent } from '../ports/partition-host.js';
import type { SnapshotPolicy } from '../services/persistence/snapshot-schedule.js';
import type { SearchDefinitions } from '../services/search/read-search.js';
import { naiveView } from './naive-view.js';
import { OpAuthor } from './op-author.js';
import { RowMirror } from './row-mirror.js';
import { startTestHost, type TestHost } from './test-host.js';
import { createTimedTimers } from './timed-timers.js';

/** Nothing is taken for the length of the log: every snapshot is one that room was needed for. */
const NONE_DUE: SnapshotPolicy = { ops: 1_000_000, bytes: 1_000_000_000 };

export const queryOf = (input: QueryInput): Query => {
  const query = parseQuery(input);
  if (!query.ok) throw new Error('no query');
  return query.value;
};

/** Somebody who writes, in messages of one op or of many, without waiting for the answer to the one before. */
export interface Device {
  readonly session: string;
  readonly author: OpAuthor;
  /** Sequences that nobody has decided yet. */
  readonly undecided: Set<number>;
}

export interface BudgetWorldOptions {
  readonly disk: MemoryDisk;
  readonly hash: Hash64;
  readonly memory: number;
  readonly search?: SearchDefinitions;
  readonly now?: number;
  readonly snapshotPolicy?: SnapshotPolicy;
}

/** A host with a budget, devices that write and read, and what all of them should find. It looks at what records take whenever something has happened. */
export class BudgetWorld {
  readonly clock: { now: number };
  readonly records = new Map<string, Map<string, LwwRecord>>();
  readonly devices: Device[] = [];
  /** Sessions that were ended, and why. */
  readonly faults: string[] = [];
  /** What records took at most so far, in bytes. */
  mostBytes = 0;
  hosted!: TestHost;
  readonly #options: BudgetWorldOptions;
  readonly #timers;
  readonly #views = new Map<number, { readonly query: Query; readonly map: string; mirror: RowMirror; id: string }>();
  readonly #answers = new Map<number, HostEvent>();
  #sub = 1_000;

  constructor(options: BudgetWorldOptions) {
    this.#options = options;
    this.clock = { now: options.now ?? 1_700_000_000_000 };
    this.#timers = createTimedTimers(this.clock);
  }

  async start(devices: number): Promise<void> {
    const { disk, hash, memory, search } = this.#options;
    const timers = this.#timers;
    const time = {
      clock: this.clock,
      timers: {
        after: (ms: number, run: () => void) =>
          timers.after(ms, () => {
            run();
            this.#look();
          }),
      },
    };
    this.hosted = await startTestHost({
      disk,
      hash,
      time,
      snapshotPolicy: this.#options.snapshotPolicy ?? NONE_DUE,
      memory,
      ...(search === undefined ? {} : { search }),
    });
    this.hosted.host.onEvent((event) => this.#hear(event));
    for (let i = 0; i < devices; i += 1) {
      const author = new OpAuthor(`r${i}.0`, hash);
      this.devices.push({ session: `s${i}`, author, undecided: new Set() });
      this.hosted.host.send({ type: 'announce', session: `s${i}`, replicas: [[author.replica, 0]] });
    }
  }

  /** Of ops that nobody else writes to the records of. */
  write({ session, author, undecided }: Device, ...ops: readonly Op[]): void {
    for (const op of ops) {
      undecided.add(op.seq);
      const map = this.records.get(op.map) ?? new Map<string, LwwRecord>();
      this.records.set(op.map, map.set(op.key, applyOp(map.get(op.key) ?? EMPTY_RECORD, op)));
    }
    const batches = author.batches(...ops);
    this.hosted.host.send({ type: 'submit', session, batches, bytes: JSON.stringify(batches).length });
  }

  openView(map: string, query: Query): number {
    const sub = (this.#sub += 1);
    this.#views.set(sub, { query, map, mirror: new RowMirror(), id: '' });
    this.hosted.host.send({ type: 'open-view', session: 'viewer', sub, map, query });
    return sub;
  }

  closeView(sub: number): void {
    this.#views.delete(sub);
    this.hosted.host.send({ type: 'close-view', session: 'viewer', sub });
  }

  /** What the host says of one record, once it has. */
  async read(map: string, key: string): Promise<LwwRecord | undefined> {
    const sub = (this.#sub += 1);
    this.hosted.host.send({ type: 'open-view', session: 'viewer', sub, map, query: queryOf({ where: { _key: key } }) });
    await this.until(() => this.#answers.has(sub));
    this.hosted.host.send({ type: 'close-view', session: 'viewer', sub });
    const answer = this.#answers.get(sub);
    if (answer?.type !== 'view-opened') throw new Error(`no rows, but ${JSON.stringify(answer)}`);
    return answer.rows[0]?.record;
  }

  async decided(atMost = 0): Promise<void> {
    await this.until(() => this.devices.every(({ undecided }) => undecided.size <= atMost));
  }

  async until(isDone: () => boolean): Promise<void> {
    for (let turn = 0; turn < 12_000 && !isDone(); turn += 1) await this.#timers.advance(5);
    if (!isDone()) throw new Error('no answer within a minute');
  }

  advance(ms: number): Promise<void> {
    return this.#timers.advance(ms);
  }

  get areViewsOpen(): boolean {
    return [...this.#views.values()].every(({ id }) => id !== '');
  }

  /** What live views show, and what they should. */
  views(): { readonly shown: unknown; readonly expected: unknown }[] {
    return [...this.#views.values()].map(({ query, map, mirror }) => ({
      shown: new Map([...mirror.rows].map(([key, record]) => [key, materialize(record)])),
      expected: new Map(naiveView(query, map, this.records).map(({ key, value }) => [key, value])),
    }));
  }

  /** Keys of which the host does not say what was written. */
  async wrong(map: string, keys: Iterable<string>): Promise<string[]> {
    const wrong: string[] = [];
    for (const key of keys) {
      const [found, held] = [await this.read(map, key), this.records.get(map)?.get(key)];
      const [shown, expected] = [found && materialize(found), held && materialize(held)];
      if (JSON.stringify(shown) !== JSON.stringify(expected)) wrong.push(key);
    }
    return wrong;
  }

  #hear(event: HostEvent): void {
    this.#look();
    if (event.type === 'session-error') this.faults.push(`${event.session} ${event.code}`);
    if (event.type === 'view-opened' || event.type === 'view-refused') {
      this.#answers.set(event.sub, event);
      const view = this.#views.get(event.sub);
      if (event.type === 'view-opened' && view !== undefined) {
        view.id = event.view;
        for (const { key, record } of event.rows) view.mirror.rows.set(key, record);
      }
    }
    if (event.type !== 'committed') return;
    for (const { session, accepted, rejected } of event.verdicts) {
      if (rejected.length > 0) throw new Error(`refused: ${JSON.stringify(rejected)}`);
      const { undecided } = this.devices[Number(session.slice(1))]!;
      for (const [seq] of accepted) undecided.delete(seq);
    }
    for (const { view, changes } of event.diffs) {
      for (const each of this.#views.values()) if (each.id === view) each.mirror.take(changes);
    }
  }

  #look(): void {
    this.mostBytes = Math.max(this.mostBytes, this.hosted.gauges().recordBytes);
  }
}
