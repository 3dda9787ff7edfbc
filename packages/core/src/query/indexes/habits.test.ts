import { describe, expect, test } from 'vitest';
import type { Entry } from '../entry.js';
import { ALWAYS, type Predicate } from '../query.js';
import { INDEX_LIMITS } from './index-policy.js';
import { RecordIndexes, type RecordSet } from './record-indexes.js';

/*
 * QU-26: an index is made when it was missed twice; a habit has to show anew once all were let go of. Lives of a map's indexes, one letter for each thing
 * that happens, and what indexes there are after each of them.
 */

const ROWS: readonly Entry[] = Array.from({ length: 64 }, (_, i) => ({
  key: `k${i}`,
  value: { a: i, b: i % 2, c: i },
}));
const RECORDS: RecordSet = {
  size: ROWS.length,
  get: (key) => ROWS.find((row) => row.key === key)?.value,
  entries: () => ROWS,
};
const LIMITS = { ...INDEX_LIMITS, minRecords: 64 };

const equal: Predicate = { type: 'eq', path: ['a'], value: 3 };
const range: Predicate = { type: 'gte', path: ['a'], value: 60 };
const half: Predicate = { type: 'eq', path: ['b'], value: 1 };
const order = { path: ['c'], direction: 'asc', count: 4 } as const;

/** What happens, by its letter. */
const EVENTS: Readonly<Record<string, (indexes: RecordIndexes) => void>> = {
  // Queries for a value, for a range, for half of all, for a key, and for all.
  v: (indexes) => void [...indexes.select(equal).entries],
  r: (indexes) => void [...indexes.select(range).entries],
  h: (indexes) => void [...indexes.select(half).entries],
  k: (indexes) => void [...indexes.select({ type: 'eq', path: ['_key'], value: 'k3' }).entries],
  a: (indexes) => void [...indexes.select(ALWAYS).entries],
  // The first four of all; forty of all.
  f: (indexes) => void [...indexes.select(ALWAYS, order).entries],
  m: (indexes) => void [...indexes.select(ALWAYS, { ...order, count: 40 }).entries],
  // Somebody looks at all records for a value; asks how it would be; and for what is related by it, or by key.
  l: (indexes) => indexes.looksAtAll(equal),
  p: (indexes) => void indexes.plan(equal),
  t: (indexes) => void [...indexes.related(['a'], [3])],
  y: (indexes) => void [...indexes.related(['_key'], ['k3'])],
  // Made at once; all let go of; other records; let go of as much as takes more than there is.
  c: (indexes) => indexes.create({ type: 'hash', path: ['a'] }),
  d: (indexes) => indexes.drop(),
  o: (indexes) => indexes.reset(),
  e: (indexes) => indexes.drop(indexes.bytes),
};
const NAMES = { hash: '=', ordered: '<' } as const;

describe('QU-26: the life of a map’s indexes', () => {
  test.each<[life: string, after: string]>([
    // The second time, and never by asking.
    ['v v', '- a='],
    ['v v v', '- a= a='],
    ['p p p v v', '- - - - a='],
    ['l l', '- a='],
    ['v l', '- a='],
    ['t t', '- a='],
    ['v t', '- a='],
    ['t l', '- a='],
    // A range misses another one than a value does.
    ['v r', '- -'],
    ['v r v r', '- - a= a=,a<'],
    ['r r v v', '- a< a< a<,a='],
    // Of what leaves half of all, of keys, and of who wants all there is none.
    ['h h h h', '- - - -'],
    ['k k k', '- - -'],
    ['y y y', '- - -'],
    ['a a a', '- - -'],
    // For the first ones: a sixteenth of all are four.
    ['f f', '- c<'],
    ['f v f', '- - c<'],
    ['m m m', '- - -'],
    ['f m f', '- - c<'],
    // Let go of, a habit shows anew; what takes no more than is allowed stays, and the habits are forgotten.
    ['v d v v', '- - - a='],
    ['v o v v', '- - - a='],
    ['v v d v v', '- a= - - a='],
    ['v v o v v', '- a= - - a='],
    ['v v e v', '- a= a= a='],
    ['r v v e r r', '- - a= a= a= a=,a<'],
    ['f d f f', '- - - c<'],
    // Made at once it is there, once.
    ['c', 'a='],
    ['c v v c', 'a= a= a= a='],
    ['v c v', '- a= a='],
    ['c d v v', 'a= - - a='],
    ['c o c', 'a= - a='],
  ])('%s: %s', (life, after) => {
    const indexes = new RecordIndexes(RECORDS, LIMITS);
    const seen = life.split(' ').map((letter) => {
      (EVENTS[letter] as (of: RecordIndexes) => void)(indexes);
      const kinds = indexes.kinds.map(({ type, path }) => `${path.join('.')}${NAMES[type]}`);
      expect([indexes.bytes > 0, indexes.isEmpty]).toEqual([kinds.length > 0, kinds.length === 0]);
      return kinds.length === 0 ? '-' : kinds.join(',');
    });
    expect(seen.join(' ')).toBe(after);
  });

  test('of one record fewer than it is worth while for there is none, whatever is missed', () => {
    const few: RecordSet = { ...RECORDS, size: 63, entries: () => ROWS.slice(1) };
    const indexes = new RecordIndexes(few, LIMITS);
    for (const letter of 'vvvrrrffftttlll') (EVENTS[letter] as (of: RecordIndexes) => void)(indexes);
    expect(indexes.kinds).toEqual([]);
  });
});
