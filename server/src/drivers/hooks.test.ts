import type { Hash64 } from '@topgun/core/primitives';
import { materialize, type Op } from '@topgun/core/crdt';
import { parseQuery } from '@topgun/core/query';
import { beforeAll, expect, test } from 'vitest';
import { loadXxhash } from '../adapters/xxhash.js';
import type {
  BeforeOpContext,
  BeforeOpResult,
  DecidedOp,
  HookedOp,
  ServerHooks,
} from '../services/hooks/server-hooks.js';
import { OpAuthor } from '../testing/op-author.js';
import { settle, startTestHost, type TestHost } from '../testing/test-host.js';
import { TestSubmitter } from '../testing/test-submitter.js';
import { createMemoryDisk, type MemoryDisk } from './memory-disk.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

interface World {
  readonly hosted: TestHost;
  readonly disk: MemoryDisk;
  /** A tab that submits, and hears. */
  tab(replica: string): { readonly author: OpAuthor; readonly submitter: TestSubmitter };
  /** What shows of a map. */
  rows(map: string): Record<string, unknown>;
}

async function start(hooks: ServerHooks, disk = createMemoryDisk()): Promise<World> {
  const hosted = await startTestHost({ disk, hash, hooks });
  return {
    hosted,
    disk,
    tab(replica) {
      const author = new OpAuthor(replica, hash);
      const submitter = new TestSubmitter(author.replica, hosted.host, hash);
      hosted.host.onEvent((event) => submitter.hear(event));
      return { author, submitter };
    },
    rows(map) {
      const query = parseQuery({});
      if (!query.ok) throw new Error('no query');
      hosted.host.send({ type: 'announce', session: 'reader', replicas: [] });
      hosted.host.send({ type: 'open-view', session: 'reader', sub: hosted.events.length, map, query: query.value });
      return Object.fromEntries(
        hosted
          .of('view-opened')
          .at(-1)!
          .rows.map(({ key, record }) => [key, materialize(record)]),
      );
    },
  };
}

const toldOf = ({ hosted }: World) => hosted.of('committed').flatMap(({ verdicts }) => verdicts);

/** A hook of which each call is answered when a test says so. */
function heldHook() {
  const calls: { readonly op: HookedOp; readonly context: BeforeOpContext; answer(result?: BeforeOpResult): void }[] =
    [];
  const beforeOp = (op: HookedOp, context: BeforeOpContext): Promise<BeforeOpResult> =>
    new Promise((resolve) => calls.push({ op, context, answer: (result) => resolve(result) }));
  return { calls, hooks: { beforeOp } };
}

test('HK-2: beforeOp refuses an op with a reason that its author is told, for good', async () => {
  const world = await start({
    beforeOp: (op, { refuse, replica }) =>
      op.type === 'create' && op.fields['text'] === '' ? refuse(`No empty texts, ${replica}.`) : undefined,
  });
  const { author, submitter } = world.tab('r.0');
  const ops = [author.create('todos', 'a', { text: '' }), author.create('todos', 'b', { text: 'milk' })];
  submitter.submit(...ops);
  await settle();
  expect(toldOf(world).flatMap(({ rejected }) => rejected)).toEqual([
    { seq: 1, code: 'hook-refused', reason: 'No empty texts, r.0.' },
  ]);
  expect(world.rows('todos')).toEqual({ b: { text: 'milk' } });
  // PI-11: told once more without being asked once more.
  submitter.resend(...ops);
  await settle();
  expect(submitter.told.get(1)).toEqual(['refused: hook-refused', 'refused: hook-refused']);
});

test('HK-3: what beforeOp makes of an op is what is stored, and its author is told so, again too', async () => {
  let asked = 0;
  const hooks: ServerHooks = {
    beforeOp(op) {
      asked += 1;
      if (op.type !== 'create' && op.type !== 'patch') return;
      return { fields: { ...op.fields, by: 'server', n: asked } };
    },
  };
  const world = await start(hooks);
  const { author, submitter } = world.tab('r.0');
  const op = author.create('todos', 'a', { text: 'milk' });
  submitter.submit(op);
  await settle();
  const stored = [
    1,
    op.stamp,
    'todos',
    'a',
    'c',
    [
      ['text', 'milk'],
      ['by', 'server'],
      ['n', 1],
    ],
  ];
  expect(toldOf(world).map(({ changed }) => changed)).toEqual([[stored]]);
  expect(world.rows('todos')).toEqual({ a: { text: 'milk', by: 'server', n: 1 } });
  submitter.resend(op);
  await settle();
  expect(toldOf(world).at(-1)!.changed).toEqual([stored]);
  expect(asked).toBe(1);
  // A restart says the same of it.
  const again = await start(hooks, world.disk);
  expect(again.rows('todos')).toEqual({ a: { text: 'milk', by: 'server', n: 1 } });
  again.tab('r.0').submitter.resend(op);
  await settle();
  expect(toldOf(again).at(-1)!.changed).toEqual([stored]);
  expect(asked).toBe(1);
});

