import { describe, expect, test } from 'vitest';
import type { ClientMessage, ServerMessage } from './messages.js';
import { parseClientMessage, parseServerMessage } from './parse.js';
import { longForm, shortForm } from './short-forms.js';

// Every way in which a few batches, verdicts and stamps follow each other: what is left out comes back.

const wire = (message: unknown): unknown => JSON.parse(JSON.stringify(message)) as unknown;

function* lists<T>(items: readonly T[], length: number): Generator<readonly T[]> {
  if (length === 0) return yield [];
  for (const rest of lists(items, length - 1)) for (const item of items) yield [...rest, item];
}

const all = <T>(items: readonly T[], maxLength: number): readonly (readonly T[])[] =>
  Array.from({ length: maxLength + 1 }, (_, length) => [...lists(items, length)]).flat();

describe('batches', () => {
  const A = '-------5---a.0';
  const B = '-------5---b.0';
  const batches = ['a.0', 'b.0'].flatMap((replica) =>
    [[], [[1, A, 'm', 'k', 'd']], [[2, B, 'm', 'k', 'd']]].map((ops) => ({ replica, partition: 1, ops })),
  );

  test('PT-8: every three of them come back, whoever wrote what is in them', () => {
    for (const list of all(batches, 3)) {
      const message = { type: 'submit', batches: list } as unknown as ClientMessage;
      expect(longForm(wire(shortForm(message)))).toEqual(wire(message));
      expect(parseClientMessage(wire(shortForm(message)))).toEqual({ ok: true, value: message });
    }
  });

  test('PT-8: a replica is said once for those that follow each other', () => {
    for (const list of all(batches, 3)) {
      const short = shortForm({ type: 'submit', batches: list } as unknown as ClientMessage) as {
        batches: readonly unknown[][];
      };
      const changes = list.filter(({ replica }, i) => replica !== list[i - 1]?.replica);
      expect(short.batches.filter(({ length }) => length === 3)).toHaveLength(changes.length);
    }
  });

  test.each<[string, unknown, string]>([
    ['the first one says no replica', [[1, []]], '$.batches[0].replica'],
    ['one says another thing in its place', [[1, [], 7]], '$.batches[0].replica'],
    ['no ops are there', [[1]], '$.batches[0].replica'],
    [
      'a short stamp stands in a batch without a replica',
      [[1, [[1, '-------5---', 'm', 'k', 'd']]]],
      '$.batches[0].replica',
    ],
    ['a stamp is shorter still', [[1, [[1, '-------5--', 'm', 'k', 'd']], 'a.0']], '$.batches[0].ops[0][1]'],
    ['an op is none', [[1, [7], 'a.0']], '$.batches[0].ops[0]'],
    ['the partition is none', [['1', [], 'a.0']], '$.batches[0].partition'],
  ])('PT-8: is refused where %s', (_what, list, at) => {
    expect(parseClientMessage({ type: 'submit', batches: list })).toMatchObject({ ok: false, error: { at } });
  });
});

describe('verdicts', () => {
  const verdicts = [
    [1, 'applied'],
    [2, 'superseded'],
    [3, 'applied'],
  ];
  const rejected = [[], [{ seq: 4, code: 'too-large', reason: '' }]];

  test('PT-8: every three of them come back, with and without rejections, the applied ones as their sequence', () => {
    for (const list of all(verdicts, 3)) {
      for (const refused of rejected) {
        const message = {
          type: 'decided',
          position: 1,
          replica: 'a.0',
          verdicts: list,
          rejected: refused,
        } as unknown as ServerMessage;
        const short = wire(shortForm(message)) as { verdicts: readonly unknown[]; rejected?: unknown };
        expect(parseServerMessage(short)).toEqual({ ok: true, value: message });
        expect(short.verdicts.filter((verdict) => typeof verdict === 'number')).toHaveLength(
          list.filter(([, outcome]) => outcome === 'applied').length,
        );
        expect('rejected' in short).toBe(refused.length > 0);
      }
    }
  });

  test.each<[unknown, string]>([
    [[0], '$.verdicts[0][0]'],
    [[1.5], '$.verdicts[0][0]'],
    [[1, '2'], '$.verdicts[1]'],
    [[1, [2]], '$.verdicts[1]'],
    [[[1, 'maybe']], '$.verdicts[0][1]'],
  ])('PT-8: verdicts %j are refused at %s', (list, at) => {
    const read = parseServerMessage({ type: 'decided', position: 1, replica: 'a.0', verdicts: list });
    expect(read).toMatchObject({ ok: false, error: { at } });
  });
});

describe('stamps of rows', () => {
  const [A, B, LATER] = ['-------5---a.0', '-------6---b.0', '-------7---a.0'];
  const records = [
    ['', 0, '', []],
    [A, 1, '', [['f', '', 1]]],
    [B, 1, B, []],
    [
      A,
      1,
      '',
      [
        ['f', LATER, 1],
        ['g', B],
      ],
    ],
    [A, 1, '', [['f', '', 1]], [LATER, 9]],
    ['', 0, '', [['f', B, 1]]],
  ];
  const changes = [...records.map((record) => ['enter', 'k', record]), ['gone', 'k']];
  const rows = (list: readonly unknown[]): ServerMessage =>
    ({ type: 'rows', sub: 1, n: 0, through: 1, changes: list, done: true, full: false }) as unknown as ServerMessage;

  test('PT-8: every three changes come back, whoever stamped what stood before them', () => {
    for (const list of all(changes, 3)) {
      const message = rows(list);
      expect(parseServerMessage(wire(shortForm(message)))).toEqual({ ok: true, value: message });
    }
  });

  test('PT-8: a replica is said where it is not the one of the stamp before', () => {
    const short = shortForm(rows([changes[1], changes[1], changes[2], changes[3]])) as {
      changes: readonly [string, string, readonly unknown[]][];
    };
    expect(short.changes.map(([, , record]) => record)).toEqual([
      [A, 1, '', [['f', '', 1]]],
      [A!.slice(0, 11), 1, '', [['f', '', 1]]],
      [B, 1, B!.slice(0, 11), []],
      [
        A,
        1,
        '',
        [
          ['f', LATER!.slice(0, 11), 1],
          ['g', B],
        ],
      ],
    ]);
  });

  test('PT-8: a short stamp with none before it is no stamp', () => {
    const read = parseServerMessage(rows([['enter', 'k', [A!.slice(0, 11), 1, '', []]]]));
    expect(read).toMatchObject({ ok: false, error: { at: '$.changes[0][2][0]' } });
  });
});

test('PT-8: other messages have no other form', () => {
  for (const message of [
    { type: 'ping', at: 1 },
    { type: 'unsubscribe', sub: 1 },
    { type: 'push', through: 1, subs: [] },
  ]) {
    expect(shortForm(message as ClientMessage)).toBe(message);
    expect(longForm(message)).toBe(message);
  }
});
