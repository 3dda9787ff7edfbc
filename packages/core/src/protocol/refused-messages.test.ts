import { describe, expect, test } from 'vitest';
import { PARTITION_COUNT } from '../primitives/partition.js';
import { parseClientMessage, parseHello, parseServerMessage } from './parse.js';

// What is said to whoever sends something wrong, word by word: people find their mistakes by it, and it repeats nothing of theirs.

const STAMP = '-------5---a.0';
const op = [1, STAMP, 'm', 'k', 'd'];
const submit = (part: object): object => ({
  type: 'submit',
  batches: [{ replica: 'a.0', partition: 3, ops: [op], ...part }],
});
const ops = (...list: readonly unknown[]): object => submit({ ops: list });

const said = (result: ReturnType<typeof parseClientMessage | typeof parseServerMessage | typeof parseHello>): unknown =>
  result.ok ? 'read' : [result.error.code, result.error.at, result.error.reason];
const malformed = (at: string, reason: string): readonly string[] => ['malformed', at, reason];

describe('PT-2: of a hello', () => {
  const hello = { protocol: 1, replicas: [['a.0', 3]], lineage: null };
  test.each<[string, unknown, unknown]>([
    ['as it should be', hello, 'read'],
    ['with a token', { ...hello, token: 't' }, 'read'],
    ['of no replicas', { ...hello, replicas: [] }, 'read'],
    ['that knows of an accepted op', { ...hello, replicas: [['a.0', 3, 2]] }, 'read'],
    [
      'of the next version',
      { protocol: 2 },
      ['protocol-version', '$.protocol', 'protocol 2 is not spoken here, only 1'],
    ],
    [
      'of a version before the first',
      { ...hello, protocol: 0 },
      ['protocol-version', '$.protocol', 'protocol 0 is not spoken here, only 1'],
    ],
    ['without a version', { replicas: [], lineage: null }, malformed('$.protocol', 'expected number')],
    ['without replicas', { protocol: 1, lineage: null }, malformed('$.replicas', 'expected array')],
    ['without a lineage', { protocol: 1, replicas: [] }, malformed('$.lineage', 'expected string')],
    ['with a token that is none', { ...hello, token: 1 }, malformed('$.token', 'expected string')],
    [
      'of a replica that is none',
      { ...hello, replicas: [['a 0', 1]] },
      malformed('$.replicas[0][0]', 'expected text of the form /^[-.0-9A-Z_a-z]{1,64}$/'),
    ],
    ['with what it subscribes to', { ...hello, subs: Array(64).fill({ sub: 1, map: 'm', have: [1, 'AA'] }) }, 'read'],
    [
      'with more than it may subscribe to',
      { ...hello, subs: Array(65).fill({ sub: 1, map: 'm' }) },
      malformed('$.subs', 'expected at most 64'),
    ],
    [
      'with a subscription that is none',
      { ...hello, subs: [{ sub: 1, map: 'm' }, { sub: 2 }] },
      malformed('$.subs[1].map', 'expected string'),
    ],
    ['that is nothing', null, malformed('$', 'expected object')],
    ['that is a list', [hello], malformed('$', 'expected object')],
  ])('%s', (_what, input, expected) => {
    expect(said(parseHello(input))).toEqual(expected);
  });
});

