import type { ReplicaId } from '@topgun/core/clock';
import { encodeRecord, isVisible, materialize, type Op } from '@topgun/core/crdt';
import { encodeBase64url, type Hash64, type PlainObject, type Value } from '@topgun/core/primitives';
import type { AskSearchMessage } from '@topgun/core/protocol';
import { windowSize, type Query } from '@topgun/core/query';
import { defineRules, hasRole } from '@topgun/core/rules';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import {
  naiveSearch,
  searchArbitrary,
  textArbitrary,
  WORDS,
  type NaiveSearch,
} from '../../../../packages/core/src/search/naive-search.arbitrary.js';
import { loadXxhash } from '../../adapters/xxhash.js';
import type { HostEvent, PartitionHost } from '../../ports/partition-host.js';
import { Delays } from '../../testing/delays.js';
import type { ManualTimers } from '../../testing/manual-timers.js';
import { OpAuthor } from '../../testing/op-author.js';
import { RowMirror } from '../../testing/row-mirror.js';
import { startTestComposite } from '../../testing/test-composite.js';
import { settle, startTestHost } from '../../testing/test-host.js';
import { createMemoryDisk } from '../memory-disk.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const MAP = 'docs';
const ALL: Query = { where: { type: 'and', of: [] }, sort: [], limit: null };
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'];

/** Who is not an editor sees neither what is secret nor any body. */
const RULES = defineRules({
  [MAP]: {
    read: [hasRole('editor'), { where: { secret: false } }],
    create: true,
    update: true,
    remove: true,
    fields: { body: { read: hasRole('editor') } },
  },
});
const USERS = { ann: { sub: 'ann', roles: ['editor'] }, bob: { sub: 'bob' } };
type User = keyof typeof USERS;

const SHARED = {
  rules: RULES,
  search: { [MAP]: { fields: ['title', 'body'], vectors: { field: 'at', dimensions: 2 } } },
};
/** Every step takes a turn. */
const PIECES = { recordsAtOnce: 3, recordsPerStep: 1, stepsAtOnce: -1, stepsPerCommit: 0, stepsPerTurn: 1 };

type Direction = readonly [number, number];
const bytesOf = (direction: Direction): Uint8Array => new Uint8Array(Float32Array.from(direction).buffer);
const direction = fc.constantFrom<Direction[]>([1, 0], [2, 0], [1, 1], [0, 1], [-1, 0], [1, -2]);

const write = fc.record({
  kind: fc.constantFrom('create' as const, 'create' as const, 'patch' as const, 'remove' as const),
  key: fc.constantFrom(...KEYS),
  fields: fc.record(
    { title: textArbitrary, body: textArbitrary, done: fc.boolean(), secret: fc.boolean(), at: direction },
    { requiredKeys: ['title'] },
  ),
});
type Write = typeof write extends fc.Arbitrary<infer T> ? T : never;

const asked = fc.record({
  search: searchArbitrary,
  limit: fc.constantFrom(1, 1, 2, 50),
  done: fc.boolean(),
  near: fc.option(direction, { nil: undefined, freq: 2 }),
  by: fc.constantFrom<User>('ann', 'bob'),
});
type Asked = typeof asked extends fc.Arbitrary<infer T> ? T : never;

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('submit' as const),
      writes: fc.array(write, { minLength: 1, maxLength: 5 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('search' as const), asked }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('close' as const), nth: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.constant({ type: 'wait' as const }) },
  { weight: 3, arbitrary: fc.constant({ type: 'turns' as const }) },
  {
    weight: 5,
    arbitrary: fc.record({ type: fc.constant('let-through' as const), member: fc.nat(2), count: fc.nat(6) }),
  },
);

