import { describe, expect, test } from 'vitest';
import { CALL_REFUSALS } from './call.js';
import { ERROR_CODES, REJECTION_CODES } from './codes.js';
import { SUPPORTED_PROTOCOLS } from './hello.js';
import { parseHello, parseServerMessage } from './parse.js';

// Codes are what programs act on: each is one of its message, and none of another.

const STRANGERS = ['', 'ok', 'Internal', 'internal ', 'not_permitted', '__proto__', 'toString', null, 0, ['internal']];
const placeOf = (message: unknown): string => {
  const read = parseServerMessage(message);
  return read.ok ? 'read' : `${read.error.code} ${read.error.at}`;
};

const CARRIERS: readonly (readonly [
  what: string,
  codes: readonly string[],
  at: string,
  carry: (code: unknown) => unknown,
])[] = [
  [
    'a rejection',
    REJECTION_CODES,
    '$.rejected[0].code',
    (code) => ({
      type: 'decided',
      position: 1,
      replica: 'a.0',
      verdicts: [],
      rejected: [{ seq: 1, code, reason: '' }],
    }),
  ],
  ['an error', ERROR_CODES, '$.code', (code) => ({ type: 'error', code, reason: '', fatal: true })],
  ['a call that is refused', CALL_REFUSALS, '$.code', (code) => ({ type: 'call-refused', id: 1, code, reason: '' })],
];

const EVERY = [...new Set(CARRIERS.flatMap(([, codes]) => codes))];

describe.each(CARRIERS)('PT-6, CL-7: %s', (_what, codes, at, carry) => {
  test('says each of its codes, and no other message’s', () => {
    for (const code of EVERY)
      expect([code, placeOf(carry(code))]).toEqual([code, codes.includes(code) ? 'read' : `malformed ${at}`]);
    expect(new Set(codes).size).toBe(codes.length);
  });

  test('is refused with what is no code, naming the place and none of it', () => {
    for (const code of STRANGERS) {
      const read = parseServerMessage(carry(code));
      expect([code, read.ok]).toEqual([code, false]);
      if (read.ok || typeof code !== 'string' || code.length < 4) continue;
      expect(read.error.at).toBe(at);
      expect(read.error.reason).not.toContain(`"${code}"`);
    }
  });

  test('says them in small letters and hyphens, which no parser of anything has to escape', () => {
    for (const code of codes) expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });
});

describe('PT-2: the version of a hello', () => {
  const hello = (protocol: unknown) => parseHello({ protocol });

  test('is the first thing that is looked at: of one that is spoken here the rest is wrong, of another the version', () => {
    for (const protocol of SUPPORTED_PROTOCOLS)
      expect(hello(protocol)).toMatchObject({ ok: false, error: { code: 'malformed' } });
    const [newest] = [...SUPPORTED_PROTOCOLS].sort((a, b) => b - a);
    for (const protocol of [newest! + 1, -1, 1_000_000]) {
      const reason = `protocol ${protocol} is not spoken here, only ${SUPPORTED_PROTOCOLS.join(', ')}`;
      expect(hello(protocol)).toEqual({ ok: false, error: { code: 'protocol-version', at: '$.protocol', reason } });
    }
  });

  test('is a whole number, or the hello has none', () => {
    for (const protocol of [0.5, '1', null, undefined, Number.NaN, Infinity, {}, 2 ** 53])
      expect(hello(protocol)).toMatchObject({ ok: false, error: { code: 'malformed' } });
    for (const nothing of [null, undefined, 1, 'hello', []])
      expect(parseHello(nothing)).toMatchObject({ ok: false, error: { code: 'malformed', at: '$' } });
  });
});
