import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { encodeStamp, type ReplicaId } from '../../clock/index.js';
import type { LwwRecord } from '../../crdt/index.js';
import { evaluate, type Entry, type Query } from '../../query/index.js';
import { staleRows } from './stale-rows.js';

const stamp = encodeStamp({ millis: 1, counter: 0, replica: 'a' as ReplicaId });
const recordOf = (n: number, visible = true): LwwRecord => ({
  existence: { stamp, op: visible ? 'create' : 'remove' },
  floor: '',
  expiry: null,
  fields: new Map(visible ? [['n', { stamp, value: n }]] : []),
});

const queries: readonly Query[] = [
  { where: { type: 'and', of: [] }, sort: [], limit: null },
  { where: { type: 'lt', path: ['n'], value: 5 }, sort: [], limit: null },
  { where: { type: 'gte', path: ['n'], value: 3 }, sort: [[['n'], 'desc']], limit: 3 },
  { where: { type: 'and', of: [] }, sort: [[['n'], 'asc']], limit: 2 },
];

/** Rows by key: what the server has, and what this client's base has; most are the same. */
const worlds = fc
  .array(
    fc.record({ server: fc.option(fc.nat({ max: 8 })), base: fc.option(fc.nat({ max: 8 })), same: fc.nat({ max: 3 }) }),
    { maxLength: 14 },
  )
  .map((rows) => {
    const server = new Map<string, number>();
    const base = new Map<string, number>();
    rows.forEach(({ server: theirs, base: ours, same }, index) => {
      const key = `k${String(index).padStart(2, '0')}`;
      if (theirs !== null) server.set(key, theirs);
      const held = same > 0 ? theirs : ours;
      if (held !== null) base.set(key, held);
    });
    return { server, base };
  });

const entriesOf = (rows: ReadonlyMap<string, number>): Entry[] => [...rows].map(([key, n]) => ({ key, value: { n } }));

/** What the server answers: its window of limit and slack. */
function answer(query: Query, server: ReadonlyMap<string, number>) {
  const window = query.limit === null ? null : query.limit + Math.max(1, Math.ceil(query.limit / 4));
  const rows = evaluate({ ...query, limit: window }, entriesOf(server));
  return { query, members: new Set(rows.map(({ key }) => key)), full: rows.length === window, isAhead: () => false };
}

describe('staleRows', () => {
  it('SY-2, SY-5: with them gone, base and server agree on every answered query; no other row is touched', () => {
    fc.assert(
      fc.property(worlds, fc.subarray([...queries], { minLength: 1 }), ({ server, base }, asked) => {
        const answers = asked.map((query) => answer(query, server));
        // The first answers have been merged into the base already.
        const merged = new Map(base);
        for (const { members } of answers) for (const key of members) merged.set(key, server.get(key)!);
        const records = new Map([...merged].map(([key, n]) => [key, recordOf(n)]));
        const stale = staleRows({ base: records, answers, confirmed: answers.map(({ members }) => members) });

        const kept = new Map([...merged].filter(([key]) => !stale.includes(key)));
        for (const { query, members, full } of answers) {
          const ours = evaluate({ ...query, limit: full ? members.size : null }, entriesOf(kept));
          expect(new Set(ours.map(({ key }) => key))).toEqual(members);
        }
        for (const key of stale) {
          // It is in some answered query by the base, and in no answer: the server has it no more, or not like this.
          expect(server.get(key) === merged.get(key)).toBe(false);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('SY-2: confirmed by another subscription, ahead of the answer, or outside of a full window: kept', () => {
    const [whole, small] = [queries[0]!, queries[1]!];
    const base = new Map([
      ['mine', recordOf(1)],
      ['other', recordOf(2)],
      ['gone', recordOf(3)],
      ['large', recordOf(9)],
    ]);
    const answers = [
      { query: small, members: new Set<string>(), full: false, isAhead: (key: string) => key === 'mine' },
    ];
    expect(staleRows({ base, answers, confirmed: [new Set(['other'])] })).toEqual(['gone']);
    const all = [{ query: whole, members: new Set(['large']), full: false, isAhead: () => false }];
    expect(staleRows({ base, answers: all, confirmed: [new Set(['large'])] })).toEqual(['mine', 'other', 'gone']);
  });

  it('SY-2: a base of which all is confirmed is not gone through; one row more, and all is', () => {
    const base = new Map<string, LwwRecord>(Array.from({ length: 100 }, (_, n) => [`k${n}`, recordOf(n)]));
    const members = new Set(base.keys());
    let looks = 0;
    members.has = (key) => {
      looks += 1;
      return Set.prototype.has.call(members, key);
    };
    const answers = [{ query: queries[0]!, members, full: false, isAhead: () => false }];
    expect(staleRows({ base, answers, confirmed: [members] })).toEqual([]);
    expect(looks).toBe(0);
    base.set('gone', recordOf(1));
    expect(staleRows({ base, answers, confirmed: [members] })).toEqual(['gone']);
    expect(looks).toBe(101);
  });

  it('SY-4: a tombstone goes with the whole map, and is no row of any other query', () => {
    const base = new Map([['removed', recordOf(0, false)]]);
    const ask = (query: Query) => staleRows({ base, answers: [answer(query, new Map())], confirmed: [] });
    expect(ask(queries[0]!)).toEqual(['removed']);
    expect(ask(queries[1]!)).toEqual([]);
  });
});
