import { afterEach, describe, expect, it, vi } from 'vitest';

import { describeTabsContract } from '../ports/tabs.contract.js';
import type { TabGroup } from '../ports/tabs.js';
import { createBrowserTabs } from './browser-tabs.js';

type Groups = readonly [TabGroup, TabGroup, TabGroup];

describeTabsContract('browser', createBrowserTabs);

describe('browser tabs', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });

  it('CL-4: without Web Locks tabs hear each other, are granted every lock, and say so', async () => {
    vi.spyOn(navigator, 'locks', 'get').mockReturnValue(undefined as unknown as LockManager);
    const [one, two, elsewhere] = ['x', 'x', 'y'].map((name) => createBrowserTabs().join(name)) as unknown as Groups;
    expect([one.isExclusive, two.isExclusive]).toEqual([false, false]);
    expect(await one.tryLock('p')).not.toBeNull();
    expect(await two.tryLock('p')).not.toBeNull();
    const held: string[] = [];
    one.lock('L', () => (held.push('one'), new Promise(() => {})));
    two.lock('L', () => (held.push('two'), new Promise(() => {})));
    await vi.waitFor(() => expect(held).toEqual(['one', 'two']));
    const heard: unknown[] = [];
    one.onMessage((message) => heard.push(message));
    two.onMessage((message) => heard.push(message))();
    elsewhere.onMessage((message) => heard.push(message));
    two.post('hello');
    two.leave();
    two.post('nobody hears this');
    const three = createBrowserTabs().join('x');
    three.post('goodbye');
    await vi.waitFor(() => expect(heard).toContain('goodbye'));
    expect(heard).toEqual(['hello', 'goodbye']);
    for (const group of [one, three, elsewhere]) group.leave();
  });

  it('CL-4: without a BroadcastChannel a tab stands alone', async () => {
    vi.stubGlobal('BroadcastChannel', undefined);
    const group = createBrowserTabs().join('x');
    expect(group.isExclusive).toBe(false);
    expect(await group.tryLock('p')).not.toBeNull();
    group.leave();
  });
});
