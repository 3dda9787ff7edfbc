import type { WriteHandle } from '@topgun/core';
import { useMemo } from 'react';

import type { Falsy } from './falsy.js';
import { useClient } from './use-client.js';
import { constantSource, useSnapshot } from './use-snapshot.js';

/** A counter, current while the component is mounted. The functions are stable. */
export interface PNCounter {
  readonly value: number;
  readonly increment: () => WriteHandle;
  readonly decrement: () => WriteHandle;
  /** A whole number; 0 is no op. */
  readonly add: (delta: number) => WriteHandle;
}

/** The counter of that name: `likes:1` is key `1` of the map `likes`. Renders again when its value changes. A falsy `name` disables it. */
export function usePNCounter(name: string): PNCounter;
export function usePNCounter(name: string | Falsy): PNCounter | null;
export function usePNCounter(name: string | Falsy): PNCounter | null {
  const client = useClient();
  const counter = name ? client.getPNCounter(name) : null;
  const source = useMemo(
    () =>
      counter === null
        ? constantSource(0)
        : {
            subscribe: (listener: () => void) => counter.subscribe(listener),
            getSnapshot: () => counter.value,
            getServerSnapshot: () => 0,
          },
    [counter],
  );
  const value = useSnapshot(source);
  return useMemo(() => {
    if (counter === null) return null;
    const { increment, decrement, add } = counter;
    return { value, increment, decrement, add };
  }, [counter, value]);
}
