import { describe, expect, test } from 'vitest';
import type { ReplicaId, Stamp } from '../clock/timestamp.js';
import type { Op } from './op.js';
import { retagOp } from './retag-op.js';
import { orders } from './small-ops.arbitrary.js';
import { isWholeTransaction, movedTransaction, transactionIdText } from './transaction.js';

/** Every list of so many numbers from 1 to 5. */
function* lists(length: number): Generator<readonly number[]> {
  if (length === 0) return yield [];
  for (const rest of lists(length - 1)) for (let seq = 1; seq <= 5; seq += 1) yield [...rest, seq];
}

describe('the parts of a transaction', () => {
  test('CR-12: are whole exactly when they are its sequences, each once: every list of up to four of five', () => {
    const wrong: unknown[] = [];
    for (let length = 0; length <= 4; length += 1) {
      for (const seqs of lists(length)) {
        for (const first of [1, 2, 3]) {
          for (const parts of [2, 3, 4]) {
            const expected = Array.from({ length: parts }, (_, i) => first + i).join();
            const isWhole = [...seqs].sort((a, b) => a - b).join() === expected;
            if (isWholeTransaction({ first, parts }, seqs) !== isWhole) wrong.push([first, parts, seqs]);
          }
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  test('CR-12: may come in any order', () => {
    for (const seqs of orders([7, 8, 9, 10])) expect(isWholeTransaction({ first: 7, parts: 4 }, seqs)).toBe(true);
  });

  test('CR-2, CR-12: moved to other sequences in their order, they are whole again, and one transaction', () => {
    for (const first of [1, 5, 100]) {
      for (const to of [1, 6, 200]) {
        const moved = [0, 1, 2].map((part) => movedTransaction({ first, parts: 3 }, first + part, to + part));
        expect(moved).toEqual(moved.map(() => ({ first: to, parts: 3 })));
        expect(isWholeTransaction(moved[0]!, [to, to + 1, to + 2])).toBe(true);
      }
    }
  });

  test('CR-12: its name is one text for all its parts, and for nobody else’s', () => {
    const names = ['a', 'a.1', 'a.11', 'b'].flatMap((replica) =>
      [1, 11, 111].map((first) => transactionIdText({ replica, transaction: { first, parts: 2 } })),
    );
    expect(new Set(names).size).toBe(names.length);
    expect(transactionIdText({ replica: 'a', transaction: { first: 1, parts: 5 } })).toBe(names[0]);
    expect(transactionIdText({ replica: 'a' })).toBeUndefined();
  });
});

describe('tags that are called otherwise by now', () => {
  const [a, b, c] = ['-------1---a', '-------2---b', '-------3---c'] as Stamp[] as [Stamp, Stamp, Stamp];
  const id = { replica: 'z' as ReplicaId, seq: 1, stamp: '-------9---z' as Stamp, map: 'm', key: 'k' };
  const named = (kind: 'add' | 'discard', ...tags: readonly Stamp[]): Op => ({ ...id, kind, value: 1, tags });

  test.each(['add', 'discard'] as const)(
    'CR-6, CR-11: %s names each by its new name, in its place, and those that stayed',
    (kind) => {
      const moved = new Map([[a, b]]);
      expect(retagOp(named(kind, a, c), moved)).toEqual(named(kind, b, c));
      expect(retagOp(named(kind, c, a, a), moved)).toEqual(named(kind, c, b, b));
    },
  );

  test('CR-6: moves are made at once, not one after the other', () => {
    const moved = new Map([
      [a, b],
      [b, c],
    ]);
    expect(retagOp(named('discard', a, b), moved)).toEqual(named('discard', b, c));
  });

  test('CR-6: an op that names none of them is the same op', () => {
    const moved = new Map([[a, b]]);
    for (const op of [named('add'), named('add', c), named('discard', b)]) expect(retagOp(op, moved)).toBe(op);
    const others: readonly Op[] = [
      { ...id, kind: 'remove' },
      { ...id, kind: 'count', delta: 1 },
      { ...id, kind: 'patch', fields: [{ name: 'f', value: a }] },
    ];
    for (const op of others) expect(retagOp(op, moved)).toBe(op);
  });
});
