import { useMemo } from 'react';

import { constantSource, useSnapshot } from './use-snapshot.js';

/** A handle that counts its changes. */
export interface Revised {
  readonly revision: number;
  readonly subscribe: (listener: () => void) => () => void;
}

/** Renders again with every change of what the handle stands for; `null` never changes. */
export function useRevision(handle: Revised | null): void {
  const source = useMemo(
    () =>
      handle === null
        ? constantSource(0)
        : {
            subscribe: (listener: () => void) => handle.subscribe(listener),
            getSnapshot: () => handle.revision,
            getServerSnapshot: () => 0,
          },
    [handle],
  );
  useSnapshot(source);
}
