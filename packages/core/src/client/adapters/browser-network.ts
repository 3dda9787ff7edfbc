import type { NetworkSignals } from '../ports/environment.js';

/** The browser's `online` event (CL-6). Where there is no such event nobody is ever told. */
export const browserNetwork: NetworkSignals = {
  onOnline(listener) {
    if (typeof globalThis.addEventListener !== 'function') return () => {};
    globalThis.addEventListener('online', listener);
    return () => globalThis.removeEventListener('online', listener);
  },
};