test('HK-3: a patch of which nothing is left is superseded, and a restart reads it', async () => {
  const hooks: ServerHooks = { beforeOp: (op) => (op.type === 'patch' ? { fields: {} } : undefined) };
  const world = await start(hooks);
  const { author, submitter } = world.tab('r.0');
  submitter.submit(author.create('todos', 'a', { text: 'milk' }), author.patch('todos', 'a', { text: 'bread' }));
  await settle();
  expect(submitter.told.get(2)).toEqual(['superseded']);
  const again = await start(hooks, world.disk);
  expect(again.rows('todos')).toEqual({ a: { text: 'milk' } });
});

test('HK-4: a hook that throws, rejects, hangs or talks nonsense refuses that op alone, and is logged without what it was about', async () => {
  const answers: Record<string, () => unknown> = {
    throws: () => {
      throw new RangeError('milk');
    },
    rejects: () => Promise.reject(new RangeError('milk')),
    hangs: () => new Promise(() => undefined),
    date: () => ({ fields: { at: new Date(0) } }),
    number: () => 7,
    trap: () => ({
      get fields() {
        throw new Error('milk');
      },
    }),
    fine: () => undefined,
  };
  const world = await start({ beforeOp: (op) => answers[op.key]!() as undefined });
  const { author, submitter } = world.tab('r.0');
  const keys = Object.keys(answers);
  submitter.submit(...keys.map((key) => author.create('todos', key, { text: 'milk' })));
  await settle();
  // The hanging one holds up what comes after it, of its own tab, until its time is over.
  expect(submitter.told.size).toBe(0);
  world.hosted.timers.runAll();
  await settle();
  expect(keys.map((_, i) => submitter.told.get(i + 1))).toEqual(
    keys.map((key) => [key === 'fine' ? 'applied' : 'refused: hook-failed']),
  );
  expect(world.rows('todos')).toEqual({ fine: { text: 'milk' } });
  const logged = world.hosted.logged.filter(({ message }) => message === 'beforeOp failed');
  expect(logged.map(({ detail }) => (detail as { seq: number }).seq).sort()).toEqual([1, 2, 3, 4, 5, 6]);
  expect(JSON.stringify(logged)).not.toContain('milk');
});

test('HK-1: of one tab an op is asked of when the one before it is through; other tabs and commits do not wait', async () => {
  const { calls, hooks } = heldHook();
  const world = await start(hooks);
  const [slow, quick] = [world.tab('r.0'), world.tab('s.0')];
  slow.submitter.submit(slow.author.create('todos', 'a', { n: 1 }));
  slow.submitter.submit(slow.author.patch('todos', 'a', { n: 2 }));
  quick.submitter.submit(quick.author.create('todos', 'b', { n: 3 }));
  expect(calls.map(({ op }) => op.key)).toEqual(['a', 'b']);
  calls[1]!.answer();
  await settle();
  expect(quick.submitter.told.get(1)).toEqual(['applied']);
  expect(calls).toHaveLength(2);
  calls[0]!.answer();
  await settle();
  expect(calls).toHaveLength(3);
  calls[2]!.answer({ fields: { n: 20 } });
  await settle();
  expect([slow.submitter.told.get(1), slow.submitter.told.get(2)]).toEqual([['applied'], ['applied']]);
  expect(world.rows('todos')).toEqual({ a: { n: 20 }, b: { n: 3 } });
});

test('HK-1, PI-11: what waits for a hook when a newer connection comes is dropped, and asked of when it comes again', async () => {
  const { calls, hooks } = heldHook();
  const world = await start(hooks);
  const { author, submitter } = world.tab('r.0');
  submitter.submit(author.create('todos', 'a', { n: 1 }));
  submitter.connect();
  calls[0]!.answer({ fields: { n: 7 } });
  await settle();
  expect(submitter.told.size).toBe(0);
  expect(calls).toHaveLength(2);
  calls[1]!.answer();
  await settle();
  expect(submitter.told.get(1)).toEqual(['applied']);
  expect(world.rows('todos')).toEqual({ a: { n: 1 } });
});

test('HK-1, PI-11: an op whose connection has gone while it waited is decided all the same', async () => {
  const { calls, hooks } = heldHook();
  const world = await start(hooks);
  const { author, submitter } = world.tab('r.0');
  submitter.submit(author.create('todos', 'a', { n: 1 }));
  world.hosted.host.send({ type: 'session-closed', session: submitter.session });
  calls[0]!.answer();
  await settle();
  expect(world.rows('todos')).toEqual({ a: { n: 1 } });
});

