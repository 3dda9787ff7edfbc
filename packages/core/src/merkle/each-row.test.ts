import { describe, expect, test } from 'vitest';
import { createAsker, createHolder } from './exchange.js';
import { HashTrie, LIST_ROWS } from './hash-trie.js';
import { xxh64 } from './hashes.arbitrary.js';
import { MAX_DEPTH } from './trie-reader.js';

// A map of some size, and every single row of it changed, gone or new: that row is found and no other, in few and short messages.

const keyOf = (i: number): string => `row ${i}`;

function trieOf(size: number): HashTrie {
  const trie = new HashTrie(xxh64);
  for (let i = 0; i < size; i += 1) trie.set(keyOf(i), xxh64(`state ${i}`));
  return trie;
}

interface Outcome {
  readonly send: readonly string[];
  readonly drop: readonly string[];
  readonly turns: number;
  readonly bytes: number;
}

function exchange(held: HashTrie, asked: HashTrie): Outcome {
  const [holder, asker] = [createHolder(held), createAsker(asked)];
  const send: string[] = [];
  const drop: string[] = [];
  let message = holder.open();
  let bytes = message.length;
  for (let turns = 1; ; turns += 1) {
    const turn = asker.receive(message);
    if (!turn.ok) throw new Error(turn.error.reason);
    drop.push(...turn.value.drop);
    const answer = holder.receive(turn.value.reply);
    if (!answer.ok) throw new Error(answer.error.reason);
    send.push(...answer.value.send);
    bytes += turn.value.reply.length + answer.value.reply.length;
    message = answer.value.reply;
    if (!answer.value.isDone) continue;
    const last = asker.receive(message);
    if (last.ok) drop.push(...last.value.drop);
    return { send, drop, turns, bytes };
  }
}

/** Of lists say nothing but rows: twelve bytes each; of a level at most a hundred. */
const bytesFor = (size: number): number => (size <= LIST_ROWS ? 40 + 12 * size : 40 + 4 * (100 + 12 * LIST_ROWS));

describe.each([1, 2, 15, 16, 17, 18, 40, 300])('of %i rows', (size) => {
  test('SY-2: each that was changed is found on both sides', () => {
    const [held, asked] = [trieOf(size), trieOf(size)];
    for (let i = 0; i < size; i += 1) {
      asked.set(keyOf(i), 1n);
      const { send, drop, turns, bytes } = exchange(held, asked);
      expect([send, drop]).toEqual([[keyOf(i)], [keyOf(i)]]);
      expect(turns).toBeLessThanOrEqual(MAX_DEPTH);
      expect(bytes).toBeLessThanOrEqual(bytesFor(size) + 24);
      asked.set(keyOf(i), xxh64(`state ${i}`));
    }
    expect(exchange(held, asked)).toMatchObject({ send: [], drop: [] });
  });

  test('SY-2: each that the asker lacks is sent, and nothing is dropped', () => {
    const [held, asked] = [trieOf(size), trieOf(size)];
    for (let i = 0; i < size; i += 1) {
      asked.delete(keyOf(i));
      const { send, drop } = exchange(held, asked);
      expect([send, drop]).toEqual([[keyOf(i)], []]);
      asked.set(keyOf(i), xxh64(`state ${i}`));
    }
  });

  test('SY-2: each that the holder lacks is dropped, and nothing is sent', () => {
    const [held, asked] = [trieOf(size), trieOf(size)];
    for (let i = 0; i < size; i += 1) {
      held.delete(keyOf(i));
      const { send, drop } = exchange(held, asked);
      expect([send, drop]).toEqual([[], [keyOf(i)]]);
      held.set(keyOf(i), xxh64(`state ${i}`));
    }
  });
});

describe('rows whose states add up to the same', () => {
  test('SY-2: two that were swapped hide from the digest, and so from every sum above them, where they share a subtree', () => {
    // The digest is a sum: that of two rows with each other's record hashes is the same. Record hashes hold the key, so no real rows do this.
    const [held, asked] = [trieOf(2), trieOf(2)];
    asked.set(keyOf(0), xxh64('state 1'));
    asked.set(keyOf(1), xxh64('state 0'));
    expect(asked.digest()).toEqual(held.digest());
    // In a list they are found all the same: it says each row.
    const { send } = exchange(held, asked);
    expect([...send].sort()).toEqual([keyOf(0), keyOf(1)]);
  });
});
