import type { SyncProgress } from '@topgun/core';
import { useMemo } from 'react';

import { useClient } from './use-client.js';
import { useSnapshot } from './use-snapshot.js';

/** How far a large first answer to the map's queries has come; `null` when none is on its way. */
export function useSyncProgress(map: string): SyncProgress | null {
  const client = useClient();
  const source = useMemo(
    () => ({
      subscribe: (listener: () => void) => client.onSyncProgress(listener),
      getSnapshot: () => client.getSyncProgress(map),
      getServerSnapshot: () => null,
    }),
    [client, map],
  );
  return useSnapshot(source);
}
