import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Hash64 } from '../primitives/index.js';
import { decodeItems, type ExchangeItem } from './exchange-item.js';
import { dialogOf, type Dialog, type Rows, type Said } from './exchange-model.arbitrary.js';
import { createAsker, createHolder } from './exchange.js';
import { HashTrie } from './hash-trie.js';
import { xxh64 } from './hashes.arbitrary.js';
import { combineTries, WORD_48, type TrieReader } from './trie-reader.js';

// Every message of an exchange against a telling of the same by rows alone: exchange-model.arbitrary.ts shares no code with what it is compared with.

const low = (word: bigint): number => Number(word % BigInt(WORD_48));

function trieOf(rows: Rows, hash: Hash64): HashTrie {
  const trie = new HashTrie(hash);
  for (const [key, record] of rows) trie.set(key, record);
  return trie;
}

/** What a message says, in keys. */
function readable(message: Uint8Array, keys: ReadonlyMap<number, string>): readonly Said[] {
  const items = decodeItems(message);
  if (!items.ok) throw new Error(items.error.reason);
  const named = (idents: readonly number[]) => idents.map((ident) => keys.get(ident)!).sort();
  return items.value.map((item: ExchangeItem): Said => {
    if (item.type === 'sums') return { type: 'sums', path: item.path, keys: [] };
    const idents = item.type === 'list' ? item.rows.map(({ ident }) => ident) : item.idents;
    return { type: item.type, path: item.path, keys: named(idents) };
  });
}

function dialogBetween(held: TrieReader, asked: TrieReader, keys: ReadonlyMap<number, string>): Dialog {
  const [holder, asker] = [createHolder(held), createAsker(asked)];
  const [turns, send, drop]: [(readonly Said[])[], string[], string[]] = [[], [], []];
  for (let message = holder.open(); ;) {
    turns.push(readable(message, keys));
    const turn = asker.receive(message);
    if (!turn.ok) throw new Error(turn.error.reason);
    drop.push(...turn.value.drop);
    turns.push(readable(turn.value.reply, keys));
    const answer = holder.receive(turn.value.reply);
    if (!answer.ok) throw new Error(answer.error.reason);
    send.push(...answer.value.send);
    message = answer.value.reply;
    if (!answer.value.isDone) continue;
    turns.push(readable(message, keys));
    const last = asker.receive(message);
    if (!last.ok) throw new Error(last.error.reason);
    drop.push(...last.value.drop);
    return { turns, send: send.sort(), drop: drop.sort() };
  }
}

/** Keys of which many share their first digits, so that there are levels below levels without thousands of rows. */
const HASHES: readonly (readonly [string, Hash64])[] = [
  ['a good hash', xxh64],
  ['few first digits', (key) => (xxh64(key) & 0x0f0f_ffff_ffff_ffffn) | 0xa000_0000_0000_0000n],
  ['one way for long', (key) => xxh64(key) & 0xffff_ffffn],
];

const KEYS = Array.from({ length: 120 }, (_, i) => `k${i}`);
const stateOf = (key: string, state: number): bigint => xxh64(`${key}/${state}`);

/** Two sides with most rows in common: each row on neither, on one of them, the same on both, or another on each. */
const sides = fc
  .tuple(fc.nat(KEYS.length), fc.array(fc.tuple(fc.nat(KEYS.length - 1), fc.nat(4)), { maxLength: 12 }))
  .map(([common, others]) => {
    const rows = KEYS.slice(0, common).map((key) => [key, stateOf(key, 0)] as const);
    const [held, asked] = [new Map(rows), new Map(rows)];
    for (const [at, what] of others) {
      const key = KEYS[at]!;
      for (const side of [held, asked]) side.delete(key);
      if (what === 1 || what >= 3) held.set(key, stateOf(key, 1));
      if (what === 2 || what === 3) asked.set(key, stateOf(key, 1));
      if (what === 4) asked.set(key, stateOf(key, 2));
    }
    return { held, asked };
  });

