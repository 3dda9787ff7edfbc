import { useSyncStatus, type ConnectionState } from '@topgun/react';
import type { ReactNode } from 'react';

import { useLasting } from '../hooks/use-lasting.js';
import { useOnline } from '../hooks/use-online.js';

type Shown = 'live' | 'connecting' | 'reconnecting' | 'offline' | 'attention';

/** How things stand with the server, in a word; and how many writes wait for it. */
export function StatusBadge(): ReactNode {
  const { state, pendingOps } = useSyncStatus();
  const shown = shownState(state, useOnline());
  // A write is on its way for a moment, whatever the connection; one that stays is nothing to keep quiet about.
  const isHeldUp = useLasting(pendingOps > 0, 3_000);
  const unsent = pendingOps > 0 && (isHeldUp || shown !== 'live') ? ` · ${pendingOps} unsent` : '';
  return (
    <p className="badge" role="status" data-state={shown} data-pending={pendingOps}>
      <span className="badge-dot" aria-hidden="true" />
      {wordFor(shown, state)}
      {unsent}
    </p>
  );
}

function shownState(state: ConnectionState, isOnline: boolean): Shown {
  switch (state) {
    case 'live':
      return 'live';
    case 'needs-auth':
    case 'incompatible':
      return 'attention';
    case 'offline':
    case 'closed':
      return 'offline';
    case 'backing-off':
      return isOnline ? 'reconnecting' : 'offline';
    case 'authenticating':
    case 'connecting':
    case 'reconciling':
      return isOnline ? 'connecting' : 'offline';
  }
}

function wordFor(shown: Shown, state: ConnectionState): string {
  switch (shown) {
    case 'live':
      return 'Live';
    case 'connecting':
      return 'Connecting…';
    case 'reconnecting':
      return 'Reconnecting…';
    case 'offline':
      return 'Offline';
    case 'attention':
      return state === 'needs-auth' ? 'Sign in again' : 'Reload to update';
  }
}
