import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { partitionOf, type Hash64 } from '@topgun/core/primitives';
import { DEFAULT_LIMITS } from '@topgun/core/protocol';
import { afterEach, beforeAll, expect, test } from 'vitest';

import { loadXxhash } from '../adapters/xxhash.js';
import type { Clock, Timers } from '../ports/environment.js';
import type { HostEvent, PartitionHost } from '../ports/partition-host.js';
import { createWriteBehind } from '../services/persistence/write-behind.js';
import { OpAuthor } from '../testing/op-author.js';
import { createRecordedLog } from '../testing/recorded-log.js';
import { startS3Server } from '../testing/s3-server.js';
import { testDatabase } from '../testing/test-database.js';
import type { DurableStore } from './durable-store.js';
import { createInProcessPartitionHost } from './in-process-partition-host.js';
import { openPostgresStore } from './postgres/open-postgres-store.js';
import { createAwsObjectStore } from './s3/aws-object-store.js';
import { openS3Store } from './s3/open-s3-store.js';
import { parseS3Url } from './s3/s3-url.js';
import { openSqliteStoreInWorker } from './sqlite/sqlite-store-in-worker.js';

const database = testDatabase();
let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

const NOW = 1_700_000_000_000;
/** Time goes so many times as fast. */
const FAST = 200;
const KEEP_MS = 10_000;
const begun = performance.now();
const clock: Clock = { now: () => NOW + Math.floor((performance.now() - begun) * FAST) };
const timers: Timers = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs / FAST);
    return () => clearTimeout(timer);
  },
};

/** What there is of it, each as a number that grows with it. */
type Sizes = Readonly<Record<string, number>>;
interface Place {
  readonly store: DurableStore;
  /** What the database itself says that it takes. */
  size(): Promise<Sizes>;
}

