import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteWriter } from '../layout/byte-writer.js';
import { recordKeyAt, recordLength, writeRecord } from '../layout/record-layout.js';
import { ByteReader } from '../layout/byte-reader.js';
import { EMPTY_RECORD, type LwwRecord } from '@topgun/core/crdt';
import { encodeStamp, type ReplicaId } from '@topgun/core/clock';
import { halfSipHash } from './half-sip-hash.js';
import { KeyBytes } from './key-bytes.js';
import { Slab, type SlabCapture } from './slab.js';

const SEED = { low: 1, high: 2 };
const stamp = encodeStamp({ millis: 1, counter: 0, replica: 'r' as ReplicaId });

/** Every one is another, of the same length too. */
let made = 0;

function recordBytes(key: string, length: number): Buffer {
  made += 1;
  const value = String.fromCharCode(0x61 + (made % 26)).repeat(length);
  const record: LwwRecord = { ...EMPTY_RECORD, fields: new Map([['f', { stamp, value }]]) };
  const writer = new ByteWriter(64);
  // Not at the beginning of its bytes.
  writer.u32(0);
  writeRecord(writer, key, record);
  return Buffer.from(writer.finish());
}

const keyAt = (bytes: Buffer, from: number): string => new ByteReader(bytes, recordKeyAt(from)).text();

const textAt = (bytes: Buffer, from: number): string =>
  bytes.toString('latin1', from, from + recordLength(bytes, from));

const entriesOf = (slab: Slab): [string, string][] =>
  [...slab].map((entry) => [keyAt(slab.page(entry), slab.at(entry)), textAt(slab.page(entry), slab.at(entry))]);

function capturedEntries({ pages, places }: SlabCapture): [string, string][] {
  const entries: [string, string][] = [];
  for (let i = 0; i < places.length; i += 2) {
    const bytes = pages[places[i]!]!;
    entries.push([keyAt(bytes, places[i + 1]!), textAt(bytes, places[i + 1]!)]);
  }
  return entries;
}

/** Keys of every form: of one byte a character, of more, with half a surrogate pair, longer than what is looked up the short way. */
const keys = fc.oneof(
  { weight: 8, arbitrary: fc.nat(9).map((i) => `key-${i}`) },
  fc.constantFrom('', 'é', 'ключ', '\u{10000}', '\ud800', 'k'.repeat(63), 'k'.repeat(64), 'k'.repeat(200), '\u0080'),
);
/** Mostly such as many have room for in a page, some larger than any page. */
const lengths = fc.oneof(
  { weight: 8, arbitrary: fc.nat(300) },
  { weight: 4, arbitrary: fc.constant(40) },
  fc.constantFrom(5_000, 70_000),
);
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ type: fc.constant('set' as const), key: keys, length: lengths }) },
    { weight: 3, arbitrary: fc.record({ type: fc.constant('delete' as const), key: keys }) },
    fc.record({ type: fc.constant('capture' as const) }),
    fc.record({ type: fc.constant('release' as const) }),
    fc.record({
      type: fc.constant('many' as const),
      from: fc.constantFrom(0, 5, 300),
      count: fc.nat(120),
      length: fc.constantFrom(40, 41, 150),
    }),
    fc.record({ type: fc.constant('few' as const), keep: fc.nat(9) }),
  ),
  { maxLength: 60, size: 'max' },
);

test('PI-24: after any changes a slab holds what a map would, in the order of a map, and a capture what it held', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const slab = new Slab(SEED);
      const model = new Map<string, string>();
      const captures: { readonly capture: SlabCapture; readonly held: [string, string][] }[] = [];
      const set = (key: string, length: number) => {
        const bytes = recordBytes(key, length);
        slab.set(bytes, 4);
        model.set(key, textAt(bytes, 4));
      };
      for (const step of all) {
        if (step.type === 'set') set(step.key, step.length);
        else if (step.type === 'delete') expect(slab.delete(step.key)).toBe(model.delete(step.key));
        else if (step.type === 'capture') captures.push({ capture: slab.capture(), held: [...model] });
        else if (step.type === 'release') {
          const released = captures.shift();
          if (released === undefined) continue;
          expect(capturedEntries(released.capture)).toEqual(released.held);
          released.capture.release();
        } else if (step.type === 'many') {
          for (let i = step.from; i < step.from + step.count; i += 1) set(`key-${i}`, step.length);
        } else for (const key of [...model.keys()].slice(step.keep)) expect(slab.delete(key)).toBe(model.delete(key));
        expectExact(slab, model);
      }
      expect(entriesOf(slab)).toEqual([...model]);
      for (const [key, text] of model) {
        const entry = slab.find(key);
        expect(textAt(slab.page(entry), slab.at(entry))).toBe(text);
      }
      expect(slab.find('key-none')).toBe(-1);
      for (const { capture, held } of captures) expect(capturedEntries(capture)).toEqual(held);
    }),
    { numRuns: 100 },
  );
});

