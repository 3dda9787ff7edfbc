import { afterEach, describe, expect, it, vi } from 'vitest';

import { describeTabsContract } from '../ports/tabs.contract.js';
import { createBrowserTabs } from './browser-tabs.js';

describeTabsContract('browser', createBrowserTabs);

describe('browser tabs', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('CL-4: without Web Locks a tab stands alone and says so', async () => {
    vi.spyOn(navigator, 'locks', 'get').mockReturnValue(undefined as unknown as LockManager);
    const [one, two] = [createBrowserTabs().join('x'), createBrowserTabs().join('x')];
    expect([one.isExclusive, two.isExclusive]).toEqual([false, false]);
    expect(await one.tryLock('p')).not.toBeNull();
    expect(await two.tryLock('p')).not.toBeNull();
  });
});
