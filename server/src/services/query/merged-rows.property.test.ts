import {
  applyOp,
  canonicalRecord,
  EMPTY_RECORD,
  encodeRecord,
  isVisible,
  materialize,
  type LwwRecord,
} from '@topgun/core/crdt';
import type { Hash64 } from '@topgun/core/primitives';
import type { RowChange } from '@topgun/core/protocol';
import { evaluate, parseQuery, windowSize, type Query, type QueryInput } from '@topgun/core/query';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { loadXxhash } from '../../adapters/xxhash.js';
import { OpAuthor } from '../../testing/op-author.js';
import { FeedRows } from './feed-rows.js';
import { createMergedView } from './merged-rows.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const KEYS = Array.from({ length: 16 }, (_, i) => `k${i.toString(16)}`);
const MEMBERS = 2;
const memberOf = (key: string): number => KEYS.indexOf(key) % MEMBERS;
const QUERIES: QueryInput[] = [
  { where: { n: { $gte: 2 } } },
  { sort: { n: 'desc' }, limit: 1 },
  { sort: { n: 'asc' }, limit: 3 },
  { where: { n: { $lt: 7 } }, sort: { n: 'desc' }, limit: 2 },
];

type Rows = ReadonlyMap<string, LwwRecord>;

/** By the plainest means: the rows of these records. */
function windowOf(records: Iterable<readonly [string, LwwRecord]>, query: Query): Rows {
  const all = new Map(records);
  const entries = [...all].flatMap(([key, record]) => {
    const value = isVisible(record) ? materialize(record) : undefined;
    return value === undefined ? [] : [{ key, value }];
  });
  const limit = query.limit === null ? null : windowSize(query);
  return new Map(evaluate({ ...query, limit }, entries).map(({ key }) => [key, all.get(key)!]));
}

/** What a host tells of them: nothing of what has changed behind its window. */
function told(before: Rows, after: Rows, records: ReadonlyMap<string, LwwRecord>): RowChange[] {
  const out: RowChange[] = [];
  for (const [key, record] of after) {
    const held = before.get(key);
    if (held === undefined) out.push(['enter', key, encodeRecord(record)]);
    else if (canonicalRecord(held) !== canonicalRecord(record)) out.push(['update', key, encodeRecord(record)]);
  }
  for (const key of before.keys()) if (!after.has(key)) out.push(['out', key, encodeRecord(records.get(key)!)]);
  return out;
}

test('PI-28: of windows that each host fills up by itself the first rows of all are shown, whatever leaves a window and changes out of sight', () => {
  const write = fc.record({ key: fc.constantFrom(...KEYS), n: fc.option(fc.integer({ min: 0, max: 9 })) });
  const commits = fc.array(fc.array(write, { minLength: 2, maxLength: 6 }), { minLength: 12, maxLength: 25 });
  fc.assert(
    fc.property(commits, fc.constantFrom(...QUERIES), fc.nat(6), (steps, input, opensAt) => {
      const query = parseQuery(input);
      if (!query.ok) throw new Error(query.error.code);
      const author = new OpAuthor('r.0', hash);
      const records = new Map<string, LwwRecord>();
      const own = (member: number): Map<string, LwwRecord> =>
        new Map([...records].filter(([key]) => memberOf(key) === member));
      const feed = new FeedRows();
      let merged: ReturnType<typeof createMergedView> | null = null;
      let windows: readonly Rows[] = [];
      for (const [at, writes] of steps.entries()) {
        if (at === opensAt) {
          windows = Array.from({ length: MEMBERS }, (_, member) => windowOf(own(member), query.value));
          for (const rows of windows) feed.load([...rows].map(([key, record]) => ({ key, record })));
          merged = createMergedView('v', 'm', query.value, feed, hash);
        }
        for (const { key, n } of writes) {
          const op = n === null ? author.remove('m', key) : author.create('m', key, { n }, true);
          records.set(key, applyOp(records.get(key) ?? EMPTY_RECORD, op));
        }
        if (merged === null) continue;
        const before = windows;
        windows = before.map((_, member) => windowOf(own(member), query.value));
        const changes = before.flatMap((rows, member) => told(rows, windows[member]!, own(member)));
        merged.apply(feed.apply(changes));
        const expected = windowOf(records, query.value);
        const shown = [...merged.view.rows()].map(({ key, record }) => [key, canonicalRecord(record)]);
        expect(new Map(shown as [string, string][])).toEqual(
          new Map([...expected].map(([key, record]) => [key, canonicalRecord(record)])),
        );
      }
    }),
    { numRuns: 60 },
  );
});
