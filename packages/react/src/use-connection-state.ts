import type { ConnectionState } from '@topgun/core';
import { useMemo } from 'react';

import { useClient } from './use-client.js';
import { useSnapshot } from './use-snapshot.js';

/** How the connection stands (CL-6); `live` means caught up. */
export function useConnectionState(): ConnectionState {
  const client = useClient();
  const source = useMemo(
    () => ({
      subscribe: (listener: () => void) => client.onConnectionStateChange(listener),
      getSnapshot: client.getConnectionState,
      getServerSnapshot: (): ConnectionState => 'offline',
    }),
    [client],
  );
  return useSnapshot(source);
}
