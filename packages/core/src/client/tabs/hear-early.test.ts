import { describe, expect, it } from 'vitest';

import { macrotask } from '../testing/macrotask.js';
import { createMemoryTabs } from '../testing/memory-tabs.js';
import { hearEarly } from './hear-early.js';

function joinTwo() {
  const tabs = createMemoryTabs();
  const [sibling, own] = [tabs.openTab().port.join('x'), tabs.openTab().port.join('x')];
  return { sibling, group: hearEarly(own) };
}

describe('CL-4: a group that is heard before anybody listens', () => {
  it('tells whoever listens first what came before, in its order, and then what comes', async () => {
    const { sibling, group } = joinTwo();
    sibling.post(1);
    sibling.post(2);
    await macrotask();
    const heard: unknown[] = [];
    group.onMessage((message) => heard.push(message));
    expect(heard).toEqual([]);
    await Promise.resolve();
    expect(heard).toEqual([1, 2]);
    sibling.post(3);
    await macrotask();
    expect(heard).toEqual([1, 2, 3]);
  });

  it('tells others no more than what comes from then on', async () => {
    const { sibling, group } = joinTwo();
    sibling.post(1);
    await macrotask();
    const heard: unknown[][] = [[], []];
    for (const list of heard) group.onMessage((message) => list.push(message));
    await macrotask();
    sibling.post(2);
    await macrotask();
    expect(heard).toEqual([[1, 2], [2]]);
  });

  it('tells whoever has stopped listening nothing any more', async () => {
    const { sibling, group } = joinTwo();
    sibling.post(1);
    await macrotask();
    const heard: unknown[] = [];
    group.onMessage((message) => heard.push(message))();
    sibling.post(2);
    await macrotask();
    const stop = group.onMessage((message) => heard.push(message));
    stop();
    sibling.post(3);
    await macrotask();
    expect(heard).toEqual([]);
  });

  it('ends with the first listener who stops while being told', async () => {
    const { sibling, group } = joinTwo();
    sibling.post(1);
    sibling.post(2);
    await macrotask();
    const heard: unknown[] = [];
    const stop = group.onMessage((message) => {
      heard.push(message);
      stop();
    });
    await macrotask();
    expect(heard).toEqual([1]);
  });
});
