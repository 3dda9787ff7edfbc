import type { Hash64 } from '@topgun/core/primitives';
import type { DecidedMessage, ServerMessage, WelcomeMessage } from '@topgun/core/protocol';
import { parseQuery } from '@topgun/core/query';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { loadXxhash } from '../../server/src/adapters/xxhash.js';
import { openPostgresStore } from '../../server/src/drivers/postgres/open-postgres-store.js';
import { OpAuthor } from '../../server/src/testing/op-author.js';
import {
  findPostgresBinaries,
  ROLE_WITH_PASSWORD,
  startPostgres,
  type PostgresProcess,
} from '../../server/src/testing/postgres-process.js';
import { testDatabase } from '../../server/src/testing/test-database.js';
import { connectWire, helloOf, type WireClient } from '../../server/src/testing/wire-client.js';
import { Sender } from './sender.js';
import { runServerProcess, startServerProcess, type ServerProcess } from './server-process.js';

const binaries = findPostgresBinaries();
const database = testDatabase();
let hash: Hash64;
const running: ServerProcess[] = [];
beforeAll(async () => {
  hash = await loadXxhash();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.end('SIGKILL')));
});

async function start(url: string): Promise<ServerProcess> {
  const server = await startServerProcess({ database: url, args: ['--log-level', 'silent'] });
  running.push(server);
  return server;
}

const isWelcome = (message: ServerMessage): message is WelcomeMessage => message.type === 'welcome';
const isDecided = (message: ServerMessage): message is DecidedMessage => message.type === 'decided';

async function connect(server: ServerProcess, author: OpAuthor): Promise<WireClient> {
  const client = await connectWire(server.url, helloOf(author.replica));
  await client.until(isWelcome);
  return client;
}

const ready = async ({ url }: ServerProcess): Promise<[number, string]> => {
  const response = await fetch(`${url}/health/ready`);
  return [response.status, (await response.text()).trim()];
};

/** All that was sent is there, once, and nothing else. */
async function expectRows(
  { sent, map }: Sender,
  schema: string,
  sql: (text: string) => Promise<Record<string, unknown>[]>,
): Promise<void> {
  const rows = await sql(`SELECT key, value FROM ${schema}.record WHERE map = '${map}' ORDER BY length(key), key`);
  expect(rows.map(({ key }) => key)).toEqual(sent.map(({ key }) => key));
  for (const { key, value } of rows) expect(value).toBe(`{"n":${String(key).slice(1)}}`);
}

async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
}

test.skipIf(database === null)(
  'PI-1, PI-10: on PostgreSQL a server killed and started again has what it acked, for SQL too',
  async () => {
    const url = database!.place();
    const first = await start(url);
    const author = new OpAuthor('r.0', hash);
    const client = await connect(first, author);
    client.send({
      type: 'submit',
      batches: author.batches(
        author.create('todos', 'a', { text: 'milk' }),
        author.create('todos', 'b\0', { done: true }),
      ),
    });
    await client.until((message): message is DecidedMessage => isDecided(message) && message.verdicts.length === 2);
    await first.end('SIGKILL');

    const second = await start(url);
    const again = await connect(second, author);
    expect(again.received.find(isWelcome)?.decided).toEqual([['r.0', 2]]);
    const query = parseQuery({});
    again.send({ type: 'subscribe', sub: 1, map: 'todos', query: query.ok ? query.value : null });
    const rows = await again.until(
      (message): message is Extract<ServerMessage, { type: 'rows' }> => message.type === 'rows',
    );
    expect(rows.changes).toHaveLength(2);
    expect(await ready(second)).toEqual([200, 'ready']);
    expect(await second.end('SIGTERM')).toMatchObject({ code: 0, stderr: '' });
    const schema = new URL(url).searchParams.get('schema');
    const found = await database!.sql(
      `SELECT replace(key, U&'\\0001\\0001', '<nul>') AS key, value::json ->> 'text' AS text FROM ${schema}.record ORDER BY key`,
    );
    expect(found).toEqual([
      { key: 'a', text: 'milk' },
      { key: 'b<nul>', text: null },
    ]);
  },
);

