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
    async *read() {
      for (let partition = -1; ;) {
        mustBeOpen();
        const snapshots = await calls.snapshotsAfter(partition);
        const last = snapshots.at(-1);
        if (last === undefined) return;
        yield snapshots;
        partition = last.partition;
      }
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
