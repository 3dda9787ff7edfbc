import { applyOp, EMPTY_RECORD, opToRecord, type LwwRecord } from '@topgun/core/crdt';
import { parseQuery, type Query, type QueryInput } from '@topgun/core/query';
import { expect, test } from 'vitest';
import { OpAuthor } from '../../testing/op-author.js';
import { ViewRegistry } from './view-registry.js';

function canonical(input: QueryInput): Query {
  const query = parseQuery(input);
  if (!query.ok) throw new Error(query.error.code);
  return query.value;
}

function setUp(
  rows: number,
  wholeMapRows: number,
  viewRows?: number,
): {
  views: ViewRegistry;
  author: OpAuthor;
  reads: string[];
  held: Map<string, LwwRecord>;
  /** How often all records were gone through. */
  scans: { count: number };
} {
  const author = new OpAuthor('r.0', () => 0n);
  const held = new Map<string, LwwRecord>();
  const reads: string[] = [];
  const scans = { count: 0 };
  for (let i = 0; i < rows; i += 1) held.set(`k${i}`, applyOp(EMPTY_RECORD, author.create('m', `k${i}`, { n: i })));
  const source = {
    hash: () => 0n,
    position: () => 0,
    read: () => (key: string) => {
      reads.push(key);
      return held.get(key);
    },
    records: () => {
      scans.count += 1;
      return held;
    },
    size: () => held.size,
  };
  return { views: new ViewRegistry(source, wholeMapRows, viewRows), author, reads, held, scans };
}

test('RU-6: rows that are named by their keys are as many as those, whatever wholeMapRows is', () => {
  const { views } = setUp(11, 10);
  const keys = Array.from({ length: 11 }, (_, n) => `k${n}`);
  const opened = views.open('s', 1, 'm', canonical({ where: { _key: { $in: keys } } }));
  expect(opened.ok && opened.value.size).toBe(11);
});

test('a query without a limit for more rows than wholeMapRows is refused; with a limit, or fewer matches, it is not', () => {
  const { views } = setUp(11, 10);
  const refused = views.open('s', 1, 'm', canonical({}));
  expect(refused.ok ? null : refused.error.code).toBe('too-many-rows');
  expect(refused.ok ? '' : refused.error.message).toContain('11 rows');
  expect(views.size).toBe(0);
  expect(views.open('s', 2, 'm', canonical({ limit: 10 })).ok).toBe(true);
  expect(views.open('s', 3, 'm', canonical({ where: { n: { $lt: 10 } } })).ok).toBe(true);
});

test('PI-8: equal queries share one view, which goes with its last subscriber', () => {
  const { views } = setUp(2, 10);
  const one = views.open('s', 1, 'm', canonical({ where: { a: 1, b: 2 } }));
  const two = views.open('t', 9, 'm', canonical({ where: { b: 2, $and: [{ a: 1 }] } }));
  expect(one.ok && two.ok && one.value === two.value).toBe(true);
  expect(views.size).toBe(1);
  views.close('s', 1);
  expect(views.size).toBe(1);
  views.closeSession('t');
  expect(views.size).toBe(0);
});

test('PI-8: a write reaches no view of another key or another map', () => {
  const { views, author, held, reads } = setUp(5, 10);
  for (let i = 0; i < 5; i += 1) views.open('s', i, 'm', canonical({ where: { _key: `k${i}` } }));
  views.open('s', 9, 'other', canonical({}));
  reads.length = 0;
  const before = held.get('k3');
  const after = applyOp(before!, author.patch('m', 'k3', { n: 9 }));
  const { diffs } = views.apply([{ partition: 0, map: 'm', key: 'k3', before, after }]);
  expect(diffs.map(({ subscribers }) => subscribers)).toEqual([[['s', 3]]]);
  expect(reads).toEqual([]);
});

