import { createAsker, HashTrie } from '@topgun/core/merkle';
import { expect, test } from 'vitest';

import { loadXxhash } from '../../adapters/xxhash.js';
import type { LiveView } from '../query/live-view.js';
import { Exchanges, TURN_BYTES } from './exchanges.js';

const hash = await loadXxhash();

/** A trie of so many rows, which no other `salt` has alike. */
function trieOf(rows: number, salt: bigint): HashTrie {
  const trie = new HashTrie(hash);
  for (let i = 0; i < rows; i += 1) trie.set(`k${i}`, salt + BigInt(i));
  return trie;
}

/** Of a view an exchange needs no more. */
const VIEW = { id: 'v1', full: false, entering: () => [] } as unknown as LiveView;

/** All turns of two sides that agree on no row: how long the client's were, and how it ended. */
function exchange(rows: number, differing: number): { readonly turns: number[]; readonly end: string } {
  const exchanges = new Exchanges();
  const asker = createAsker(trieOf(differing, 7n));
  let level = exchanges.open('s', 1, VIEW, trieOf(rows, 1_000_000_007n), differing).nodes;
  const turns: number[] = [];
  for (;;) {
    const turn = asker.receive(level);
    if (!turn.ok) throw new Error(turn.error.reason);
    turns.push(turn.value.reply.length);
    const outcome = exchanges.receive('s', 1, turn.value.reply, 9);
    if (outcome === 'all' || outcome === null) return { turns, end: String(outcome) };
    if (outcome.type !== 'view-level') return { turns, end: outcome.type };
    expect(outcome.nodes.length).toBeLessThanOrEqual(TURN_BYTES);
    level = outcome.nodes;
  }
}

test('SY-2: where a turn would say more than fits into a message all rows are the answer, and the exchange is over', () => {
  // At the fourth level down there are as many subtrees as rows.
  const { turns, end } = exchange(150_000, 150_000);
  expect(end).toBe('all');
  expect(turns.length).toBeLessThanOrEqual(3);
});

test('SY-2: where as much differs of fewer rows it goes on to the end', () => {
  expect(exchange(9_000, 9_000).end).toBe('view-resumed');
});

test('SY-2: a turn in what is over, of another session or of another subscription is none', () => {
  const exchanges = new Exchanges();
  const { nodes } = exchanges.open('s', 1, VIEW, trieOf(20, 1n), 20);
  const turn = createAsker(trieOf(20, 2n)).receive(nodes);
  const reply = turn.ok ? turn.value.reply : nodes;
  expect(exchanges.receive('other', 1, reply, 9)).toBeNull();
  expect(exchanges.receive('s', 2, reply, 9)).toBeNull();
  exchanges.close('s', 1);
  expect(exchanges.receive('s', 1, reply, 9)).toBeNull();
});
