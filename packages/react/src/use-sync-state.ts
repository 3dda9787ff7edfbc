import type { RecordSyncState } from '@topgun/core';
import { useMemo } from 'react';

import type { Falsy } from './falsy.js';
import { useClient } from './use-client.js';
import { constantSource, useSnapshot } from './use-snapshot.js';

/** How one record stands with the server (CL-9). A falsy `map` or `key` disables it. */
export function useSyncState(map: string | Falsy, key: string | Falsy): RecordSyncState {
  const client = useClient();
  const source = useMemo(() => {
    if (!map || !key) return constantSource<RecordSyncState>('synced');
    return {
      subscribe: (listener: () => void) => client.onSyncStateChange(map, key, listener),
      getSnapshot: () => client.syncState(map, key),
      getServerSnapshot: (): RecordSyncState => 'synced',
    };
  }, [client, map, key]);
  return useSnapshot(source);
}
