import type { ClientMessage, ServerMessage } from './messages.js';

const STAMP = '-------5---a.0';
const RECORD = [
  STAMP,
  1,
  '',
  [
    ['a', '', 1],
    ['b', '-------6---b.0'],
  ],
  ['', 90_000],
];

/** Each message once, with everything that it may say, as it is in its long form; and which of its parts may be missing. */
export interface MessageSample {
  readonly message: Readonly<Record<string, unknown>> & { readonly type: string };
  readonly optional: readonly string[];
}

export const CLIENT_SAMPLES: readonly MessageSample[] = [
  {
    message: {
      type: 'announce',
      replicas: [
        ['a.0', 3],
        ['a.1', 0],
      ],
    },
    optional: [],
  },
  {
    message: {
      type: 'submit',
      batches: [
        {
          replica: 'a.0',
          partition: 3,
          ops: [
            [1, STAMP, 'm', 'k', 'c', [['a', 1], ['b']], 90_000],
            [2, STAMP, 'm', 'k', 'd'],
            [3, STAMP, 's', 'k', 'a', [{ x: 1 }, '-------4---b.0']],
            [4, STAMP, 's', 'k', 'x', ['x', STAMP]],
            [5, STAMP, 'c', '', 'n', [-3]],
          ],
        },
      ],
      transaction: { first: 1, parts: 5 },
    },
    optional: ['transaction'],
  },
  {
    message: { type: 'subscribe', sub: 1, map: 'm', query: { limit: 1 }, have: [3, 'AAAAAAAAAAA'], through: 9 },
    optional: ['query', 'have', 'through'],
  },
  { message: { type: 'turn', sub: 1, nodes: 'AA' }, optional: [] },
  { message: { type: 'unsubscribe', sub: 1 }, optional: [] },
  {
    message: { type: 'read-journal', id: 3, after: 7, limit: 100, maps: ['m'], wait: true },
    optional: ['after', 'maps', 'wait'],
  },
  { message: { type: 'end-journal', id: 3 }, optional: [] },
  {
    message: { type: 'ask-search', id: 4, map: 'm', query: { limit: 1 }, facets: ['f'], complete: 5, unless: 'ab' },
    optional: ['facets', 'complete', 'unless'],
  },
  { message: { type: 'end-search', id: 4 }, optional: [] },
  {
    message: { type: 'call', id: 3, caller: 'a', call: 'c1', name: 'reserve', args: { seat: 1 } },
    optional: ['args', 'args.seat'],
  },
  { message: { type: 'token', token: 'a.b.c' }, optional: [] },
  { message: { type: 'ping', at: 1.5 }, optional: [] },
];

