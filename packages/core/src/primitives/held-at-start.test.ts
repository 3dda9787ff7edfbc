import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { heldAtStart } from './held-at-start.js';
import { LargeMap } from './large-map.js';
import { LargeSet } from './large-set.js';

/** So many more than are held would show that it does not end. */
const MANY = 1_000;

/** Goes through the items, and after each removes it and writes it again, and one more. */
function metWhileWritten(items: Iterable<string>, write: (met: string, count: number) => void): string[] {
  const met: string[] = [];
  for (const key of items) {
    met.push(key);
    if (met.length > MANY) break;
    write(key, met.length);
  }
  return met;
}

const names = Array.from({ length: 30 }, (_, i) => `k${i}`);

test('QU-8: what is held at the beginning is gone through once, though each is removed and written again when it is met, and others come', () => {
  const map = new Map(names.map((key) => [key, 0]));
  const met = metWhileWritten(
    (function* () {
      for (const [key] of heldAtStart(map)) yield key;
    })(),
    (key, count) => {
      map.delete(key);
      map.set(key, count).set(`new${count}`, count);
    },
  );
  expect(met).toEqual(names);
  expect([...heldAtStart(new Set())]).toEqual([]);
});

test.each([
  ['whole', 100],
  ['in parts', 3],
])('QU-8: so are a large map and a large set that are %s', (_what, splitAt) => {
  const map = new LargeMap<number>(splitAt);
  const set = new LargeSet(splitAt);
  for (const key of names) {
    map.set(key, 0);
    set.add(key);
  }
  const again = (held: LargeMap<number> | LargeSet) => (key: string) => {
    held.delete(key);
    if (held instanceof LargeSet) held.add(key);
    else held.set(key, 1);
  };
  const entries = function* () {
    for (const [key] of map) yield key;
  };
  expect(metWhileWritten(map.keys(), again(map)).sort()).toEqual([...names].sort());
  expect(metWhileWritten(entries(), again(map)).sort()).toEqual([...names].sort());
  expect(metWhileWritten(set, again(set)).sort()).toEqual([...names].sort());
  // Values do not say whose they are: as many as there are keys.
  let values = 0;
  for (const _ of map.values()) {
    if (++values > MANY) break;
    const [first] = map.keys();
    again(map)(first as string);
  }
  expect(values).toBeLessThanOrEqual(names.length);
});

test('QU-8: whatever is written meanwhile, what stays is met once and no more is met than there was', () => {
  const write = fc.record({ key: fc.nat(12), isRemoved: fc.boolean() });
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat(12)),
      fc.array(fc.array(write, { maxLength: 4 }), { maxLength: 20 }),
      (keys, writes) => {
        const held = new Set(keys);
        const touched = new Set<number>();
        const met: number[] = [];
        for (const key of heldAtStart(held)) {
          met.push(key);
          for (const { key: other, isRemoved } of writes[met.length - 1] ?? []) {
            touched.add(other);
            held.delete(other);
            if (!isRemoved) held.add(other);
          }
        }
        expect(met.length).toBeLessThanOrEqual(keys.length);
        expect(met.filter((key) => !touched.has(key)).sort()).toEqual(keys.filter((key) => !touched.has(key)).sort());
      },
    ),
  );
});
