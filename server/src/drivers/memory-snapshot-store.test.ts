import fc from 'fast-check';
import type { Hash64 } from '@topgun/core/primitives';
import { WHOLE_MAP } from '@topgun/core/query';
import { beforeAll, expect, test } from 'vitest';
import { loadXxhash } from '../adapters/xxhash.js';
import { snapshotStoreContract } from '../ports/snapshot-store.contract.js';
import { OpAuthor } from '../testing/op-author.js';
import { settle, startTestHost, type TestHost } from '../testing/test-host.js';
import { createMemoryDisk } from './memory-disk.js';
import { createMemoryLedger } from './memory-ledger.js';
import { createMemorySnapshotStore } from './memory-snapshot-store.js';

snapshotStoreContract('memory', async () => {
  const disk = createMemoryDisk();
  return {
    open: async () => ({ ledger: createMemoryLedger(disk), snapshots: createMemorySnapshotStore(disk) }),
    destroy: async () => undefined,
  };
});

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const snapshotPolicy = { ops: 20, bytes: 1_000_000 };

async function rest({ timers }: TestHost, turns = 40): Promise<void> {
  for (let turn = 0; turn < turns && timers.pending > 0; turn += 1) {
    // First what was asked of the disk: otherwise it has not answered in time.
    await settle();
    timers.runAll();
    await settle();
  }
}

test('PI-13, PI-14: whatever is written over and over, the log stays short, and a restart shows the same', async () => {
  const step = fc.record({ key: fc.integer({ min: 0, max: 30 }), removes: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 60, maxLength: 150 }), async (steps) => {
      const disk = createMemoryDisk();
      const author = new OpAuthor('r.0', hash);
      const hosted = await startTestHost({ disk, hash, snapshotPolicy });
      hosted.host.send({ type: 'announce', session: 's', replicas: [[author.replica, 0]] });
      for (const { key, removes } of steps) {
        const op = removes ? author.remove('m', `${key}`) : author.create('m', `${key}`, { n: key });
        hosted.host.send({ type: 'submit', session: 's', batches: author.batches(op), bytes: 100 });
        await settle();
        await rest(hosted);
        expect(disk.segments.length).toBeLessThanOrEqual(snapshotPolicy.ops + 2);
      }
      const rows = [...disk.coldRows.values()];
      const again = await startTestHost({ disk, hash, snapshotPolicy });
      expect(again.started.position).toBe(steps.length);
      again.host.send({ type: 'announce', session: 's', replicas: [[author.replica, steps.length]] });
      expect(again.of('announced')).toMatchObject([{ decided: [[author.replica, steps.length]] }]);
      again.host.send({ type: 'open-view', session: 's', sub: 1, map: 'm', query: WHOLE_MAP });
      await rest(again, 150);
      const [opened] = again.of('view-opened');
      const keys = opened?.rows.map((row) => row.key).sort();
      expect(keys).toEqual(rows.flatMap((row) => (row.deleted ? [] : [row.key])).sort());
    }),
    { numRuns: 6 },
  );
});
