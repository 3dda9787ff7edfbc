import { encodeStamp, type ReplicaId } from '@topgun/core/clock';
import { opToRecord, type LwwRecord } from '@topgun/core/crdt';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { MarkQueue } from './mark-queue.js';
import { parsePlace, placeText } from './record-place.js';

const removed = (millis: number): LwwRecord => {
  const replica = 'r.0' as ReplicaId;
  const stamp = encodeStamp({ millis, counter: 0, replica });
  return opToRecord({ kind: 'remove', replica, seq: 1, stamp, map: 'm', key: 'k' });
};
const change = (millis: number) => ({
  partition: 1,
  map: 'm',
  key: `k${millis}`,
  before: undefined,
  after: removed(millis),
});

test('CR-10: marks wait in the order of their commits, each as long as any other, whatever their stamps say', () => {
  const commits = fc.array(fc.record({ stamp: fc.nat({ max: 50 }), wait: fc.nat({ max: 9 }), live: fc.boolean() }), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(commits, fc.nat({ max: 400 }), fc.integer({ min: 1, max: 7 }), (list, until, count) => {
      const queue = new MarkQueue();
      let now = 0;
      let latest = 0;
      const model: { position: number; since: number }[] = [];
      list.forEach(({ stamp, wait, live }, i) => {
        now += wait;
        queue.note([change(stamp), { ...change(stamp), after: undefined }], i + 1, live ? now : 0);
        latest = Math.max(latest, stamp, live ? now : 0);
        model.push({ position: i + 1, since: latest });
      });
      for (let rest = model; ; rest = rest.slice(count)) {
        expect([queue.size, queue.since]).toEqual([rest.length, rest[0]?.since ?? null]);
        const due = rest.filter(({ since }) => since <= until).slice(0, count);
        expect(queue.due(until, count).map(({ position }) => position)).toEqual(due.map(({ position }) => position));
        if (rest.length === 0) return;
        queue.drop(count);
      }
    }),
    { numRuns: 300 },
  );
});

test('CR-10: what was committed before the last thing forgotten is not looked at again', () => {
  const queue = new MarkQueue();
  for (let position = 1; position <= 5_000; position += 1) queue.note([change(position)], position, 0);
  queue.dropBefore(4_000);
  expect([queue.size, queue.due(9_999, 1)[0]?.position]).toEqual([1_001, 4_000]);
  queue.dropBefore(3);
  queue.dropBefore(9_999);
  expect([queue.size, queue.since, queue.due(9_999, 9)]).toEqual([0, null, []]);
});

test('a place is one text, whatever is in the key, and the text leads back to it', () => {
  const place = fc.record({
    partition: fc.nat({ max: 270 }),
    map: fc.string({ unit: fc.constantFrom('a', ':', '/', '1'), minLength: 1 }),
    key: fc.string({ unit: fc.constantFrom('\0', 'a', '1', ':'), minLength: 1 }),
  });
  fc.assert(
    fc.property(place, place, (a, b) => {
      const text = placeText(a.partition, a.map, a.key);
      expect(parsePlace(text)).toEqual(a);
      const isSame = a.partition === b.partition && a.map === b.map && a.key === b.key;
      expect(text === placeText(b.partition, b.map, b.key)).toBe(isSame);
    }),
  );
});