test('CR-12: a transaction of which a hook refuses one part is refused as a whole', async () => {
  const world = await start({
    beforeOp: (op, { refuse }) => (op.key === 'b' ? refuse('not b') : { fields: { n: 9 } }),
  });
  const { author, submitter } = world.tab('r.0');
  const ops: Op[] = [author.create('todos', 'a', { n: 1 }), author.create('todos', 'b', { n: 2 })];
  world.hosted.host.send({
    type: 'submit',
    session: submitter.session,
    batches: author.batches(...ops),
    bytes: 100,
    transaction: { first: 1, parts: 2 },
  });
  await settle();
  expect(toldOf(world).flatMap(({ rejected }) => rejected.map(({ seq, code }) => [seq, code]))).toEqual([
    [1, 'transaction-refused'],
    [2, 'hook-refused'],
  ]);
  expect(world.rows('todos')).toEqual({});
});

test('HK-2: a hook reads what is committed, and what it does to that changes nothing', async () => {
  const read: unknown[] = [];
  const world = await start({
    beforeOp(op, context) {
      const before = context.read('todos', op.key) as { tags: string[] } | undefined;
      before?.tags.push('spoiled');
      read.push(before, context.read('.topgun/replicas', 'r.0'));
    },
  });
  const { author, submitter } = world.tab('r.0');
  submitter.submit(author.create('todos', 'a', { tags: ['x'] }));
  await settle();
  submitter.submit(author.patch('todos', 'a', { n: 1 }));
  await settle();
  expect(read).toEqual([undefined, undefined, { tags: ['x', 'spoiled'] }, undefined]);
  expect(world.rows('todos')).toEqual({ a: { tags: ['x'], n: 1 } });
});

test('HK-5: afterOp is told what became of each op, once, after its commit; what it does to itself is its own', async () => {
  const told: [DecidedOp, unknown][] = [];
  const world = await start({
    afterOp(decided, { read }) {
      told.push([decided, read('todos', 'a')]);
      if (told.length === 1) throw new Error('of its own');
      return new Promise(() => undefined);
    },
  });
  const { author, submitter } = world.tab('r.0');
  const ops = [author.create('todos', 'a', { n: 1 }), author.patch('todos', 'none', { n: 2 })];
  submitter.submit(...ops);
  await settle();
  submitter.resend(...ops);
  await settle();
  const [first, second] = told;
  expect(first).toEqual([
    { op: { type: 'create', map: 'todos', key: 'a', fields: { n: 1 } }, position: 1, outcome: 'applied' },
    { n: 1 },
  ]);
  expect(second![0]).toMatchObject({ outcome: 'refused', code: 'record-absent', op: { key: 'none' } });
  expect(told).toHaveLength(2);
  world.hosted.timers.runAll();
  await settle();
  const failed = world.hosted.logged.filter(({ message }) => message === 'afterOp failed');
  expect(failed.map(({ detail }) => detail)).toEqual([{ reason: 'threw Error' }, { reason: 'took too long' }]);
});

test('HK-5: of more than afterOp keeps up with nothing is told, and the log says how much', async () => {
  let calls = 0;
  const waiting: (() => void)[] = [];
  const world = await start({
    afterOp() {
      calls += 1;
      return new Promise((resolve) => waiting.push(resolve));
    },
  });
  const { author, submitter } = world.tab('r.0');
  for (let i = 0; i < 11; i += 1) {
    submitter.submit(...Array.from({ length: 1_000 }, (_, k) => author.create('todos', `${i} ${k}`)));
    await settle();
  }
  expect(calls).toBe(64);
  while (waiting.length > 0) {
    for (const resolve of waiting.splice(0)) resolve();
    await settle();
  }
  const skipped = world.hosted.logged
    .filter(({ message }) => message.startsWith('afterOp does not keep up'))
    .map(({ detail }) => (detail as { skipped: number }).skipped);
  expect(skipped).toHaveLength(1);
  expect(skipped[0]).toBeGreaterThan(0);
  expect(calls + skipped[0]!).toBe(11_000);
});

test('PI-10: a server that ends waits for the hooks of what it has taken', async () => {
  const { calls, hooks } = heldHook();
  const world = await start(hooks);
  const { author, submitter } = world.tab('r.0');
  submitter.submit(author.create('todos', 'a', { n: 1 }));
  let isDrained = false;
  const drained = world.hosted.host.drain().then(() => (isDrained = true));
  await settle();
  expect(isDrained).toBe(false);
  calls[0]!.answer();
  await drained;
  expect(submitter.told.get(1)).toEqual(['applied']);
});
