import * as fc from 'fast-check';
import { encodeStamp, type ReplicaId } from '../../packages/core/src/clock/index.js';
import type { SeededRandom } from '../../packages/core/src/client/testing/seeded-random.js';
import { partitionOf, type Hash64 } from '../../packages/core/src/primitives/index.js';
import { clientMessages, damaged } from '../../packages/core/src/protocol/messages.arbitrary.js';

/** One thing that is sent. */
export interface Attack {
  readonly packet: string | ArrayBuffer;
  /** It may end the connection: nothing is sent after it until that is known. */
  readonly mayEnd: boolean;
}

export interface Attacks {
  /** The next one, by a connection that speaks for `replica` and has issued so many ops. */
  next(replica: ReplicaId, issue: () => number): Attack;
  /** PT-10: what a hello asks for; now and then nothing that can be asked for, so that it is refused. */
  subs(): unknown;
}

/** Messages by the protocol's grammar, and the same with something in them that is wrong. */
export interface Grammar {
  readonly whole: readonly unknown[];
  readonly broken: readonly unknown[];
}

/** Drawn once, and used again with everything else: drawing as many as are sent would take longer than sending them. */
export const drawGrammar = (seed: number): Grammar => ({
  whole: fc.sample(clientMessages, { numRuns: 2_000, seed }),
  broken: fc.sample(damaged(clientMessages), { numRuns: 2_000, seed }),
});

const MAPS = [
  'vault',
  'wall',
  'notes/a',
  'notes/b',
  'm',
  '.topgun/replicas',
  '__proto__',
  'constructor',
  'x'.repeat(200),
  '',
];
const FIELDS = [
  'owner',
  'text',
  'pay',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  '_key',
  'a.b',
  '',
  'é'.repeat(40),
];
const event = (message: unknown): string => `2["m",${typeof message === 'string' ? message : JSON.stringify(message)}]`;

