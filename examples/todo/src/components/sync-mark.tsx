import { useSyncState } from '@topgun/react';
import type { ReactNode } from 'react';

import { Icon } from './icon.js';

/** Says of a row what a list usually hides: that its last change has not reached the server. */
export function SyncMark({ recordKey }: { readonly recordKey: string }): ReactNode {
  const state = useSyncState('todos', recordKey);
  if (state === 'pending') {
    return (
      <span className="mark" data-testid="unsent" role="img" aria-label="Not sent yet" title="Not sent yet">
        <Icon name="unsent" />
      </span>
    );
  }
  if (state === 'rejected') {
    return (
      <span className="mark mark-refused" role="img" aria-label="Refused by the server" title="Refused by the server">
        <Icon name="refused" />
      </span>
    );
  }
  return null;
}
