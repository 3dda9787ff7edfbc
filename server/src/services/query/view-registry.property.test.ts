import {
  applyOp,
  canonicalRecord,
  decodeRecord,
  EMPTY_RECORD,
  encodeRecord,
  isVisible,
  materialize,
  mergeRecords,
  type LwwRecord,
} from '@topgun/core/crdt';
import type { RowChange, WireRecord } from '@topgun/core/protocol';
import { evaluate, parseQuery, windowSlack, type Query, type QueryInput } from '@topgun/core/query';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OpAuthor } from '../../testing/op-author.js';
import type { RecordChange } from '../crdt/overlay.js';
import type { RecordSource } from './record-source.js';
import { ViewRegistry } from './view-registry.js';

/** The records of one map, by the plainest means. */
class Records implements RecordSource {
  readonly hash = () => 0n;
  readonly held = new Map<string, LwwRecord>();
  position = () => 0;
  read = () => (key: string) => this.held.get(key);
  records = () => this.held;
  size = () => this.held.size;
}

/** What a subscriber makes of the messages it gets: it knows nothing of the view but these. */
class Mirror {
  /** Records as told, those of rows that are out included. */
  readonly held = new Map<string, LwwRecord>();
  readonly members = new Set<string>();

  take(changes: readonly RowChange[], state: ReadonlyMap<string, LwwRecord>): void {
    for (const change of changes) {
      const [type, key, record] = change;
      // SY-4: what shows no more is gone, whatever became of it; all else has a state to tell.
      expect(type === 'gone', key).toBe(!isVisible(state.get(key)!));
      switch (type) {
        case 'enter':
          expect(this.members.has(key), `${key} enters twice`).toBe(false);
          this.held.set(key, decoded(record));
          this.members.add(key);
          break;
        case 'gone':
          expect(this.members.delete(key), `${key} was no member`).toBe(true);
          this.held.delete(key);
          break;
        default:
          expect(this.members.has(key), `${key} was no member`).toBe(true);
          this.held.set(key, mergeRecords(this.held.get(key) ?? EMPTY_RECORD, decoded(record)));
          if (type === 'out') this.members.delete(key);
      }
    }
  }
}

function decoded(wire: WireRecord): LwwRecord {
  const record = decodeRecord(wire);
  if (!record.ok) throw new Error(record.error.message);
  return record.value;
}

const QUERIES: QueryInput[] = [
  {},
  { where: { n: { $gte: 2 } } },
  { where: { _key: 'b' } },
  { where: { _key: 'b', n: 1 } },
  { where: { $or: [{ n: { $match: '2' } }, { _key: { $match: 'b' } }] }, sort: { _score: 'desc', n: 'asc' }, limit: 1 },
  { where: { $not: { n: { $match: '3' } } } },
  { sort: { n: 'desc' }, limit: 2 },
  { where: { n: { $lt: 3 } }, sort: { n: 'asc' }, limit: 1 },
  { sort: { n: 'asc' }, limit: 3 },
  { where: { n: 1 } },
  { where: { n: 2 } },
  { where: { n: 3 } },
  { where: { n: { $in: [0, 2, 4] } } },
  { where: { n: { $in: [1, 2] } }, sort: { n: 'desc' }, limit: 1 },
  { where: { $or: [{ n: 3 }, { _key: 'c' }] } },
  { where: { n: 0, _key: { $in: ['a', 'b', 'c'] } } },
];

function canonical(input: QueryInput): Query {
  const query = parseQuery(input);
  if (!query.ok) throw new Error(query.error.code);
  return query.value;
}

const write = fc.record({
  kind: fc.constantFrom('create' as const, 'patch' as const, 'remove' as const, 'restart' as const),
  key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'),
  n: fc.integer({ min: 0, max: 4 }),
});

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('commit' as const),
      writes: fc.array(write, { minLength: 1, maxLength: 5 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('open' as const),
      session: fc.constantFrom('s', 't'),
      query: fc.nat(QUERIES.length - 1),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('close' as const),
      session: fc.constantFrom('s', 't'),
      query: fc.nat(QUERIES.length - 1),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('leave' as const), session: fc.constantFrom('s', 't') }) },
);