/** Everything that a client can say which is not meant, drawn from one seed: messages by the protocol's grammar, the same damaged, and what is known to hurt others. */
export function createAttacks(random: SeededRandom, hash: Hash64, { whole, broken }: Grammar): Attacks {
  const sent: Attack[] = [];
  const { pick } = random;
  const integer = (below: number): number => random.integer(below);
  const key = (): string =>
    pick([
      `ann-${integer(40)}`,
      `bob-${integer(40)}`,
      `m-${integer(300)}`,
      '__proto__',
      'constructor',
      '',
      'k'.repeat(1_000 + integer(3_000)),
      '\u0000',
      'ключ',
    ]);
  const sub = (): number => integer(40);
  const scalar = (): unknown =>
    pick<unknown>([
      null,
      true,
      0,
      -0,
      1e308,
      'ann',
      'mallory',
      '',
      'x'.repeat(300),
      '\ud800',
      { $bytes: 'AA' },
      { $bytes: '~' },
      [],
      {},
    ]);
  const value = (): unknown =>
    integer(3) === 0 ? JSON.parse(`{"__proto__":{"owner":"mallory","x":${JSON.stringify(scalar())}}}`) : scalar();
  const fields = (): unknown[] => Array.from({ length: 1 + integer(4) }, () => [pick(FIELDS), value()]);
  const stamp = (replica: string): string => {
    const skew = pick([0, 0, 0, 59_000, 61_000, 1e12, -1e12]);
    const at = Math.max(0, Date.now() + skew);
    return pick([
      encodeStamp({ millis: at, counter: integer(100), replica: replica as ReplicaId }),
      encodeStamp({ millis: at, counter: integer(100), replica: replica as ReplicaId }).slice(0, 11),
      encodeStamp({ millis: at, counter: 0, replica: 'ann.0' as ReplicaId }),
      'zzzzzzzzzzz',
      '',
    ]);
  };
  const where = (): unknown =>
    pick<unknown>([
      { type: 'and', of: [] },
      { type: 'eq', path: ['owner'], value: 'ann' },
      { type: 'eq', path: ['pay'], value: 7 },
      { type: 'exists', path: [pick(FIELDS)], exists: true },
      { type: 'not', of: { type: 'eq', path: ['owner'], value: 'mallory' } },
      { type: 'or', of: Array.from({ length: integer(300) }, () => ({ type: 'eq', path: ['text'], value: 'x' })) },
      { type: 'regex', path: ['text'], pattern: '(a+)+$', flags: '' },
      { type: 'like', path: ['text'], pattern: `${'%a'.repeat(200)}` },
      JSON.parse(`${'{"type":"not","of":'.repeat(30)}{"type":"and","of":[]}${'}'.repeat(30)}`),
    ]);
  const query = (depth = 0): unknown => ({
    where: where(),
    sort: pick<unknown>([
      [],
      [[['pay'], 'desc']],
      [
        [['owner'], 'asc'],
        [['text'], 'desc'],
      ],
      [[['__proto__'], 'asc']],
    ]),
    limit: pick([null, 1, 3, 100, 1e9, -1]),
    ...pick<object>([
      {},
      {},
      { after: { values: [pick<unknown>(['ann', 1, null])], key: key() } },
      { after: { values: [], key: `ann-${integer(40)}` } },
      {
        groupBy: {
          by: [[pick(FIELDS)]],
          aggregates: [
            ['s', 'sum', ['pay']],
            ['n', 'count', null],
          ],
        },
      },
      {
        search: {
          text: pick(['canary', 'a b c', 'x'.repeat(900)]),
          fields: ['text'],
          boosts: [['text', 1]],
          prefix: true,
          fuzzy: 0.2,
          combineWith: 'OR',
        },
      },
      depth > 2 ? {} : { within: { map: pick(MAPS), query: query(depth + 1), on: [['owner'], ['owner']] } },
    ]),
  });
  const submit = (replica: string, issue: () => number): unknown => {
    const map = pick(MAPS);
    const op = (): unknown[] => {
      const kind = pick(['c', 'p', 'd', 'a', 'x', 'n', 'zz']);
      const mine = integer(2) === 0 ? [['owner', 'mallory'], ...fields()] : fields();
      return [
        pick([issue(), issue(), 1, 0, -1, 2 ** 53]),
        stamp(replica),
        map,
        key(),
        kind,
        kind === 'n' ? [integer(9)] : mine,
        ...pick([[], [], [1], [Date.now() + 500]]),
      ];
    };
    const ops = Array.from({ length: 1 + integer(3) }, op);
    const first = ops[0]!;
    const right = partitionOf(hash, String(first[2]), String(first[3]));
    const batch = {
      replica: pick([replica, replica, replica, replica, 'ann.0', '.0', '__proto__']),
      partition: pick([right, right, right, integer(271), -1, 999]),
      ops,
    };
    return {
      type: 'submit',
      batches: [batch],
      ...pick([{}, {}, {}, { transaction: { first: first[0], parts: pick([1, 2, 300]) } }]),
    };
  };
  /** What is right but for its effect: it reaches the rules. */
  const theft = (replica: string, issue: () => number): unknown => {
    const map = pick(['vault', 'wall', 'notes/a']);
    const at = pick([`ann-${integer(40)}`, `bob-${integer(40)}`, `m-${integer(300)}`]);
    const kind = pick(['c', 'p', 'd']);
    const made = [
      ['owner', pick(['ann', 'mallory'])],
      ['text', `by mallory ${integer(99)}`],
    ];
    const from = encodeStamp({ millis: Date.now(), counter: integer(1_000), replica: replica as ReplicaId });
    const op = [issue(), from, map, at, kind, ...(kind === 'd' ? [] : [made])];
    return { type: 'submit', batches: [{ replica, partition: partitionOf(hash, map, at), ops: [op] }] };
  };
  const nested = (): string => {
    const levels = integer(20) === 0 ? 100_000 : pick([60, 200, 255, 300, 2_000]);
    return pick([
      `${'['.repeat(levels)}${']'.repeat(levels)}`,
      `{"type":"ping","at":1,"x":${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}}`,
      '['.repeat(levels),
    ]);
  };
  const nodes = (): string => Array.from({ length: integer(60) }, () => 'AQgw_-IhZ0'.charAt(integer(10))).join('');
  const subscriptions: readonly (() => object)[] = [
    () => ({ sub: sub(), map: pick(MAPS), query: query() }),
    () => ({ sub: sub(), map: pick(['vault', 'wall', 'notes/a']), query: query() }),
    () => ({
      sub: sub(),
      map: pick(['vault', 'wall']),
      have: [integer(60), pick(['AAAAAAAAAAA', nodes(), ''])],
      through: pick([0, 5, 2 ** 52]),
    }),
  ];
  const other = (): unknown =>
    pick<() => unknown>([
      ...subscriptions.map((drawn) => () => ({ type: 'subscribe', ...drawn() })),
      () => ({
        type: 'call',
        id: integer(40),
        caller: pick(['m', 'ann', 'ann.0', '.topgun', '']),
        call: pick(['order', `c${integer(200)}`, 'x'.repeat(65)]),
        name: pick(['mine', 'keep', 'keep', 'constructor', '__proto__', '', 'x'.repeat(200)]),
        args: pick<unknown>([value(), { key: key(), text: value() }, { key: key(), owner: 'ann' }]),
      }),
      () => ({ type: 'turn', sub: sub(), nodes: nodes() }),
      () => ({ type: 'unsubscribe', sub: sub() }),
      () => ({ type: 'ping', at: pick<unknown>([1, -1, 1e308, 'x', null]) }),
      () => ({ type: pick(['welcome', '__proto__', 'constructor', 'push', '']), sub: 1, __proto__: null }),
    ])();

  const draw = (replica: ReplicaId, issue: () => number): Attack => {
    const kind = integer(1_000);
    if (kind < 420) return { packet: event(other()), mayEnd: false };
    if (kind < 740) return { packet: event(theft(replica, issue)), mayEnd: false };
    if (kind < 800) return { packet: event({ type: 'ping', at: integer(9) }), mayEnd: false };
    if (kind < 860) return shaped(pick(whole));
    if (kind < 920) return shaped(pick(broken));
    if (kind < 945) return { packet: event(submit(replica, issue)), mayEnd: true };
    if (kind < 955) return { packet: event(nested()), mayEnd: true };
    if (kind < 965)
      return {
        packet: event({
          type: 'announce',
          replicas: [[pick(['ann.0', 'bob.0', '.0', 'm.9', 'x'.repeat(70)]), integer(3)]],
        }),
        mayEnd: true,
      };
    if (kind < 970)
      return {
        packet: event({
          type: 'token',
          token: pick(['x.y.z', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4ifQ.', 'x'.repeat(20_000)]),
        }),
        mayEnd: true,
      };
    if (kind < 971 && integer(2) === 0)
      return { packet: event({ type: 'ping', at: 1, padding: 'x'.repeat(2_200_000) }), mayEnd: true };
    if (kind < 985 && sent.length > 0) return { ...pick(sent), mayEnd: true };
    return {
      packet: pick<string | ArrayBuffer>([
        '2',
        '2{}',
        '2["m"',
        '2["disconnect"]',
        '21["m",1]',
        '2/x,["m",1]',
        '0{}',
        '1',
        '5',
        '51-["m",{"_placeholder":true,"num":0}]',
        'x',
        new Uint8Array([1, 2, 3]).buffer,
      ]),
      mayEnd: true,
    };
  };
  return {
    subs: () =>
      integer(10) === 0
        ? pick<unknown>([7, {}, [null], [{ sub: -1, map: 'vault' }], Array(65).fill({ sub: 1, map: 'vault' })])
        : Array.from({ length: integer(8) }, () => pick(subscriptions)()),
    next(replica, issue) {
      const attack = draw(replica, issue);
      // Replayed some time, on whatever connection.
      if (typeof attack.packet === 'string' && attack.packet.length < 10_000) sent[integer(500)] ??= attack;
      return attack;
    },
  };

  function shaped(message: unknown): Attack {
    const isSubscription =
      typeof message === 'object' &&
      message !== null &&
      ['subscribe', 'unsubscribe', 'ping', 'turn'].includes((message as { type: string }).type);
    return { packet: event(message), mayEnd: !isSubscription };
  }
}