describe('PT-3, CL-5: of a submit', () => {
  test.each<[string, unknown, unknown]>([
    ['as it should be', submit({}), 'read'],
    ['of no batches', { type: 'submit', batches: [] }, 'read'],
    ['of a batch of no ops', ops(), 'read'],
    ['without batches', { type: 'submit' }, malformed('$.batches', 'expected array')],
    ['with batches that are an object', { type: 'submit', batches: {} }, malformed('$.batches', 'expected array')],
    ['with a batch that is none', { type: 'submit', batches: [1] }, malformed('$.batches[0]', 'expected object')],
    ['with a batch that is null', { type: 'submit', batches: [null] }, malformed('$.batches[0]', 'expected object')],
    ['of no replica', submit({ replica: undefined }), malformed('$.batches[0].replica', 'not the id of a replica')],
    [
      'of a replica that is none',
      submit({ replica: 'a 0' }),
      malformed('$.batches[0].replica', 'not the id of a replica'),
    ],
    [
      'of a second replica that is none',
      {
        type: 'submit',
        batches: [
          { replica: 'a.0', partition: 3, ops: [] },
          { replica: '', partition: 3, ops: [] },
        ],
      },
      malformed('$.batches[1].replica', 'not the id of a replica'),
    ],
    ...[-1, 0.5, PARTITION_COUNT, '3', null, undefined].map((partition): [string, unknown, unknown] => [
      `of the partition ${String(partition)}`,
      submit({ partition }),
      malformed('$.batches[0].partition', `expected a whole number from 0 to ${PARTITION_COUNT - 1}`),
    ]),
    ['of the first partition', submit({ partition: 0 }), 'read'],
    ['of the last partition', submit({ partition: PARTITION_COUNT - 1 }), 'read'],
    ['with ops that are none', submit({ ops: {} }), malformed('$.batches[0].ops', 'expected array')],
    ['with an op that is none', ops(op, 1), malformed('$.batches[0].ops[1]', 'an op is an array of 5 to 7')],
    ['with a short op', ops(op.slice(0, 4)), malformed('$.batches[0].ops[0]', 'an op is an array of 5 to 7')],
    [
      'with the sequence 0',
      ops([0, ...op.slice(1)]),
      malformed('$.batches[0].ops[0][0]', 'a sequence is a positive integer'),
    ],
    ['with a stamp that is none', ops(op.with(1, 'x')), malformed('$.batches[0].ops[0][1]', 'not a stamp')],
    ['with a map that is none', ops(op.with(2, 1)), malformed('$.batches[0].ops[0][2]', 'a map name is a string')],
    ['with a key that is none', ops(op.with(3, 1)), malformed('$.batches[0].ops[0][3]', 'a key is a string')],
    [
      'with a kind that is none',
      ops(op.with(4, 'q')),
      malformed('$.batches[0].ops[0][4]', 'the kind is c, r, p, d, a, x or n'),
    ],
    ['with a removal of fields', ops([...op, []]), malformed('$.batches[0].ops[0][5]', 'a remove has no fields')],
    [
      'with a create of nothing',
      ops(op.with(4, 'c')),
      malformed('$.batches[0].ops[0][5]', 'an array of fields is expected'),
    ],
    [
      'with a field of three',
      ops([
        ...op.with(4, 'c'),
        [
          ['a', 1],
          ['b', 1, 2],
        ],
      ]),
      malformed('$.batches[0].ops[0][5][1]', 'a field is [name] or [name, value]'),
    ],
    [
      'with an end in text',
      ops([...op.with(4, 'p'), [], '5']),
      malformed('$.batches[0].ops[0][6]', 'a time is a number or null'),
    ],
    [
      'with an add of nothing',
      ops([...op.with(4, 'a'), []]),
      malformed('$.batches[0].ops[0][5]', 'a value is expected'),
    ],
    [
      'with an add over no stamp',
      ops([...op.with(4, 'a'), [1, 'x']]),
      malformed('$.batches[0].ops[0][5][1]', 'not a stamp'),
    ],
    [
      'with a count of two',
      ops([...op.with(4, 'n'), [1, 2]]),
      malformed('$.batches[0].ops[0][5]', 'one delta is expected'),
    ],
    ['with a count of none', ops([...op.with(4, 'n'), 1]), malformed('$.batches[0].ops[0][5]', 'an array is expected')],
    ['of a transaction', { ...submit({}), transaction: { first: 1, parts: 2 } }, 'read'],
    [
      'of a transaction of one',
      { ...submit({}), transaction: { first: 1, parts: 1 } },
      malformed('$.transaction.parts', 'expected at least 2'),
    ],
    [
      'of a transaction too large',
      { ...submit({}), transaction: { first: 1, parts: 257 } },
      malformed('$.transaction.parts', 'expected at most 256'),
    ],
    [
      'of a transaction that begins before the first op',
      { ...submit({}), transaction: { first: 0, parts: 2 } },
      malformed('$.transaction.first', 'expected at least 1'),
    ],
    [
      'of a transaction that is none',
      { ...submit({}), transaction: null },
      malformed('$.transaction', 'expected object'),
    ],
  ])('%s', (_what, input, expected) => {
    expect(said(parseClientMessage(input))).toEqual(expected);
  });
});

