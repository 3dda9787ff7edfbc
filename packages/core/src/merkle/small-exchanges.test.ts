import { describe, expect, test } from 'vitest';
import type { Hash64 } from '../primitives/index.js';
import { decodeItems, type ExchangeItem } from './exchange-item.js';
import { createAsker, createHolder } from './exchange.js';
import { HashTrie } from './hash-trie.js';
import { xxh64 } from './hashes.arbitrary.js';
import { plainTrie } from './trie-model.arbitrary.js';
import type { TrieReader } from './trie-reader.js';

// Every exchange of two sides that have, of three rows, each none, one state or the other: 27 by 27, beside any number of rows in common.

const KEYS = ['a', 'b', 'c'];
const STATES = [null, 'x', 'y'] as const;

type States = ReadonlyMap<string, string>;

const WORLDS: readonly States[] = STATES.flatMap((a) =>
  STATES.flatMap((b) =>
    STATES.map((c) => new Map([a, b, c].flatMap((state, i) => (state === null ? [] : [[KEYS[i]!, state] as const])))),
  ),
);

const rowsOf = (states: States, common: number): Map<string, bigint> => {
  const rows = new Map(Array.from({ length: common }, (_, i) => [`common ${i}`, xxh64(`same ${i}`)]));
  for (const [key, state] of states) rows.set(key, xxh64(`${key}\u0000${state}`));
  return rows;
};

function trieOf(rows: ReadonlyMap<string, bigint>, hash: Hash64): HashTrie {
  const trie = new HashTrie(hash);
  for (const [key, record] of rows) trie.set(key, record);
  return trie;
}

interface Found {
  readonly send: readonly string[];
  readonly drop: readonly string[];
}

function exchange(held: TrieReader, asked: TrieReader): Found {
  const [holder, asker] = [createHolder(held), createAsker(asked)];
  const send: string[] = [];
  const drop: string[] = [];
  for (let message = holder.open(); ;) {
    const turn = asker.receive(message);
    if (!turn.ok) throw new Error(turn.error.reason);
    drop.push(...turn.value.drop);
    const answer = holder.receive(turn.value.reply);
    if (!answer.ok) throw new Error(answer.error.reason);
    send.push(...answer.value.send);
    message = answer.value.reply;
    if (!answer.value.isDone) continue;
    const last = asker.receive(message);
    if (!last.ok) throw new Error(last.error.reason);
    return { send: send.sort(), drop: [...drop, ...last.value.drop].sort() };
  }
}

const differing = (mine: States, theirs: States): readonly string[] =>
  [...mine].flatMap(([key, state]) => (theirs.get(key) === state ? [] : [key])).sort();

/** Rows in common on both sides of where lists become nodes. */
describe.each([0, 13, 16, 17, 60])('beside %i rows in common', (common) => {
  test('SY-2: exactly the rows that differ are found, on the side that has them', () => {
    const wrong: unknown[] = [];
    for (const held of WORLDS) {
      for (const asked of WORLDS) {
        const found = exchange(trieOf(rowsOf(held, common), xxh64), trieOf(rowsOf(asked, common), xxh64));
        const expected = { send: differing(held, asked), drop: differing(asked, held) };
        if (JSON.stringify(found) !== JSON.stringify(expected)) wrong.push([[...held], [...asked], found]);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('SY-2: a list of rows that knows no tree is as good a side', () => {
    const [x, y] = [
      new Map([
        ['a', 'x'],
        ['b', 'x'],
      ]),
      new Map([
        ['b', 'y'],
        ['c', 'x'],
      ]),
    ] as const;
    const [held, asked] = [rowsOf(x, common), rowsOf(y, common)];
    const expected = { send: ['a', 'b'], drop: ['b', 'c'] };
    expect(exchange(plainTrie(held, xxh64), trieOf(asked, xxh64))).toEqual(expected);
    expect(exchange(trieOf(held, xxh64), plainTrie(asked, xxh64))).toEqual(expected);
  });
});

describe('the level at which rows are listed', () => {
  /** What both sides say of subtrees when each row is another one there, so that everything is told. */
  function told(rows: ReadonlyMap<string, bigint>, hash: Hash64): readonly ExchangeItem[] {
    const holder = createHolder(trieOf(rows, hash));
    const asker = createAsker(trieOf(new Map([...rows.keys()].map((key) => [key, 1n])), hash));
    const all: ExchangeItem[] = [];
    const read = (message: Uint8Array): Uint8Array => {
      const items = decodeItems(message);
      if (items.ok) all.push(...items.value.filter(({ type }) => type === 'sums' || type === 'list'));
      return message;
    };
    for (let message = read(holder.open()), isDone = false; !isDone;) {
      const turn = asker.receive(message);
      const answer = turn.ok ? holder.receive(read(turn.value.reply)) : turn;
      if (!answer.ok) throw new Error(answer.error.reason);
      message = read(answer.value.reply);
      ({ isDone } = answer.value);
    }
    return all;
  }

  test.each([0, 1, 7, 14, 15, 16])(
    'SY-2: %i digits in common: a subtree of at most 16 rows is a list, one of more is one only where no digit is left',
    (common) => {
      // The digits after those in common are different from the first on, as long as there are any.
      const hash: Hash64 = (key) => {
        const digits = `${'5'.repeat(common)}${(Number(key) % 16).toString(16)}${'0'.repeat(16)}`.slice(0, 16);
        return BigInt(`0x${digits}`);
      };
      for (const size of [1, 16, 17, 40]) {
        const rows = new Map(Array.from({ length: size }, (_, i) => [String(i), xxh64(`row ${i}`)]));
        const whole = plainTrie(rows, hash);
        const items = told(rows, hash);
        for (const { type, path } of items) {
          expect([path, type]).toEqual([path, whole.count(path) <= 16 || path.length === 16 ? 'list' : 'sums']);
        }
        expect(items.map(({ path }) => path.length)).toContain(size <= 16 ? 0 : Math.min(common + 1, 16));
      }
    },
  );
});

describe('keys of one hash', () => {
  const one: Hash64 = () => 7n;

  test('SY-2: all that differ are found; rows that do not may be among them, never fewer', () => {
    for (const held of WORLDS) {
      for (const asked of WORLDS) {
        const found = exchange(trieOf(rowsOf(held, 0), one), trieOf(rowsOf(asked, 0), one));
        for (const key of differing(held, asked)) expect(found.send).toContain(key);
        for (const key of differing(asked, held)) expect(found.drop).toContain(key);
      }
    }
  });

  test('SY-2: with the same rows on both sides nothing is said to differ', () => {
    for (const world of WORLDS) {
      const rows = rowsOf(world, 0);
      expect(exchange(trieOf(rows, one), trieOf(rows, one))).toEqual({ send: [], drop: [] });
    }
  });
});
