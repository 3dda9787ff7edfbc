import { VERSION_FIELD, type Op } from '@topgun/core/crdt';
import { wireToOp } from '@topgun/core/crdt';
import type { Hash64 } from '@topgun/core/primitives';
import { defineSchema, type SchemaDefinition } from '@topgun/core/schema';
import * as z from 'zod';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadXxhash } from '../adapters/xxhash.js';
import { createMemoryDisk, type MemoryDisk } from '../drivers/memory-disk.js';
import { OpAuthor } from '../testing/op-author.js';
import { startTestGateway } from '../testing/test-gateway.js';
import { settle } from '../testing/test-host.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const FIRST = defineSchema({ todos: z.object({ name: z.string(), done: z.number() }) });
const SECOND = defineSchema({
  todos: {
    value: z.object({ title: z.string(), done: z.boolean(), rank: z.number() }),
    version: 2,
    migrate: { 2: ({ name, done, ...rest }) => ({ ...rest, title: name ?? '', done: done === 1, rank: 0 }) },
  },
});
const V2 = { [VERSION_FIELD]: 2 };

async function start(schema: SchemaDefinition, disk: MemoryDisk) {
  const gateway = await startTestGateway(hash, { schema, disk });
  let sub = 0;
  return (replica: string, author = new OpAuthor(replica, hash)) => {
    const client = gateway.connect({ replicas: [[author.replica, author.issued]] });
    return {
      author,
      client,
      async write(...ops: readonly Op[]): Promise<string[]> {
        const told = client.of('decided').length;
        client.send({ type: 'submit', batches: author.batches(...ops) });
        await settle();
        const news = client.of('decided').slice(told);
        return news.flatMap(({ verdicts, rejected }) => [
          ...verdicts.map(([, outcome]) => outcome),
          ...rejected.map(({ code, reason }) => `${code}: ${reason}`),
        ]);
      },
      /** What the author was told last to take in the place of what it sent. */
      toldInstead(): unknown {
        const wire = client.of('decided').at(-1)?.changed?.at(-1);
        const op = wire === undefined ? null : wireToOp(author.replica, wire);
        return op?.ok === true && 'fields' in op.value
          ? Object.fromEntries(op.value.fields.map(({ name, value }) => [name, value]))
          : null;
      },
      /** The rows as they are on the wire. */
      async rows(): Promise<string> {
        client.send({ type: 'subscribe', sub: (sub += 1), map: 'todos' });
        await settle();
        const changes = client
          .of('rows')
          .filter((rows) => rows.sub === sub)
          .flatMap((rows) => rows.changes);
        return JSON.stringify(changes.sort((a, b) => (a[1] < b[1] ? -1 : 1)));
      },
    };
  };
}

/** What shows of a row on the wire. */
const shown = (rows: string): Record<string, unknown> =>
  Object.fromEntries(
    (JSON.parse(rows) as [string, string, [string, unknown, string, [string, string, unknown?][]]][]).map(
      ([, key, [, , , fields]]) => [
        key,
        Object.fromEntries(
          fields.flatMap(([name, , value]) => (name === VERSION_FIELD || value === undefined ? [] : [[name, value]])),
        ),
      ],
    ),
  );

describe('SC-11: a server with the next version of the schema', () => {
  test('shows what was stored as that, edits it as that, and is the same after every restart', async () => {
    const disk = createMemoryDisk();
    const old = (await start(FIRST, disk))('ann.0');
    await old.write(
      old.author.create('todos', 'a', { name: 'a', done: 1 }),
      old.author.create('todos', 'b', { name: 'b', done: 0 }),
    );
    await old.write(old.author.patch('todos', 'a', { name: 'aa' }), old.author.remove('todos', 'b'));

    const now = (await start(SECOND, disk))('bob.0', new OpAuthor('bob.0', hash, 1_700_000_010_000));
    expect(shown(await now.rows())).toEqual({ a: { title: 'aa', done: true, rank: 0 } });
    expect(await now.write(now.author.patch('todos', 'a', { rank: 5, ...V2 }))).toEqual(['applied']);
    expect(await now.write(now.author.patch('todos', 'a', { done: 0, ...V2 }))).toEqual([
      expect.stringContaining('done'),
    ]);
    const rows = await now.rows();
    expect(shown(rows)).toEqual({ a: { title: 'aa', done: true, rank: 5 } });

    for (let restarts = 0; restarts < 2; restarts += 1) {
      const again = (await start(SECOND, disk))(`eve.${restarts}`);
      expect(await again.rows()).toBe(rows);
    }
  });
});

describe('SC-13: clients of the version before', () => {
  test('go on: what they write is stored as this version, and they are told so with the verdict', async () => {
    const disk = createMemoryDisk();
    const join = await start(SECOND, disk);
    const [old, now] = [join('old.0'), join('now.0', new OpAuthor('now.0', hash, 1_699_999_000_000))];
    expect(await old.write(old.author.create('todos', 'a', { name: 'a', done: 1 }))).toEqual(['applied']);
    expect(old.toldInstead()).toEqual({ title: 'a', done: true, rank: 0, ...V2 });
    expect(await old.write(old.author.patch('todos', 'a', { name: 'b' }))).toEqual(['applied']);
    expect(old.toldInstead()).toEqual({ title: 'b', ...V2 });
    // Earlier than what the older client wrote: the later edit wins, whichever version it is of.
    expect(await now.write(now.author.patch('todos', 'a', { title: 'c', ...V2 }))).toEqual(['superseded']);
    expect(shown(await now.rows())).toEqual({ a: { title: 'b', done: true, rank: 0 } });
    expect(await old.write(old.author.patch('todos', 'a', { name: 5 as never }))).toEqual([
      expect.stringContaining('title'),
    ]);
    const again = (await start(SECOND, disk))('eve.0');
    expect(await again.rows()).toBe(await now.rows());
  });

  test('a newer one is refused what the server does not know, by a code of its own', async () => {
    const { author, write, rows } = (await start(FIRST, createMemoryDisk()))('new.0');
    expect(await write(author.create('todos', 'a', { title: 'a', done: true, rank: 0, ...V2 }))).toEqual([
      'schema-version: This was written under version 2 of the schema of todos; the server has version 1.',
    ]);
    expect(shown(await rows())).toEqual({});
  });

  test('what cannot be made of a part is refused, and says what is missing', async () => {
    const joined = defineSchema({
      todos: {
        value: z.object({ name: z.string() }),
        version: 2,
        migrate: { 2: ({ first, last }) => ({ name: `${String(first)} ${String(last)}` }) },
      },
    });
    const { author, write } = (await start(joined, createMemoryDisk()))('old.0');
    expect(await write(author.create('todos', 'a', { first: 'A', last: 'B' }))).toEqual(['applied']);
    expect(await write(author.patch('todos', 'a', { last: 'C' }))).toEqual([
      expect.stringMatching(/^schema-version: .*made of first too/),
    ]);
  });
});
