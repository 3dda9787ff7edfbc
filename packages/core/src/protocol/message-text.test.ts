import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { messageText } from './message-text.js';
import { serverMessages } from './messages.arbitrary.js';
import type { RowChange } from './row-change.js';
import { shortForm } from './short-forms.js';

test('PT-8: the text of a message is the JSON of its short form', () => {
  fc.assert(
    fc.property(serverMessages, (message) => {
      expect(messageText(message)).toBe(JSON.stringify(shortForm(message)));
    }),
    { numRuns: 2_000 },
  );
});

test('PT-8: changes that many are told are written once, whoever is told them', () => {
  let written = 0;
  const key = Object.assign(new String('k'), { toJSON: () => `k${++written}` }) as unknown as string;
  const changes: readonly RowChange[] = [['gone', key]];
  const push = (sub: number, n: number): string =>
    messageText({ type: 'push', through: 7, subs: [{ sub, n, changes, full: false }] });
  expect(push(1, 4)).toBe(
    '{"type":"push","through":7,"subs":[{"sub":1,"n":4,"changes":[["gone","k1"]],"full":false}]}',
  );
  expect(push(2, 0)).toBe(
    '{"type":"push","through":7,"subs":[{"sub":2,"n":0,"changes":[["gone","k1"]],"full":false}]}',
  );
  expect(written).toBe(1);
});
