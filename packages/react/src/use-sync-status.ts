import type { SyncStatus } from '@topgun/core';
import { useMemo } from 'react';

import { useClient } from './use-client.js';
import { useSnapshot } from './use-snapshot.js';

/** How the whole client stands: connection, number of unsent writes, and when it was last in sync. */
export function useSyncStatus(): SyncStatus {
  const client = useClient();
  const source = useMemo(
    () => ({
      subscribe: (listener: () => void) => client.onSyncStatusChange(listener),
      getSnapshot: client.getSyncStatus,
      getServerSnapshot: () => ON_THE_SERVER,
    }),
    [client],
  );
  return useSnapshot(source);
}

const ON_THE_SERVER: SyncStatus = { state: 'offline', pendingOps: 0, lastSyncedAt: null };
