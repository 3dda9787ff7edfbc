import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeItems, encodeItems, type ExchangeItem } from './exchange-item.js';
import { WORD_48 } from './trie-reader.js';

const words = fc.oneof(
  fc.nat({ max: 300 }),
  fc.maxSafeNat().map((n) => n % WORD_48),
  fc.constant(WORD_48 - 1),
);
const path = (maxLength: number) => fc.string({ unit: fc.constantFrom(...'0123456789abcdef'.split('')), maxLength });
const idents = fc.array(words, { maxLength: 200 });

const items: fc.Arbitrary<ExchangeItem> = fc.oneof(
  fc.record({
    type: fc.constant('sums' as const),
    path: path(15),
    sums: fc.array(fc.option(words), { minLength: 16, maxLength: 16 }),
  }),
  fc.record({
    type: fc.constant('list' as const),
    path: path(16),
    rows: fc.array(fc.record({ ident: words, record: words }), { maxLength: 140 }),
  }),
  fc.record({ type: fc.constantFrom('want' as const, 'lack' as const), path: path(16), idents }),
);
const messages = fc.array(items, { maxLength: 6 });

describe('the form of an exchange', () => {
  test('SY-2: what is written is read', () => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(decodeItems(encodeItems(message))).toEqual({ ok: true, value: message });
      }),
    );
  });

  test('SY-2: a message has one form: whatever can be read is written the same again', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), damagedMessages), (bytes) => {
        const read = decodeItems(bytes);
        if (read.ok) expect(encodeItems(read.value)).toEqual(bytes);
        else expect(read.error.code).toBe('malformed-exchange');
      }),
      { numRuns: 3_000 },
    );
  });

  test('SY-2: a message cut short is an error, and never more than it holds is made of it', () => {
    fc.assert(
      fc.property(items, fc.nat(), (item, at) => {
        const bytes = encodeItems([item]);
        const cut = bytes.slice(0, at % bytes.length);
        expect(cut.length === 0 || !decodeItems(cut).ok).toBe(true);
      }),
    );
    // A list of a hundred million rows in six bytes.
    expect(decodeItems(Uint8Array.of(1 << 5, 0xff, 0xff, 0xff, 0x2f)).ok).toBe(false);
  });

  test.each<[string, number[]]>([
    ['a depth beyond the last digit', [17]],
    ['sums below the last digit', [16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['half a byte that is not 0', [1 | (1 << 5), 0xa1, 0]],
    ['a count in two bytes that fits into one', [1 << 5, 0x80, 0]],
    ['a count without end', [1 << 5, 0xff, 0xff, 0xff, 0xff, 0xff]],
    ['a type there is not', [4 << 5, 0, 0]],
  ])('%s is refused', (_, bytes) => {
    expect(decodeItems(Uint8Array.from(bytes)).ok).toBe(false);
  });
});

const damagedMessages = fc.tuple(messages, fc.nat(), fc.nat(255)).map(([message, at, byte]) => {
  const bytes = encodeItems(message);
  if (bytes.length > 0) bytes[at % bytes.length] = byte;
  return bytes;
});
