import fc from 'fast-check';
import { expect, it } from 'vitest';

import { encodeStamp, type ReplicaId } from '../../clock/index.js';
import { transactionIdText } from '../../crdt/index.js';
import type { OutboxEntry } from '../ports/storage.js';
import { handedTogether } from './handed-together.js';

const replica = 'db.0' as ReplicaId;

/** Runs of ops, singles and transactions, each op with its own answer. */
const outboxes = fc.array(fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }), { maxLength: 6 }).map((runs) => {
  let seq = 0;
  return runs.flatMap((answers): OutboxEntry[] => {
    const first = seq + 1;
    return answers.map((handed) => {
      seq += 1;
      const stamp = encodeStamp({ millis: seq, counter: 0, replica });
      const op = { kind: 'remove', replica, seq, stamp, map: 'm', key: 'k' } as const;
      return { handed, op: answers.length === 1 ? op : { ...op, transaction: { first, parts: answers.length } } };
    });
  });
});

it('CR-12, CR-2: a transaction is marked as handed over when all of it is; single ops are as they were', () => {
  fc.assert(
    fc.property(outboxes, (entries) => {
      const marked = handedTogether(entries);
      expect(marked.map(({ op }) => op)).toEqual(entries.map(({ op }) => op));
      for (const [i, { op, handed }] of marked.entries()) {
        const own = entries[i]!.handed;
        const id = transactionIdText(op);
        const whole = entries.filter((other) => transactionIdText(other.op) === id);
        expect(handed).toBe(id === undefined ? own : whole.every((part) => part.handed));
      }
    }),
  );
});