function must<T>(
  result:
    | { readonly ok: true; readonly value: T }
    | { readonly ok: false; readonly error: { readonly message: string } },
): T {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

const PLACES: Readonly<Record<string, () => Promise<Place>>> = {
  async SQLite() {
    const folder = await mkdtemp(join(tmpdir(), 'topgun-churn-'));
    ends.push(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, 'a.db');
    const bytesOf = (name: string): Promise<number> =>
      stat(name).then(
        ({ size }) => size,
        () => 0,
      );
    const store = must(await openSqliteStoreInWorker(`file:${file}`));
    const segments = async (): Promise<number> => {
      let count = 0;
      for await (const chunk of store.ledger.read(0)) count += chunk.length;
      return count;
    };
    return {
      store,
      size: async () => ({ segments: await segments(), file: await bytesOf(file), log: await bytesOf(`${file}-wal`) }),
    };
  },
  async PostgreSQL() {
    const url = database!.place();
    const schema = new URL(url).searchParams.get('schema')!;
    const count = async (table: string): Promise<number> =>
      Number((await database!.sql(`SELECT count(*) AS n FROM ${schema}.${table}`))[0]!['n']);
    const store = must(await openPostgresStore(url));
    return {
      store,
      size: async () => ({
        segments: await count('ledger_segment'),
        rows: await count('record'),
        snapshots: await count('partition_snapshot'),
      }),
    };
  },
  async S3() {
    const s3 = await startS3Server(['topgun']);
    ends.push(() => s3.close());
    process.env['AWS_ACCESS_KEY_ID'] ??= 'test';
    process.env['AWS_SECRET_ACCESS_KEY'] ??= 'test';
    const url = `s3://topgun/churn?endpoint=${s3.endpoint}`;
    let minted = 0;
    const store = must(await openS3Store(url, { timers, mint: () => `n${(minted += 1)}` }));
    const bucket = createAwsObjectStore(must(parseS3Url(url)), { timeoutMs: 10_000 });
    return {
      store,
      async size() {
        let [objects, bytes] = [0, 0];
        for (let after = ''; ;) {
          const listed = await bucket.list('', after);
          const last = listed.at(-1);
          if (last === undefined) return { objects, bytes };
          objects += listed.length;
          bytes += listed.reduce((sum, { size }) => sum + size, 0);
          after = last.key;
        }
      },
    };
  },
};

/** Creates and removes, edits and counts, each round under new keys. */
class Churn {
  readonly #author = new OpAuthor('r.0', hash);
  readonly #host: PartitionHost;
  #decided = 0;
  #round = 0;

  constructor(host: PartitionHost) {
    this.#host = host;
    host.onEvent((event: HostEvent) => {
      if (event.type !== 'committed') return;
      for (const { accepted, rejected } of event.verdicts) this.#decided += accepted.length + rejected.length;
    });
    host.send({ type: 'announce', session: 's', replicas: [[this.#author.replica, 0]] });
  }

  /** In a few partitions, so that one round of snapshots is soon done: the log is as long as that takes (PI-14). */
  #newKeys(count: number): string[] {
    const keys: string[] = [];
    for (let i = 0; keys.length < count; i += 1) {
      const key = `${this.#round}-${i}`;
      if (partitionOf(hash, 'm', key) < 16) keys.push(key);
    }
    return keys;
  }

  async rounds(count: number): Promise<void> {
    for (let i = 0; i < count; i += 1) {
      this.#round += 1;
      const keys = this.#newKeys(10);
      const text = 'x'.repeat(300);
      const ops = [
        ...keys.map((key) => this.#author.create('m', key, { text })),
        ...keys.map((key) => this.#author.remove('m', key)),
        this.#author.create('m', `stays-${this.#round % 7}`, { text, round: this.#round }),
        this.#author.count('counters', 'all', 1),
      ];
      this.#host.send({ type: 'submit', session: 's', batches: this.#author.batches(...ops), bytes: 5_000 });
      while (this.#decided < this.#author.issued) await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  /** So long that all of it is old, and what is due has been done. */
  async rest(): Promise<void> {
    const until = clock.now() + 6 * KEEP_MS;
    while (clock.now() < until) await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test.each(Object.keys(PLACES).filter((name) => name !== 'PostgreSQL' || database !== null))(
  'PI-13, PI-14, CR-10, JO-5: on %s, under endless churn with a journal kept, the log, what is left of removals and the database as a whole grow no more',
  async (name) => {
    const { store, size } = await PLACES[name]!();
    ends.push(() => store.close());
    let minted = 0;
    const host = createInProcessPartitionHost({
      ledger: store.ledger,
      snapshots: store.snapshots,
      snapshotPolicy: { ops: 200, bytes: 1_000_000 },
      writeBehind: createWriteBehind({ coldStore: store.coldStore, timers, onFailure: () => undefined }),
      hash,
      clock,
      random: { id: (length) => `${(minted += 1)}`.padStart(length, '0') },
      timers,
      log: createRecordedLog().log,
      limits: DEFAULT_LIMITS,
      tombstonesMs: KEEP_MS,
      journal: { keeps: () => true, keepMs: KEEP_MS },
    });
    await host.start();
    ends.push(() => host.stop());
    const churn = new Churn(host);
    const measured = async (): Promise<Sizes> => {
      const rows = (await store.coldStore.rows('m')).length;
      return { rows, ...(await size()) };
    };
    // So long until the first has gone of everything. The log grows between snapshots, and goes with them: how large it gets is seen by looking often.
    await churn.rounds(300);
    await churn.rest();
    const most: Record<string, number> = {};
    for (let look = 0; look < 10; look += 1) {
      await churn.rounds(5);
      for (const [what, value] of Object.entries(await measured())) most[what] = Math.max(most[what] ?? 0, value);
    }
    // Twice as long again: what stayed of a twentieth of it would be more than that by now, whenever it is looked at.
    await churn.rounds(600);
    await churn.rest();
    let grown = Object.keys(most);
    for (let look = 0; look < 20 && grown.length > 0; look += 1) {
      const sizes = await measured();
      grown = grown.filter((what) => sizes[what]! > most[what]! * 1.5 + 64);
      await churn.rounds(5);
    }
    expect(grown).toEqual([]);
  },
  120_000,
);
