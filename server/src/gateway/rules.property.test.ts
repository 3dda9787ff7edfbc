import { canonicalRecord, materialize, type LwwRecord, type Op } from '@topgun/core/crdt';
import { canonicalJson, type Hash64 } from '@topgun/core/primitives';
import type { ServerMessage } from '@topgun/core/protocol';
import type { Query } from '@topgun/core/query';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { loadXxhash } from '../adapters/xxhash.js';
import { naiveView, type Maps } from '../testing/naive-view.js';
import { OpAuthor } from '../testing/op-author.js';
import { RowMirror } from '../testing/row-mirror.js';
import { identityOf, PlainState, RULES, seenByUser, USERS, type User } from '../testing/rules-world.js';
import { startTestGateway, type TestClient } from '../testing/test-gateway.js';
import { settle } from '../testing/test-host.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const ALL: Query = { where: { type: 'and', of: [] }, sort: [], limit: null };
const within = (map: string, query: Query, ...on: readonly [string, string]): NonNullable<Query['within']> => ({
  map,
  query,
  on: [[on[0]], [on[1]]],
});

/** What is asked of what, and what may be told of it: rows, windows, groups, rows related to others, and conditions on what is not seen. */
const QUERIES: readonly (readonly [map: string, query: Query])[] = [
  ['todos', ALL],
  ['todos', { ...ALL, sort: [[['n'], 'desc']], limit: 3 }],
  ['todos', { ...ALL, sort: [[['pay'], 'desc']], limit: 2 }],
  ['todos', { ...ALL, where: { type: 'exists', path: ['pay'], exists: true } }],
  ['todos', { ...ALL, where: { type: 'isNull', path: ['pay'], isNull: true } }],
  ['todos', { ...ALL, where: { type: 'eq', path: ['owner'], value: 'ann' } }],
  ['notes', ALL],
  [
    'todos',
    {
      ...ALL,
      groupBy: {
        by: [['text']],
        aggregates: [
          ['pay', 'min', ['pay']],
          ['rows', 'count', null],
        ],
      },
    },
  ],
  ['todos', { ...ALL, groupBy: { by: [['pay']], aggregates: [['n', 'sum', ['n']]] } }],
  ['notes', { ...ALL, within: within('todos', ALL, 'n', 'n') }],
  ['todos', { ...ALL, sort: [[['n'], 'asc']], limit: 1, within: within('notes', ALL, 'owner', 'owner') }],
  ['todos', { ...ALL, within: within('todos', ALL, 'pay', 'pay') }],
];

interface Write {
  readonly by: User;
  readonly kind: 'create' | 'patch' | 'remove' | 'restart';
  readonly map: 'todos' | 'notes';
  readonly key: string;
  readonly owner: User;
  readonly open: boolean;
  readonly n: number;
  /** Which of its fields it writes. */
  readonly names: readonly string[];
}

const writes: fc.Arbitrary<Write> = fc.record({
  by: fc.constantFrom(...USERS),
  kind: fc.constantFrom('create', 'create', 'patch', 'patch', 'remove', 'restart'),
  map: fc.constantFrom('todos', 'todos', 'notes'),
  key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  owner: fc.constantFrom(...USERS),
  open: fc.boolean(),
  n: fc.nat(2),
  names: fc.subarray(['owner', 'open', 'n', 'text', 'pay'], { minLength: 1 }),
});

/** Bob, who watches everything and writes by another device; what he is told, and what he makes of it. */
class Watcher {
  readonly mirrors = new Map<number, RowMirror>();
  readonly #client: TestClient;
  #read = 0;

  constructor(client: TestClient) {
    this.#client = client;
    QUERIES.forEach(([map, query], i) => {
      this.mirrors.set(i + 1, new RowMirror());
      client.send({ type: 'subscribe', sub: i + 1, map, query });
    });
  }

