import { materialize } from '@topgun/core/crdt';
import type { Hash64, Value } from '@topgun/core/primitives';
import { parseQuery } from '@topgun/core/query';
import { defineSchema } from '@topgun/core/schema';
import { beforeAll, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { loadXxhash } from '../adapters/xxhash.js';
import { procedureOf, type Procedures } from '../services/procedures/procedure.js';
import { OpAuthor } from '../testing/op-author.js';
import { TestCaller } from '../testing/test-caller.js';
import { settle, startTestHost, type TestHost } from '../testing/test-host.js';
import { TestSubmitter } from '../testing/test-submitter.js';
import { createMemoryDisk } from './memory-disk.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

interface Schema {
  tags: string;
  notes: { text: string };
}

const procedure = procedureOf<Schema>();

async function start(procedures: Procedures, schema?: ReturnType<typeof defineSchema>) {
  const hosted = await startTestHost({
    hash,
    disk: createMemoryDisk(),
    procedures,
    journal: { keeps: () => true, keepMs: 1_000 },
    ...(schema === undefined ? {} : { schema }),
  });
  const author = new OpAuthor('r.0', hash);
  const submitter = new TestSubmitter(author.replica, hosted.host, hash);
  hosted.host.onEvent((event) => submitter.hear(event));
  return { hosted, author, submitter, caller: new TestCaller(hosted.host) };
}

function shown(hosted: TestHost, map: string): Record<string, Value | undefined> {
  const query = parseQuery({});
  if (!query.ok) throw new Error('no query');
  hosted.host.send({ type: 'announce', session: 'reader', replicas: [] });
  hosted.host.send({ type: 'open-view', session: 'reader', sub: hosted.events.length, map, query: query.value });
  const rows = hosted.of('view-opened').at(-1)!.rows;
  return Object.fromEntries(rows.map(({ key, record }) => [key, materialize(record)]));
}

test('PR-2, CR-6, CR-7: a procedure reads and writes sets and counters, with what the call has written so far', async () => {
  const seen: unknown[] = [];
  const { hosted, author, submitter, caller } = await start({
    tag: procedure({
      run({ orMap, counter, map }) {
        const tags = orMap('tags');
        const likes = counter('likes:1');
        seen.push([tags.get('k'), tags.has('k', 'b'), tags.get('none'), likes.value, counter('visits').value]);
        tags.add('k', 'c');
        tags.remove('k', 'a');
        tags.remove('k', 'not there');
        likes.add(5);
        likes.decrement();
        likes.add(0);
        counter('visits').increment();
        map('notes').set('n', { text: 'x' });
        seen.push([tags.get('k'), tags.has('k', 'c'), likes.value, counter('visits').value]);
        return likes.value;
      },
    }),
  });
  submitter.submit(author.add('tags', 'k', 'a'), author.add('tags', 'k', 'b'), author.count('likes', '1', 2));
  await settle();
  caller.call('c1', 'tag');
  await settle();
  expect(caller.last('c1')).toBe(6);
  expect(seen).toEqual([
    [['a', 'b'], true, [], 2, 0],
    [['b', 'c'], true, 6, 1],
  ]);
  expect([shown(hosted, 'tags'), shown(hosted, 'likes'), shown(hosted, 'visits')]).toEqual([
    { k: ['b', 'c'] },
    { 1: 6 },
    { '': 1 },
  ]);
  // What the app counts goes on beside it.
  submitter.submit(author.count('likes', '1', 10));
  await settle();
  expect(shown(hosted, 'likes')).toEqual({ 1: 16 });
});

test('PR-2: of a call that is refused nothing is counted or put into a set', async () => {
  const { hosted, caller } = await start({
    no: procedure({
      run({ orMap, counter, refuse }) {
        orMap('tags').add('k', 'a');
        counter('likes:1').increment();
        refuse('Not today.');
      },
    }),
  });
  caller.call('c1', 'no');
  await settle();
  expect(caller.last('c1')).toBe('refused: Not today.');
  expect([shown(hosted, 'tags'), shown(hosted, 'likes')]).toEqual([{}, {}]);
});

test('PR-3: to count, and to change a set, is no reading: it is done to what is there by then; what was looked at is looked at again', async () => {
  const gates: (() => void)[] = [];
  let runs = 0;
  const wait = (): Promise<void> => new Promise((resolve) => gates.push(resolve));
  const { hosted, author, submitter, caller } = await start({
    blind: procedure({
      async run({ orMap, counter }) {
        runs += 1;
        counter('likes:1').increment();
        orMap('tags').remove('k', 'a');
        orMap('tags').add('k', 'z');
        await wait();
      },
    }),
    looks: procedure({
      async run({ orMap, counter }) {
        runs += 1;
        counter('likes:1').increment();
        orMap('tags').add('k', 'y');
        await wait();
        return [counter('likes:1').value, orMap('tags').get('k')];
      },
    }),
  });
  caller.call('c1', 'blind');
  await settle();
  // Put in since: the removal has not seen it, and takes it away all the same, as one would that comes after it.
  submitter.submit(author.count('likes', '1', 10), author.add('tags', 'k', 'a'), author.add('tags', 'k', 'b'));
  await settle();
  gates.shift()!();
  await settle();
  expect([runs, shown(hosted, 'likes'), shown(hosted, 'tags')]).toEqual([1, { 1: 11 }, { k: ['b', 'z'] }]);

  caller.call('c2', 'looks');
  await settle();
  submitter.submit(author.count('likes', '1', 10));
  await settle();
  gates.shift()!();
  await settle();
  expect([runs, caller.told.size]).toEqual([3, 1]);
  gates.shift()!();
  await settle();
  expect(caller.last('c2')).toEqual([22, ['b', 'y', 'z']]);
});

test('PR-2: what cannot be counted or put into a set ends the call, and one that only reads writes nothing', async () => {
  const schema = defineSchema({
    tags: { type: 'set', value: z.string().check(z.trim()) },
    votes: { type: 'counter', value: z.number().check(z.maximum(2)) },
  });
  const { hosted, caller } = await start(
    {
      trims: procedure({ run: ({ orMap }) => (orMap('tags').add('k', ' a '), orMap('tags').get('k')) }),
      noText: procedure({ run: ({ orMap }) => orMap('tags').add('k', 5 as never) }),
      tooMany: procedure({ run: ({ counter }) => counter('votes:1').add(3) }),
      half: procedure({ run: ({ counter }) => counter('votes:1').add(0.5) }),
      otherType: procedure({ run: ({ map }) => map('tags' as 'notes').set('k', { text: 'x' }) }),
      asCounter: procedure({ run: ({ counter }) => [counter('tags:k').value, counter('tags:k').add(1)] }),
      own: procedure({ run: ({ counter }) => counter('.topgun/calls:1').value }),
      reads: procedure({ readOnly: true, run: ({ counter }) => counter('votes:1').increment() }),
      readsSets: procedure({ readOnly: true, run: ({ orMap }) => orMap('tags').remove('k', 'a') }),
      readsOnly: procedure({
        readOnly: true,
        run: ({ counter, orMap }) => [counter('votes:1').value, orMap('tags').get('k')],
      }),
    },
    schema,
  );
  const names = [
    'trims',
    'noText',
    'tooMany',
    'half',
    'otherType',
    'asCounter',
    'own',
    'reads',
    'readsSets',
    'readsOnly',
  ];
  for (const name of names) {
    caller.call(name, name);
    await settle();
  }
  const failed = 'failed: The server could not do this.';
  expect(names.map((name) => caller.last(name))).toEqual([['a'], ...Array(8).fill(failed), [0, ['a']]]);
  expect([shown(hosted, 'tags'), shown(hosted, 'votes')]).toEqual([{ k: ['a'] }, {}]);
});
