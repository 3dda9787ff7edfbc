import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { AppendOutcome, LedgerSegment } from '../../ports/ledger.js';
import { testDatabase } from '../../testing/test-database.js';
import type { DurableStore } from '../durable-store.js';
import { openPostgresStore, type PostgresStoreOptions } from './open-postgres-store.js';
import { tablesIn } from './postgres-tables.js';

const database = testDatabase();

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

async function textsIn({ ledger }: DurableStore): Promise<string[]> {
  const segments: LedgerSegment[] = [];
  for await (const chunk of ledger.read(0)) segments.push(...chunk);
  return segments.map(({ bytes }) => new TextDecoder().decode(bytes));
}

/** Any number: each test holds it up in a PostgreSQL schema of its own. */
let latch = 7_000;

describe.skipIf(database === null)('an append on PostgreSQL', () => {
  let url: string;
  let schema: string;
  let holder: pg.Client;
  const stores: DurableStore[] = [];
  beforeEach(() => {
    url = database!.place();
    schema = new URL(url).searchParams.get('schema')!;
    latch += 1;
  });
  afterEach(async () => {
    await holder.query('SELECT pg_advisory_unlock_all()');
    await Promise.all(stores.splice(0).map((store) => store.close()));
    await holder.end();
  });

  async function open(options: PostgresStoreOptions = {}): Promise<DurableStore> {
    const opened = await openPostgresStore(url, options);
    if (!opened.ok) throw new Error(opened.error.message);
    stores.push(opened.value);
    return opened.value;
  }

  /** From now on an insert into the log stops before it is done, and the returned function lets it go on. */
  async function holdInserts(): Promise<() => Promise<void>> {
    await database!.sql(
      `CREATE FUNCTION ${schema}.wait() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN PERFORM pg_advisory_xact_lock_shared(${latch}); RETURN NEW; END $$`,
    );
    await database!.sql(
      `CREATE TRIGGER wait BEFORE INSERT ON ${schema}.ledger_segment FOR EACH ROW EXECUTE FUNCTION ${schema}.wait()`,
    );
    await holder.query('SELECT pg_advisory_lock($1)', [latch]);
    return async () => void (await holder.query('SELECT pg_advisory_unlock($1)', [latch]));
  }

  /** Resolves when as many statements on this schema wait for each other. */
  async function blocked(count: number): Promise<void> {
    for (;;) {
      const rows = await database!.sql(
        `SELECT 1 FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE $1`,
        [`%${schema}%`],
      );
      if (rows.length === count) return;
    }
  }

  beforeEach(async () => {
    holder = new pg.Client({ connectionString: database!.url });
    await holder.connect();
  });

  it('PI-3: a takeover waits for the append that has passed the check, and finds its segment', async () => {
    const [old, successor] = [await open(), await open()];
    await old.ledger.claim();
    const release = await holdInserts();
    const append = old.ledger.append(bytesOf('in flight'));
    await blocked(1);
    const claim = successor.ledger.claim();
    await blocked(2);
    await release();
    expect(await append).toEqual({ type: 'committed', position: 1 });
    expect(await claim).toMatchObject({ epoch: 2, position: 1 });
  });

  it('PI-3: the race that the lock closes: with a plain WHERE EXISTS the segment comes after the log was read', async () => {
    const successor = await open();
    await successor.ledger.claim();
    const release = await holdInserts();
    const { owner, segment } = tablesIn(schema);
    const plain = `INSERT INTO ${segment} (position, epoch, bytes, created_at)
      SELECT (SELECT coalesce(max(position), 0) + 1 FROM ${segment}), $1, $2, 0
      WHERE EXISTS (SELECT 1 FROM ${owner} WHERE id = 1 AND epoch = $1) RETURNING position`;
    const append = database!.sql(plain, [1, Buffer.from('late')]);
    await blocked(1);
    expect(await successor.ledger.claim()).toMatchObject({ epoch: 2, position: 0 });
    expect(await textsIn(successor)).toEqual([]);
    await release();
    expect(await append).toEqual([{ position: '1' }]);
    expect(await textsIn(successor)).toEqual(['late']);
  });

  it.each([
    ['fenced, when it is committed', 'COMMIT', { type: 'fenced' }],
    ['committed, when it is taken back', 'ROLLBACK', { type: 'committed', position: 1 }],
  ] as const)('PI-3: an append that meets a takeover under way waits, and is %s', async (_what, end, outcome) => {
    const old = await open();
    await old.ledger.claim();
    await holder.query('BEGIN');
    await holder.query(`UPDATE ${schema}.ledger_owner SET epoch = epoch + 1`);
    const append = old.ledger.append(bytesOf('a'));
    await blocked(1);
    await holder.query(end);
    expect(await append).toEqual(outcome);
  });

  it('PI-2: one that is not answered in time is unknown, and is done with once the claim is renewed', async () => {
    const store = await open({ appendTimeoutMs: 150 });
    await store.ledger.claim();
    const release = await holdInserts();
    const outcome: AppendOutcome = await store.ledger.append(bytesOf('slow'));
    expect(outcome).toEqual({ type: 'unknown', reason: expect.stringContaining('150 ms') });
    // A reload alone would find nothing, and the server, which knows nothing of the lost connection, is still at work on it.
    expect(await textsIn(store)).toEqual([]);
    const renewal = store.ledger.renew();
    await blocked(2);
    await release();
    expect(await renewal).toBe(2);
    expect(await textsIn(store)).toEqual(['slow']);
    expect(await store.ledger.append(bytesOf('next'))).toEqual({ type: 'committed', position: 2 });
  });

  it('PI-2: one whose connection is ended by the server is unknown, and the next finds a new connection', async () => {
    const store = await open();
    await store.ledger.claim();
    const release = await holdInserts();
    const append = store.ledger.append(bytesOf('lost'));
    await blocked(1);
    await database!.sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE $1`,
      [`%${schema}%`],
    );
    expect((await append).type).toBe('unknown');
    await release();
    expect(await store.ledger.renew()).toBe(2);
    expect(await textsIn(store)).toEqual([]);
    expect(await store.ledger.append(bytesOf('next'))).toEqual({ type: 'committed', position: 1 });
  });

  it('PI-2: one waits while the only server there takes no writes, and goes on when one does', async () => {
    const name = new URL(url).pathname.slice(1);
    const told: (string | null)[] = [];
    const store = await open({ onTrouble: (trouble, reason) => told.push(trouble === null ? null : reason) });
    await store.ledger.claim();
    await holder.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    try {
      await holder.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND application_name = 'topgun'`,
        [name],
      );
      while (told.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      expect(store.trouble).toBe('out-of-reach');
    } finally {
      const append = store.ledger.append(bytesOf('a'));
      await holder.query(`ALTER DATABASE ${name} RESET default_transaction_read_only`);
      expect(await append).toEqual({ type: 'committed', position: 1 });
    }
    expect(store.trouble).toBe(null);
    expect(told).toEqual(['the server takes no writes', null]);
  });

  it('PI-1: one that the server refuses is failed: nothing is written, and the connection goes on', async () => {
    const store = await open();
    await store.ledger.claim();
    await database!.sql(`ALTER TABLE ${schema}.ledger_segment ADD CONSTRAINT small CHECK (octet_length(bytes) < 10)`);
    expect(await store.ledger.append(new Uint8Array(10))).toEqual({
      type: 'failed',
      reason: expect.stringContaining('small'),
    });
    expect(await store.ledger.append(bytesOf('a'))).toEqual({ type: 'committed', position: 1 });
  });

  it('PI-1: its commits are synced, though the role is set to answer earlier', async () => {
    await database!.sql(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET synchronous_commit = off`);
    const store = await open();
    await store.ledger.claim();
    const release = await holdInserts();
    await database!.sql(`CREATE TABLE ${schema}.seen AS SELECT ''::text AS setting`);
    await database!.sql(
      `CREATE OR REPLACE FUNCTION ${schema}.wait() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN UPDATE ${schema}.seen SET setting = current_setting('synchronous_commit'); RETURN NEW; END $$`,
    );
    await release();
    expect((await store.ledger.append(bytesOf('a'))).type).toBe('committed');
    expect(await database!.sql(`SELECT setting FROM ${schema}.seen`)).toEqual([{ setting: 'on' }]);
    await database!.sql(`ALTER DATABASE ${new URL(url).pathname.slice(1)} RESET synchronous_commit`);
  });
});