describe.each(HASHES)('SY-2: with %s', (_what, hash) => {
  const idents = new Map(KEYS.map((key) => [low(hash(key)), key]));

  test('every message says what the rows of both sides say that it has to', () => {
    fc.assert(
      fc.property(sides, ({ held, asked }) => {
        const told = dialogBetween(trieOf(held, hash), trieOf(asked, hash), idents);
        expect(told).toEqual(dialogOf(hash, held, asked));
      }),
      { numRuns: 60 },
    );
  });

  test('whoever has the truth: what one is sent as the asker it drops as the holder’s other, and the other way round', () => {
    fc.assert(
      fc.property(sides, ({ held, asked }) => {
        const there = dialogBetween(trieOf(held, hash), trieOf(asked, hash), idents);
        const back = dialogBetween(trieOf(asked, hash), trieOf(held, hash), idents);
        expect([back.send, back.drop]).toEqual([there.drop, there.send]);
      }),
      { numRuns: 40 },
    );
  });

  test('with what was sent put in, and the rest of what was dropped taken out, a second one says one thing and no more', () => {
    fc.assert(
      fc.property(sides, ({ held, asked }) => {
        const { send, drop } = dialogBetween(trieOf(held, hash), trieOf(asked, hash), idents);
        const level = new Map(asked);
        for (const key of drop) level.delete(key);
        for (const key of send) level.set(key, held.get(key)!);
        expect(new Map([...level].sort())).toEqual(new Map([...held].sort()));
        const again = dialogBetween(trieOf(held, hash), trieOf(level, hash), idents);
        expect(again.turns.map((turn) => turn.length)).toEqual([1, 0, 0]);
      }),
      { numRuns: 40 },
    );
  });

  test('in however many parts a side lies, the same is said', () => {
    fc.assert(
      fc.property(sides, fc.integer({ min: 1, max: 5 }), ({ held, asked }, count) => {
        const parts = Array.from({ length: count }, () => new HashTrie(hash));
        [...held].forEach(([key, record], i) => parts[i % count]!.set(key, record));
        const whole = dialogBetween(trieOf(held, hash), trieOf(asked, hash), idents);
        expect(dialogBetween(combineTries(parts), trieOf(asked, hash), idents)).toEqual(whole);
        const asker = dialogBetween(trieOf(asked, hash), combineTries(parts), idents);
        expect([asker.send, asker.drop]).toEqual([whole.drop, whole.send]);
      }),
      { numRuns: 30 },
    );
  });
});

describe('SY-2: how far down an exchange goes', () => {
  // Sixteen and seventeen rows that share so many digits: one level more for each of them, and for the seventeenth row one more.
  const shared = (depth: number): Hash64 => {
    const prefix = 'c'.repeat(depth);
    return (key) => BigInt(`0x${prefix}${xxh64(key).toString(16).padStart(16, '0').slice(depth)}`);
  };

  test.each([0, 1, 2, 3, 8, 11])('past %i digits that all rows share, one turn a digit', (depth) => {
    const hash = shared(depth);
    const rows = (count: number, state = 0): Rows =>
      new Map(KEYS.slice(0, count).map((key) => [key, stateOf(key, key === 'k3' ? state : 0)]));
    const idents = new Map(KEYS.map((key) => [low(hash(key)), key]));
    for (const count of [16, 17]) {
      const [held, asked] = [rows(count), rows(count, 1)];
      const told = dialogBetween(trieOf(held, hash), trieOf(asked, hash), idents);
      expect([told.send, told.drop]).toEqual([['k3'], ['k3']]);
      const paths = told.turns.flatMap((turn) => turn.filter(({ type }) => type === 'sums').map(({ path }) => path));
      const levels = count === 16 ? [] : Array.from({ length: depth + 1 }, (_, i) => 'c'.repeat(i));
      expect(paths).toEqual(levels);
      expect(told).toEqual(dialogOf(hash, held, asked));
    }
  });
});
