import { custom, defineResolvers, immutable, materialize } from '@topgun/core/crdt';
import type { Hash64, Value } from '@topgun/core/primitives';
import { parseQuery } from '@topgun/core/query';
import { defineRules } from '@topgun/core/rules';
import { defineSchema } from '@topgun/core/schema';
import { beforeAll, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { loadXxhash } from '../adapters/xxhash.js';
import type { DecidedOp } from '../services/hooks/server-hooks.js';
import { decodeSegment } from '../services/persistence/segment-codec.js';
import { CALLS_MAP } from '../services/procedures/kept-calls.js';
import { procedureOf, type ProcedureContext, type Procedures } from '../services/procedures/procedure.js';
import { OpAuthor } from '../testing/op-author.js';
import { TestCaller } from '../testing/test-caller.js';
import { settle, startTestHost, type TestHost, type TestHostOptions } from '../testing/test-host.js';
import { TestSubmitter } from '../testing/test-submitter.js';
import { createMemoryDisk } from './memory-disk.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

interface Schema {
  seats: { by?: string; price: number };
  totals: { sold: number };
}

const procedure = procedureOf<Schema>();

/** Several records, an invariant over them, and a result. */
const reserve = procedure({
  args: z.object({ seats: z.array(z.string()), by: z.string() }),
  run({ map, refuse }, { seats, by }) {
    for (const seat of seats) {
      const held = map('seats').get(seat);
      if (held?.by !== undefined) refuse(`Seat ${seat} is taken.`, { seat });
      map('seats').set(seat, { price: 10, ...held, by });
    }
    map('totals').update('all', (all) => ({ sold: (all?.sold ?? 0) + seats.length }));
    return { sold: map('totals').get('all')?.sold ?? 0 };
  },
});

type Options = Omit<TestHostOptions, 'disk' | 'hash'> & { readonly disk?: TestHostOptions['disk'] };

async function start(procedures: Procedures, options: Options = {}) {
  const disk = options.disk ?? createMemoryDisk();
  const hosted = await startTestHost({ hash, ...options, disk, procedures });
  return { disk, hosted, caller: new TestCaller(hosted.host) };
}

function rows(hosted: TestHost, map: string): Record<string, Value | undefined> {
  const query = parseQuery({});
  if (!query.ok) throw new Error('no query');
  hosted.host.send({ type: 'announce', session: 'reader', replicas: [] });
  hosted.host.send({ type: 'open-view', session: 'reader', sub: hosted.events.length, map, query: query.value });
  const shown = hosted.of('view-opened').at(-1)!.rows;
  return Object.fromEntries(shown.map(({ key, record }) => [key, materialize(record)]));
}

function tab({ host }: TestHost, replica = 'r.0') {
  const author = new OpAuthor(replica, hash);
  const submitter = new TestSubmitter(author.replica, host, hash);
  host.onEvent((event) => submitter.hear(event));
  return { author, submitter };
}

test('PR-2: all that a call writes, and what is kept of it, is in one segment; its answer comes when that is durable', async () => {
  const { disk, hosted, caller } = await start({ reserve });
  const release = hosted.ledger.hold();
  caller.call('c1', 'reserve', { seats: ['a', 'b'], by: 'ann' });
  await settle();
  expect([caller.told.size, rows(hosted, 'seats')]).toEqual([0, {}]);
  release();
  await settle();
  expect(caller.told.get('c1')).toEqual([{ sold: 2 }]);
  expect(rows(hosted, 'seats')).toEqual({ a: { by: 'ann', price: 10 }, b: { by: 'ann', price: 10 } });
  const segments = disk.segments.map(({ bytes }) => decodeSegment(bytes));
  expect(segments).toHaveLength(1);
  const [segment] = segments;
  const maps = segment?.ok === true ? segment.value.entries.flatMap(({ ops }) => ops.map(([wire]) => wire[2])) : [];
  expect(maps.toSorted()).toEqual([CALLS_MAP, 'seats', 'seats', 'totals']);
  // Whoever watches is told before who called.
  const order = hosted.events.map(({ type }) => type).filter((type) => type !== 'announced' && type !== 'view-opened');
  expect(order.indexOf('committed')).toBeLessThan(order.indexOf('call-answered'));
});

test('PR-2, PR-5, PR-6: of a call that refuses, throws, or writes or returns what cannot be taken, nothing is written, and nothing of its inside is told', async () => {
  const write = ({ map }: ProcedureContext<Schema>): void => map('totals').set('all', { sold: 1 });
  const { hosted, caller } = await start(
    {
      refuses: procedure({ run: (context) => (write(context), context.refuse('Not today.', [7])) }),
      goesOn: procedure({ run: ({ refuse }) => refuse('x'.repeat(600)) }),
      swallows: procedure({
        run(context) {
          write(context);
          try {
            context.refuse('Not today.');
          } catch {
            return 1;
          }
        },
      }),
      throws: procedure({
        run(context) {
          write(context);
          throw new TypeError('the secret of totals/all');
        },
      }),
      returnsNoValue: procedure({ run: (context) => (write(context), new Map()) }),
      returnsMuch: procedure({ run: (context) => (write(context), 'x'.repeat(65_536)) }),
      breaksSchema: procedure({ run: ({ map }) => map('totals').set('all', { sold: 'many' as never }) }),
      otherType: procedure({
        run({ map }) {
          try {
            map('likes' as 'totals').set('all', { sold: 1 });
          } catch {
            map('totals').set('all', { sold: 1 });
          }
        },
      }),
      systemMap: procedure({ run: ({ map }) => map('.topgun/replicas' as 'totals').remove('r.0') }),
      readOnly: procedure({ readOnly: true, run: write }),
    },
    { schema: defineSchema({ totals: z.object({ sold: z.number() }) }) },
  );
  const { author, submitter } = tab(hosted);
  submitter.submit(author.count('likes', 'all', 1));
  await settle();
  for (const name of [
    'refuses',
    'goesOn',
    'swallows',
    'throws',
    'returnsNoValue',
    'returnsMuch',
    'breaksSchema',
    'otherType',
    'systemMap',
    'readOnly',
    'constructor',
  ]) {
    caller.call(name, name);
    await settle();
  }
  const failed = 'failed: The server could not do this.';
  expect(Object.fromEntries(caller.told)).toEqual({
    refuses: ['refused: Not today.'],
    goesOn: [`refused: ${'x'.repeat(500)}…`],
    swallows: ['refused: Not today.'],
    throws: [failed],
    returnsNoValue: [failed],
    returnsMuch: [failed],
    breaksSchema: [failed],
    otherType: [failed],
    systemMap: [failed],
    readOnly: [failed],
    constructor: ['unknown-procedure: There is no procedure "constructor".'],
  });
  expect(rows(hosted, 'totals')).toEqual({});
  const logged = hosted.logged.filter(({ message }) => message === 'a procedure failed');
  expect(logged).toHaveLength(7);
  expect(JSON.stringify([logged, hosted.of('call-answered')])).not.toMatch(/secret|many/);
});

test('PR-1: arguments are what the validator makes of them, and what is wrong with them is told by its place', async () => {
  const { hosted, caller } = await start({ reserve, echo: { run: (_context, args) => args } });
  caller.call('c1', 'reserve', { seats: ['a', 7], by: 'ann' });
  caller.call('c2', 'echo', { $bytes: 'AAE' });
  caller.call('c3', 'echo', { $bytes: 7 });
  caller.call('c4', 'echo');
  await settle();
  const [first] = hosted.of('call-answered');
  expect(first?.answer).toMatchObject({ code: 'bad-args', issues: [{ path: '$.seats[1]' }] });
  expect([caller.last('c2'), caller.told.get('c4')]).toEqual([{ $bytes: 'AAE' }, [undefined]]);
  expect(caller.last('c3')).toMatch(/^bad-args: /);
});

test('PR-4: a call that is asked again is not run again, over connections and restarts, and tells the same; under another user or name it is another call', async () => {
  const { disk, caller, hosted } = await start({ reserve });
  caller.call('c1', 'reserve', { seats: ['a'], by: 'ann' });
  caller.call('c2', 'reserve', { seats: ['a'], by: 'bob' });
  // Before the first one is done.
  caller.call('c1', 'reserve', { seats: ['a'], by: 'ann' });
  await settle();
  expect(Object.fromEntries(caller.told)).toEqual({
    c1: [{ sold: 1 }, { sold: 1 }],
    c2: ['refused: Seat a is taken.'],
  });
  const newer = new TestCaller(hosted.host, 'device', undefined, 'newer');
  newer.call('c1', 'reserve');
  newer.call('c1', 'other');
  await settle();
  expect(newer.told.get('c1')).toEqual(['bad-args: This id is that of another call.', { sold: 1 }]);
  const restarted = await start({ reserve }, { disk });
  for (const id of ['c1', 'c2', 'c3']) restarted.caller.call(id, 'reserve', { seats: ['b'], by: 'ann' });
  const ann = new TestCaller(restarted.hosted.host, 'device', { principal: 'ann', claims: {} } as never, 'ann');
  ann.call('c1', 'reserve', { seats: ['c'], by: 'ann' });
  for (let i = 0; i < 5; i += 1) {
    restarted.hosted.timers.runAll();
    await settle();
  }
  expect(Object.fromEntries(restarted.caller.told)).toEqual({
    c1: [{ sold: 1 }],
    c2: ['refused: Seat a is taken.'],
    c3: [{ sold: 2 }],
  });
  expect(ann.told.get('c1')).toEqual([{ sold: 3 }]);
});

test('PR-4: of a caller the last 64 are kept, for a day', async () => {
  const add = procedure({ run: ({ map }) => map('totals').update('all', (all) => ({ sold: (all?.sold ?? 0) + 1 })) });
  const { caller, hosted } = await start({ add });
  for (let i = 1; i <= 65; i += 1) {
    caller.call(`c${i}`, 'add');
    await settle();
  }
  caller.call('c2', 'add');
  await settle();
  expect(rows(hosted, 'totals')).toEqual({ all: { sold: 65 } });
  // Its place was taken.
  caller.call('c1', 'add');
  await settle();
  expect(rows(hosted, 'totals')).toEqual({ all: { sold: 66 } });
  hosted.clock.now += 86_400_001;
  for (let i = 0; i < 3; i += 1) {
    hosted.timers.runAll();
    await settle();
  }
  caller.call('c65', 'add');
  await settle();
  expect(rows(hosted, 'totals')).toEqual({ all: { sold: 67 } });
});

test('PR-4, CR-9: with a clock that tells fractions of a ms a server starts with what calls have come to, and with the ends that they gave', async () => {
  const add = procedure({ run: ({ map }) => map('totals').set('all', { sold: 1 }, { ttlMs: 60_000 }) });
  const { disk, caller } = await start({ add }, { now: 1_700_000_000_000.75 });
  caller.call('c1', 'add');
  await settle();
  expect(caller.told.get('c1')).toEqual([undefined]);
  const restarted = await start({ add }, { disk, now: 1_700_000_001_000 });
  expect(rows(restarted.hosted, 'totals')).toEqual({ all: { sold: 1 } });
  const [segment] = disk.segments.map(({ bytes }) => decodeSegment(bytes));
  const ops = segment?.ok === true ? segment.value.entries.flatMap((entry) => entry.ops) : [];
  expect(ops.map(([wire]) => [wire[2], wire[6]]).toSorted()).toEqual([
    [CALLS_MAP, 1_700_086_400_000],
    ['totals', 1_700_000_060_000],
  ]);
});

test('PR-4: a connection has at most 16 calls without an answer, and a commit that fails is no answer that it was done', async () => {
  const { caller, hosted } = await start({ reserve, waits: { run: () => new Promise(() => undefined) } });
  hosted.ledger.failNext('fail');
  caller.call('c1', 'reserve', { seats: ['a'], by: 'ann' });
  await settle();
  expect(caller.last('c1')).toMatch(/^overloaded: /);
  caller.call('c1', 'reserve', { seats: ['a'], by: 'ann' });
  await settle();
  expect(caller.last('c1')).toEqual({ sold: 1 });
  for (let i = 0; i < 17; i += 1) caller.call(`w${i}`, 'waits');
  await settle();
  expect([...caller.told.keys()]).toEqual(['c1', 'w16']);
  hosted.timers.runAll();
  await settle();
  expect(caller.last('w0')).toMatch(/^too-slow: /);
});

test('PR-3: a procedure that awaits runs once more when others have changed what it read, a row that comes to a query too; not when they changed anything else', async () => {
  const gates: (() => void)[] = [];
  let runs = 0;
  const sell = procedure({
    async run({ map }) {
      runs += 1;
      const free = map('seats').query({
        where: { by: { $exists: false }, price: { $lt: 20 } },
        sort: { price: 'asc' },
      });
      await new Promise<void>((resolve) => gates.push(resolve));
      if (free[0] !== undefined) map('seats').patch(free[0]._key, { by: 'ann' });
      return free.map(({ _key }) => _key);
    },
  });
  const { caller, hosted } = await start({ sell });
  const { author, submitter } = tab(hosted);
  submitter.submit(author.create('seats', 'a', { price: 15 }), author.create('seats', 'x', { price: 30 }));
  await settle();
  caller.call('c1', 'sell');
  await settle();
  submitter.submit(author.create('seats', 'b', { price: 10 }));
  await settle();
  gates.shift()!();
  await settle();
  expect([runs, caller.told.size]).toEqual([2, 0]);
  submitter.submit(author.patch('seats', 'x', { price: 40 }));
  await settle();
  gates.shift()!();
  await settle();
  expect([runs, caller.last('c1')]).toEqual([2, ['b', 'a']]);
  expect(rows(hosted, 'seats')).toMatchObject({ a: { price: 15 }, b: { price: 10, by: 'ann' } });
  caller.call('c2', 'sell');
  for (let i = 0; i < 8; i += 1) {
    await settle();
    submitter.submit(author.patch('seats', 'a', { price: i }));
    await settle();
    gates.shift()!();
  }
  await settle();
  expect(caller.last('c2')).toMatch(/^conflict: /);
});

test('PR-3: a procedure that awaits runs once more when what it reads again, to write it, is not what it read at first', async () => {
  const gates: (() => void)[] = [];
  const raise = procedure({
    async run({ map }) {
      const was = map('seats').get('a')!;
      await new Promise<void>((resolve) => gates.push(resolve));
      map('seats').set('a', { by: 'ann', price: was.price + 1 });
    },
  });
  const { caller, hosted } = await start({ raise });
  const { author, submitter } = tab(hosted);
  submitter.submit(author.create('seats', 'a', { by: 'ann', price: 1 }));
  await settle();
  const release = hosted.ledger.hold();
  submitter.submit(author.patch('seats', 'a', { by: 'bob', price: 2 }));
  // It reads what is on its way to the ledger, and writes over what the ledger has.
  caller.call('c1', 'raise');
  await settle();
  gates.shift()!();
  await settle();
  release();
  for (let turn = 0; turn < 4; turn += 1) {
    await settle();
    gates.shift()?.();
  }
  await settle();
  expect(caller.told.size).toBe(1);
  expect(rows(hosted, 'seats')).toEqual({ a: { by: 'ann', price: 3 } });
});

test('PR-2: a procedure has the authority of the server: no rule holds it back and no beforeOp hears of it; schema, resolvers, journal and afterOp know of it', async () => {
  const heard: DecidedOp[] = [];
  const before: string[] = [];
  const { caller, hosted } = await start(
    { reserve, rename: procedure({ run: ({ map }) => map('seats').patch('a', { price: 99, by: 'eve' }) }) },
    {
      rules: defineRules({ seats: { read: true } }),
      hooks: { beforeOp: (op) => void before.push(op.key), afterOp: (decided) => void heard.push(decided) },
      resolvers: defineResolvers({
        seats: { fields: { by: immutable, price: custom<number>('least', (a, b) => Math.min(a, b)) } },
      }),
      journal: { keeps: () => true, keepMs: 1_000 },
    },
  );
  for (let i = 0; i < 5; i += 1) {
    hosted.timers.runAll();
    await settle();
  }
  const ann = new TestCaller(hosted.host, 'ann', { principal: 'ann', claims: {} } as never);
  ann.call('c1', 'reserve', { seats: ['a'], by: 'ann' });
  await settle();
  expect(ann.last('c1')).toEqual({ sold: 1 });
  caller.call('c2', 'rename');
  await settle();
  expect(caller.last('c2')).toBe('failed: The server could not do this.');
  expect([before, heard.map(({ op, outcome }) => [op.type, op.map, op.key, outcome])]).toEqual([
    [],
    [
      ['create', 'seats', 'a', 'applied'],
      ['create', 'totals', 'all', 'applied'],
    ],
  ]);
  hosted.host.send({
    type: 'read-journal',
    session: 'device#calls',
    question: { type: 'read-journal', id: 1, after: 0, limit: 9 },
  });
  await settle();
  const answer = hosted.of('journal-answered').at(-1)?.answer;
  // Of totals nobody may read.
  expect(answer?.type === 'journal' && answer.events).toMatchObject([{ map: 'seats', key: 'a', author: 'ann' }]);
});

test('PR-3: a query finds what is staged and what indexes have not heard of yet, and looks at no more records than it may', async () => {
  const count = procedure({
    run({ map }) {
      const found = map('seats').query({ where: { price: 7 } }).length;
      map('seats').set(`new${found}`, { price: 7 });
      return map('seats').query({ where: { price: 7 } }).length;
    },
  });
  const all = procedure({ readOnly: true, run: ({ map }) => map('seats').query().length });
  const { caller, hosted } = await start({ all, count }, { limits: { wholeMapRows: 29 } });
  const { author, submitter } = tab(hosted);
  submitter.submit(...Array.from({ length: 30 }, (_, i) => author.create('seats', `s${i}`, { price: i })));
  await settle();
  // One after the other, without waiting: each is staged over those before it, or while those are told.
  for (let i = 0; i < 12; i += 1) caller.call(`c${i}`, 'count');
  submitter.submit(author.create('seats', 'own', { price: 7 }));
  caller.call('last', 'count');
  await settle();
  expect(Array.from({ length: 12 }, (_, i) => caller.last(`c${i}`))).toEqual(
    Array.from({ length: 12 }, (_, i) => i + 3),
  );
  expect(caller.last('last')).toBe(15);
  caller.call('all', 'all');
  await settle();
  expect(caller.last('all')).toMatch(/^failed: /);
  expect(hosted.logged.at(-1)?.detail).toMatchObject({ reason: 'threw TopGunError (too-many-rows)' });
});