test.skipIf(database === null)(
  'PI-1, PI-10, PI-11: on PostgreSQL, killed again and again under load, it has every acked op, each once',
  async () => {
    const url = database!.place();
    let server = await start(url);
    const senders = ['r.0', 's.0'].map((replica, i) => new Sender(() => server, replica, `m${i}`, hash));
    const ends = senders.map((sender) => sender.run());
    for (const end of ends) end.catch(() => undefined);
    let undecided = 0;
    for (let kill = 1; kill <= 3; kill += 1) {
      const before = senders.map(({ acked }) => acked.size);
      await eventually(() => senders.every(({ acked }, i) => acked.size > before[i]! + 50));
      await server.end('SIGKILL');
      undecided += senders.reduce((sum, sender) => sum + sender.undecided.length, 0);
      server = await start(url);
    }
    expect(undecided, 'no kill came while ops were in flight: nothing was tested').toBeGreaterThan(0);
    senders.forEach((sender) => sender.enough());
    await Promise.all(ends);
    await server.end('SIGTERM');
    const schema = new URL(url).searchParams.get('schema')!;
    for (const sender of senders) await expectRows(sender, schema, (text) => database!.sql(text));
  },
);

test.skipIf(database === null)(
  'PI-3: on PostgreSQL an owner that was frozen and replaced meanwhile acks nothing more, and exits with a sentence',
  async () => {
    const url = database!.place();
    const old = await start(url);
    const author = new OpAuthor('r.0', hash);
    const client = await connect(old, author);
    const submit = (to: WireClient, key: string): void =>
      to.send({ type: 'submit', batches: author.batches(author.create('m', key)) });
    submit(client, 'a');
    await client.until(isDecided);
    old.child.kill('SIGSTOP');
    submit(client, 'late');
    const successor = await start(url);
    old.child.kill('SIGCONT');
    const end = await old.ended;
    expect(end).toMatchObject({ code: 1 });
    expect(end.stderr).toContain('Another TopGun server has taken over this database; this one stops.');
    expect(client.received.filter(isDecided)).toHaveLength(1);
    const again = await connect(successor, author);
    expect(again.received.find(isWelcome)?.decided).toEqual([['r.0', 1]]);
  },
);

