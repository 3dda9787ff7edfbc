import { expect, test } from 'vitest';

import { encodeRecord } from '../../crdt/index.js';
import type { RowChange, ServerMessage } from '../../protocol/index.js';
import {
  createFakeWorld,
  creates,
  patches,
  REMOVES,
  whereEquals,
  WHOLE,
  type FakeWorld,
} from '../testing/fake-world.js';
import { subscriptionKey } from '../tabs/subscription-key.js';
import type { FakeTab } from '../testing/fake-tab.js';
import { LINGER_MS } from './subscription-hub.js';

// A client that holds rows, and is sent rows that take their place.

const ROWS = 40;

/** A world with a tab that has all the rows of a map. */
async function withRows(): Promise<FakeWorld & { readonly tab: FakeTab }> {
  const world = createFakeWorld();
  const tab = await world.open();
  tab.subscribe('todos', WHOLE);
  for (let i = 0; i < ROWS; i += 1) world.writeElsewhere('todos', `k${i}`, creates({ i }));
  await world.time.settle();
  return { ...world, tab };
}

async function expectLevel({ server }: FakeWorld, tab: FakeTab, key: string): Promise<void> {
  const expected = [...server.rows('todos').keys()].sort();
  expect(tab.rows('todos')).toEqual(server.rows('todos'));
  expect([...(tab.members(key) ?? [])].sort()).toEqual(expected);
  const stored = await tab.storage.loadMap('todos');
  expect(stored.ok && [...stored.value.keys()].sort()).toEqual(expected);
}

test('SY-2: in the midst of an exchange: they are the rows, whatever was found to differ by then', async () => {
  const world = await withRows();
  const { server, tab, transport, time, writeElsewhere } = world;
  server.resumes = 'exchange';
  transport.cut();
  await time.settle();
  writeElsewhere('todos', 'k1', patches({ i: -1 }));
  writeElsewhere('todos', 'k2', REMOVES);
  server.forget('todos', 'k3');
  let answers = 0;
  // As a server that would have to say too much in its next turn.
  transport.tamper((message): ServerMessage => {
    if (message.type !== 'rows' || message.kept !== true) return message;
    answers += 1;
    const { sub, n, through, done, full } = message;
    const changes = [...server.rows('todos').keys()].map((key): RowChange => {
      return ['enter', key, encodeRecord(server.records.get('todos')!.get(key)!)];
    });
    return { type: 'rows', sub, n, through, done, full, changes };
  });
  transport.restore();
  await time.advance(2_000);
  expect(answers).toBe(1);
  await expectLevel(world, tab, tab.subscribe('todos', WHOLE));
});

test('SY-2: of an older state of the ledger, put back under its old name: nothing of what it has lost survives by merging', async () => {
  const world = await withRows();
  const { server, tab, transport, time, writeElsewhere } = world;
  const putBack = server.backUp();
  writeElsewhere('todos', 'k1', patches({ i: -1, lost: true }));
  writeElsewhere('todos', 'k2', patches({ lost: true }));
  writeElsewhere('todos', 'k3', REMOVES);
  await time.settle();
  expect(tab.rows('todos').get('k1')).toEqual({ i: -1, lost: true });
  await tab.close();
  const { lineage } = server;
  putBack();
  server.lineage = lineage;
  server.resumes = 'all';
  transport.restore();
  const again = await world.open();
  const key = again.subscribe('todos', WHOLE);
  await time.advance(2_000);
  await expectLevel(world, again, key);
  expect(again.rows('todos').get('k1')).toEqual({ i: 1 });
});

test('SY-2, SE-41: of a search, which offers nothing, on another ledger: nothing of what the other one had survives by merging', async () => {
  const world = await withRows();
  const { server, tab, transport, time, writeElsewhere } = world;
  const text = 'milk';
  writeElsewhere('todos', 'k1', patches({ text }));
  const putBack = server.backUp();
  writeElsewhere('todos', 'k1', patches({ lost: true }));
  tab.unsubscribe(subscriptionKey('todos', WHOLE));
  await time.advance(LINGER_MS);
  const search = {
    text,
    fields: ['text'],
    boosts: [['text', 1]],
    prefix: true,
    fuzzy: 0,
    combineWith: 'AND',
  } as const;
  const key = tab.subscribe('todos', { ...WHOLE, limit: 20, search });
  await time.settle();
  expect(tab.rows('todos').get('k1')).toEqual({ i: 1, text, lost: true });
  putBack();
  server.lineage = 'another';
  transport.restore();
  await time.advance(2_000);
  expect(tab.members(key)).toEqual(new Set(['k1']));
  expect(tab.rows('todos').get('k1')).toEqual({ i: 1, text });
});

test('CR-10: after a reload, of rows that it would not have offered: what was removed and forgotten does not survive in what was created since', async () => {
  const world = await withRows();
  const { server, tab, transport, time, writeElsewhere } = world;
  transport.cut();
  await tab.close();
  // By somebody who knew nothing of it: no floor, no removal.
  server.forget('todos', 'k1');
  writeElsewhere('todos', 'k1', creates({ done: true }));
  transport.restore();
  const again = await world.open();
  const key = again.subscribe('todos', whereEquals('done', true));
  await time.advance(2_000);
  expect(again.members(key)).toEqual(new Set(['k1']));
  expect(again.rows('todos').get('k1')).toEqual({ done: true });
});

test('SY-2: who is asked for all rows and begins an exchange, again and again, ends the subscription: nothing is asked for ever', async () => {
  const world = await withRows();
  const { server, tab, transport, time, writeElsewhere } = world;
  server.resumes = 'exchange';
  transport.cut();
  await time.settle();
  writeElsewhere('todos', 'k1', patches({ i: -1 }));
  let levels = 0;
  transport.tamper((message): ServerMessage => {
    if (message.type !== 'level' && message.type !== 'rows') return message;
    levels += 1;
    // What nobody asked for.
    return { type: 'level', sub: message.sub, n: message.n, nodes: levels > 9 ? '' : 'AwoKAAA' };
  });
  transport.restore();
  await time.advance(2_000);
  const asked = transport.last().received.filter((message) => message.type === 'subscribe');
  expect(asked.map(({ have }) => have !== undefined)).toEqual([true, false]);
  expect(levels).toBe(2);
  expect(tab.events.filter(({ type }) => type === 'subscription-failed')).toMatchObject([{ code: 'malformed' }]);
  // What is held stays.
  expect(tab.rows('todos').size).toBe(ROWS);
});