function queryOf({ search, limit, done, near }: Asked): Query {
  const { terms, fields, boost, prefix, fuzzy, combineWith }: NaiveSearch = search;
  const boosts = fields.map((field) => [field, boost[field] ?? 1] as const);
  const vector =
    near === undefined ? {} : { near: { field: 'at', vector: encodeBase64url(bytesOf(near)), minSimilarity: 0.3 } };
  return {
    where: done ? { type: 'eq', path: ['done'], value: true } : { type: 'and', of: [] },
    sort: [],
    limit,
    search: { text: terms.join(' '), fields: ['title', 'body'], boosts, prefix, fuzzy, combineWith, ...vector },
  };
}

function toOp(author: OpAuthor, { kind, key, fields: { at, ...rest } }: Write): Op {
  if (kind === 'remove') return author.remove(MAP, key);
  const fields: Record<string, Value> = { ...rest, ...(at === undefined ? {} : { at: bytesOf(at) }) };
  return kind === 'create' ? author.create(MAP, key, fields) : author.patch(MAP, key, fields);
}

let checked = 0;

/** Clients of a host: they know nothing but what they are told. */
class Searchers {
  readonly open = new Map<number, { readonly asked: Asked; mirror: RowMirror | null; full: boolean }>();
  readonly facts = new Map<number, PlainObject>();
  /** All records, as of the last commit. */
  readonly #all = new RowMirror();
  readonly #host: PartitionHost;
  #subs = 0;

  constructor(host: PartitionHost) {
    this.#host = host;
    for (const [user, claims] of Object.entries(USERS)) {
      const identity = { principal: user, claims, expiresAtMs: null };
      const replicas = user === 'ann' ? [['r.0' as ReplicaId, 0] as const] : [];
      host.send({ type: 'announce', session: user, replicas, identity });
    }
    host.onEvent((event) => this.#hear(event));
    host.send({ type: 'open-view', session: 'ann', sub: 0, map: MAP, query: ALL });
  }

  search(of: Asked): number {
    this.#subs += 1;
    this.open.set(this.#subs, { asked: of, mirror: null, full: false });
    this.#host.send({ type: 'open-view', session: of.by, sub: this.#subs, map: MAP, query: queryOf(of) });
    return this.#subs;
  }

  close(nth: number): void {
    const sub = [...this.open.keys()][nth];
    const held = sub === undefined ? undefined : this.open.get(sub);
    if (sub === undefined || held === undefined) return;
    this.open.delete(sub);
    this.#host.send({ type: 'close-view', session: held.asked.by, sub });
  }

  ask(id: number, of: Asked): void {
    const question: AskSearchMessage = {
      type: 'ask-search',
      id,
      map: MAP,
      query: queryOf(of),
      facets: ['done', 'title', 'body'],
      complete: 3,
    };
    this.#host.send({ type: 'ask-search', session: of.by, question });
  }

  #hear(event: HostEvent): void {
    switch (event.type) {
      case 'view-opened': {
        const held = this.open.get(event.sub);
        if (held === undefined) return;
        held.mirror = new RowMirror();
        held.full = event.full;
        held.mirror.take(event.rows.map(({ key, record }) => ['enter', key, encodeRecord(record)]));
        return;
      }
      case 'view-refused':
      case 'session-error':
        throw new Error(JSON.stringify(event));
      case 'search-answered': {
        const { id, through: _, ...answer } = event.answer as unknown as PlainObject & { id: number };
        this.facts.set(id, answer as PlainObject);
        return;
      }
      case 'committed':
        for (const { subscribers, changes } of event.diffs) {
          if (subscribers.some(([, sub]) => sub === 0)) this.#all.take(changes);
        }
        for (const { subscribers, changes, full } of event.diffs) {
          for (const [session, sub] of subscribers) {
            const held = this.open.get(sub);
            if (held?.asked.by !== session) continue;
            const before = [...(held.mirror?.rows.keys() ?? [])];
            held.mirror?.take(changes);
            held.full = full;
            if (held.mirror !== null) this.#check(held.asked, before, held.mirror);
          }
        }
        return;
      default:
    }
  }

  /** What shows is found, as of now; and of what is found nothing goes that there is room for. */
  #check({ by, done, limit, near, search }: Asked, before: readonly string[], { rows }: RowMirror): void {
    if (by !== 'ann' || near !== undefined) return;
    const values = new Map<string, PlainObject>();
    for (const [key, record] of this.#all.rows) {
      const value = materialize(record);
      if (isVisible(record) && value !== undefined) values.set(key, value as PlainObject);
    }
    const found = naiveSearch(values, search).filter(({ key }) => !done || values.get(key)?.['done'] === true);
    const keys = new Set(found.map(({ key }) => key));
    expect([...rows.keys()].filter((key) => !keys.has(key))).toEqual([]);
    if (keys.size > windowSize({ limit })) return;
    expect(before.filter((key) => keys.has(key) && !rows.has(key))).toEqual([]);
    checked += 1;
  }
}