describe.skipIf(binaries === null)('a PostgreSQL of our own', () => {
  let own: PostgresProcess;
  beforeAll(async () => {
    own = await startPostgres(binaries!);
  });
  afterEach(() => own.up());
  afterAll(() => own.destroy());

  const sql = async (text: string): Promise<Record<string, unknown>[]> => {
    const client = new pg.Client({ connectionString: own.url });
    await client.connect();
    const { rows } = await client.query(text);
    await client.end();
    return rows as Record<string, unknown>[];
  };

  test('PI-1, PI-2: restarted under load, it costs nothing acked; meanwhile the server serves what it has, and says what is wrong', async () => {
    const server = await start(`${own.url}?schema=restarted`);
    const senders = [new Sender(() => server, 'r.0', 'm0', hash), new Sender(() => server, 's.0', 'm1', hash)];
    const ends = senders.map((sender) => sender.run());
    // Of a failure the test itself tells; what then ends in the background is no news.
    for (const end of ends) end.catch(() => undefined);
    for (let round = 1; round <= 2; round += 1) {
      const before = senders.map(({ acked }) => acked.size);
      await eventually(() => senders.every(({ acked }, i) => acked.size > before[i]! + 50));
      await own.down();
      await eventually(async () => (await ready(server))[0] === 503);
      expect((await ready(server))[1]).toBe(
        'not ready: the database is out of reach; what is in memory is served, and writes wait',
      );
      const reader = await connect(server, new OpAuthor(`reader.${round}`, hash));
      const query = parseQuery({ limit: 3 });
      reader.send({ type: 'subscribe', sub: 1, map: 'm0', query: query.ok ? query.value : null });
      const rows = await reader.until(
        (message): message is Extract<ServerMessage, { type: 'rows' }> => message.type === 'rows',
      );
      expect(rows.changes.length).toBeGreaterThanOrEqual(3);
      reader.close();
      // What is sent now waits, and is not answered.
      const issued = senders.map(({ author }) => author.issued);
      await eventually(() =>
        senders.every(({ author, undecided }, i) => author.issued > issued[i]! || undecided.length >= 300),
      );
      for (const [i, { sent, acked }] of senders.entries()) {
        expect(sent.filter(({ seq }) => seq > issued[i]! && acked.has(seq))).toEqual([]);
      }
      await own.up();
      await eventually(async () => (await ready(server))[0] === 200);
    }
    senders.forEach((sender) => sender.enough());
    await Promise.all(ends);
    expect(await server.end('SIGTERM')).toMatchObject({ code: 0 });
    for (const sender of senders) await expectRows(sender, 'restarted', sql);
  });

  describe('what cannot be used is one sentence, without the password', () => {
    const at = (change: (url: URL) => void): string => {
      const url = new URL(own.url);
      url.password = 'sEcr3t';
      change(url);
      return url.href;
    };

    beforeAll(async () => {
      await sql(`CREATE ROLE ${ROLE_WITH_PASSWORD} LOGIN PASSWORD 'another'`);
      await sql('CREATE ROLE standby LOGIN SUPERUSER');
      await sql('ALTER ROLE standby SET default_transaction_read_only = on');
      await sql('CREATE DATABASE shop');
      await sql('CREATE DATABASE latin TEMPLATE template0 ENCODING LATIN1');
      const shop = new pg.Client({ connectionString: at((url) => (url.pathname = 'shop')) });
      await shop.connect();
      await shop.query('CREATE TABLE invoices (id integer)');
      await shop.end();
    });

    test.each([
      [
        'a wrong password',
        (url: URL) => (url.username = ROLE_WITH_PASSWORD),
        /does not let user with_password in: password/,
      ],
      [
        'no password where one is asked for',
        (url: URL) => {
          url.username = ROLE_WITH_PASSWORD;
          url.password = '';
        },
        /asks for a password, and the URL has none/,
      ],
      ['a role that is not there', (url: URL) => (url.username = 'nobody'), /does not let user nobody in/],
      [
        'a database that is not there',
        (url: URL) => (url.pathname = 'missing'),
        /has no database missing; create it first/,
      ],
      [
        'a port where nobody listens',
        (url: URL) => (url.port = '1'),
        /No PostgreSQL answers on 127\.0\.0\.1:1 \(ECONNREFUSED\)/,
      ],
      [
        'tables of another application',
        (url: URL) => (url.pathname = 'shop'),
        /holds tables of another application.*\?schema=topgun/,
      ],
      ['another encoding', (url: URL) => (url.pathname = 'latin'), /is encoded in LATIN1; TopGun needs one in UTF8/],
      [
        'a role without rights',
        (url: URL) => ((url.username = 'reader'), url.searchParams.set('schema', 'mine')),
        /lacks a right there/,
      ],
      ['a server that takes no writes', (url: URL) => (url.username = 'standby'), /takes no writes: it is a standby/],
      [
        'encryption that is not offered',
        (url: URL) => url.searchParams.set('sslmode', 'require'),
        /does not support SSL/,
      ],
      [
        'an option of another driver',
        (url: URL) => url.searchParams.set('pgbouncer', 'true'),
        /the option "pgbouncer" is not known/,
      ],
      ['no database at all', (url: URL) => (url.pathname = ''), /it names no database/],
    ])('%s', async (what, change, sentence) => {
      if (what === 'a role without rights') await sql('CREATE ROLE reader LOGIN');
      const opened = await openPostgresStore(at(change));
      if (opened.ok) await opened.value.close();
      expect(opened).toMatchObject({ ok: false, error: { message: expect.stringMatching(sentence) } });
      const said = opened.ok ? '' : opened.error.message;
      expect(said).toMatch(/^[^\n]+\.$/);
      expect(said).not.toContain('sEcr3t');
    });

    test('the server says it and exits', async () => {
      const end = await runServerProcess({ database: at((url) => (url.username = ROLE_WITH_PASSWORD)) });
      expect(end).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(/does not let user with_password in/),
      });
      expect(end.stderr).not.toContain('sEcr3t');
      expect(end.stderr.trim().split('\n')).toHaveLength(1);
    });
  });
});
