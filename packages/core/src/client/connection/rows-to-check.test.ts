import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeStamp, type ReplicaId } from '../../clock/index.js';
import { applyOp, EMPTY_RECORD, type LwwRecord } from '../../crdt/index.js';
import { compileRowTest } from '../../query/index.js';
import { askedFor, rowsMap } from '../rows-map.js';
import { fakeHash } from '../testing/fake-hash.js';
import { creates, patches, REMOVES } from '../testing/fake-world.js';
import { parsedQuery } from '../testing/tab-harness.js';
import { keysQuery, keysToCheck, mapsInTurn, offeredRows } from './rows-to-check.js';

const replica = 'a.0' as ReplicaId;
let counter = 0;
const record = (...bodies: readonly Parameters<typeof write>[1][]): LwwRecord => bodies.reduce(write, EMPTY_RECORD);
function write(to: LwwRecord, body: ReturnType<typeof creates>): LwwRecord {
  counter += 1;
  const stamp = encodeStamp({ millis: 1_700_000_000_000, counter, replica });
  return applyOp(to, { ...body, replica, seq: counter, stamp, map: 'm', key: 'k' });
}

const SHOWN = record(creates({ n: 1 }));
const REMOVED = record(creates({ n: 1 }), REMOVES);
/** A field that was written after the removal is kept, and shows when the record is made again. */
const WRITTEN_LATER = record(creates({ n: 1 }), REMOVES, patches({ n: 2 }));

function all<T>(steps: Generator<void, T>): { readonly turns: number; readonly value: T } {
  for (let turns = 1; ; turns += 1) {
    const step = steps.next();
    if (step.done === true) return { turns, value: step.value };
  }
}

describe('RU-6: which rows are asked about', () => {
  test('each that holds something and that no subscription speaks for, once, what was left over first', () => {
    const keys = fc.uniqueArray(fc.nat(30).map((n) => `k${n}`));
    fc.assert(
      fc.property(keys, fc.array(keys, { maxLength: 3 }), keys, (held, confirmed, leftOver) => {
        const records = new Map(held.map((key) => [key, SHOWN]));
        const sets = confirmed.map((one) => new Set(one));
        const { value } = all(keysToCheck(records, sets, new Set(leftOver)));
        const expected = held.filter((key) => !confirmed.flat().includes(key));
        expect(value.toSorted()).toEqual(expected.toSorted());
        const isFirst = value.map((key) => leftOver.includes(key));
        expect(isFirst).toEqual(isFirst.toSorted((a, b) => Number(b) - Number(a)));
      }),
    );
  });

  test('not what remains of a removed record, unless a field is left in it', () => {
    const records = new Map([
      ['shown', SHOWN],
      ['removed', REMOVED],
      ['later', WRITTEN_LATER],
    ]);
    expect(all(keysToCheck(records, [], new Set())).value).toEqual(['shown', 'later']);
    expect(offeredRows(fakeHash, records).trie.size).toBe(1);
  });

  test('comes to an end though more is written in each turn than it looks at', () => {
    const records = new Map(Array.from({ length: 250_000 }, (_, n) => [`k${n}`, SHOWN] as const));
    const steps = keysToCheck(records, [], new Set());
    let turns = 0;
    let written = 0;
    for (let step = steps.next(); step.done !== true && turns < 6; step = steps.next(), turns += 1) {
      // As many as one turn looks at, and one more.
      for (let more = 0; more <= 100_000; more += 1) records.set(`k${250_000 + written++}`, SHOWN);
    }
    expect(turns).toBe(2);
  });

  test('of many records others have their turn meanwhile', () => {
    const records = new Map(Array.from({ length: 250_000 }, (_, n) => [`k${n}`, SHOWN] as const));
    const { turns, value } = all(keysToCheck(records, [], new Set()));
    expect([turns, value.length]).toEqual([3, 250_000]);
  });

  test('by a query that has those rows and no others', () => {
    const isRow = compileRowTest(keysQuery(['a', 'b']));
    expect(['a', 'b', 'c'].map((key) => isRow(key, { n: 1 }))).toEqual([true, true, false]);
  });
});

test('RU-6: whoever is interrupted goes on after the map that was done, and comes to all of them', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string()), fc.option(fc.string()), (maps, last) => {
      const turn = mapsInTurn(maps, last);
      expect(turn.toSorted()).toEqual(maps.toSorted());
      const [after, before] = [turn.filter((map) => map > (last ?? '')), turn.filter((map) => map <= (last ?? ''))];
      if (last !== null) expect(turn).toEqual([...after.toSorted(), ...before.toSorted()]);
    }),
  );
});

test('QU-60: what groups are the answer to is told by the name of their map', () => {
  const query = parsedQuery({ where: { done: false }, groupBy: ['list'] });
  const kept = rowsMap('todos', query);
  expect(rowsMap('todos', askedFor(kept)!.query)).toBe(kept);
  expect([askedFor(kept)?.map, askedFor('todos')]).toEqual(['todos', null]);
});
