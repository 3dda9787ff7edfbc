import type { Op } from '@topgun/core/crdt';
import type { Hash64 } from '@topgun/core/primitives';
import { allOf, auth, defineRules, hasRole, type RulesInput } from '@topgun/core/rules';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadXxhash } from '../adapters/xxhash.js';
import { createMemoryDisk, type MemoryDisk } from '../drivers/memory-disk.js';
import { ANONYMOUS, type Identity } from '../ports/identity.js';
import { OpAuthor } from '../testing/op-author.js';
import { startTestGateway, type TestClient } from '../testing/test-gateway.js';
import { settle } from '../testing/test-host.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const identityOf = (user: string, role?: string): Identity => ({
  principal: user,
  claims: { sub: user, ...(role === undefined ? {} : { role }) },
  expiresAtMs: null,
});
const own = { where: { owner: auth.sub } };
const OWN: RulesInput = { todos: { read: own, create: own, update: own, remove: own } };

/** Somebody who writes and is told. */
interface Person {
  readonly author: OpAuthor;
  readonly client: TestClient;
  /** Sends ops as one message; says of each what it was told, in their order. */
  write(...ops: readonly Op[]): Promise<string[]>;
}

async function start(rules: RulesInput, disk: MemoryDisk = createMemoryDisk(), limits = {}) {
  const gateway = await startTestGateway(hash, { rules: defineRules(rules), disk, limits });
  return (identity: Identity | null, replica = `${identity?.principal ?? 'nobody'}.0`, issued = 0): Person => {
    const author = new OpAuthor(replica, hash);
    const client = gateway.connect({ replicas: [[author.replica, issued]] }, identity);
    const write = async (...ops: readonly Op[]): Promise<string[]> => {
      const told = client.of('decided').length;
      const transaction = ops.length > 1 ? { transaction: { first: ops[0]!.seq, parts: ops.length } } : {};
      client.send({ type: 'submit', batches: author.batches(...ops), ...transaction });
      await settle();
      const verdicts = client
        .of('decided')
        .slice(told)
        .flatMap((decided) => [
          ...decided.verdicts.map(([seq, outcome]) => [seq, outcome] as const),
          ...decided.rejected.map(({ seq, code, reason }) => [seq, `${code}: ${reason}`] as const),
        ]);
      return verdicts.sort(([a], [b]) => a - b).map(([, said]) => said);
    };
    return { author, client, write };
  };
}

