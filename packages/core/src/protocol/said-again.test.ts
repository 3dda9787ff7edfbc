import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pathText } from '../primitives/check-value.js';
import { changedAt, CLIENT_SAMPLES, placesIn, SERVER_SAMPLES, valueAt } from './message-samples.arbitrary.js';
import { clientMessages, damaged, serverMessages } from './messages.arbitrary.js';
import type { ClientMessage, ServerMessage } from './messages.js';
import { parseClientMessage, parseServerMessage } from './parse.js';
import { longForm, shortForm } from './short-forms.js';

type Parse = typeof parseClientMessage | typeof parseServerMessage;

const overTheWire = (message: unknown): unknown => JSON.parse(JSON.stringify(message));

describe.each([
  ['a client', clientMessages as fc.Arbitrary<unknown>, parseClientMessage as Parse],
  ['a server', serverMessages as fc.Arbitrary<unknown>, parseServerMessage as Parse],
])('what was read of %s', (_who, messages, parse) => {
  test('PT-3, PT-8: is read once more as the same, said in its long and in its short form, however damaged it had come', () => {
    let read = 0;
    fc.assert(
      fc.property(
        fc.oneof(messages, damaged(messages), damaged(messages.map((m) => shortForm(m as ClientMessage)))),
        (message) => {
          // As text: JSON reads `-0`, and writes `0`.
          const first = parse(overTheWire(message));
          if (!first.ok) return;
          read += 1;
          expect(overTheWire(parse(overTheWire(first.value)))).toEqual(overTheWire(first));
          const short = overTheWire(shortForm(first.value as ClientMessage | ServerMessage));
          expect(overTheWire(parse(short))).toEqual(overTheWire(first));
          expect(longForm(first.value)).toEqual(first.value);
        },
      ),
      { numRuns: 600 },
    );
    expect(read).toBeGreaterThan(200);
  });
});

const ALL: readonly (readonly [type: string, message: object, parse: Parse])[] = [
  ...CLIENT_SAMPLES.map(({ message }) => [message.type, message, parseClientMessage] as const),
  ...SERVER_SAMPLES.map(({ message }) => [message.type, message, parseServerMessage] as const),
];

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

describe.each(ALL)('%s', (_type, message, parse) => {
  test('PT-3: may say more in any object than is known: it is passed over, and what is known is read', () => {
    for (const path of placesIn(message)) {
      if (!isObject(valueAt(message, path)) || /^\$\.query|\.ops|\[2\]\[3\]/.test(pathText(path))) continue;
      const more = changedAt(message, [...path, 'surprise'], (holder, name) => void (holder[name] = { a: 1 }));
      expect(parse(more), pathText(path)).toMatchObject({ ok: true, value: message });
    }
  });

  test('PT-6: whatever is wrong with it, the reason repeats nothing of it', () => {
    const MARK = '<img src=x>';
    for (const path of placesIn(message)) {
      for (const thing of [MARK, [MARK], { [MARK]: MARK }, { type: MARK }]) {
        const read = parse(changedAt(message, path, (holder, name) => void (holder[name] = thing)));
        if (!read.ok) expect([pathText(path), read.error.reason.includes(MARK)]).toEqual([pathText(path), false]);
      }
    }
  });
});
