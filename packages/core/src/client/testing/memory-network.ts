import type { NetworkSignals } from '../ports/environment.js';

/** `NetworkSignals` that a test fires. */
export interface MemoryNetwork extends NetworkSignals {
  goOnline(): void;
}

export function createMemoryNetwork(): MemoryNetwork {
  const listeners = new Set<() => void>();
  return {
    onOnline(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    goOnline() {
      for (const listener of [...listeners]) listener();
    },
  };
}