function commit(
  records: Records,
  author: OpAuthor,
  writes: readonly { kind: string; key: string; n: number }[],
): RecordChange[] {
  const changed = new Map<string, RecordChange>();
  for (const { kind, key, n } of writes) {
    const before = records.held.get(key);
    if (before === undefined && (kind === 'patch' || kind === 'remove')) continue;
    const op =
      kind === 'remove'
        ? author.remove('m', key)
        : kind === 'patch'
          ? author.patch('m', key, { n })
          : author.create('m', key, { n }, kind === 'restart');
    const after = applyOp(before ?? EMPTY_RECORD, op);
    records.held.set(key, after);
    changed.set(key, {
      partition: 0,
      map: 'm',
      key,
      before: changed.has(key) ? changed.get(key)!.before : before,
      after,
    });
  }
  return [...changed.values()];
}

/** The window from scratch: the naive evaluation of the query with the slack's rows added. */
function windowOf(query: Query, records: Records): string[] {
  const limit = query.limit === null ? null : query.limit + windowSlack(query.limit);
  const entries = [...records.held].flatMap(([key, record]) => {
    const value = materialize(record);
    return value === undefined ? [] : [{ key, value }];
  });
  return evaluate({ ...query, limit }, entries).map(({ key }) => key);
}

function runSteps(steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[]): void {
  const records = new Records();
  const author = new OpAuthor('r.0', () => 0n);
  const views = new ViewRegistry(records, 1_000);
  const mirrors = new Map<string, { mirror: Mirror; query: Query; session: string }>();
  for (const each of steps) {
    if (each.type === 'commit') {
      const told = new Map<string, number>();
      for (const { subscribers, changes, full, view } of views.apply(commit(records, author, each.writes)).diffs) {
        expect(changes.length, view).toBeGreaterThan(0);
        for (const [session, sub] of subscribers) {
          const place = `${session}:${sub}`;
          expect(told.has(place), 'one diff a commit').toBe(false);
          told.set(place, changes.length);
          const held = mirrors.get(place);
          if (held === undefined) throw new Error(`${place} is told of a view it has not`);
          held.mirror.take(changes, records.held);
          expect(full).toBe(
            held.query.limit !== null &&
              windowOf(held.query, records).length === held.query.limit + windowSlack(held.query.limit),
          );
        }
      }
    } else if (each.type === 'open') {
      const query = canonical(QUERIES[each.query]!);
      const opened = views.open(each.session, each.query, 'm', query);
      if (!opened.ok) throw new Error(opened.error.message);
      const mirror = new Mirror();
      mirror.take(
        opened.value.rows().map(({ key, record }) => ['enter', key, encodeRecord(record)]),
        records.held,
      );
      mirrors.set(`${each.session}:${each.query}`, { mirror, query, session: each.session });
    } else if (each.type === 'close') {
      views.close(each.session, each.query);
      mirrors.delete(`${each.session}:${each.query}`);
    } else {
      views.closeSession(each.session);
      for (const [place, { session }] of mirrors) if (session === each.session) mirrors.delete(place);
    }
    for (const { mirror, query } of mirrors.values()) {
      const expected = windowOf(query, records);
      expect([...mirror.members].sort()).toEqual([...expected].sort());
      for (const key of expected) {
        expect(canonicalRecord(mirror.held.get(key)!)).toBe(canonicalRecord(records.held.get(key)!));
      }
    }
    expect(views.size).toBe(new Set([...mirrors.values()].map(({ query }) => JSON.stringify(query))).size);
  }
}

test('PI-8, SY-4: after every commit each subscriber holds exactly the rows, and the stamps, of the naive answer', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => runSteps(steps)),
    { numRuns: 300 },
  );
});
