import { describe, expect, it } from 'vitest';

import { macrotask } from '../testing/macrotask.js';
import { createSoloTabs } from './solo-tabs.js';

describe('solo tabs', () => {
  it('grants a lock later than the call, and queues a second request of the same tab', async () => {
    const group = createSoloTabs().join('x');
    const seen: string[] = [];
    let stop = (): void => {};
    group.lock('L', () => (seen.push('first'), new Promise((resolve) => (stop = resolve))));
    group.lock('L', () => (seen.push('second'), Promise.resolve()));
    const third = group.lock('L', () => (seen.push('third'), Promise.resolve()));
    third.cancel();
    expect(seen).toEqual([]);
    await macrotask();
    expect(seen).toEqual(['first']);
    expect(await group.tryLock('L')).toBeNull();
    stop();
    await macrotask();
    expect(seen).toEqual(['first', 'second']);
    expect(await group.tryLock('L')).not.toBeNull();
  });

  it('tryLock: one holder, given back once', async () => {
    const group = createSoloTabs().join('x');
    const held = await group.tryLock('p');
    expect(await group.tryLock('p')).toBeNull();
    held?.release();
    expect(await group.tryLock('p')).not.toBeNull();
    held?.release();
    expect(await group.tryLock('p')).toBeNull();
  });

  it('stands alone: another tab is granted the same lock, and messages reach nobody', async () => {
    const [one, two] = [createSoloTabs().join('x'), createSoloTabs().join('x')];
    const heard: unknown[] = [];
    two.onMessage((message) => heard.push(message));
    one.post('anyone?');
    expect(await one.tryLock('p')).not.toBeNull();
    expect(await two.tryLock('p')).not.toBeNull();
    await macrotask();
    expect(heard).toEqual([]);
  });

  it('CL-8: what is shared is not to be had alone, and waits for who has it alone', async () => {
    const group = createSoloTabs().join('x');
    const alone = await group.tryLock('m');
    let isShared = false;
    const sharing = group.share('m').then(() => (isShared = true));
    await macrotask();
    expect(isShared).toBe(false);
    alone?.release();
    await sharing;
    await group.share('m');
    expect(await group.tryLock('m')).toBeNull();
  });

  it('grants nothing to a tab that left', async () => {
    const group = createSoloTabs().join('x');
    let ran = false;
    group.lock('L', () => ((ran = true), Promise.resolve()));
    group.leave();
    await macrotask();
    expect(ran).toBe(false);
    expect(await group.tryLock('p')).toBeNull();
  });
});
