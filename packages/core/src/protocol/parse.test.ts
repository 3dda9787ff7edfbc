import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { helloSchema } from './hello.js';
import { clientMessages, damaged, hellos, serverMessages } from './messages.arbitrary.js';
import { clientMessageSchema, serverMessageSchema } from './messages.js';
import { parseClientMessage, parseHello, parseServerMessage, type ProtocolError } from './parse.js';
import { longForm } from './short-forms.js';
import type { Result } from '../primitives/result.js';

const overTheWire = (message: unknown): unknown => JSON.parse(JSON.stringify(message));
const errorOf = (result: Result<unknown, ProtocolError>): ProtocolError | null => (result.ok ? null : result.error);

const STAMP = '-------0---a.0';
const submit = (ops: unknown): unknown => ({ type: 'submit', batches: [{ replica: 'a.0', partition: 3, ops }] });
const push = (changes: unknown): unknown => ({
  type: 'push',
  through: 1,
  subs: [
    { sub: 1, n: 0, changes: [], full: false },
    { sub: 2, n: 0, changes, full: false },
  ],
});

describe('messages', () => {
  test('every message a client may send is read as it was', () => {
    fc.assert(
      fc.property(clientMessages, (message) => {
        expect(parseClientMessage(overTheWire(message))).toEqual({ ok: true, value: message });
      }),
    );
  });

  test('every message a server may send is read as it was', () => {
    fc.assert(
      fc.property(serverMessages, (message) => {
        expect(parseServerMessage(overTheWire(message))).toEqual({ ok: true, value: message });
      }),
    );
  });

  test('every hello is read as it was', () => {
    fc.assert(
      fc.property(hellos, (hello) => {
        expect(parseHello(overTheWire(hello))).toEqual({ ok: true, value: hello });
      }),
    );
  });

  test('the hand-written checks and the frozen schemas agree on damaged messages of clients', () => {
    let refused = 0;
    fc.assert(
      fc.property(damaged(clientMessages), (message) => {
        const read = parseClientMessage(message);
        if (!read.ok) refused += 1;
        expect(read.ok).toBe(z.safeParse(clientMessageSchema(), longForm(message)).success);
      }),
      { numRuns: 3000 },
    );
    expect(refused).toBeGreaterThan(500);
  });

  test('what the hand-written checks take of a damaged message of a server, the frozen schemas take too', () => {
    let refused = 0;
    fc.assert(
      fc.property(damaged(serverMessages), (message) => {
        const read = parseServerMessage(message);
        if (!read.ok) refused += 1;
        // The check knows more than a schema can say: that fields are sorted, that stamps are not below the floor.
        expect(!read.ok || z.safeParse(serverMessageSchema(), longForm(message)).success).toBe(true);
      }),
      { numRuns: 3000 },
    );
    expect(refused).toBeGreaterThan(500);
  });

  test('a damaged hello is a typed error, never a throw', () => {
    fc.assert(
      fc.property(damaged(hellos), (hello) => {
        const read = parseHello(hello);
        const known = typeof hello === 'object' && (hello as { protocol?: unknown }).protocol === 1;
        expect(read.ok).toBe(known && z.safeParse(helloSchema(), hello).success);
      }),
      { numRuns: 1000 },
    );
  });

  test('anything at all is read or refused with a sentence', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true, withTypedArray: true }), (input) => {
        for (const parse of [parseClientMessage, parseServerMessage, parseHello]) {
          const error = errorOf(parse(input));
          expect(error === null || (error.at.startsWith('$') && error.reason.length > 3)).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the place of an error', () => {
  test.each<[unknown, string]>([
    [7, '$'],
    [{}, '$.type'],
    [{ type: 'welcome' }, '$.type'],
    [{ type: 'ping', at: 'now' }, '$.at'],
    [{ type: 'subscribe', sub: -1, map: 'm', query: {} }, '$.sub'],
    [{ type: 'subscribe', sub: 1, map: 'm', have: [1] }, '$.have'],
    [
      {
        type: 'announce',
        replicas: [
          ['a.0', 1],
          ['b 0', 1],
        ],
      },
      '$.replicas[1][0]',
    ],
    [{ type: 'submit', batches: [{ replica: 'a.0', partition: 271, ops: [] }] }, '$.batches[0].partition'],
    [{ type: 'submit', batches: [{ replica: '', partition: 1, ops: [] }] }, '$.batches[0].replica'],
    [submit({}), '$.batches[0].ops'],
    [
      submit([
        [1, STAMP, 'm', 'k', 'd'],
        [2, STAMP, 'm', 'k', 'c', [['a', 1], [2]]],
      ]),
      '$.batches[0].ops[1][5][1]',
    ],
  ])('of a client, %j: %s', (message, at) => {
    expect(errorOf(parseClientMessage(message))).toMatchObject({ code: 'malformed', at });
  });

  test.each<[unknown, string]>([
    [
      push([
        ['enter', 'k', [STAMP, 1, '', [['a', '', 1]]]],
        ['gone', 'k', 1],
      ]),
      '$.subs[1].changes[1][2]',
    ],
    [push([['enter', 'k']]), '$.subs[1].changes[0][2]'],
    [push([['left', 'k', ['', 0, '', []]]]), '$.subs[1].changes[0][0]'],
    [push([['out', 'k', [STAMP, 1, '', [['a', 'x', 1]]]]]), '$.subs[1].changes[0][2][3][0][1]'],
    [push(['gone']), '$.subs[1].changes[0]'],
    [
      {
        type: 'decided',
        position: 1,
        replica: 'a.0',
        verdicts: [],
        rejected: [],
        totals: [
          ['m', 'k', [STAMP, 3, '', []]],
          ['m', 'k', [STAMP, 4, '', []]],
        ],
      },
      '$.totals[1][2][1]',
    ],
    [{ type: 'error', code: 'no-such-code', reason: '', fatal: true }, '$.code'],
  ])('of a server, %j: %s', (message, at) => {
    expect(errorOf(parseServerMessage(message))).toMatchObject({ code: 'malformed', at });
  });

  test('a reason can be shown: a sentence that repeats nothing of the input', () => {
    const reason = errorOf(parseClientMessage({ type: 'ping', at: '<script>' }))?.reason;
    expect(reason).toBe('expected number');
    expect(errorOf(parseClientMessage({ type: '<script>' }))?.reason).toBe('a message of no known type');
  });
});

describe('the version handshake', () => {
  test.each([0, 2, 999])('version %i is refused as such, whatever else the hello says', (protocol) => {
    const error = errorOf(parseHello({ protocol, shape: 'unknown here' }));
    expect(error).toMatchObject({ code: 'protocol-version', at: '$.protocol' });
    expect(error?.reason).toContain(String(protocol));
  });

  test.each([undefined, null, '1', 1.5, -1])('version %j is malformed or unknown', (protocol) => {
    expect(parseHello({ protocol, replicas: [], lineage: null }).ok).toBe(false);
  });

  test('what a newer client adds is left out, not refused', () => {
    const hello = { protocol: 1, replicas: [], lineage: null };
    expect(parseHello({ ...hello, color: 'red' })).toEqual({ ok: true, value: hello });
  });
});

describe('__proto__', () => {
  test('survives as a key, a field and inside values and queries', () => {
    const text = `{"type":"submit","batches":[{"replica":"a.0","partition":1,"ops":[[1,"${STAMP}","m","__proto__","c",[["__proto__",{"__proto__":1}]]]]}]}`;
    const read = parseClientMessage(JSON.parse(text));
    expect(read.ok && JSON.stringify(read.value)).toBe(text);
    const query = '{"type":"subscribe","sub":1,"map":"m","query":{"__proto__":{"a":1}}}';
    const subscribe = parseClientMessage(JSON.parse(query));
    expect(subscribe.ok && JSON.stringify(subscribe.value)).toBe(query);
    expect('a' in {}).toBe(false);
  });

  test('as a property of the message touches no prototype', () => {
    const read = parseClientMessage(JSON.parse('{"type":"ping","at":1,"__proto__":{"polluted":1}}'));
    expect(read.ok && 'polluted' in read.value).toBe(false);
  });
});
