import { describe, expect, test } from 'vitest';
import type { Result } from '../primitives/result.js';
import { DEFAULT_LIMITS, limitsOf, toldLimits, type Limits } from './limits.js';
import { changedAt, CLIENT_SAMPLES, SERVER_SAMPLES, type Path } from './message-samples.arbitrary.js';
import { messageText } from './message-text.js';
import type { ServerMessage } from './messages.js';
import { parseClientMessage, parseServerMessage, type ProtocolError } from './parse.js';
import { checkRowChange } from './row-change.js';
import { shortForm } from './short-forms.js';

type Parse = (message: unknown) => Result<unknown, ProtocolError>;
const ALL: readonly (readonly [type: string, message: Readonly<Record<string, unknown>>, parse: Parse])[] = [
  ...CLIENT_SAMPLES.map(({ message }) => [message.type, message, parseClientMessage] as const),
  ...SERVER_SAMPLES.map(({ message }) => [message.type, message, parseServerMessage] as const),
];

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
}

const wire = (message: unknown): unknown => JSON.parse(JSON.stringify(message)) as unknown;

describe.each(ALL)('PT-3: %s', (_type, message, parse) => {
  test('is read without a write to it, in its long form and in its short one', () => {
    for (const form of [wire(message), wire(shortForm(message as never))]) {
      expect(parse(frozen(form))).toEqual({ ok: true, value: message });
    }
    expect(wire(shortForm(frozen(structuredClone(message)) as never))).toEqual(wire(shortForm(message as never)));
  });

  test('is read as the same, whatever order its members have', () => {
    const turned = Object.fromEntries(Object.entries(message).reverse());
    expect(Object.keys(turned)).not.toEqual(Object.keys({ ...message, end: 1 }));
    expect(parse(turned)).toEqual({ ok: true, value: message });
  });
});

/** Where apps have a say, and queries. */
const OPEN: readonly (readonly [type: string, path: Path])[] = [
  ['subscribe', ['query']],
  ['ask-search', ['query']],
  ['call', ['args']],
  ['called', ['result']],
  ['call-refused', ['data']],
  ['journal', ['events', 0, 'value']],
  ['submit', ['batches', 0, 'ops', 0, 5, 0, 1]],
  ['submit', ['batches', 0, 'ops', 2, 5, 0]],
  ['rows', ['changes', 0, 2, 3, 0, 2]],
  ['push', ['subs', 0, 'changes', 0, 2, 3, 0, 2]],
];

const nested = (depth: number, wrap: (inner: unknown) => unknown): unknown => {
  let value: unknown = 1;
  for (let i = 0; i < depth; i += 1) value = wrap(value);
  return value;
};

describe('PT-3: what an app has written', () => {
  test.each(OPEN)('in a %s, at %j, however deep, is passed on and not walked through', (type, path) => {
    const [, message, parse] = ALL.find(([each]) => each === type)!;
    const wraps = [(inner: unknown) => [inner], (inner: unknown) => ({ a: inner })];
    for (const wrap of wraps) {
      const deep = nested(20_000, wrap);
      const given = changedAt(message, path, (holder, name) => {
        holder[name] = deep;
      });
      const read = parse(given);
      expect(read.ok).toBe(true);
      const found = path.reduce<unknown>((at, step) => (at as never)[step], read.ok ? read.value : null);
      expect(found === deep).toBe(true);
    }
  });
});

describe('PT-7, PT-8: limits', () => {
  const names = Object.keys(DEFAULT_LIMITS) as (keyof Limits)[];

  test('any choice of them that differ is told, and understood', () => {
    for (let choice = 0; choice < 2 ** names.length; choice += 1) {
      const differing = names.filter((_name, i) => Math.floor(choice / 2 ** i) % 2 === 1);
      const limits = { ...DEFAULT_LIMITS };
      for (const name of differing) Object.assign(limits, { [name]: DEFAULT_LIMITS[name] + 1 });
      const told = toldLimits(limits);
      expect(Object.keys(told ?? {})).toEqual(differing);
      expect(limitsOf(told)).toEqual(limits);
      expect(limitsOf(wire(told ?? {}) as never)).toEqual(limits);
      const welcome = {
        ...SERVER_SAMPLES.find(({ message }) => message.type === 'welcome')!.message,
        limits: told ?? {},
      };
      expect(parseServerMessage(welcome)).toEqual({ ok: true, value: welcome });
    }
  });

  test('one that is 0 is told, and is no default', () => {
    for (const name of names) {
      const told = toldLimits({ ...DEFAULT_LIMITS, [name]: 0 });
      expect(told).toEqual({ [name]: 0 });
      expect(limitsOf(told)[name]).toBe(0);
    }
  });
});

describe('PT-8: the text of a push', () => {
  const change = (key: string): readonly unknown[] => ['gone', key];
  const push = (...subs: readonly (readonly unknown[])[]): ServerMessage =>
    ({
      type: 'push',
      through: 7,
      subs: subs.map((changes, i) => ({ sub: i, n: 2 * i, changes, full: i % 2 === 0 })),
    }) as never;

  test.each<[string, ServerMessage]>([
    ['to nobody', push()],
    ['to one, of nothing', push([])],
    ['to one', push([change('a')])],
    ['to several', push([change('a')], [], [change('b'), change('c')])],
    ['with what JSON escapes', push([change('"\\\n\u2028😀')])],
  ])('%s is its JSON, whoever was told of the changes before', (_what, message) => {
    const text = JSON.stringify(message);
    for (let i = 0; i < 2; i += 1) expect(messageText(message)).toBe(text);
    expect(parseServerMessage(JSON.parse(messageText(message)))).toEqual({ ok: true, value: message });
  });
});

describe('SY-1: what is wrong with a row change', () => {
  const RECORD = ['', 0, '', []];
  test.each<[unknown, string]>([
    [null, ' a row change is an array'],
    [{ 0: 'gone', 1: 'k' }, ' a row change is an array'],
    [[], '[1] a key is a string'],
    [['gone'], '[1] a key is a string'],
    [['enter', 1, RECORD], '[1] a key is a string'],
    [['gone', 'k', RECORD], '[2] gone carries no record'],
    [['leave', 'k', RECORD], '[0] enter, update, gone or out is expected'],
    [[null, 'k'], '[0] enter, update, gone or out is expected'],
    [['enter', 'k'], '[2] enter carries a record'],
    [['update', 'k'], '[2] update carries a record'],
    [['out', 'k', RECORD, 1], '[2] out carries a record'],
    [['enter', 'k', null], '[2] a record is an array of 4 or 5'],
    [['out', 'k', ['', 1, '', []]], '[2][1] created, but without a stamp'],
    [
      [
        'update',
        'k',
        [
          '',
          0,
          '',
          [
            ['b', ''],
            ['a', ''],
          ],
        ],
      ],
      '[2][3][0][1] not a stamp',
    ],
  ])('%j', (change, expected) => {
    const wrong = checkRowChange(change);
    expect(wrong === null ? null : `${wrong.at} ${wrong.message}`).toBe(expected);
    const push = { type: 'push', through: 1, subs: [{ sub: 1, n: 0, changes: [['gone', 'a'], change], full: true }] };
    const read = parseServerMessage(push);
    expect(read.ok || read.error.at).toBe(`$.subs[0].changes[1]${expected.split(' ')[0]!}`);
  });
});
