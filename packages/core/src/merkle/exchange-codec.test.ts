import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeItems, encodeItems, type ExchangeItem } from './exchange-item.js';
import { WORD_48 } from './trie-reader.js';

// The form of a message once more, as text of hexadecimal digits: nothing here shifts or masks.

const KINDS: readonly ExchangeItem['type'][] = ['sums', 'list', 'want', 'lack'];

const wordHex = (word: number): string => word.toString(16).padStart(12, '0');
const byteHex = (byte: number): string => byte.toString(16).padStart(2, '0');

/** Seven bits a byte, the lowest first; all but the last are marked. */
function countHex(count: number): string {
  const groups = count
    .toString(2)
    .padStart(Math.ceil(Math.max(1, count.toString(2).length) / 7) * 7, '0')
    .match(/.{7}/g)!
    .reverse();
  return groups.map((bits, i) => byteHex(parseInt(`${i < groups.length - 1 ? 1 : 0}${bits}`, 2))).join('');
}

function itemHex(item: ExchangeItem): string {
  const { path } = item;
  const head = byteHex(KINDS.indexOf(item.type) * 32 + path.length);
  const digits = path.length % 2 === 0 ? path : `${path}0`;
  if (item.type === 'sums') {
    const bits = [...item.sums].reverse().map((sum) => (sum === null ? '0' : '1'));
    const present = parseInt(bits.join(''), 2).toString(16).padStart(4, '0');
    return head + digits + present + item.sums.flatMap((sum) => (sum === null ? [] : [wordHex(sum)])).join('');
  }
  const words = item.type === 'list' ? item.rows.flatMap(({ ident, record }) => [ident, record]) : item.idents;
  const count = item.type === 'list' ? item.rows.length : words.length;
  return head + digits + countHex(count) + words.map(wordHex).join('');
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const unhex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

/** Words with every byte at its edges. */
const words = fc.oneof(
  fc.nat(255),
  fc.integer({ min: 0, max: 47 }).map((bit) => 2 ** bit),
  fc.integer({ min: 1, max: 48 }).map((bit) => 2 ** bit - 1),
  fc.bigInt(0n, BigInt(WORD_48 - 1)).map(Number),
);
const paths = (maxLength: number) => fc.string({ unit: fc.constantFrom(...'0123456789abcdef'.split('')), maxLength });
const items: fc.Arbitrary<ExchangeItem> = fc.oneof(
  fc.record({
    type: fc.constant('sums' as const),
    path: paths(15),
    sums: fc.array(fc.option(words), { minLength: 16, maxLength: 16 }),
  }),
  fc.record({
    type: fc.constant('list' as const),
    path: paths(16),
    rows: fc.array(fc.record({ ident: words, record: words }), { maxLength: 20 }),
  }),
  fc.record({
    type: fc.constantFrom('want' as const, 'lack' as const),
    path: paths(16),
    idents: fc.array(words, { maxLength: 20 }),
  }),
);

describe('SY-2: the form of a message, told twice', () => {
  test('both tell the same bytes, and read them as what was told', () => {
    fc.assert(
      fc.property(fc.array(items, { maxLength: 5 }), (message) => {
        const text = message.map(itemHex).join('');
        expect(hex(encodeItems(message))).toBe(text);
        expect(decodeItems(unhex(text))).toEqual({ ok: true, value: message });
      }),
      { numRuns: 300 },
    );
  });

  test.each([0, 1, 126, 127, 128, 129, 255, 256, 16_383, 16_384, 16_385])('%i words after their count', (count) => {
    const idents = Array.from({ length: count }, (_, i) => i);
    const message: ExchangeItem[] = [{ type: 'want', path: 'a', idents }];
    expect(hex(encodeItems(message))).toBe(message.map(itemHex).join(''));
    expect(decodeItems(encodeItems(message))).toEqual({ ok: true, value: message });
  });

  test.each(Array.from({ length: 16 }, (_, digit) => digit))('a level in which only digit %i is there', (digit) => {
    const sums = Array.from({ length: 16 }, (_, i) => (i === digit ? digit + 1 : null));
    const message: ExchangeItem[] = [{ type: 'sums', path: '', sums }];
    expect(hex(encodeItems(message))).toBe(itemHex(message[0]!));
    expect(decodeItems(encodeItems(message))).toEqual({ ok: true, value: message });
  });

  test.each([
    ['two more bytes of count than bytes are left for', '40ffff7f', 'more is said than there is'],
    ['a count of four bytes', '40ffffff7f', 'more is said than there is'],
    ['a count of five', '40ffffffff00', 'a count is too large'],
    ['a count of 0 in three bytes', '40808000', 'a count has one form'],
    ['a count of 1 in two bytes', '408100', 'a count has one form'],
    ['one row that is half there', '2001000000000001', 'more is said than there is'],
    ['a depth of 17', '51', 'no item begins with 81'],
    ['a kind that there is not', '80', 'no item begins with 128'],
    ['a level at the last digit', '100123456789abcdef', 'below the last digit there is nothing'],
    ['a path that ends early', '2412', 'the message ends within an item'],
    ['a level without its digits', '0000', 'the message ends within an item'],
    ['a half byte that is not 0', '215f00', 'the half byte after a path is 0'],
  ])('%s is refused, and why', (_what, bytes, reason) => {
    expect(decodeItems(unhex(bytes))).toEqual({ ok: false, error: { code: 'malformed-exchange', reason } });
    const after = encodeItems([{ type: 'lack', path: '1', idents: [1] }]);
    const read = decodeItems(Uint8Array.of(...after, ...unhex(bytes)));
    expect(!read.ok && read.error.reason).toBe(reason);
  });
});
