import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

import { applyOp, EMPTY_RECORD, materialize, type LwwRecord, type Op } from '../../crdt/index.js';
import { HashTrie, recordHash } from '../../merkle/index.js';
import type { Value } from '../../primitives/index.js';
import { evaluate, WHOLE_MAP, windowSize, type Entry, type Query } from '../../query/index.js';
import { fakeHash } from '../testing/fake-hash.js';
import { whereEquals } from '../testing/fake-world.js';
import { HeldRelated } from './held-related.js';

const LISTS: Query = { ...WHOLE_MAP, sort: [[['n'], 'desc']], limit: 2 };
const TODOS_OF = (query: Query): Query => ({ ...WHOLE_MAP, within: { map: 'lists', query, on: [['_key'], ['ref']] } });
const AFTER: Query = { ...WHOLE_MAP, sort: [[['n'], 'asc']], after: { values: [1], key: 'a' } };

const QUERIES: readonly Query[] = [
  TODOS_OF(WHOLE_MAP),
  TODOS_OF(whereEquals('n', 1)),
  TODOS_OF(LISTS),
  TODOS_OF(AFTER),
  { ...TODOS_OF(LISTS), ...whereEquals('n', 2) },
  { ...TODOS_OF(WHOLE_MAP), sort: [[['n'], 'asc']], limit: 1 },
  { ...WHOLE_MAP, limit: 2, within: { map: 'lists', query: LISTS, on: [['ref'], ['ref']] } },
  { ...WHOLE_MAP, within: { map: 'todos', query: { ...TODOS_OF(LISTS), limit: 1 }, on: [['n'], ['n']] } },
];

type Fields = Readonly<Record<string, Value>>;
type Bases = Map<string, Map<string, LwwRecord>>;

const emptyBases = (): Bases => new Map(['lists', 'todos'].map((map) => [map, new Map<string, LwwRecord>()]));

let written = 0;

/** Like what is confirmed of the record: each write is later than all before. */
function write(bases: Bases, map: string, key: string, fields: Fields | null): void {
  const base = bases.get(map)!;
  const id = { replica: 'a.0', seq: ++written, stamp: `${String(written).padStart(8, '0')}---a.0`, map, key };
  const list = Object.entries(fields ?? {}).map(([name, value]) => ({ name, value }));
  const body = fields === null ? { kind: 'remove' } : { kind: 'create', restart: true, fields: list };
  base.set(key, applyOp(base.get(key) ?? EMPTY_RECORD, { ...id, ...body } as unknown as Op));
}

const entriesOf = (base: ReadonlyMap<string, LwwRecord>): Entry[] =>
  [...base].flatMap(([key, record]) => {
    const value = materialize(record);
    return value === undefined ? [] : [{ key, value }];
  });

/** With the server's window at each level. */
function windowed(query: Query): Query {
  const { limit, within } = query;
  return {
    ...query,
    limit: limit === null ? null : windowSize(query),
    ...(within === undefined ? {} : { within: { ...within, query: windowed(within.query) } }),
  };
}

/** From the words of QU-45. */
function expectedTrie(query: Query, bases: Bases): HashTrie {
  const maps = new Map([...bases].map(([map, base]) => [map, entriesOf(base)]));
  const trie = new HashTrie(fakeHash);
  for (const { key } of evaluate(windowed(query), maps.get('todos')!, { maps }))
    trie.set(key, recordHash(fakeHash, key, bases.get('todos')!.get(key)!));
  return trie;
}

type Step = readonly ['write' | 'drop' | 'update', string, string, Fields | null];

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
const map = fc.constantFrom('lists', 'todos', 'todos');
const fields: fc.Arbitrary<Fields> = fc.record({ n: fc.nat(2), ref: fc.option(key) }, { requiredKeys: [] });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(fc.constant('write' as const), map, key, fc.option(fields, { nil: null, freq: 6 })),
  },
  { weight: 1, arbitrary: fc.tuple(fc.constant('drop' as const), map, key, fc.constant(null)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('update' as const), map, key, fc.constant(null)) },
);
function run(query: Query, list: readonly Step[]): void {
  const bases = emptyBases();
  const held = new HeldRelated(fakeHash, 'todos', query);
  for (const [type, its, name, value] of [...list, ['update', '', '', null] as const]) {
    if (type === 'write') write(bases, its, name, value);
    else if (type === 'drop') bases.get(its)!.delete(name);
    else {
      for (const _ of held.update((of) => bases.get(of)!));
      const expected = expectedTrie(query, bases);
      expect([...held.rows.trie.keys()].sort()).toEqual([...expected.keys()].sort());
      expect([...held.rows.keys].sort()).toEqual([...expected.keys()].sort());
      expect(held.rows.trie.digest()).toEqual(expected.digest());
    }
  }
}

describe('the related rows held of a query', () => {
  it('SY-2, QU-45: are those that the query picks of what is confirmed in all its maps, however these have changed since the last time', () => {
    const sizes = new Set<number>();
    fc.assert(
      fc.property(fc.constantFrom(...QUERIES), fc.array(step, { minLength: 20, maxLength: 60 }), (query, list) => {
        run(query, list);
        const bases = emptyBases();
        for (const [type, its, name, value] of list) if (type === 'write') write(bases, its, name, value);
        sizes.add(expectedTrie(query, bases).size);
      }),
      { numRuns: 200 },
    );
    // There were rows to be picked.
    expect(sizes.size).toBeGreaterThan(4);
  });

  it('SY-2: many are hashed in several turns, none again that has not changed, and changes in between are found by the next look', () => {
    const hashed = vi.fn<(text: string) => bigint>(fakeHash);
    const bases = emptyBases();
    for (let n = 0; n < 10; n += 1) write(bases, 'lists', `l${n}`, { n });
    for (let n = 0; n < 12_000; n += 1) write(bases, 'todos', `t${n}`, { n, ref: `l${n % 20}` });
    const query = TODOS_OF(WHOLE_MAP);
    const held = new HeldRelated(hashed, 'todos', query);
    const turns = held.update((of) => bases.get(of)!);
    turns.next();
    write(bases, 'todos', 't1', { n: -1, ref: 'l3' });
    write(bases, 'lists', 'l2', null);
    expect([...turns].length).toBeGreaterThan(2);
    hashed.mockClear();
    for (const _ of held.update((of) => bases.get(of)!));
    const records = hashed.mock.calls.filter(([text]) => text.includes('\u0000')).length;
    expect(records).toBeLessThanOrEqual(1);
    expect(held.rows.trie.digest()).toEqual(expectedTrie(query, bases).digest());
    expect(held.rows.trie.size).toBe(9 * 600);
  });

  it('SY-2: come to an end though more are removed and confirmed again in each turn than are looked at in it', () => {
    const bases = emptyBases();
    write(bases, 'lists', 'l1', { n: 1 });
    for (let n = 0; n < 12_000; n += 1) write(bases, 'todos', `t${n}`, { n, ref: 'l1' });
    const query = TODOS_OF(WHOLE_MAP);
    const held = new HeldRelated(fakeHash, 'todos', query);
    const todos = bases.get('todos')!;
    let turns = 0;
    for (const _ of held.update((of) => bases.get(of)!)) {
      if (++turns > 50) break;
      for (const [key, record] of [...todos]) {
        todos.delete(key);
        todos.set(key, { ...record });
      }
    }
    expect(turns).toBeLessThanOrEqual(50);
    for (const _ of held.update((of) => bases.get(of)!));
    expect(held.rows.trie.digest()).toEqual(expectedTrie(query, bases).digest());
  });
});