describe('PI-9: an op', () => {
  test('is taken from whom the rules let do it, and refused from others by a reason that names the rule', async () => {
    const join = await start(OWN);
    const ann = join(identityOf('ann'));
    const bob = join(identityOf('bob'));
    expect(await ann.write(ann.author.create('todos', 'a', { owner: 'ann' }))).toEqual(['applied']);
    expect(await ann.write(ann.author.create('todos', 'b', { owner: 'bob' }))).toEqual([
      'not-permitted: The rule create of todos does not permit this.',
    ]);
    expect(await ann.write(ann.author.patch('todos', 'a', { owner: 'bob' }))).toEqual([
      'not-permitted: The rule update of todos does not permit this.',
    ]);
    expect(await bob.write(bob.author.patch('todos', 'a', { done: true }))).toEqual([
      'record-absent: There is no record "a" in todos to change.',
    ]);
    expect(await ann.write(ann.author.create('notes', 'a'))).toEqual([
      'not-permitted: No rule is for the map notes, so nothing is permitted in it.',
    ]);
    expect(await ann.write(ann.author.remove('todos', 'a'))).toEqual(['applied']);
  });

  test('is judged after those before it, in the same message too; of a transaction, for all', async () => {
    const join = await start(OWN);
    const ann = join(identityOf('ann'));
    const { author } = ann;
    expect(
      await ann.write(author.create('todos', 'a', { owner: 'ann' }), author.patch('todos', 'a', { n: 1 })),
    ).toEqual(['applied', 'applied']);
    expect(
      await ann.write(author.create('todos', 'b', { owner: 'ann' }), author.create('todos', 'c', { owner: 'bob' })),
    ).toEqual([
      expect.stringContaining('transaction-refused'),
      'not-permitted: The rule create of todos does not permit this.',
    ]);
  });

  test('of whoever nobody has asked is that of nobody', async () => {
    const join = await start({ ...OWN, board: { create: true, read: true } });
    for (const identity of [null, ANONYMOUS]) {
      const nobody = join(identity, identity === null ? 'x.0' : 'y.0');
      expect(await nobody.write(nobody.author.create('board', nobody.author.replica))).toEqual(['applied']);
      expect(await nobody.write(nobody.author.create('todos', 'a', { owner: 'ann' }))).toEqual([
        expect.stringContaining('not-permitted'),
      ]);
      expect(await nobody.write(nobody.author.create('todos', 'a'))).toEqual([
        expect.stringContaining('not-permitted'),
      ]);
    }
  });

  test('that was refused stays so, though the rules are others after a restart', async () => {
    const disk = createMemoryDisk();
    const ann = (await start(OWN, disk))(identityOf('ann'));
    const op = ann.author.create('todos', 'a', { owner: 'bob' });
    const said = await ann.write(op);
    const again = (await start({ todos: { create: true } }, disk))(identityOf('ann'), 'ann.0', 1);
    expect(await again.write(op)).toEqual(said);
  });

  test('of somebody who does not see a field leaves it alone, though it writes the record whole', async () => {
    const hr = hasRole('hr');
    const join = await start({ staff: { read: true, create: true, update: true, fields: { pay: { read: hr } } } });
    const eve = join(identityOf('eve', 'hr'));
    const bob = join(identityOf('bob'));
    eve.client.send({ type: 'subscribe', sub: 1, map: 'staff' });
    bob.client.send({ type: 'subscribe', sub: 1, map: 'staff' });
    await eve.write(eve.author.create('staff', 'x', { name: 'Xu', pay: 7 }));
    expect(JSON.stringify(bob.client.received)).not.toContain('pay');
    // A blind create, as of a device that has nothing yet.
    const later = new OpAuthor('bob.1', hash, 1_700_000_050_000);
    bob.client.send({ type: 'announce', replicas: [[later.replica, 0]] });
    bob.client.send({ type: 'submit', batches: later.batches(later.create('staff', 'x', { name: 'Xi' })) });
    await settle();
    expect(JSON.stringify(eve.client.of('push').at(-1))).toContain('Xi');
    const watching = join(identityOf('eve', 'hr'), 'eve.1');
    watching.client.send({ type: 'subscribe', sub: 1, map: 'staff' });
    await settle();
    expect(watching.client.of('rows')[0]!.changes[0]![2]![3].map(([name, , value]) => [name, value])).toEqual([
      ['name', 'Xi'],
      ['pay', 7],
    ]);
    expect(await bob.write(bob.author.patch('staff', 'x', { pay: 9 }))).toEqual([
      'not-permitted: The rule fields.pay.write of staff does not permit this.',
    ]);
  });
});

