import { describe, expect, test } from 'vitest';
import { pathText } from '../primitives/check-value.js';
import {
  changedAt,
  CLIENT_SAMPLES,
  placesIn,
  SERVER_SAMPLES,
  valueAt,
  type Path,
} from './message-samples.arbitrary.js';
import { parseClientMessage, parseHello, parseServerMessage, type ProtocolError } from './parse.js';
import type { Result } from '../primitives/result.js';

// Every place of every message with what no peer of ours would put there. What is read of it has to be what could have been sent.

type Parse = (message: unknown) => Result<unknown, ProtocolError>;
type Message = Readonly<Record<string, unknown>>;

const HELLO: Message = {
  protocol: 1,
  replicas: [['a.0', 3, 2]],
  lineage: 'l',
  token: 't',
  subs: [{ sub: 3, map: 'm', query: { limit: 1 }, have: [2, 'AA'], through: 5 }],
};
const ALL: readonly (readonly [type: string, message: Message, parse: Parse])[] = [
  ['hello', HELLO, parseHello],
  ...CLIENT_SAMPLES.map(({ message }) => [message.type, message, parseClientMessage] as const),
  ...SERVER_SAMPLES.map(({ message }) => [message.type, message, parseServerMessage] as const),
];

/** What an app wrote, which is judged with the values, and queries, which have a reader of their own. */
const ANYTHING =
  /^\$(\.subs\[0\])?\.query|^\$\.facets\[\d\]\[\d\]\[0\]|^\$\.events\[0\]\.(value|previous)|\.ops\[\d\]\[5\]\[0\]|\.ops\[0\]\[5\]\[1\]\[1\]|\[2\]\[3\]\[\d\]\[2\]/;
/** Of which every part may be missing: an object of another kind says nothing there. */
const ALL_OPTIONAL = /^\$\.(limits|about)$/;
/** Times of clocks that may be far off: any number. */
const ANY_NUMBER = /\.(at|serverTime)$|\.ops\[0\]\[6\]$/;

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i += 1) value = i % 2 === 0 ? [value] : { value };
  return value;
}

/** The same of calls: what a procedure is given, and what it says. */
const OF_CALLS = /^\$\.(args|result|data)/;
const isAnything = (at: string): boolean => ANYTHING.test(at) || OF_CALLS.test(at);

/** JSON, as it comes from the wire. */
const FROM_THE_WIRE: readonly (readonly [string, unknown])[] = [
  ['-0', -0],
  ['1e308', 1e308],
  ['a large whole number', 2 ** 64],
  ['the least number', Number.MIN_VALUE],
  ['a number as text', '1'],
  ['NaN as text', 'NaN'],
  ['half a character', '\ud800'],
  ['the other half', 'a\udfff'],
  ['a text of control characters', '\u0000\u001f\u007f'],
  ['a text of a hundred thousand', 'x'.repeat(100_000)],
  ['__proto__', '__proto__'],
  ['constructor', 'constructor'],
  ['an object that has a __proto__', JSON.parse('{"__proto__":{"polluted":true}}')],
  ['an object like a list', { 0: 'a', length: 1 }],
  ['an object with a toJSON', { toJSON: 1 }],
  ['a list in itself a thousand times', nested(1_000)],
  ['a list of holes', JSON.parse('[null,null,null]')],
];

/** What only a program can have made, in the same process. */
const FROM_A_PROGRAM: readonly (readonly [string, unknown])[] = [
  ['NaN', Number.NaN],
  ['infinity', Number.POSITIVE_INFINITY],
  ['less than all', Number.NEGATIVE_INFINITY],
  ['a big integer', 1n],
  ['a symbol', Symbol('x')],
  ['a function', () => 1],
  ['a date', new Date(0)],
  ['a map', new Map([['type', 'ping']])],
  ['a boxed number', Object(1)],
  ['a boxed text', Object('a.0')],
  ['undefined', undefined],
];

const putAt = (message: Message, path: Path, thing: unknown): unknown =>
  changedAt(message, path, (holder, name) => {
    Object.defineProperty(holder, name, { value: thing, enumerable: true, configurable: true, writable: true });
  });

const isPolluted = (): boolean => ({} as { polluted?: unknown }).polluted !== undefined;

