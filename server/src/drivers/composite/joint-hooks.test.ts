import type { Hash64, Value } from '@topgun/core/primitives';
import { partitionOf, TopGunError } from '@topgun/core/primitives';
import type { Op } from '@topgun/core/crdt';
import { beforeAll, expect, test } from 'vitest';
import { loadXxhash } from '../../adapters/xxhash.js';
import type { BeforeOpResult, ServerHooks } from '../../services/hooks/server-hooks.js';
import { procedureOf, type Procedures } from '../../services/procedures/procedure.js';
import { OpAuthor } from '../../testing/op-author.js';
import { TestCaller } from '../../testing/test-caller.js';
import { startTestComposite } from '../../testing/test-composite.js';
import { settle } from '../../testing/test-host.js';
import { TestSubmitter } from '../../testing/test-submitter.js';
import { createMemoryDisk } from '../memory-disk.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const MEMBERS = 3;

/** So many keys of the map that lie in this host. */
const keysOf = (member: number, count = 4): string[] =>
  Array.from({ length: 200 }, (_, i) => `k${i}`)
    .filter((key) => partitionOf(hash, 'm', key) % MEMBERS === member)
    .slice(0, count);

async function start(hooks: ServerHooks, procedures: Procedures = {}) {
  const hosted = await startTestComposite({ disk: createMemoryDisk(), hash, members: MEMBERS, hooks, procedures });
  const tab = (replica: string) => {
    const author = new OpAuthor(replica, hash);
    const submitter = new TestSubmitter(author.replica, hosted.host, hash);
    hosted.host.onEvent((event) => submitter.hear(event));
    return { author, submitter };
  };
  return { hosted, tab };
}

test('HK-7: beforeOp reads what other hosts have: where it reads at once it is called again when that is here', async () => {
  const [mine, theirs, others] = [keysOf(0), keysOf(1), keysOf(2)];
  const seen: Value[] = [];
  let calls = 0;
  const { tab } = await start({
    beforeOp(op, { read, refuse }): BeforeOpResult {
      if (op.key !== mine[0]) return;
      calls += 1;
      const sum = ([theirs[0]!, others[0]!, mine[1]!, theirs[1]!] as const).map((key) => read('m', key) ?? null);
      seen.push(sum);
      return refuse('enough');
    },
  });
  const { author, submitter } = tab('r.0');
  submitter.submit(...[theirs[0]!, others[0]!, mine[1]!].map((key, n) => author.create('m', key, { n })));
  await settle();
  submitter.submit(author.create('m', mine[0]!, { n: 9 }));
  await settle();
  expect(seen).toEqual([[{ n: 0 }, { n: 1 }, { n: 2 }, null]]);
  // Three records of others, one after the other.
  expect(calls).toBe(4);
  expect(submitter.told.get(4)).toEqual(['refused: hook-refused']);
});

test('HK-7: beforeOp that never has all that it asks for is not called again once its time is over', async () => {
  const mine = keysOf(0);
  let calls = 0;
  const { hosted, tab } = await start({
    beforeOp(_op, { read }) {
      calls += 1;
      // Another record of another host each time.
      read('m', keysOf(1, 100)[calls % 60] ?? 'k');
      read('m', `${calls}${keysOf(2)[0]}`);
    },
  });
  const { author, submitter } = tab('r.0');
  submitter.submit(author.create('m', mine[0]!, { n: 1 }));
  await settle();
  expect(calls).toBeGreaterThan(3);
  hosted.timers.runAll();
  await settle();
  const before = calls;
  await settle();
  expect(calls).toBe(before);
  expect(submitter.told.get(1)).toEqual(['refused: hook-failed']);
});

test('HK-7, HK-5: afterOp is called once: what others have it fetches, and to read that at once is an error that says so', async () => {
  const [mine, theirs] = [keysOf(0), keysOf(1)];
  const told: unknown[] = [];
  const { hosted, tab } = await start({
    async afterOp({ op }, { read, fetch }) {
      if (op.key !== mine[0]) return;
      told.push(read('m', mine[0]!), await fetch('m', theirs[0]!), await fetch('m', theirs[1]!), read('m', theirs[0]!));
      try {
        read('m', theirs[2]!);
      } catch (error) {
        told.push(error instanceof TopGunError && error.code);
        throw error;
      }
    },
  });
  const { author, submitter } = tab('r.0');
  submitter.submit(author.create('m', theirs[0]!, { n: 1 }));
  await settle();
  submitter.submit(author.create('m', mine[0]!, { n: 2 }));
  await settle();
  expect(told).toEqual([{ n: 2 }, { n: 1 }, undefined, { n: 1 }, 'elsewhere']);
  expect(hosted.logged.map(({ message }) => message)).toContain('afterOp failed');
});

test('HK-1, PI-27: a hook that waits for its part of a transaction holds no commit up, in no host; refused by one, all of it is', async () => {
  const [here, there] = [keysOf(0), keysOf(1)];
  let answer = (_result: BeforeOpResult): void => undefined;
  const { hosted, tab } = await start({
    beforeOp: (op) => (op.key === here[0] ? new Promise<BeforeOpResult>((resolve) => (answer = resolve)) : undefined),
  });
  const author = new OpAuthor('r.0', hash);
  const second = tab('s.0');
  second.submitter.submit(second.author.create('m', there[1]!, { n: 0 }));
  await settle();
  const ops: Op[] = [author.create('m', here[0]!, { n: 1 }), author.create('m', there[0]!, { n: 1 })];
  const session = 'with a transaction';
  hosted.host.send({ type: 'announce', session, replicas: [[author.replica, 0]] });
  await settle();
  hosted.host.send({
    type: 'submit',
    session,
    batches: author.batches(...ops),
    bytes: 100,
    transaction: { first: 1, parts: 2 },
  });
  await settle();
  second.submitter.submit(
    second.author.create('m', there[2]!, { n: 2 }),
    second.author.create('m', here[1]!, { n: 2 }),
  );
  await settle();
  expect([second.submitter.told.get(2), second.submitter.told.get(3)]).toEqual([['applied'], ['applied']]);
  answer({ refused: 'no' });
  await settle();
  const told = hosted.events.flatMap((event) => (event.type === 'committed' ? event.verdicts : []));
  expect(told.filter((verdict) => verdict.session === session).flatMap(({ rejected }) => rejected)).toMatchObject([
    { seq: 1, code: 'hook-refused' },
    { seq: 2, code: 'transaction-refused' },
  ]);
});

test('HK-5, PR-2: afterOp hears of all that a call has written, in whatever host', async () => {
  const [here, there] = [keysOf(0), keysOf(1)];
  const heard: string[] = [];
  const write = procedureOf<{ m: { n: number } }>()({
    run({ map }) {
      for (const key of [here[0]!, there[0]!]) map('m').set(key, { n: 1 });
    },
  });
  const { hosted } = await start({ afterOp: ({ op, outcome }) => void heard.push(`${op.key} ${outcome}`) }, { write });
  new TestCaller(hosted.host).call('c', 'write');
  for (let turn = 0; turn < 5; turn += 1) await settle();
  expect(heard.toSorted()).toEqual([`${here[0]} applied`, `${there[0]} applied`].toSorted());
});
