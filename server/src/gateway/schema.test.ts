import type { Op } from '@topgun/core/crdt';
import { setOwn, type Hash64, type Value } from '@topgun/core/primitives';
import { defineRules } from '@topgun/core/rules';
import { defineSchema, type SchemaDefinition, type StandardSchemaV1 } from '@topgun/core/schema';
import * as v from 'valibot';
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

const todo = v.object({
  text: v.pipe(v.string(), v.minLength(1)),
  done: v.optional(v.boolean(), false),
  due: v.optional(v.number()),
});
const SCHEMA = defineSchema({
  todos: todo,
  tags: { type: 'set', value: v.string() },
  stock: { type: 'counter', value: v.pipe(v.number(), v.minValue(0)) },
  strict: { value: v.object({ a: v.string() }), unknown: 'refuse' },
  kept: { value: v.object({ a: v.string() }), unknown: 'keep' },
});

interface StartOptions {
  readonly schema?: SchemaDefinition;
  readonly disk?: MemoryDisk;
  readonly rules?: ReturnType<typeof defineRules>;
}

/** Somebody who keeps to the protocol and to nothing else. */
async function start({ schema = SCHEMA, ...options }: StartOptions = {}) {
  const gateway = await startTestGateway(hash, { schema, ...options });
  return (replica = 'ann.0', issued = 0) => {
    const author = new OpAuthor(replica, hash);
    const client = gateway.connect({ replicas: [[author.replica, issued]] });
    const write = async (...ops: readonly Op[]): Promise<string[]> => {
      const told = client.of('decided').length;
      const transaction = ops.length > 1 ? { transaction: { first: ops[0]!.seq, parts: ops.length } } : {};
      client.send({ type: 'submit', batches: author.batches(...ops), ...transaction });
      await settle();
      return client
        .of('decided')
        .slice(told)
        .flatMap(({ verdicts, rejected }) => [
          ...verdicts.map(([seq, outcome]) => [seq, outcome] as const),
          ...rejected.map(({ seq, code, reason }) => [seq, `${code}: ${reason}`] as const),
        ])
        .sort(([a], [b]) => a - b)
        .map(([, said]) => said);
    };
    return { author, client, write };
  };
}

const TEXT = 'schema-violation: The schema of todos refuses this: text: ';

describe('SC-4: the server', () => {
  test('takes what the schema says, and refuses the rest by a reason that names field and reason', async () => {
    const { author, write } = (await start())();
    expect(await write(author.create('todos', 'a', { text: 'a', done: false }))).toEqual(['applied']);
    expect(await write(author.create('todos', 'b', { text: 5, done: false }))).toEqual([
      `${TEXT}Invalid type: Expected string but received 5.`,
    ]);
    expect(await write(author.patch('todos', 'a', { done: 'yes' }))).toEqual([expect.stringContaining('done: ')]);
    expect(await write(author.patch('todos', 'a', { text: '' }))).toEqual([expect.stringContaining('text: ')]);
    expect(await write(author.patch('todos', 'a', { due: 1 }))).toEqual(['applied']);
    expect(await write(author.remove('todos', 'a'))).toEqual(['applied']);
    expect(await write(author.create('others', 'a', { anything: [1] }))).toEqual(['applied']);
  });

  test('wants what a writer would have filled in, left out or put right', async () => {
    const { author, write } = (await start())();
    expect(await write(author.create('todos', 'a', { text: 'a' }))).toEqual([
      expect.stringContaining('done: is missing'),
    ]);
    const odd = { text: 'a', done: false, odd: 1 };
    expect(await write(author.create('todos', 'a', odd))).toEqual([expect.stringContaining('odd: is no field')]);
    expect(await write(author.create('strict', 'a', { a: 'a', odd: 1 }))).toEqual([
      expect.stringContaining('odd: is no field'),
    ]);
    expect(await write(author.create('kept', 'a', { a: 'a', odd: 1 }))).toEqual(['applied']);
    expect(await write(author.create('todos', 'a', { '': 'one value' }))).toEqual([
      expect.stringContaining('the record: '),
    ]);
  });

  test('judges what ops make together of a record, in the order in which they are decided', async () => {
    const join = await start();
    const [ann, bob] = [join('ann.0'), join('bob.0')];
    expect(await ann.write(ann.author.create('todos', 'a', { text: 'a', done: false }))).toEqual(['applied']);
    // Blind: alone it would be a record without a text.
    expect(await bob.write(bob.author.create('todos', 'a', { done: true }))).toEqual(['applied']);
    expect(await bob.write(bob.author.create('todos', 'b', { done: true }))).toEqual([
      expect.stringContaining('text: '),
    ]);
  });

  test('a transaction is refused as a whole, and says which part is at fault', async () => {
    const { author, write } = (await start())();
    const told = await write(
      author.create('todos', 'a', { text: 'a', done: false }),
      author.create('todos', 'b', { text: '', done: false }),
    );
    expect(told).toEqual([
      expect.stringMatching(/^transaction-refused: .*part 2 of 2.*schema-violation/),
      expect.stringMatching(/^schema-violation: /),
    ]);
    expect(await write(author.create('todos', 'c', { text: 'c' }), author.patch('todos', 'c', { done: true }))).toEqual(
      [expect.stringContaining('done: is missing'), expect.stringContaining('transaction-refused')],
    );
  });

  test('values of sets, totals of counters, and the type of a map', async () => {
    const { author, write } = (await start())();
    expect(await write(author.add('tags', 'a', 'red'))).toEqual(['applied']);
    const odd = author.add('tags', 'a', 5);
    expect(await write(odd)).toEqual([expect.stringContaining('schema-violation')]);
    expect(await write(author.discard('tags', 'a', 5, [odd.stamp]))).not.toEqual([
      expect.stringContaining('schema-violation'),
    ]);
    expect(await write(author.count('stock', 'a', 3))).toEqual(['applied']);
    expect(await write(author.count('stock', 'a', -4))).toEqual([expect.stringContaining('schema-violation')]);
    expect(await write(author.count('stock', 'a', -3))).toEqual(['applied']);
    // Nothing is in it yet: the schema says what it will hold.
    expect(await write(author.add('kept', 'a', 'x'))).toEqual([expect.stringMatching(/^type-mismatch/)]);
  });

  test('a refusal is told once more in the same words, after a restart too', async () => {
    const disk = createMemoryDisk();
    const { author, write } = (await start({ disk }))();
    const op = author.create('todos', 'a', { text: '', done: false });
    const [said] = await write(op);
    const again = (await start({ disk, schema: defineSchema({}) }))('ann.0', 1);
    expect(await again.write(op)).toEqual([said]);
  });

  test('the rules are asked first: who may not write is not told what a record would be like', async () => {
    const rules = defineRules({ todos: { read: true } });
    const { author, write } = (await start({ rules }))();
    expect(await write(author.create('todos', 'a', { text: '' }))).toEqual([expect.stringMatching(/^not-permitted/)]);
  });
});

