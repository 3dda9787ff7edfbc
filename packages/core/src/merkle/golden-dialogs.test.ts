import { describe, expect, test } from 'vitest';
import type { Hash64 } from '../primitives/index.js';
import { createAsker, createHolder } from './exchange.js';
import { decodeItems, type ExchangeItem } from './exchange-item.js';
import { HashTrie } from './hash-trie.js';

// Whole exchanges, turn by turn, as they are on the wire. A key is its own hash, so that where a row lies can be read.

const readable: Hash64 = (key) => BigInt(`0x${key.padStart(16, '0')}`);
/** A key that begins with these digits and ends with that number, which is its ident. */
const at = (path: string, n: number): string => path + n.toString(16).padStart(16 - path.length, '0');

type Rows = Readonly<Record<string, number>>;
const trieOf = (rows: Rows): HashTrie => {
  const trie = new HashTrie(readable);
  for (const [key, record] of Object.entries(rows)) trie.set(key, BigInt(record));
  return trie;
};

const inOrder = (numbers: readonly number[]): readonly number[] => [...numbers].sort((a, b) => a - b);

function textOf(item: ExchangeItem): string {
  const path = item.path === '' ? '*' : item.path;
  if (item.type === 'sums')
    return `sums ${path} ${item.sums.flatMap((sum, digit) => (sum === null ? [] : [`${digit.toString(16)}:${sum}`])).join(' ')}`;
  if (item.type === 'list') {
    const rows = [...item.rows].sort((a, b) => a.ident - b.ident);
    return `list ${path} ${rows.map(({ ident, record }) => `${ident}=${record}`).join(' ')}`;
  }
  return `${item.type} ${path} ${inOrder(item.idents).join(' ')}`;
}

function said(message: Uint8Array): string {
  const items = decodeItems(message);
  if (!items.ok) throw new Error(items.error.reason);
  return items.value.map((item) => textOf(item).trim()).join(', ');
}

function valueOf<T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }): T {
  if (!result.ok) throw new Error('refused');
  return result.value;
}

/** What both say, what is sent and what is dropped. */
function dialog(held: Rows, asked: Rows): { turns: string[]; send: string[]; drop: string[] } {
  const [holder, asker] = [createHolder(trieOf(held)), createAsker(trieOf(asked))];
  const turns: string[] = [];
  const send: string[] = [];
  const drop: string[] = [];
  let message = holder.open();
  let isDone = false;
  while (!isDone || message.length > 0) {
    turns.push(said(message));
    const answer = valueOf(asker.receive(message));
    drop.push(...answer.drop);
    if (isDone) break;
    turns.push(said(answer.reply));
    const next = valueOf(holder.receive(answer.reply));
    send.push(...next.send);
    ({ reply: message, isDone } = next);
  }
  return { turns, send: send.sort(), drop: drop.sort() };
}

/** So many rows under the path, each with the record hash 1. */
const many = (path: string, count: number, from = 1): Rows =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [at(path, from + i), 1]));

describe('SY-2: an exchange of few rows', () => {
  test.each<[string, Rows, Rows, readonly string[], readonly string[], readonly string[]]>([
    ['nothing on either side', {}, {}, ['list *', ''], [], []],
    ['the same on both', { [at('a', 1)]: 5 }, { [at('a', 1)]: 5 }, ['list * 1=5', ''], [], []],
    ['a row that the asker lacks', { [at('a', 1)]: 5 }, {}, ['list * 1=5', 'want * 1'], [at('a', 1)], []],
    ['a row that the holder lacks', {}, { [at('a', 1)]: 5 }, ['list *', ''], [], [at('a', 1)]],
    [
      'a row in another state: dropped, unless it is sent, and it is',
      { [at('a', 1)]: 5 },
      { [at('a', 1)]: 6 },
      ['list * 1=5', 'want * 1'],
      [at('a', 1)],
      [at('a', 1)],
    ],
    [
      'of several the ones that differ',
      { [at('a', 1)]: 5, [at('b', 2)]: 5, [at('c', 3)]: 5 },
      { [at('a', 1)]: 5, [at('b', 2)]: 6, [at('d', 4)]: 5 },
      ['list * 1=5 2=5 3=5', 'want * 2 3'],
      [at('b', 2), at('c', 3)],
      [at('b', 2), at('d', 4)],
    ],
    ['a row of the hash 0', { [at('a', 1)]: 0 }, {}, ['list * 1=0', 'want * 1'], [at('a', 1)], []],
    [
      'sixteen rows are a list',
      many('a', 16),
      many('a', 15),
      [`list * ${Array.from({ length: 16 }, (_, i) => `${i + 1}=1`).join(' ')}`, 'want * 16'],
      [at('a', 16)],
      [],
    ],
  ])('%s', (_what, held, asked, turns, send, drop) => {
    expect(dialog(held, asked)).toEqual({ turns, send, drop });
  });
});

