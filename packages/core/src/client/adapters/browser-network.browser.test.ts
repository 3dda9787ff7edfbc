import { afterEach, describe, expect, it, vi } from 'vitest';

import type { NetworkSignal } from '../ports/environment.js';
import { browserNetwork } from './browser-network.js';

afterEach(() => vi.restoreAllMocks());

function everything(): void {
  window.dispatchEvent(new Event('online'));
  document.dispatchEvent(new Event('visibilitychange'));
  window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
}

describe('CL-6: what a page is told', () => {
  it('is that there is a network, that somebody looks, and that it was put back, until it no longer listens', () => {
    const heard: NetworkSignal[] = [];
    const stop = browserNetwork.onSignal((signal) => heard.push(signal));
    everything();
    expect(heard).toEqual(['online', 'visible', 'restored']);
    stop();
    everything();
    expect(heard).toHaveLength(3);
  });

  it('is nothing when it is hidden, or shown for the first time', () => {
    const heard: NetworkSignal[] = [];
    const stop = browserNetwork.onSignal((signal) => heard.push(signal));
    vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
    document.dispatchEvent(new Event('visibilitychange'));
    window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: false }));
    expect(heard).toEqual([]);
    stop();
  });
});