export const SERVER_SAMPLES: readonly MessageSample[] = [
  {
    message: {
      type: 'welcome',
      lineage: 'l',
      position: 7,
      serverTime: 1.5,
      decided: [['a.0', 2]],
      gaps: true,
      subscribed: true,
      limits: { windowOps: 2, keyBytes: 9, recordBytes: 9, messageBytes: 9, wholeMapRows: 9 },
    },
    optional: [
      'lineage',
      'decided',
      'gaps',
      'subscribed',
      'limits',
      'limits.windowOps',
      'limits.keyBytes',
      'limits.recordBytes',
      'limits.messageBytes',
      'limits.wholeMapRows',
    ],
  },
  { message: { type: 'announced', decided: [['a.1', 0]], gaps: true }, optional: ['gaps'] },
  {
    message: {
      type: 'decided',
      position: 7,
      replica: 'a.0',
      verdicts: [
        [1, 'applied'],
        [2, 'superseded'],
      ],
      rejected: [{ seq: 3, code: 'too-large', reason: 'The record would be larger than 9 bytes.' }],
      totals: [['c', '', [STAMP, 3, '', [['', '', [4, ['a.0', 1]]]]]]],
      changed: [[1, STAMP, 'm', 'k', 'p', [['f']]]],
    },
    optional: ['totals', 'rejected', 'changed'],
  },
  { message: { type: 'same', sub: 1, through: 7, full: true }, optional: ['through', 'full'] },
  { message: { type: 'level', sub: 1, n: 0, nodes: 'AA' }, optional: [] },
  {
    message: {
      type: 'rows',
      sub: 1,
      n: 0,
      through: 7,
      changes: [
        ['enter', 'k', RECORD],
        ['gone', 'l'],
      ],
      done: true,
      full: false,
      anew: true,
      kept: true,
      total: 2,
      nodes: 'AA',
    },
    optional: ['anew', 'kept', 'total', 'nodes'],
  },
  {
    message: { type: 'push', through: 7, subs: [{ sub: 1, n: 3, changes: [['out', 'k', RECORD]], full: false }] },
    optional: [],
  },
  {
    message: {
      type: 'journal',
      id: 3,
      events: [
        { sequence: 9, type: 'update', map: 'm', key: 'k', value: 1, previous: null, author: 'ann', stamp: STAMP },
      ],
      through: 9,
      more: false,
    },
    optional: ['events.0.value', 'events.0.previous'],
  },
  {
    message: { type: 'journal-refused', id: 3, code: 'journal-trimmed', reason: 'gone', through: 7 },
    optional: ['through'],
  },
  {
    message: {
      type: 'search-facts',
      id: 4,
      through: 7,
      total: 2,
      facets: [[['a', 2]]],
      completions: [['milk', 2]],
      mark: 'ab',
    },
    optional: [],
  },
  { message: { type: 'search-refused', id: 4, code: 'overloaded', reason: 'no' }, optional: [] },
  { message: { type: 'called', id: 3, result: 1 }, optional: ['result'] },
  {
    message: {
      type: 'call-refused',
      id: 3,
      code: 'bad-args',
      reason: 'no',
      issues: [{ path: '$.seat', reason: 'is no number' }],
      data: 1,
    },
    optional: ['issues', 'data'],
  },
  { message: { type: 'pong', at: 1, serverTime: 2, through: 3 }, optional: [] },
  {
    message: { type: 'error', code: 'bad-query', reason: 'no', about: { sub: 1 }, retryAfterMs: 5_000, fatal: false },
    optional: ['about', 'about.sub', 'retryAfterMs'],
  },
];

/** Compiles only while there is a sample of every type of message. */
export const TYPES_OF_SAMPLES: Readonly<Record<(ClientMessage | ServerMessage)['type'], true>> = {
  announce: true,
  submit: true,
  subscribe: true,
  turn: true,
  unsubscribe: true,
  'read-journal': true,
  'end-journal': true,
  'ask-search': true,
  'end-search': true,
  call: true,
  token: true,
  ping: true,
  welcome: true,
  announced: true,
  decided: true,
  same: true,
  level: true,
  rows: true,
  push: true,
  journal: true,
  'journal-refused': true,
  'search-facts': true,
  'search-refused': true,
  called: true,
  'call-refused': true,
  pong: true,
  error: true,
};

export type Path = readonly (string | number)[];

/** Every place in it: all parts, and the parts of parts. */
export function placesIn(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Object.keys(value).flatMap((name) => {
    const step = Array.isArray(value) ? Number(name) : name;
    return placesIn((value as Record<string, unknown>)[name], [...path, step]);
  });
  return path.length === 0 ? inner : [path, ...inner];
}

/** A copy in which something is done to the thing that holds the place. */
export function changedAt(
  message: unknown,
  path: Path,
  change: (holder: Record<string, unknown>, name: string) => void,
): unknown {
  const copy = structuredClone(message);
  let holder = copy as Record<string, unknown>;
  for (const step of path.slice(0, -1)) holder = holder[step] as Record<string, unknown>;
  change(holder, String(path.at(-1)));
  return copy;
}

export const valueAt = (message: unknown, path: Path): unknown =>
  path.reduce<unknown>((value, step) => (value as Record<string, unknown>)[step], message);