describe.each(ALL)('PT-3: %s', (_type, message, parse) => {
  const places = placesIn(message);

  test.each(FROM_THE_WIRE)(
    'with %s in any place is refused by that place, or read as something of its range',
    (_what, thing) => {
      for (const path of places) {
        const read = parse(putAt(message, path, thing));
        const at = pathText(path);
        if (!read.ok) {
          expect(read.error.code).toMatch(/^(malformed|protocol-version)$/);
          expect(read.error.at.startsWith('$')).toBe(true);
          expect(read.error.reason.length, at).toBeLessThan(500);
          continue;
        }
        // What is read can be sent on, and is read as the same then.
        const again = parse(JSON.parse(JSON.stringify(read.value)));
        expect(again, at).toEqual({ ok: true, value: JSON.parse(JSON.stringify(read.value)) });
        // As the same kind of thing that stood there.
        const was = valueAt(message, path);
        if (!isAnything(at) && typeof was !== 'object') expect(typeof thing, at).toBe(typeof was);
      }
      expect(isPolluted()).toBe(false);
    },
  );

  test.each(FROM_A_PROGRAM)('with %s in any place is refused, where values of apps do not stand', (_what, thing) => {
    for (const path of places) {
      const at = pathText(path);
      const read = parse(putAt(message, path, thing));
      if (!read.ok || isAnything(at)) continue;
      if (typeof thing === 'object' && ALL_OPTIONAL.test(at)) continue;
      // What is not said is not there.
      const isMissing = thing === undefined && !(JSON.stringify(read.value) ?? '').includes('undefined');
      expect([at, isMissing || (typeof thing === 'number' && ANY_NUMBER.test(at) && Number.isFinite(thing))]).toEqual([
        at,
        true,
      ]);
    }
  });

  test('with strangers in each of its objects is read without them, those included that objects have of themselves', () => {
    const holders = places.filter((path) => {
      const value = valueAt(message, path);
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    });
    for (const path of [[] as Path, ...holders]) {
      const at = pathText(path);
      if (isAnything(at)) continue;
      for (const stranger of ['surprise', '__proto__', 'constructor', 'toString', 'hasOwnProperty', '', '0']) {
        const inner = { ...(path.length === 0 ? message : (valueAt(message, path) as object)) };
        Object.defineProperty(inner, stranger, { value: { polluted: true }, enumerable: true, configurable: true });
        const read = parse(path.length === 0 ? inner : putAt(message, path, inner));
        expect([at, stranger, read.ok]).toEqual([at, stranger, true]);
        // The hand-written check of a submit looks, and makes nothing: who reads it takes what has a name.
        if (read.ok && message['type'] !== 'submit') expect(read.value).toEqual(message);
      }
    }
    expect(isPolluted()).toBe(false);
  });
});

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['null', null],
  ['a text', '{"type":"ping","at":1}'],
  ['a number', 1],
  ['a list', [{ type: 'ping', at: 1 }]],
  ['an empty object', {}],
  ['a type of nothing', { type: undefined }],
  ['a type that is a list', { type: ['ping'], at: 1 }],
  ['a type that objects have of themselves', { type: 'constructor' }],
  ['a type that is __proto__', { type: '__proto__' }],
  ['a type in capitals', { type: 'Ping', at: 1 }],
  ['a type with a space', { type: 'ping ', at: 1 }],
  ['a hello', HELLO],
])('PT-3: %s is no message of either side', (_what, input) => {
  for (const parse of [parseClientMessage, parseServerMessage])
    expect(parse(input)).toMatchObject({ ok: false, error: { code: 'malformed' } });
});

describe('PT-2: a hello of another version', () => {
  test.each([0, 2, 3, 1_000, 2 ** 53 - 1, -1])('%d is told that, whatever else it says', (protocol) => {
    for (const rest of [{}, HELLO, { replicas: 'all' }])
      expect(parseHello({ ...rest, protocol })).toMatchObject({ ok: false, error: { code: 'protocol-version' } });
  });

  test.each([1.5, Number.NaN, '1', null, true, [1], 2 ** 53])('%j is no version', (protocol) => {
    expect(parseHello({ ...HELLO, protocol })).toMatchObject({
      ok: false,
      error: { code: 'malformed', at: '$.protocol' },
    });
  });
});
