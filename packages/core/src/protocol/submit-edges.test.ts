import { describe, expect, test } from 'vitest';
import { parseClientMessage, parseHello } from './parse.js';

const STAMP = '-------5---a.0';
const batch = (part: object = {}): object => ({
  replica: 'a.0',
  partition: 0,
  ops: [[1, STAMP, 'm', 'k', 'd']],
  ...part,
});
const submit = (...batches: readonly unknown[]): unknown => ({ type: 'submit', batches });
const placeOf = (message: unknown): string | null => {
  const read = parseClientMessage(message);
  return read.ok ? null : read.error.at;
};

describe('a submit', () => {
  test.each([
    ['no batches', submit()],
    ['a batch without ops', submit(batch({ ops: [] }))],
    ['the first and the last partition', submit(batch(), batch({ partition: 270 }))],
    ['replicas by turns', submit(batch(), batch({ replica: 'b.0' }), batch())],
    ['the longest replica id', submit(batch({ replica: 'x'.repeat(64) }))],
  ])('CL-5: with %s is read', (_what, message) => expect(placeOf(message)).toBeNull());

  test.each<[string, unknown, string]>([
    ['no list', submit(batch({ ops: {} })), '$.batches[0].ops'],
    ['a hole', submit(batch(), undefined), '$.batches[1]'],
    ['a list for a batch that is no short form', submit(null), '$.batches[0]'],
    ['partition −1', submit(batch({ partition: -1 })), '$.batches[0].partition'],
    ['partition 271', submit(batch({ partition: 271 })), '$.batches[0].partition'],
    ['half a partition', submit(batch({ partition: 0.5 })), '$.batches[0].partition'],
    ['a partition as text', submit(batch({ partition: '1' })), '$.batches[0].partition'],
    ['a replica too long', submit(batch({ replica: 'x'.repeat(65) })), '$.batches[0].replica'],
    ['a bad replica after a good one', submit(batch(), batch({ replica: 'a b' })), '$.batches[1].replica'],
    ['no replica in the second', submit(batch(), batch({ replica: undefined })), '$.batches[1].replica'],
    [
      'a bad op after good ones',
      submit(
        batch(),
        batch({
          ops: [
            [1, STAMP, 'm', 'k', 'd'],
            [2, STAMP, 'm', 'k', 'q'],
          ],
        }),
      ),
      '$.batches[1].ops[1][4]',
    ],
    ['batches as an object', { type: 'submit', batches: { 0: batch() } }, '$.batches'],
    ['no batches at all', { type: 'submit' }, '$.batches'],
  ])('CL-5: with %s is refused, naming the place', (_what, message, at) => expect(placeOf(message)).toBe(at));

  const transaction = (part: unknown): unknown => ({ type: 'submit', batches: [batch()], transaction: part });

  test.each([2, 3, 255, 256])('CR-12: as a transaction of %i parts is read', (parts) => {
    expect(placeOf(transaction({ first: 1, parts }))).toBeNull();
  });

  test.each<[unknown, string]>([
    [{ first: 1, parts: 1 }, '$.transaction.parts'],
    [{ first: 1, parts: 257 }, '$.transaction.parts'],
    [{ first: 1, parts: 2.5 }, '$.transaction.parts'],
    [{ first: 0, parts: 2 }, '$.transaction.first'],
    [{ first: '1', parts: 2 }, '$.transaction.first'],
    [{ first: 1 }, '$.transaction.parts'],
    [{ parts: 2 }, '$.transaction.first'],
    [null, '$.transaction'],
    [[1, 2], '$.transaction'],
    [undefined, '$.transaction'],
  ])('CR-12: as the transaction %j is refused', (part, at) => expect(placeOf(transaction(part))).toBe(at));
});

describe('a hello', () => {
  const HELLO = { protocol: 1, replicas: [['a.0', 0]], lineage: 'l', token: 't' };
  const placeOfHello = (hello: unknown): string | null => {
    const read = parseHello(hello);
    return read.ok ? null : read.error.at;
  };

  test.each<[string, unknown]>([
    ['whole', HELLO],
    ['without a token', { protocol: 1, replicas: [], lineage: null }],
    ['with a replica that has issued much', { ...HELLO, replicas: [['a.0', 2 ** 53 - 1]] }],
  ])('CL-6: %s is read as it is', (_what, hello) => expect(parseHello(hello)).toEqual({ ok: true, value: hello }));

  test.each<[unknown, string]>([
    [undefined, '$'],
    [null, '$'],
    ['hello', '$'],
    [[], '$'],
    [{}, '$.protocol'],
    [{ ...HELLO, replicas: undefined }, '$.replicas'],
    [{ ...HELLO, replicas: [['a.0']] }, '$.replicas[0]'],
    [{ ...HELLO, replicas: [['a.0', -1]] }, '$.replicas[0][1]'],
    [
      {
        ...HELLO,
        replicas: [
          ['a.0', 0],
          ['', 0],
        ],
      },
      '$.replicas[1][0]',
    ],
    [{ ...HELLO, lineage: undefined }, '$.lineage'],
    [{ ...HELLO, lineage: 7 }, '$.lineage'],
    [{ ...HELLO, token: null }, '$.token'],
    [{ ...HELLO, token: undefined }, '$.token'],
  ])('CL-6: %j is refused at %s', (hello, at) => expect(placeOfHello(hello)).toBe(at));

  test.each([0, 2, 2 ** 40])('CL-6: of version %i is refused as such, and not for what else is in it', (protocol) => {
    const read = parseHello({ protocol, replicas: 'many' });
    expect(read).toMatchObject({ ok: false, error: { code: 'protocol-version', at: '$.protocol' } });
  });
});