  /** What has come since it was last asked. */
  hear(): readonly ServerMessage[] {
    const heard = this.#client.received.slice(this.#read);
    this.#read += heard.length;
    for (const message of heard) {
      if (message.type === 'rows') this.mirrors.get(message.sub)!.take(message.changes);
      if (message.type === 'push') for (const { sub, changes } of message.subs) this.mirrors.get(sub)!.take(changes);
    }
    return heard;
  }
}

/** Every text that was written is written once, so that it can be told where it came from. */
const MARK = /(?:text|pay)-\d+/g;
const marksIn = (value: unknown): ReadonlySet<string> => new Set(JSON.stringify(value).match(MARK));

/** What is gone was there, as the mirror knows, and is named as it was: a group by what its rows had in common. */
const withoutGone = (messages: readonly ServerMessage[]): unknown =>
  JSON.parse(JSON.stringify(messages), (_name, value: unknown) =>
    Array.isArray(value) && value[0] === 'gone' ? null : value,
  );

async function play(steps: readonly Write[], rejoinAt: number): Promise<void> {
  const { connect } = await startTestGateway(hash, { rules: RULES });
  const state = new PlainState();
  const authors = new Map(USERS.map((by) => [by, new OpAuthor(`${by}.0`, hash)]));
  const writers = new Map(
    USERS.map((by) => [by, connect({ replicas: [[authors.get(by)!.replica, 0]] }, identityOf(by))]),
  );
  const watch = (user: User): [User, Watcher] => [user, new Watcher(connect({}, identityOf(user)))];
  let watchers = USERS.map(watch);
  await settle();
  let marks = 0;
  const run = async (write: Write): Promise<void> => {
    const author = authors.get(write.by)!;
    const all = { owner: write.owner, open: write.open, n: write.n, text: `text-${(marks += 1)}`, pay: `pay-${marks}` };
    const fields = Object.fromEntries(write.names.map((name) => [name, all[name as keyof typeof all]]));
    const op = opOf(author, write, fields);
    const client = writers.get(write.by)!;
    client.send({ type: 'submit', batches: author.batches(op) });
    await settle();
    if (client.of('decided').at(-1)!.verdicts.length > 0) state.apply(op);
  };
  for (const [at, write] of steps.entries()) {
    await run(write);
    // Others who come later find views that stand.
    if (at === rejoinAt) watchers = [...USERS].reverse().map(watch);
    await settle();
    for (const [user, watcher] of watchers) check(user, watcher, seenByUser(user, state.maps));
  }
}

function check(user: User, watcher: Watcher, seen: Maps): void {
  const heard = watcher.hear();
  const allowed = marksIn([...seen.values()].map((rows) => [...rows.values()].map((record) => materialize(record))));
  for (const mark of marksIn(withoutGone(heard))) expect(allowed, `${mark} is not ${user}'s to know`).toContain(mark);
  QUERIES.forEach(([map, query], i) => {
    const shown = [...watcher.mirrors.get(i + 1)!.rows].map(([key, record]) => [key, tell(query, record)]);
    const expected = naiveView(query, map, seen).map(({ key, value }) => [
      key,
      query.groupBy === undefined ? tell(query, seen.get(map)!.get(key)!) : canonicalJson(value),
    ]);
    expect(Object.fromEntries(shown), `query ${i + 1} of ${user}`).toEqual(Object.fromEntries(expected));
  });
}

/** A group shows as a value; of a record every register counts. */
const tell = (query: Query, record: LwwRecord): string =>
  query.groupBy === undefined ? canonicalRecord(record) : canonicalJson(materialize(record)!);

function opOf(author: OpAuthor, { kind, map, key }: Write, fields: Parameters<OpAuthor['patch']>[2]): Op {
  if (kind === 'remove') return author.remove(map, key);
  return kind === 'patch' ? author.patch(map, key, fields) : author.create(map, key, fields, kind === 'restart');
}

test('RU-5: everything that reaches a user is that user’s to see, at every step, and nothing of it is missing', async () => {
  await fc.assert(fc.asyncProperty(fc.array(writes, { minLength: 1, maxLength: 25 }), fc.nat(20), play), {
    numRuns: 60,
  });
});