describe('PT-3: of a message of the server', () => {
  const decided = { type: 'decided', position: 1, replica: 'a.0', verdicts: [] };
  const push = (...changes: readonly unknown[]): object => ({
    type: 'push',
    through: 7,
    subs: [{ sub: 1, n: 0, changes, full: false }],
  });
  const change = (at: string, reason: string) => malformed(`$.subs[0].changes[0]${at}`, reason);

  test.each<[string, unknown, unknown]>([
    ['verdicts as they should be', { ...decided, verdicts: [1, [2, 'superseded']] }, 'read'],
    [
      'a verdict of three',
      { ...decided, verdicts: [[1, 'applied', 1]] },
      malformed('$.verdicts[0]', 'a verdict is [sequence, outcome]'),
    ],
    [
      'a verdict in text',
      { ...decided, verdicts: [1, '2'] },
      malformed('$.verdicts[1]', 'a verdict is [sequence, outcome]'),
    ],
    [
      'a verdict of the op 0',
      { ...decided, verdicts: [0] },
      malformed('$.verdicts[0][0]', 'a sequence is a positive integer'),
    ],
    [
      'another outcome',
      { ...decided, verdicts: [[1, 'taken']] },
      malformed('$.verdicts[0][1]', 'applied or superseded is expected'),
    ],
    ['totals that are records', { ...decided, totals: [['m', 'k', [STAMP, 3, '', []]]] }, 'read'],
    [
      'a total that is none',
      { ...decided, totals: [['m', 'k', []]] },
      malformed('$.totals[0][2]', 'a record is an array of 4 or 5'),
    ],
    [
      'a changed op that is none',
      { ...decided, changed: [op, []] },
      malformed('$.changed[1]', 'an op is an array of 5 to 7'),
    ],
    ['rows that are gone', push(['gone', 'k']), 'read'],
    ['a row that is gone, with its record', push(['gone', 'k', 1]), change('[2]', 'gone carries no record')],
    ['a row without its record', push(['enter', 'k']), change('[2]', 'enter carries a record')],
    ['a row with more', push(['out', 'k', [STAMP, 1, '', []], 1]), change('[2]', 'out carries a record')],
    ['a row of no key', push(['gone', 1]), change('[1]', 'a key is a string')],
    ['a step there is not', push(['leave', 'k', []]), change('[0]', 'enter, update, gone or out is expected')],
    ['what is no step', push({}), change('', 'a row change is an array')],
    ['a record that is none', push(['update', 'k', {}]), change('[2]', 'a record is an array of 4 or 5')],
    ['a record of no stamp', push(['update', 'k', ['x', 1, '', []]]), change('[2][0]', 'not a stamp')],
    ['a record of no kind', push(['update', 'k', [STAMP, 4, '', []]]), change('[2][1]', '0, 1, 2 or 3 is expected')],
    [
      'a record made by nobody',
      push(['update', 'k', ['', 1, '', []]]),
      change('[2][1]', 'created, but without a stamp'),
    ],
    ['a record of no floor', push(['update', 'k', [STAMP, 1, 0, []]]), change('[2][2]', 'not a stamp')],
    [
      'a record of no fields',
      push(['update', 'k', [STAMP, 1, '', {}]]),
      change('[2][3]', 'an array of fields is expected'),
    ],
    [
      'fields out of order',
      push([
        'update',
        'k',
        [
          STAMP,
          1,
          '',
          [
            ['b', ''],
            ['a', ''],
          ],
        ],
      ]),
      change('[2][3][1][0]', 'fields are sorted by name, each once'),
    ],
    [
      'an end that is none',
      push(['update', 'k', [STAMP, 1, '', [], 5]]),
      change('[2][4]', 'an expiry is [stamp, time or null]'),
    ],
    [
      'an end at half a millisecond',
      push(['update', 'k', [STAMP, 1, '', [], ['', 0.5]]]),
      change('[2][4][1]', 'a time is a whole number of ms since 1970, or null'),
    ],
    ['a message of a client', submit({}), malformed('$.type', 'a message of no known type')],
    ['no message', 5, malformed('$', 'expected object')],
  ])('%s', (_what, input, expected) => {
    expect(said(parseServerMessage(input))).toEqual(expected);
  });
});
