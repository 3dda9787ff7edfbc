import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { SERVER_REPLICA, expiryStamp, expiresAt, opToRecord, type LwwRecord, type Op } from '../../crdt/index.js';
import { TopGunError } from '../../primitives/index.js';
import type { MapHandle } from '../map-handle.js';
import { Transaction } from '../transaction.js';
import { remoteOp, toChanges } from '../testing/remote-changes.js';
import { createTabHarness, type TabHarness } from '../testing/tab-harness.js';

interface Item {
  readonly a?: number;
  readonly b?: number;
}

async function openTab(seed = 1): Promise<{ tab: TabHarness; items: MapHandle<Item> }> {
  const tab = createTabHarness({ seed });
  await tab.runtime.start();
  const items = tab.map<Item>('items');
  await items.loaded();
  return { tab, items };
}

const pending = (tab: TabHarness, key: string): readonly Op[] =>
  tab.runtime.stores.use('items').overlay.pendingOps(key);
const overlay = (tab: TabHarness, key: string) => tab.runtime.stores.use('items').overlay.record(key);

/** The removal that the server decides when the record is due. */
const removalOf = (record: LwwRecord): LwwRecord => {
  const stamp = expiryStamp(record, expiresAt(record) as number);
  return opToRecord({ kind: 'remove', replica: SERVER_REPLICA, seq: 1, stamp, map: 'items', key: 'k' });
};

