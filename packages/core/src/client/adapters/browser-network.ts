import type { NetworkSignals } from '../ports/environment.js';

/** `online`, `visibilitychange` and `pageshow` (CL-6). Where there are no such events, in a worker or in Node, nobody is ever told. */
export const browserNetwork: NetworkSignals = {
  onSignal(listener) {
    const page = globalThis as Partial<Window & typeof globalThis>;
    if (typeof page.addEventListener !== 'function') return () => {};
    const { document } = page;
    const ended = new AbortController();
    const { signal } = ended;
    page.addEventListener('online', () => listener('online'), { signal });
    document?.addEventListener(
      'visibilitychange',
      () => {
        if (document.visibilityState === 'visible') listener('visible');
      },
      { signal },
    );
    page.addEventListener(
      'pageshow',
      (event) => {
        if (event.persisted) listener('restored');
      },
      { signal },
    );
    return () => ended.abort();
  },
};