describe('RU-4: a record that somebody may not read, and one that is not there', () => {
  const some = 'x'.repeat(150);
  /** What each may say of a key where there is a record of somebody else, and of one where there is none. */
  const probes: readonly (readonly [string, (author: OpAuthor, key: string) => Op])[] = [
    ['a patch', (author, key) => author.patch('todos', key, { n: 1 })],
    ['a patch that would be too large', (author, key) => author.patch('todos', key, { some, other: some })],
    ['a removal', (author, key) => author.remove('todos', key)],
    ['a create that nobody may make', (author, key) => author.create('todos', key, { owner: 'ann' })],
  ];

  test.each(probes)('are the same to %s', async (_what, probe) => {
    const join = await start(OWN, createMemoryDisk(), { recordBytes: 250 });
    const ann = join(identityOf('ann'));
    await ann.write(ann.author.create('todos', 'there', { owner: 'ann', text: some }));
    const bob = join(identityOf('bob'));
    const there = await bob.write(probe(bob.author, 'there'));
    const absent = await bob.write(probe(bob.author, 'none!'));
    expect(there.map((said) => said.replace('there', 'none!'))).toEqual(absent);
    expect(there[0]).toMatch(/record-absent|not-permitted/);
  });

  test('are the same to a subscription to their key', async () => {
    const join = await start(OWN);
    const ann = join(identityOf('ann'));
    await ann.write(ann.author.create('todos', 'there', { owner: 'ann' }));
    const bob = join(identityOf('bob'));
    ['there', 'none!'].forEach((value, i) => {
      const query = { where: { type: 'eq', path: ['_key'], value }, sort: [], limit: null };
      bob.client.send({ type: 'subscribe', sub: i, map: 'todos', query, have: [0, 'AAAAAAAAAAA'] });
    });
    await settle();
    const answers = [0, 1].map((sub) =>
      bob.client.received.filter((message) => 'sub' in message && message.sub === sub),
    );
    expect(answers[0]).toHaveLength(1);
    expect(answers[0]).toEqual(answers[1]!.map((message) => ({ ...message, sub: 0 })));
    // And to whoever watches what happens to it.
    const before = bob.client.received.length;
    await ann.write(ann.author.patch('todos', 'there', { n: 1 }));
    expect(bob.client.received.slice(before)).toEqual([]);
  });
});

test('RU-5: a counter is told only to who may read it', async () => {
  const join = await start({ likes: { create: true, update: true, read: allOf(hasRole('hr'), true) } });
  const ann = join(identityOf('ann'));
  const eve = join(identityOf('eve', 'hr'));
  expect(await eve.write(eve.author.count('likes', 'a', 5))).toEqual(['applied']);
  expect(await ann.write(ann.author.count('likes', 'a', 1))).toEqual(['applied']);
  expect(ann.client.of('decided')[0]).not.toHaveProperty('totals');
  expect(eve.client.of('decided')[0]).toHaveProperty('totals');
});

describe('RU-5: who may write a field and not read it', () => {
  const rules: RulesInput = {
    todos: { read: true, create: true, update: true, fields: { pay: { read: hasRole('hr'), write: true } } },
  };
  const changed = ({ client }: Person) => client.of('decided').at(-1)?.changed;

  test('is told with the verdict that it is not theirs to see, as often as they ask; what they sent is stored', async () => {
    const join = await start(rules);
    const ann = join(identityOf('ann'));
    const eve = join(identityOf('eve', 'hr'));
    eve.client.send({ type: 'subscribe', sub: 1, map: 'todos' });
    const create = ann.author.create('todos', 'a', { text: 'x', pay: 5 });
    expect(await ann.write(create)).toEqual(['applied']);
    const told = [[1, create.stamp, 'todos', 'a', 'c', [['text', 'x'], ['pay']]]];
    expect(changed(ann)).toEqual(told);
    expect(JSON.stringify(eve.client.of('push'))).toContain('"pay"');
    const again = join(identityOf('ann'), 'ann.0', 1);
    again.client.send({ type: 'submit', batches: ann.author.batches(create) });
    await settle();
    expect(changed(again)).toEqual(told);
    const patch = eve.author.patch('todos', 'a', { pay: 7 });
    expect([await eve.write(patch), changed(eve)]).toEqual([['applied'], undefined]);
  });

  test('and of what they do not name, or only unset, or may not read as a whole, nothing is said', async () => {
    const join = await start({ ...rules, notes: { ...rules['todos']!, read: false } });
    const ann = join(identityOf('ann'));
    const { author } = ann;
    for (const op of [
      author.create('todos', 'a', { text: 'x' }),
      author.patch('todos', 'a', { text: 'y' }),
      { ...author.patch('todos', 'a', {}), fields: [{ name: 'pay', value: undefined }] } as Op,
    ]) {
      expect([await ann.write(op), changed(ann)]).toEqual([['applied'], undefined]);
    }
    const note = author.create('notes', 'a', { text: 'x', pay: 5 });
    expect(await ann.write(note)).toEqual(['applied']);
    expect(changed(ann)).toEqual([[note.seq, note.stamp, 'notes', 'a', 'c', [['text', 'x'], ['pay']]]]);
  });
});
