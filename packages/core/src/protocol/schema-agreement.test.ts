import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { changedAt, CLIENT_SAMPLES, placesIn, SERVER_SAMPLES } from './message-samples.arbitrary.js';
import { clientMessageSchema, serverMessageSchema } from './messages.js';
import { parseClientMessage, parseServerMessage } from './parse.js';
import { longForm } from './short-forms.js';

// The hand-written checks against the frozen schemas, at every place of every message, with everything that has fooled a check.

const THINGS: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1,
  4,
  0.5,
  271,
  2 ** 53,
  '',
  'x',
  '-------0---a.0',
  '-----------',
  'gone',
  'applied',
  [],
  {},
  [1],
  ['a'],
  ['a', 1],
  [[]],
  [['a', '-------0---a.0', 1]],
  { type: 'ping' },
  { length: 2 },
];

describe.each(CLIENT_SAMPLES.map(({ message }) => [message.type, message] as const))('%s', (_type, message) => {
  test('CL-5: is read exactly when the schema takes it', () => {
    const differ: unknown[] = [];
    for (const path of placesIn(message)) {
      for (const thing of THINGS) {
        const changed = changedAt(message, path, (holder, name) => void (holder[name] = thing));
        const isRead = parseClientMessage(changed).ok;
        if (isRead !== z.safeParse(clientMessageSchema(), longForm(changed)).success)
          differ.push([path, thing, isRead]);
      }
    }
    expect(differ).toEqual([]);
  });
});

describe.each(SERVER_SAMPLES.map(({ message }) => [message.type, message] as const))('%s', (_type, message) => {
  test('SY-1: is read only when the schema takes it', () => {
    const differ: unknown[] = [];
    let refused = 0;
    for (const path of placesIn(message)) {
      for (const thing of THINGS) {
        const changed = changedAt(message, path, (holder, name) => void (holder[name] = thing));
        const isRead = parseServerMessage(changed).ok;
        if (!isRead) refused += 1;
        // The checks know more than a schema can say: that fields are sorted, and that no stamp is below the floor.
        if (isRead && !z.safeParse(serverMessageSchema(), longForm(changed)).success) differ.push([path, thing]);
      }
    }
    expect(differ).toEqual([]);
    expect(refused).toBeGreaterThan(placesIn(message).length * 5);
  });
});
