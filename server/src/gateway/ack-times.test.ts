import { expect, test } from 'vitest';

import type { HostEvent } from '../ports/partition-host.js';
import { OpAuthor } from '../testing/op-author.js';
import { AckTimes } from './ack-times.js';

test('PI-38: a message takes as long as until its last op is decided, taken or refused; of a session that has gone nothing is kept', () => {
  const times = new AckTimes();
  const author = new OpAuthor('r.0', () => 0n);
  const submit = (session: string, count: number, now: number): void => {
    const ops = Array.from({ length: count }, (_, i) => author.create('m', `k${i}`));
    times.note({ type: 'submit', session, batches: author.batches(...ops), bytes: 1 }, now);
  };
  const decided = (session: string, accepted: readonly number[], rejected: readonly number[]): HostEvent => ({
    type: 'committed',
    position: 1,
    verdicts: [
      {
        session,
        replica: author.replica,
        accepted: accepted.map((seq) => [seq, 'applied'] as const),
        rejected: rejected.map((seq) => ({ seq, code: 'not-permitted' as const, reason: '' })),
        totals: [],
        changed: [],
      },
    ],
    diffs: [],
    outgrown: [],
  });
  submit('s', 3, 100);
  submit('s', 1, 110);
  submit('s', 1, 120);
  expect(times.settle(decided('s', [1, 2], []), 130)).toEqual([]);
  expect(times.settle(decided('other', [1, 2, 3], []), 130)).toEqual([]);
  expect(times.settle(decided('s', [3], [4]), 150)).toEqual([50, 40]);
  times.note({ type: 'session-closed', session: 's' }, 160);
  expect(times.settle(decided('s', [5], []), 170)).toEqual([]);
});
