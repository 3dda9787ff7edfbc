import { describe, expect, test } from 'vitest';
import { decodeItems, encodeItems, type ExchangeItem } from './exchange-item.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const unhex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

const sums = (present: Readonly<Record<number, number>>): (number | null)[] =>
  Array.from({ length: 16 }, (_, digit) => present[digit] ?? null);

/** The bytes by hand from the form in words: a byte of type and depth, the digits, then counts and words of six bytes. */
const VECTORS: readonly (readonly [what: string, items: readonly ExchangeItem[], bytes: string])[] = [
  ['nothing', [], ''],
  ['an empty list of the whole', [{ type: 'list', path: '', rows: [] }], '2000'],
  ['an empty level', [{ type: 'sums', path: '', sums: sums({}) }], '000000'],
  [
    'the first and the last digit',
    [{ type: 'sums', path: '', sums: sums({ 0: 1, 15: 2 }) }],
    '008001000000000001000000000002',
  ],
  [
    'digits eight and seven',
    [{ type: 'sums', path: '', sums: sums({ 7: 255, 8: 256 }) }],
    '0001800000000000ff000000000100',
  ],
  ['the greatest word', [{ type: 'want', path: '', idents: [2 ** 48 - 1] }], '4001ffffffffffff'],
  ['a word beyond 32 bits', [{ type: 'lack', path: '', idents: [2 ** 32] }], '6001000100000000'],
  ['a path of one digit', [{ type: 'want', path: 'a', idents: [] }], '41a000'],
  ['a path of two', [{ type: 'want', path: 'a5', idents: [] }], '42a500'],
  ['a path of three', [{ type: 'lack', path: '0f0', idents: [] }], '630f0000'],
  ['the longest path', [{ type: 'list', path: '0123456789abcdef', rows: [] }], '300123456789abcdef00'],
  ['the longest path of sums', [{ type: 'sums', path: '0123456789abcde', sums: sums({}) }], '0f0123456789abcde00000'],
  ['a row', [{ type: 'list', path: 'f', rows: [{ ident: 1, record: 2 }] }], '21f001000000000001000000000002'],
  [
    'two items',
    [
      { type: 'want', path: '', idents: [] },
      { type: 'lack', path: '1', idents: [] },
    ],
    '4000611000',
  ],
  ['127', [{ type: 'want', path: '', idents: new Array<number>(127).fill(0) }], `407f${'00'.repeat(6 * 127)}`],
  [
    '128 in two bytes',
    [{ type: 'want', path: '', idents: new Array<number>(128).fill(0) }],
    `408001${'00'.repeat(6 * 128)}`,
  ],
];

describe('messages of an exchange, as bytes', () => {
  test.each(VECTORS)('SY-2: %s', (_what, items, bytes) => {
    expect(hex(encodeItems(items))).toBe(bytes);
    expect(decodeItems(unhex(bytes))).toEqual({ ok: true, value: items });
  });

  test.each(VECTORS.filter(([, items]) => items.length === 1))(
    'SY-2: %s, cut anywhere, is an error',
    (_what, _items, bytes) => {
      const whole = unhex(bytes);
      for (let length = 1; length < Math.min(whole.length, 40); length += 1) {
        expect(decodeItems(whole.slice(0, length))).toMatchObject({ ok: false, error: { code: 'malformed-exchange' } });
      }
    },
  );

  test('SY-2: every first byte there is begins one kind of item at one depth, or none', () => {
    const kinds = new Map<string, number>();
    for (let head = 0; head < 256; head += 1) {
      const depth = head & 31;
      // Digits of 0, then a count of 0, or 16 bits of nothing.
      const rest = new Uint8Array(Math.ceil(depth / 2) + (head < 32 ? 2 : 1));
      const read = decodeItems(Uint8Array.of(head, ...rest));
      const kind = read.ok ? read.value[0]!.type : read.error.code;
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      if (read.ok) expect(read.value[0]!.path).toBe('0'.repeat(depth));
    }
    expect(Object.fromEntries(kinds)).toEqual({ sums: 16, list: 17, want: 17, lack: 17, 'malformed-exchange': 189 });
  });

  test.each([
    ['a count of 2^28', '40ffffffff01'],
    ['a count that ends in nothing', '4080'],
    ['a count of 0 in two bytes', '408000'],
    ['more rows than there are bytes', '2002000000000001000000000002'],
    ['one ident too few', '4002000000000001'],
    ['something after the last item', '400001'],
    ['a half byte after one digit', '41a100'],
  ])('SY-2: %s is an error that says so', (_what, bytes) => {
    const read = decodeItems(unhex(bytes));
    expect(read).toMatchObject({ ok: false, error: { code: 'malformed-exchange' } });
    expect(!read.ok && read.error.reason.length).toBeGreaterThan(10);
  });
});
