import type { SnapshotStore } from '../ports/snapshot-store.js';
import type { StoreCalls } from './store-calls.js';

/** PI-13 on the calls of a database, the ledger's own. Holds nothing. */
export function createCalledSnapshotStore(calls: StoreCalls): SnapshotStore {
  let closed = false;

  const mustBeOpen = (): void => {
    if (closed) throw new Error('the snapshot store is closed');
  };

  return {
    async progress() {
      mustBeOpen();
      return calls.snapshotProgress();
    },
    async *heads() {
      for (let partition = -1; ;) {
        mustBeOpen();
        const heads = await calls.headsAfter(partition);
        const last = heads.at(-1);
        if (last === undefined) return;
        yield heads;
        partition = last.partition;
      }
    },
    async records(partition) {
      mustBeOpen();
      return calls.recordsOf(partition);
    },
    async write(epoch, snapshots, progress) {
      mustBeOpen();
      return calls.writeSnapshots(epoch, snapshots, progress);
    },
    async close() {
      if (closed) return;
      closed = true;
      await calls.close();
    },
  };
}
