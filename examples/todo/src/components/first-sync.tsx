import { useSyncProgress } from '@topgun/react';
import type { ReactNode } from 'react';

/** A long list takes a moment to arrive on a new device: how far it is, while what is here can be used already. */
export function FirstSync(): ReactNode {
  const progress = useSyncProgress('todos');
  if (progress === null) return null;
  const { received, total } = progress;
  return (
    <p className="first-sync">
      <label htmlFor="first-sync">
        Loading {received.toLocaleString()} of {total.toLocaleString()} todos
      </label>
      <progress id="first-sync" value={received} max={total} />
    </p>
  );
}