describe('records that end', () => {
  it('CR-9: a record is hidden when its time has come, from reads, queries and listeners, with nobody to ask', async () => {
    const { tab, items } = await openTab();
    const query = tab.query('items', { where: { a: { $gte: 1 } }, sort: { a: 'asc' } });
    const seen: unknown[] = [];
    query.subscribe((rows) => seen.push(rows.map(({ _key }) => _key)));
    const heard: unknown[] = [];
    items.subscribeKey('k', (value) => heard.push(value));
    items.set('k', { a: 1 }, { ttlMs: 5_000 });
    items.set('other', { a: 2 });
    await tab.time.advance(4_999);
    expect([items.get('k'), seen.at(-1)]).toEqual([{ a: 1 }, ['k', 'other']]);
    await tab.time.advance(1);
    expect([items.get('k'), items.has('k'), items.size, seen.at(-1)]).toEqual([undefined, false, 1, ['other']]);
    expect(heard).toEqual([{ a: 1 }, undefined]);
    expect(query.getSnapshot().data.map(({ _key }) => _key)).toEqual(['other']);
  });

  it('CR-9: a record set after its end shows at once, though the server has removed it and the edit that gave it the end is still pending', async () => {
    const { tab, items } = await openTab();
    tab.sync().emit(toChanges('items', remoteOp(tab, 'k', 'create', { a: 1 })));
    items.patch('k', { b: 1 }, { ttlMs: 5_000 });
    tab.sync().emit({ ...toChanges('items'), maps: [{ map: 'items', changes: [{ type: 'drop', key: 'k' }] }] });
    await tab.time.advance(6_000);
    items.set('k', { a: 2 });
    expect(items.get('k')).toEqual({ a: 2, b: 1 });
  });

  it('CR-9, CL-1: a record whose end has come before its timer ran is hidden by whatever is written of it, in a transaction too', async () => {
    const { tab, items } = await openTab();
    const heard: unknown[] = [];
    for (const key of ['k', 'l', 'm']) items.set(key, { a: 1 }, { ttlMs: 5_000 });
    for (const key of ['k', 'l']) items.subscribeKey(key, (value) => heard.push([key, value]));
    tab.time.setSkew(6_000);
    expect([...items.keys()]).toEqual(['k', 'l', 'm']);
    items.remove('k');
    expect(items.get('k')).toBeUndefined();
    tab.runtime.transactions.run((draft) => {
      new Transaction<{ items: Item }>(draft, tab.runtime).map('items').remove('l');
      expect(heard).toEqual([['k', undefined]]);
    });
    expect(items.get('l')).toBeUndefined();
    expect(heard).toEqual([
      ['k', undefined],
      ['l', undefined],
    ]);
    items.update('m', (previous) => {
      expect(previous).toBeUndefined();
      return { b: 1 };
    });
    expect(items.get('m')).toEqual({ b: 1 });
  });

  it('CR-9, CR-4: a record that is removed after its end, by a clock that turns out to be wrong, stays removed', async () => {
    const { tab, items } = await openTab();
    for (const key of ['k', 'l', 'm']) items.set(key, { a: 1 }, { ttlMs: 5_000 });
    tab.time.setSkew(6_000);
    items.remove('k');
    tab.runtime.transactions.run((draft) => {
      new Transaction<{ items: Item }>(draft, tab.runtime).map('items').remove('l');
    });
    expect([...items.keys()]).toEqual(['m']);
    items.remove('k');
    expect(pending(tab, 'k').map(({ kind }) => kind)).toEqual(['create', 'remove']);
    tab.time.setSkew(0);
    tab.runtime.stores.use('items').lookAtEnds();
    expect([...items.keys()]).toEqual(['m']);
  });

  it('CR-9: the end is an op of its own, so many ms after the write', async () => {
    const { tab, items } = await openTab();
    const now = tab.time.clock.now();
    items.set('k', { a: 1 }, { ttlMs: 5_000 });
    items.update('k', (previous) => ({ ...previous, a: 2 }));
    items.patch('k', { b: 1 }, { ttlMs: null });
    items.update('k', (previous) => previous ?? {}, { ttlMs: 9_000 });
    expect(pending(tab, 'k')).toMatchObject([
      { kind: 'create', expiresAt: now + 5_000 },
      { kind: 'patch', fields: [{ name: 'a', value: 2 }] },
      { kind: 'patch', fields: [{ name: 'b', value: 1 }], expiresAt: null },
      { kind: 'patch', fields: [], expiresAt: now + 9_000 },
    ]);
    expect(pending(tab, 'k')[1]).not.toHaveProperty('expiresAt');
    await tab.time.advance(8_999);
    expect(items.get('k')).toEqual({ a: 2, b: 1 });
    await tab.time.advance(1);
    expect(items.get('k')).toBeUndefined();
  });

  it('CR-9: set without ttlMs leaves the end, null clears it', async () => {
    const { tab, items } = await openTab();
    items.set('left', { a: 1 }, { ttlMs: 1_000 });
    items.set('left', { a: 2 });
    items.set('cleared', { a: 1 }, { ttlMs: 1_000 });
    items.set('cleared', { a: 2 }, { ttlMs: null });
    await tab.time.advance(1_000);
    expect([items.get('left'), items.get('cleared')]).toEqual([undefined, { a: 2 }]);
  });

  it.each([0, -5, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 1e15])(
    'CR-9: ttlMs %s is refused at the call',
    async (ttlMs) => {
      const { tab, items } = await openTab();
      items.set('k', { a: 1 });
      const writes = [
        () => items.set('k', { a: 2 }, { ttlMs }),
        () => items.patch('k', { a: 2 }, { ttlMs }),
        () => items.update('k', () => ({ a: 2 }), { ttlMs }),
        () => items.set('new', { a: 2 }, { ttlMs }),
      ];
      for (const write of writes) {
        expect(write).toThrow(TopGunError);
        expect(write).toThrow(/ttlMs is null or a whole number/);
      }
      expect([items.get('k'), items.has('new'), pending(tab, 'k').length]).toEqual([{ a: 1 }, false, 1]);
    },
  );

  it('CR-9: to a writer an expired record is a removed one: set starts a life without its fields and its end', async () => {
    const { tab, items } = await openTab();
    items.set('k', { a: 1, b: 1 }, { ttlMs: 1_000 });
    await tab.time.advance(1_000);
    expect(() => items.patch('k', { a: 2 })).toThrow(/no record/);
    const end = expiresAt(opToRecord(pending(tab, 'k')[0] as Op)) as number;
    items.set('k', { a: 3 });
    const again = pending(tab, 'k').at(-1) as Op;
    expect(again).toMatchObject({ kind: 'create', restart: true });
    expect(again.stamp > expiryStamp(opToRecord(pending(tab, 'k')[0] as Op), end)).toBe(true);
    await tab.time.advance(100_000);
    expect(items.get('k')).toEqual({ a: 3 });
  });

  it('CR-9: the server’s removal changes nothing for who had hidden the record, and hides it for who had not', async () => {
    const { tab, items } = await openTab();
    const born = { ...remoteOp(tab, 'k', 'create', { a: 1 }), expiresAt: tab.time.clock.now() + 1_000 } as Op;
    const heard: unknown[] = [];
    items.subscribe((changes) => heard.push(...changes.map(({ after }) => after)));
    tab.sync().emit(toChanges('items', born));
    await tab.time.advance(1_000);
    expect(heard).toEqual([{ a: 1 }, undefined]);
    const delta = removalOf(opToRecord(born));
    tab.sync().emit({ ...toChanges('items'), maps: [{ map: 'items', changes: [{ type: 'merge', key: 'k', delta }] }] });
    expect([heard.length, items.get('k')]).toEqual([2, undefined]);
  });

  it('CR-9: an extension from elsewhere shows the record longer', async () => {
    const { tab, items } = await openTab();
    const now = tab.time.clock.now();
    tab.sync().emit(toChanges('items', { ...remoteOp(tab, 'k', 'create', { a: 1 }), expiresAt: now + 1_000 } as Op));
    await tab.time.advance(500);
    tab.sync().emit(toChanges('items', { ...remoteOp(tab, 'k', 'patch'), expiresAt: now + 3_000 } as Op));
    await tab.time.advance(2_499);
    expect(items.get('k')).toEqual({ a: 1 });
    await tab.time.advance(1);
    expect(items.get('k')).toBeUndefined();
  });

  it('CR-9, CL-7: a refused extension says what was tried, and is tried again with the same time to live from then on', async () => {
    const { tab, items } = await openTab();
    items.set('k', { a: 1 });
    items.patch('k', { a: 2 }, { ttlMs: 5_000 });
    items.set('k', { a: 3 }, { ttlMs: null });
    await tab.time.settle();
    const [, patched, cleared] = tab.sync().outbox.map(({ op }) => op);
    tab.sync().decide(1, [patched as Op, cleared as Op], 'rejected');
    expect(tab.runtime.rejections.list().map(({ attempted }) => attempted)).toEqual([
      { type: 'patch', fields: { a: 2 }, unset: [], ttlMs: 5_000 },
      { type: 'patch', fields: { a: 3 }, unset: [], ttlMs: null },
    ]);
    await tab.time.advance(60_000);
    const now = tab.time.clock.now();
    const [first] = tab.runtime.rejections.list();
    tab.runtime.refusedWrites.retry(first!.id);
    expect(pending(tab, 'k').at(-1)).toMatchObject({ kind: 'patch', expiresAt: now + 5_000 });
    await tab.time.advance(5_000);
    expect(items.has('k')).toBe(false);
  });

  it('CR-9: it is the server’s time that counts: a corrected clock hides what had ended, and shows what had not', async () => {
    const { tab, items } = await openTab();
    const now = tab.time.clock.now();
    const until = (key: string, at: number): Op =>
      ({ ...remoteOp(tab, key, 'create', { a: 1 }), expiresAt: now + at }) as Op;
    tab.sync().emit(toChanges('items', until('soon', 1_000), until('late', 100_000)));
    await tab.time.advance(1_000);
    expect([...items.keys()]).toEqual(['late']);
    tab.sync().emit({ type: 'clock', offsetMs: -5_000, restamped: [] });
    expect([...items.keys()].sort()).toEqual(['late', 'soon']);
    await tab.time.advance(5_000);
    expect([...items.keys()]).toEqual(['late']);
    tab.sync().emit({ type: 'clock', offsetMs: 200_000, restamped: [] });
    expect([...items.keys()]).toEqual([]);
    tab.sync().emit({ type: 'clock', offsetMs: 0, restamped: [] });
    expect([...items.keys()]).toEqual(['late']);
  });

  it('CR-9: what a sibling writes to a record that has ended here is not the end of it: the clock may have been wrong', async () => {
    const { tab, items } = await openTab();
    const now = tab.time.clock.now();
    tab.sync().emit(toChanges('items', { ...remoteOp(tab, 'k', 'create', { a: 1 }), expiresAt: now + 1_000 } as Op));
    await tab.time.advance(2_000);
    const op = { ...remoteOp(tab, 'k', 'patch', { b: 2 }), map: 'items' } as Op;
    tab.sync().emit({ type: 'persisted', entries: [{ op, handed: false }] });
    expect(items.has('k')).toBe(false);
    tab.sync().emit({ type: 'clock', offsetMs: -5_000, restamped: [] });
    expect(items.get('k')).toEqual({ a: 1, b: 2 });
  });

  it('CR-9: what ended while no tab was open is not shown by the next one', async () => {
    const first = createTabHarness();
    await first.runtime.start();
    const items = first.map<Item>('items');
    await items.loaded();
    items.set('k', { a: 1 }, { ttlMs: 1_000 });
    items.set('other', { a: 1 });
    await items.set('long', { a: 1 }, { ttlMs: 90_000 }).persisted;
    await first.runtime.close();
    await first.time.advance(2_000);
    const second = createTabHarness({ seed: 2, time: first.time, storage: first.storage });
    await second.runtime.start();
    const again = second.map<Item>('items');
    await again.loaded();
    expect([...again.keys()].sort()).toEqual(['long', 'other']);
    await second.time.advance(90_000);
    expect([...again.keys()]).toEqual(['other']);
    await second.runtime.close();
    expect(second.time.pendingTimers()).toBe(0);
  });

  it('CR-9: a device whose clock is set forward while it waits hides what has ended within the minute', async () => {
    const { tab, items } = await openTab();
    items.set('k', { a: 1 }, { ttlMs: 3_600_000 });
    tab.time.setSkew(4_000_000);
    await tab.time.advance(60_000);
    expect(items.has('k')).toBe(false);
  });

  it('CR-9: thousands that end at once are hidden in slices, and nothing else is touched', async () => {
    const { tab, items } = await openTab();
    const sizes: number[] = [];
    for (let i = 0; i < 2_500; i += 1) items.set(`k${i}`, { a: i }, { ttlMs: 1_000 });
    items.set('stays', { a: 1 });
    items.subscribe((changes) => sizes.push(changes.length));
    await tab.time.advance(1_000);
    expect([...items.keys()]).toEqual(['stays']);
    expect(sizes).toEqual([1_000, 1_000, 500]);
  });

  it('CR-9, QU-6: whatever is written, extended, removed, and however time goes: views show what has not ended', async () => {
    const key = fc.constantFrom('k1', 'k2', 'k3');
    const ttlMs = fc.constantFrom(undefined, null, 1_000, 2_000, 70_000);
    const step = fc.oneof(
      fc.record({ type: fc.constant('set' as const), key, a: fc.nat({ max: 3 }), ttlMs }),
      fc.record({ type: fc.constant('remove' as const), key }),
      fc.record({ type: fc.constant('remote' as const), key, ttlMs, isCreate: fc.boolean() }),
      fc.record({ type: fc.constant('wait' as const), ms: fc.constantFrom(1, 500, 1_000, 61_000) }),
      fc.record({ type: fc.constant('clock' as const), offsetMs: fc.constantFrom(0, 1_500, -1_500, 80_000) }),
      fc.record({ type: fc.constant('reject' as const), nth: fc.nat({ max: 5 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const { tab, items } = await openTab();
        let offsetMs = 0;
        const query = tab.query('items', { where: { a: { $lte: 2 } } });
        query.subscribe(() => {});
        for (const move of steps) {
          if (move.type === 'set') {
            const options = move.ttlMs === undefined ? {} : { ttlMs: move.ttlMs };
            items.set(move.key, { a: move.a }, options);
          } else if (move.type === 'remove') {
            items.remove(move.key);
          } else if (move.type === 'remote') {
            const op = remoteOp(tab, move.key, move.isCreate ? 'create' : 'patch', { a: 1 });
            const at = move.ttlMs === undefined ? {} : { expiresAt: move.ttlMs && tab.time.clock.now() + move.ttlMs };
            tab.sync().emit(toChanges('items', { ...op, ...at } as Op));
          } else if (move.type === 'wait') {
            await tab.time.advance(move.ms);
          } else if (move.type === 'clock') {
            offsetMs = move.offsetMs;
            tab.sync().emit({ type: 'clock', offsetMs, restamped: [] });
          } else {
            await tab.time.settle();
            const entry = tab.sync().outbox[move.nth];
            if (entry !== undefined) tab.sync().decide(1, [entry.op], 'rejected');
          }
          const now = tab.time.clock.now() + offsetMs;
          for (const name of ['k1', 'k2', 'k3']) {
            const record = overlay(tab, name);
            const shows = record?.existence?.op === 'create';
            expect(items.has(name)).toBe(shows);
            if (record !== undefined && shows) expect(expiresAt(record) ?? now + 1).toBeGreaterThan(now);
          }
          const shown = query.getSnapshot().data.map(({ _key }) => _key);
          const wanted = [...items.entries()].filter(([, { a }]) => a !== undefined && a <= 2).map(([name]) => name);
          expect([...shown].sort()).toEqual(wanted.sort());
        }
        await tab.runtime.close();
        expect(tab.time.pendingTimers()).toBe(0);
      }),
      { numRuns: 150 },
    );
  });
});
