import { expect, it } from 'vitest';

import { encodeStamp, type ReplicaId } from '../../clock/index.js';
import { MemoryAdapter } from '../adapters/memory-storage.js';
import type { OutboxEntry } from '../ports/storage.js';
import { fakeHash } from '../testing/fake-hash.js';
import { createSeededRandom } from '../testing/seeded-random.js';
import { createVirtualTime } from '../testing/virtual-time.js';
import { createOutbox } from './outbox.js';
import { createStoredOutbox } from './stored-outbox.js';

const replica = 'db.1' as ReplicaId;

function entry(seq: number): OutboxEntry {
  const stamp = encodeStamp({ millis: 1_000 + seq, counter: 0, replica });
  return { op: { kind: 'remove', replica, seq, stamp, map: 'm', key: `k${seq}` }, handed: false };
}

it('CL-2, CL-4: what is found in a long queue is told of in turns of the page, and never what was decided meanwhile', async () => {
  const time = createVirtualTime();
  const opened = await new MemoryAdapter({ random: createSeededRandom(1) }).open('db');
  if (!opened.ok) throw new Error('no storage');
  const storage = opened.value;
  const entries = Array.from({ length: 2_500 }, (_, i) => entry(i + 1));
  await storage.commit({ putOps: entries });
  const outbox = createOutbox(fakeHash);
  const told: number[][] = [];
  const stored = createStoredOutbox({
    storage,
    outbox,
    leases: null,
    environment: { clock: time.clock, timers: time.timers, log: () => {} },
    knowsAccepted: () => Promise.resolve(true),
    take: outbox.add,
    found: (found) => told.push(found.map(({ op }) => op.seq)),
    foundDecided: () => {},
    finished: () => {},
  });
  expect((await stored.read())?.size).toBe(2_500);
  // All of it can be sent at once: later ops of one replica must not overtake earlier ones of another.
  expect(outbox.size()).toBe(2_500);
  expect(told.map((seqs) => seqs.length)).toEqual([1_024]);
  outbox.remove(entry(2_000).op);
  await time.advance(10);
  expect(told.map((seqs) => seqs.length)).toEqual([1_024, 1_023, 452]);
  expect(told.flat()).not.toContain(2_000);

  // Nothing is told twice, and nothing after the end.
  await storage.commit({ putOps: Array.from({ length: 2_000 }, (_, i) => entry(i + 3_001)) });
  await stored.read();
  await stored.stop();
  await time.advance(10);
  expect(told.slice(3).map((seqs) => [seqs.length, seqs[0]])).toEqual([[1_023, 3_001]]);
});
