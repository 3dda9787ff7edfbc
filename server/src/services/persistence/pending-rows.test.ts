import { EMPTY_RECORD, type LwwRecord } from '@topgun/core/crdt';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { PendingRows } from './pending-rows.js';

const write = (key: string, record: LwwRecord = EMPTY_RECORD) => ({ map: 'm', key, after: record });
const shortOf = (rows: ReturnType<PendingRows['take']>) =>
  rows.map(({ key, position, since }) => [key, position, since]);

describe('pending rows', () => {
  it('PI-4: hold each record once, in its latest state, those first that have waited longest', () => {
    const pending = new PendingRows();
    const latest: LwwRecord = { ...EMPTY_RECORD };
    pending.add(write('a'), 1);
    pending.add(write('b'), 2);
    pending.add(write('a', latest), 3);
    expect([pending.size, pending.since]).toEqual([2, 1]);
    const [first] = pending.take(1);
    expect(first).toEqual({ ...write('a'), position: 3, since: 1 });
    expect(first?.after).toBe(latest);
    expect([pending.size, pending.since]).toEqual([1, 2]);
  });

  it('keep maps apart', () => {
    const pending = new PendingRows();
    pending.add({ map: 'a', key: 'b', after: EMPTY_RECORD }, 1);
    pending.add({ map: 'ab', key: '', after: EMPTY_RECORD }, 1);
    expect(pending.size).toBe(2);
  });

  it('put back, wait in front again with what has changed meanwhile', () => {
    const pending = new PendingRows();
    pending.add(write('a'), 1);
    pending.add(write('b'), 2);
    const taken = pending.take(5);
    expect(pending.since).toBeNull();
    pending.add(write('c'), 3);
    pending.add(write('a'), 4);
    pending.putBack(taken);
    expect(shortOf(pending.take(9))).toEqual([
      ['a', 4, 1],
      ['b', 2, 2],
      ['c', 3, 3],
    ]);
  });

  it('PI-4: whatever is taken and put back, everything before `since` has been written', () => {
    const step = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({ act: fc.constant('add' as const), key: fc.constantFrom('a', 'b', 'c', 'd') }),
      },
      fc.record({ act: fc.constant('take' as const), fails: fc.boolean(), count: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ act: fc.constant('finish' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const pending = new PendingRows();
        const changes: { readonly key: string; readonly position: number }[] = [];
        const written = new Map<string, number>();
        let taken: ReturnType<PendingRows['take']> = [];
        let fails = false;
        let position = 0;
        const finish = (): void => {
          if (fails) pending.putBack(taken);
          else for (const row of taken) written.set(row.key, row.position);
          taken = [];
        };
        for (const each of steps) {
          if (each.act === 'add') {
            position += 1;
            changes.push({ key: each.key, position });
            pending.add(write(each.key), position);
          } else if (each.act === 'take' && taken.length === 0) {
            taken = pending.take(each.count);
            fails = each.fails;
          } else {
            finish();
          }
          if (taken.length > 0) continue;
          const through = (pending.since ?? position + 1) - 1;
          for (const change of changes) {
            if (change.position > through) continue;
            expect(written.get(change.key) ?? 0).toBeGreaterThanOrEqual(change.position);
          }
        }
      }),
    );
  });
});