test('PI-8: a write reaches the views that demand what the record held or holds, and no others', () => {
  const { views, author, held } = setUp(5, 10);
  for (let n = 0; n < 5; n += 1) views.open('s', n, 'm', canonical({ where: { n } }));
  views.open('s', 9, 'm', canonical({ where: { n: { $in: [7, 9] } } }));
  const before = held.get('k3')!;
  const after = applyOp(before, author.patch('m', 'k3', { n: 9 }));
  held.set('k3', after);
  const { diffs } = views.apply([{ partition: 0, map: 'm', key: 'k3', before, after }]);
  expect(diffs.map(({ subscribers, changes }) => [subscribers, changes.map(([type]) => type)])).toEqual([
    [[['s', 3]], ['out']],
    [[['s', 9]], ['enter']],
  ]);
});

test('PI-8: views that demand a value begin with the records that hold it, without a look at all of them each', () => {
  const { views, author, held, scans } = setUp(2_000, 100);
  const open = (n: number) => {
    const opened = views.open('s', n, 'm', canonical({ where: { n } }));
    if (!opened.ok) throw new Error(opened.error.message);
    return opened.value.rows().map(({ key }) => key);
  };
  for (let n = 0; n < 40; n += 1) expect(open(n)).toEqual([`k${n}`]);
  // The first, then some to see whether an index would help, and all of them to make it.
  expect(scans.count).toBe(3);
  const before = held.get('k41')!;
  const after = applyOp(before, author.patch('m', 'k41', { n: 42 }));
  held.set('k41', after);
  views.apply([{ partition: 0, map: 'm', key: 'k41', before, after }]);
  expect(open(41)).toEqual([]);
  expect(open(42).sort()).toEqual(['k41', 'k42']);
  expect(scans.count).toBe(3);
  // It goes with the last view of the map.
  views.closeSession('s');
  expect(open(1)).toEqual(['k1']);
  expect(scans.count).toBe(4);
});

test('a stamp that changes without the value does reach subscribers, who would else keep the older stamp', () => {
  const { views, author, held } = setUp(1, 10);
  views.open('s', 1, 'm', canonical({}));
  const before = held.get('k0')!;
  const after = applyOp(before, author.patch('m', 'k0', { n: 0 }));
  const {
    diffs: [diff],
  } = views.apply([{ partition: 0, map: 'm', key: 'k0', before, after }]);
  expect(diff?.changes).toMatchObject([['update', 'k0', expect.anything()]]);
});

test('PI-8: a view without a limit that outgrows wholeMapRows is closed for all its subscribers; one with a limit stays', () => {
  const { views, author, held } = setUp(3, 3);
  for (const session of ['s', 't']) views.open(session, 1, 'm', canonical({}));
  views.open('s', 2, 'm', canonical({ limit: 2 }));
  const grow = (key: string) => {
    const after = opToRecord(author.create('m', key, { n: 0 }));
    held.set(key, after);
    return views.apply([{ partition: 0, map: 'm', key, before: undefined, after }]);
  };
  const { diffs, outgrown } = grow('k4');
  expect(outgrown).toMatchObject([
    { session: 's', sub: 1, error: { code: 'too-many-rows', message: expect.stringContaining('4 rows') } },
    { session: 't', sub: 1, error: { code: 'too-many-rows' } },
  ]);
  expect(diffs.flatMap(({ subscribers }) => subscribers)).not.toContainEqual(['s', 1]);
  expect(views.size).toBe(1);
  expect(grow('k5').outgrown).toEqual([]);
});

test('PI-8: when all views hold as many rows as they may, another one is refused, one that stands is shared still', () => {
  const { views } = setUp(4, 10, 10);
  expect(views.open('s', 1, 'm', canonical({ where: { n: { $gte: 0 } } })).ok).toBe(true);
  expect(views.open('s', 2, 'm', canonical({ where: { n: { $gte: -1 } }, limit: 1 })).ok).toBe(true);
  const third = canonical({ where: { n: { $gte: -2 } } });
  expect(views.open('s', 3, 'm', third)).toMatchObject({ ok: false, error: { code: 'overloaded' } });
  expect(views.open('t', 1, 'm', canonical({ where: { n: { $gte: 0 } } })).ok).toBe(true);
  views.close('s', 2);
  expect(views.open('s', 3, 'm', third).ok).toBe(true);
});
