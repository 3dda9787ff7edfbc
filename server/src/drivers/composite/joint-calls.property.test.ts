import type { Value } from '@topgun/core/primitives';
import type { Hash64 } from '@topgun/core/primitives';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { loadXxhash } from '../../adapters/xxhash.js';
import { procedureOf } from '../../services/procedures/procedure.js';
import { startTestComposite } from '../../testing/test-composite.js';
import { TestCaller } from '../../testing/test-caller.js';
import { settle, startTestHost } from '../../testing/test-host.js';
import { createMemoryDisk } from '../memory-disk.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

interface Schema {
  items: { n: number; tag?: string };
  tags: string;
}

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
/** What a call does, one thing after the other. */
const action = fc.oneof(
  fc.record({ do: fc.constant('put' as const), key, n: fc.nat(5) }),
  fc.record({ do: fc.constant('more' as const), key }),
  fc.record({ do: fc.constant('remove' as const), key }),
  fc.record({ do: fc.constant('patch' as const), key }),
  fc.record({ do: fc.constant('sum' as const), least: fc.nat(4) }),
  fc.record({ do: fc.constant('named' as const), keys: fc.array(key, { maxLength: 3 }) }),
  fc.record({ do: fc.constant('tag' as const), key, value: key }),
  fc.record({ do: fc.constant('untag' as const), key, value: key }),
  fc.record({ do: fc.constant('count' as const), key, by: fc.integer({ min: -3, max: 3 }) }),
  fc.record({ do: fc.constant('refuse' as const), unless: key }),
  fc.record({ do: fc.constant('wait' as const) }),
  fc.record({ do: fc.constant('mix' as const), key }),
);
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

type Context = Parameters<ReturnType<typeof written>['run']>[0];
const written = () => procedureOf<Schema>()({ run: () => undefined });

function act({ map, orMap, counter, refuse }: Context, one: Exclude<Action, { do: 'wait' }>): Value {
  const items = map('items');
  switch (one.do) {
    case 'put':
      items.set(one.key, { n: one.n });
      return one.n;
    case 'more':
      items.update(one.key, (item) => ({ ...item, n: (item?.n ?? 0) + 1 }));
      return items.get(one.key)?.n ?? -1;
    case 'remove':
      items.remove(one.key);
      return items.has(one.key);
    case 'patch':
      items.patch(one.key, { tag: 'patched' });
      return items.get(one.key)?.tag ?? '';
    case 'sum':
      return items.query({ where: { n: { $gte: one.least } }, sort: { _key: 'asc' } }).map(({ _key, n }) => [_key, n]);
    case 'named':
      return items.query({ where: { _key: { $in: one.keys } } }).reduce((sum, { n }) => sum + n, 0);
    case 'tag':
      orMap('tags').add(one.key, one.value);
      return [...orMap('tags').get(one.key)];
    case 'untag':
      orMap('tags').remove(one.key, one.value);
      return orMap('tags').has(one.key, one.value);
    case 'count':
      counter(`sums:${one.key}`).add(one.by);
      return counter(`sums:${one.key}`).value;
    case 'refuse':
      return items.has(one.unless) || refuse(`there is no ${one.unless}`);
    case 'mix':
      // A set in a map of records: no call that says so may be taken, once records are there.
      (orMap as (name: string) => { add(key: string, value: string): void })('items').add(one.key, 'x');
      return true;
  }
}

const procedures = {
  run: procedureOf<Schema>()({
    run: (context, actions: readonly Action[]) =>
      actions.map((one): Value => (one.do === 'wait' ? true : act(context, one))),
  }),
  runSlowly: procedureOf<Schema>()({
    async run(context, actions: readonly Action[]) {
      const made: Value[] = [];
      for (const one of actions) {
        if (one.do === 'wait') await Promise.resolve();
        else made.push(act(context, one));
      }
      return made;
    },
  }),
};

test('PR-8, PR-9: calls come to the same over three hosts as in one, also what they refuse and how they fail', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ actions: fc.array(action, { maxLength: 5 }), slow: fc.boolean() }), { maxLength: 12 }),
      async (calls) => {
        const one = await startTestHost({ disk: createMemoryDisk(), hash, procedures });
        const three = await startTestComposite({ disk: createMemoryDisk(), hash, procedures, members: 3 });
        const told: (readonly unknown[])[] = [];
        for (const { host } of [one, three]) {
          const callers = ['device', 'phone', 'tablet'].map((name) => new TestCaller(host, name));
          const answers: unknown[] = [];
          told.push(answers);
          for (const [i, { actions, slow }] of calls.entries()) {
            const caller = callers[i % callers.length]!;
            caller.call(`c${i}`, slow ? 'runSlowly' : 'run', actions);
            for (let turn = 0; turn < 20 && caller.last(`c${i}`) === undefined; turn += 1) await settle();
            answers.push(caller.last(`c${i}`));
          }
        }
        expect(told[1]).toEqual(told[0]);
        expect(told[0]).not.toContain(undefined);
      },
    ),
    { numRuns: 100 },
  );
});