async function quiet(timers: ManualTimers, turns = 60): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) {
    await settle();
    timers.runAll();
  }
  await settle();
}

const submit = (host: PartitionHost, author: OpAuthor, ops: readonly Op[]): void =>
  host.send({ type: 'submit', session: 'ann', batches: author.batches(...ops), bytes: 100 });

/** Whatever is searched for finds it. */
const EVERYTHING = { title: WORDS.join(' '), body: WORDS.join(' '), done: true, secret: false };

test('SE-70, SE-71, SE-72, PI-9: of several hosts, whatever each says later, a search has the rows that one host of all records has, and counts what that one counts', async () => {
  let [cut, compared] = [0, 0];
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 12, maxLength: 40 }), fc.boolean(), async (steps, isTurned) => {
      const disk = createMemoryDisk();
      const delays = new Delays();
      const pieces = isTurned ? { pieces: PIECES } : {};
      const several = await startTestComposite({
        disk,
        hash,
        members: 3,
        between: delays.between,
        ...SHARED,
        ...pieces,
      });
      const author = new OpAuthor('r.0', hash);
      const searchers = new Searchers(several.host);
      delays.open();
      await quiet(several.timers, 3);
      delays.isOpen = false;
      for (const each of steps) {
        if (each.type === 'submit')
          submit(
            several.host,
            author,
            each.writes.map((one) => toOp(author, one)),
          );
        else if (each.type === 'search') searchers.search(each.asked);
        else if (each.type === 'close') searchers.close(each.nth);
        else if (each.type === 'let-through') delays.letThrough(each.member, each.count);
        else if (each.type === 'turns') several.timers.runAll();
        else await settle();
      }
      delays.open();
      await quiet(several.timers);
      // How rare a word is, is that of the last commit which any of them was concerned by.
      submit(several.host, author, [author.create(MAP, 'a', EVERYTHING)]);
      await quiet(several.timers);
      for (const [sub, { asked: of }] of searchers.open) searchers.ask(sub, of);
      await quiet(several.timers, 20);

      const one = await startTestHost({ disk, hash, ...SHARED });
      const alone = new Searchers(one.host);
      const subs = [...searchers.open].map(([sub, held]) => [sub, held, alone.search(held.asked)] as const);
      await quiet(one.timers);
      for (const [sub, { asked: of }] of subs) alone.ask(sub, of);
      await quiet(one.timers, 20);
      for (const [sub, { asked: of, full, mirror }, other] of subs) {
        const expected = alone.open.get(other)!;
        const rows = ({ rows: held }: RowMirror) =>
          [...held].map(([key, record]) => [key, encodeRecord(record)]).toSorted(([a], [b]) => (a! < b! ? -1 : 1));
        expect(rows(mirror!), JSON.stringify(of)).toEqual(rows(expected.mirror!));
        expect(full).toBe(expected.full);
        expect(searchers.facts.get(sub)).toEqual(alone.facts.get(sub));
        expect(searchers.facts.has(sub)).toBe(true);
        compared += 1;
        if (Number(searchers.facts.get(sub)!['total']) > windowSize({ limit: of.limit })) cut += 1;
      }
    }),
    { numRuns: 100 },
  );
  expect(checked).toBeGreaterThan(20);
  expect(compared).toBeGreaterThan(50);
  expect(cut).toBeGreaterThan(10);
});