/** PI-24: what is said of memory is what a recount finds, and garbage has its bounds. */
function expectExact(slab: Slab, model: ReadonlyMap<string, string>): void {
  const { records, garbage, free, index, total } = slab.bytes;
  const capture = slab.capture();
  capture.release();
  const pages = capture.pages.filter((page) => page !== null);
  const live = [...model.values()].reduce((sum, text) => sum + text.length, 0);
  expect(slab.size).toBe(model.size);
  expect(records).toBe(live);
  expect(records + garbage + free).toBe(pages.reduce((sum, { buffer }) => sum + buffer.byteLength, 0));
  expect(records + garbage).toBe(pages.reduce((sum, { length }) => sum + length, 0));
  expect(total).toBe(records + garbage + free + index);
}

test('PI-24: however often records are replaced, a slab takes at most two fifths more than they do, and two pages', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(399), fc.nat(600)), { minLength: 3_000, maxLength: 3_000 }), (writes) => {
      const slab = new Slab(SEED);
      for (const [key, length] of writes) {
        slab.set(recordBytes(`key-${key}`, length), 4);
        const { records, garbage, free } = slab.bytes;
        expect(records + garbage + free).toBeLessThan(records * 1.4 + 2 * 131_072);
      }
    }),
    { numRuns: 3, endOnFailure: true },
  );
});

test('PI-24: a slab of one record takes less than a kilobyte, and an empty one no page', () => {
  const slab = new Slab(SEED);
  for (let i = 0; i < 100; i += 1) slab.set(recordBytes('key', 60), 4);
  expect(slab.bytes.total).toBeLessThan(1_024 + 512);
  slab.delete('key');
  expect(slab.bytes).toMatchObject({ records: 0, garbage: 0, free: 0 });
});

test('PI-24: who walks through a slab while it changes sees each record that is there throughout once, and those that come', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(99), fc.nat(80), fc.boolean()), { maxLength: 300, size: 'max' }),
      (changes) => {
        const slab = new Slab(SEED);
        const model = new Map<string, number>();
        for (let i = 0; i < 40; i += 1) {
          slab.set(recordBytes(`key-${i}`, i), 4);
          model.set(`key-${i}`, i);
        }
        const walk = slab[Symbol.iterator]();
        const modelWalk = model.keys();
        const left = [...changes];
        for (;;) {
          const [found, expected] = [walk.next(), modelWalk.next()];
          expect(found.done).toBe(expected.done);
          if (found.done === true || expected.done === true) break;
          expect(keyAt(slab.page(found.value), slab.at(found.value))).toBe(expected.value);
          for (const [key, length, isDeleted] of left.splice(0, 40)) {
            if (isDeleted) expect(slab.delete(`key-${key}`)).toBe(model.delete(`key-${key}`));
            else {
              slab.set(recordBytes(`key-${key}`, length), 4);
              model.set(`key-${key}`, length);
            }
          }
        }
      },
    ),
    { numRuns: 100 },
  );
});

test('PI-24: keys of one hash are told apart', () => {
  const held = new Map<number, string>();
  const pairs: [string, string][] = [];
  const sought = new KeyBytes();
  const hashOf = (key: string): number => {
    const { bytes, length } = sought.write(key);
    return halfSipHash(bytes, 0, length, SEED);
  };
  for (let i = 0; pairs.length < 2 && i < 400_000; i += 1) {
    const key = `key-${i}`;
    const other = held.get(hashOf(key));
    if (other !== undefined) pairs.push([other, key]);
    held.set(hashOf(key), key);
  }
  expect(pairs.length).toBeGreaterThan(0);
  for (const [one, other] of pairs) {
    const slab = new Slab(SEED);
    slab.set(recordBytes(one, 1), 4);
    expect([slab.find(one) >= 0, slab.find(other)]).toEqual([true, -1]);
    slab.set(recordBytes(other, 2), 4);
    slab.delete(one);
    expect([slab.find(one), entriesOf(slab).map(([key]) => key)]).toEqual([-1, [other]]);
  }
});
