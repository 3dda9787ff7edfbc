import { applyOp, EMPTY_RECORD, type LwwRecord } from '@topgun/core/crdt';
import { parseQuery, type Query, type QueryInput } from '@topgun/core/query';
import { expect, test } from 'vitest';
import type { Timers } from '../../ports/environment.js';
import { createManualTimers } from '../../testing/manual-timers.js';
import { OpAuthor } from '../../testing/op-author.js';
import { MAX_LINGERING } from './lingering-views.js';
import { ViewRegistry } from './view-registry.js';

function canonical(input: QueryInput): Query {
  const query = parseQuery(input);
  if (!query.ok) throw new Error(query.error.code);
  return query.value;
}

function setUp(rows: number, timers: Timers, viewRows = 10_000): ViewRegistry {
  const author = new OpAuthor('r.0', () => 0n);
  const held = new Map<string, LwwRecord>();
  for (let i = 0; i < rows; i += 1) held.set(`k${i}`, applyOp(EMPTY_RECORD, author.create('m', `k${i}`, { n: i })));
  const source = {
    hash: () => 0n,
    position: () => 0,
    read: () => (key: string) => held.get(key),
    records: () => held,
    size: () => held.size,
  };
  return new ViewRegistry(source, 1_000, viewRows, timers);
}

test('SY-2: a view outlives its last subscriber for a while, and is the same one when somebody comes back in time', () => {
  const timers = createManualTimers();
  const views = setUp(20, timers);
  const first = views.open('s', 1, 'm', canonical({}));
  views.close('s', 1);
  expect(views.size).toBe(1);
  const second = views.open('t', 1, 'm', canonical({}));
  expect(first.ok && second.ok && first.value === second.value).toBe(true);
  timers.runAll();
  expect(views.size).toBe(1);
  views.close('t', 1);
  timers.runAll();
  expect(views.size).toBe(0);
});

test('SY-2: one of a few rows goes at once: all of them are sent as quickly', () => {
  const timers = createManualTimers();
  const views = setUp(20, timers);
  views.open('s', 1, 'm', canonical({ where: { _key: 'k1' } }));
  views.close('s', 1);
  expect([views.size, timers.pending]).toEqual([0, 0]);
});

test('RU-6: nor does one of named keys linger: whoever looks through what it has stored names others each time', () => {
  const timers = createManualTimers();
  const views = setUp(20, timers);
  const keys = Array.from({ length: 12 }, (_, n) => `k${n}`);
  const opened = views.open('s', 1, 'm', canonical({ where: { _key: { $in: keys } } }));
  expect(opened.ok && opened.value.size).toBe(12);
  views.close('s', 1);
  expect([views.size, timers.pending]).toEqual([0, 0]);
});

test('PI-8: those that linger give way, the oldest first, when there are too many, or rows are wanted for others', () => {
  const timers = createManualTimers();
  const views = setUp(20, timers, 45);
  for (const [sub, n] of [1, 2].entries()) views.open('s', sub, 'm', canonical({ where: { n: { $gte: n } } }));
  views.close('s', 0);
  views.close('s', 1);
  expect(views.size).toBe(2);
  expect(views.open('t', 1, 'm', canonical({})).ok).toBe(true);
  expect(views.size).toBe(2);
  expect(views.open('t', 2, 'm', canonical({ where: { n: { $gte: 2 } } })).ok).toBe(true);
  // Nothing lingers any more, so whoever is here has to make room.
  const refused = views.open('t', 3, 'm', canonical({ where: { n: { $gte: 3 } } }));
  expect(refused.ok ? null : refused.error.code).toBe('overloaded');

  const many = setUp(20, timers, 1_000_000);
  for (let i = 0; i <= MAX_LINGERING; i += 1) {
    many.open('s', i, 'm', canonical({ where: { n: { $gte: -i } } }));
    many.close('s', i);
  }
  expect(many.size).toBe(MAX_LINGERING);
});

test('SY-2: when a session is gone its views are made ready for its return, a part in each turn', () => {
  const waiting: (() => void)[] = [];
  const views = setUp(1_000, {
    after: (delayMs, run) => (delayMs === 0 ? void waiting.push(run) : undefined, () => {}),
  });
  const opened = views.open('s', 1, 'm', canonical({}));
  views.closeSession('s');
  let turns = 0;
  for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) {
    run();
    turns += 1;
  }
  expect(turns).toBeGreaterThan(1);
  expect(opened.ok && opened.value.prepare(1)).toBe(false);
});
