import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isWholeTransaction, movedTransaction, transactionIdText } from './transaction.js';

const runs = fc.record({ first: fc.integer({ min: 1, max: 1_000 }), parts: fc.integer({ min: 2, max: 12 }) });
const seqsOf = ({ first, parts }: { first: number; parts: number }): number[] =>
  Array.from({ length: parts }, (_, i) => first + i);

describe('CR-12: the parts of a transaction', () => {
  it('are whole in any order', () => {
    fc.assert(
      fc.property(
        runs.chain((run) => fc.tuple(fc.constant(run), fc.shuffledSubarray(seqsOf(run), { minLength: run.parts }))),
        ([run, seqs]) => {
          expect(isWholeTransaction(run, seqs)).toBe(true);
        },
      ),
    );
  });

  it('are not whole when one is missing, twice, another one, or one too many', () => {
    fc.assert(
      fc.property(runs, fc.nat(), fc.integer({ min: -3, max: 1_020 }), (run, at, other) => {
        const seqs = seqsOf(run);
        const i = at % seqs.length;
        expect(isWholeTransaction(run, seqs.toSpliced(i, 1))).toBe(false);
        expect(isWholeTransaction(run, [...seqs, seqs[i]!])).toBe(false);
        expect(isWholeTransaction(run, seqs.with(i, other))).toBe(other === seqs[i]);
        expect(isWholeTransaction(run, [...seqs, other])).toBe(false);
        expect(isWholeTransaction(run, [])).toBe(false);
      }),
    );
  });

  it('CR-2: stay the parts of one transaction, in their order, wherever all of them move', () => {
    fc.assert(
      fc.property(runs, fc.integer({ min: 1, max: 1_000 }), (run, to) => {
        const moved = seqsOf(run).map((seq, i) => ({ seq: to + i, run: movedTransaction(run, seq, to + i) }));
        for (const one of moved) expect(one.run).toEqual({ first: to, parts: run.parts });
        expect(
          isWholeTransaction(
            moved[0]!.run,
            moved.map(({ seq }) => seq),
          ),
        ).toBe(true);
      }),
    );
  });

  it('have one name, and a single op has none', () => {
    expect(transactionIdText({ replica: 'db.0', transaction: { first: 7, parts: 2 } })).toBe('db.0:7');
    expect(transactionIdText({ replica: 'db.0' })).toBeUndefined();
  });
});
