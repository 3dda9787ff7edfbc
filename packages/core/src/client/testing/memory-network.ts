import type { NetworkSignal, NetworkSignals } from '../ports/environment.js';

/** `NetworkSignals` that a test fires. */
export interface MemoryNetwork extends NetworkSignals {
  goOnline(): void;
  /** Somebody looks at the page again. */
  show(): void;
  /** The page is back from the back/forward cache. */
  restore(): void;
}

export function createMemoryNetwork(): MemoryNetwork {
  const listeners = new Set<(signal: NetworkSignal) => void>();
  const fire = (signal: NetworkSignal): void => {
    for (const listener of [...listeners]) listener(signal);
  };
  return {
    onSignal(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    goOnline: () => fire('online'),
    show: () => fire('visible'),
    restore: () => fire('restored'),
  };
}