describe('SY-2: an exchange of many rows', () => {
  const ten = many('0', 10);
  const list = (count: number): string => Array.from({ length: count }, (_, i) => `${i + 1}=1`).join(' ');

  test('seventeen are a level; where nothing differs that is all', () => {
    const rows = { ...ten, ...many('f', 7) };
    expect(dialog(rows, rows)).toEqual({ turns: ['sums * 0:10 f:7', ''], send: [], drop: [] });
  });

  test('of a level what differs is listed by the asker, and answered by what it is to send and what it lacks', () => {
    const held = { ...ten, ...many('f', 7) };
    const asked = { ...ten, ...many('f', 6), [at('f', 9)]: 4 };
    expect(dialog(held, asked)).toEqual({
      turns: ['sums * 0:10 f:7', `list f ${list(6)} 9=4`, 'lack f 9'],
      send: [at('f', 7)],
      drop: [at('f', 9)],
    });
  });

  test('a subtree that one side has not got', () => {
    const held = { ...ten, ...many('f', 7) };
    expect(dialog(held, ten)).toEqual({
      turns: ['sums * 0:10 f:7', 'list f'],
      send: many7('f'),
      drop: [],
    });
    expect(dialog({ ...ten, ...many('e', 7) }, { ...ten, ...many('e', 7), ...many('1', 2) })).toEqual({
      turns: ['sums * 0:10 e:7', 'list 1 1=1 2=1', 'lack 1 1 2'],
      send: [],
      drop: [at('1', 1), at('1', 2)],
    });
  });

  test('down a path that many share, a level a turn, whoever it is whose turn it is', () => {
    const held = { ...many('aa1', 10), ...many('aa2', 10) };
    const asked = { ...many('aa1', 10), ...many('aa2', 9) };
    expect(dialog(held, asked)).toEqual({
      turns: ['sums * a:20', 'sums a a:19', 'sums aa 1:10 2:10', `list aa2 ${list(9)}`],
      send: [at('aa2', 10)],
      drop: [],
    });
    expect(dialog(asked, held)).toEqual({
      turns: ['sums * a:19', 'sums a a:20', 'sums aa 1:10 2:9', `list aa2 ${list(10)}`, 'lack aa2 10'],
      send: [],
      drop: [at('aa2', 10)],
    });
  });

  test('where one side has a level and the other a list', () => {
    const few = many('a1', 2);
    const held = { ...many('a1', 10), ...many('a2', 10, 11) };
    const rest = Object.keys(held).filter((key) => !Object.hasOwn(few, key));
    expect(dialog(held, few)).toEqual({
      turns: ['sums * a:20', 'list a 1=1 2=1'],
      send: rest.sort(),
      drop: [],
    });
    expect(dialog(few, held)).toEqual({ turns: ['list * 1=1 2=1', ''], send: [], drop: rest.sort() });
  });

  test('rows of one ident count as one: both go, and both come', () => {
    const held = { ...many('a1', 10), ...many('a2', 10) };
    const few = many('a1', 2);
    expect(dialog(held, few)).toEqual({
      turns: ['sums * a:20', 'list a 1=1 2=1', 'lack a 1 2'],
      send: Object.keys(held).sort(),
      drop: Object.keys(few).sort(),
    });
  });
});

const many7 = (path: string): string[] => Object.keys(many(path, 7)).sort();

describe('SY-2: why a message cannot be read', () => {
  test.each<[string, readonly number[], string]>([
    ['a type there is not', [4 << 5], 'no item begins with 128'],
    ['the last byte there is', [255], 'no item begins with 255'],
    ['a depth beyond the last digit', [17], 'no item begins with 17'],
    ['a path that is cut', [(1 << 5) | 4, 0xab], 'the message ends within an item'],
    ['a count that is missing', [1 << 5], 'the message ends within an item'],
    ['half a byte behind a path', [(1 << 5) | 1, 0xa1, 0], 'the half byte after a path is 0'],
    ['a level below the last digit', [16, 0, 0, 0, 0, 0, 0, 0, 0], 'below the last digit there is nothing'],
    ['a level whose word is cut', [0, 0, 1, 0, 0, 0, 0, 0], 'the message ends within an item'],
    ['a count in more bytes than it needs', [1 << 5, 0x80, 0], 'a count has one form'],
    ['a count of four bytes', [1 << 5, 0xff, 0xff, 0xff, 0xff, 0], 'a count is too large'],
    ['the greatest count there may be', [1 << 5, 0xff, 0xff, 0xff, 0x7f], 'more is said than there is'],
    ['a row short by a byte', [1 << 5, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0], 'more is said than there is'],
    ['a wish short by a byte', [2 << 5, 1, 0, 0, 0, 0, 0], 'more is said than there is'],
    ['an item and a half', [2 << 5, 0, 2 << 5], 'the message ends within an item'],
  ])('%s', (_what, bytes, reason) => {
    expect(decodeItems(Uint8Array.from(bytes))).toEqual({ ok: false, error: { code: 'malformed-exchange', reason } });
  });

  test('and of one that nobody asked for the subtree is said', () => {
    const holder = createHolder(trieOf(many('a', 3)));
    holder.open();
    expect(holder.receive(Uint8Array.of((2 << 5) | 1, 0xa0, 0))).toEqual({
      ok: false,
      error: { code: 'unexpected-path', reason: "nobody asked for want of the subtree 'a'" },
    });
  });
});