describe('SC-5: records from before there was a schema', () => {
  test('are edited field by field, removed, and made anew', async () => {
    const disk = createMemoryDisk();
    const before = (await start({ disk, schema: defineSchema({}) }))();
    await before.write(before.author.create('todos', 'a', { text: 5, odd: 1 }));
    await before.write(before.author.create('todos', 'b', { text: 5 }));
    const { author, write } = (await start({ disk }))('bob.0');
    expect(await write(author.patch('todos', 'a', { due: 1 }))).toEqual(['applied']);
    expect(await write(author.patch('todos', 'a', { due: 'x' }))).toEqual([expect.stringContaining('due: ')]);
    expect(await write(author.patch('todos', 'a', { text: 6 }))).toEqual([expect.stringContaining('text: ')]);
    expect(await write(author.patch('todos', 'a', { text: 'a' }))).toEqual(['applied']);
    expect(await write(author.remove('todos', 'b'))).toEqual(['applied']);
    expect(await write(author.create('todos', 'b', { text: 'b', done: false }, true))).toEqual(['applied']);
  });
});

describe('SC-6: what does not show', () => {
  test('an edit of a removed record may show again, so it is judged by what it names', async () => {
    const { author, write } = (await start())();
    await write(author.create('todos', 'a', { text: 'a', done: false }));
    await write(author.remove('todos', 'a'));
    expect(await write(author.patch('todos', 'a', { due: 'x' }))).toEqual([expect.stringContaining('due: ')]);
    expect(await write(author.patch('todos', 'a', { due: 1 }))).toEqual(['superseded']);
    expect(await write(author.create('todos', 'a', { text: 'b', done: false }))).toEqual(['applied']);
  });
});

describe('SC-2: a validator that misbehaves', () => {
  const by = (validate: StandardSchemaV1['~standard']['validate']) =>
    defineSchema({ todos: { '~standard': { version: 1, vendor: 'test', validate } } as StandardSchemaV1 });

  test('by throwing refuses, and the server goes on', async () => {
    const schema = by(() => {
      throw new Error('no table');
    });
    const { author, write } = (await start({ schema }))();
    expect(await write(author.create('todos', 'a', { text: 'a' }))).toEqual([expect.stringContaining('no table')]);
    expect(await write(author.create('others', 'a', { text: 'a' }))).toEqual(['applied']);
  });

  test('by answering later refuses', async () => {
    const schema = by((value) => (Object.keys(value as object).length === 0 ? { value } : Promise.resolve({ value })));
    const { author, write } = (await start({ schema }))();
    expect(await write(author.create('todos', 'a', { text: 'a' }))).toEqual([expect.stringContaining('synchronous')]);
  });

  test('by changing what it is given changes nothing that is stored', async () => {
    const schema = by((value) => {
      const tags = (value as { tags?: string[] }).tags;
      const copy = structuredClone(value);
      tags?.push('gotcha');
      return { value: copy };
    });
    const disk = createMemoryDisk();
    const { author, client, write } = (await start({ schema, disk }))();
    expect(await write(author.create('todos', 'a', { tags: ['a'] }))).toEqual(['applied']);
    client.send({ type: 'subscribe', sub: 1, map: 'todos' });
    await settle();
    expect(JSON.stringify(client.of('rows'))).not.toContain('gotcha');
  });

  test('hostile names of fields are names, in the judgement and in the reason', async () => {
    const { author, write } = (await start())();
    const fields: Record<string, Value> = { text: 'a', done: false };
    setOwn(fields, '__proto__', { polluted: true });
    fields['constructor'] = { prototype: { polluted: true } };
    const [said] = await write(author.create('todos', 'a', fields));
    expect(said).toContain('constructor: is no field');
    expect(({} as { polluted?: true }).polluted).toBeUndefined();
    const large = 'x'.repeat(900_000);
    expect((await write(author.create('todos', 'a', { text: 'a', done: large })))[0]!.length).toBeLessThan(700);
  });
});
