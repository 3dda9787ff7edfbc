import type { Rejection } from '@topgun/core';
import { act } from 'react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { useSyncState, useWriteRejections } from './index.js';
import { mountHook, unmountAll } from './testing/mount.js';
import { createServedClient, type ServedClient } from './testing/served-client.js';

let served: ServedClient;
const settle = (): Promise<void> => act(() => served.settle());

beforeEach(async () => {
  served = createServedClient();
  await served.client.start();
  await served.settle();
  served.server.refuse(({ key }) => (key.startsWith('bad') ? 'not-permitted' : null));
});
afterEach(async () => {
  unmountAll();
  await served.client.close();
});

async function write(map: string, key: string): Promise<void> {
  act(() => void served.client.getMap(map).set(key, { text: key }));
  await settle();
}

describe('useWriteRejections', () => {
  it('CL-7: shows what is refused until it is discarded, retried or edited, and calls back once for each', async () => {
    const heard: string[] = [];
    const mounted = mountHook(served.client, () => ({
      ...useWriteRejections({ onRejected: ({ key }: Rejection) => void heard.push(key) }),
      state: useSyncState('todos', 'bad-1'),
    }));
    expect(mounted.last.rejections).toEqual([]);
    for (const key of ['bad-1', 'good', 'bad-2', 'bad-3']) await write('todos', key);
    expect([mounted.last.rejections.map(({ key }) => key), heard, mounted.last.state]).toEqual([
      ['bad-1', 'bad-2', 'bad-3'],
      ['bad-1', 'bad-2', 'bad-3'],
      'rejected',
    ]);
    served.server.refuse(() => null);
    const [first, second, third] = mounted.last.rejections;
    act(() => void mounted.last.edit(first!.id, { text: 'other' }));
    expect(mounted.last.rejections.map(({ key }) => key)).toEqual(['bad-2', 'bad-3']);
    act(() => void mounted.last.retry(second!.id));
    await act(() => mounted.last.discard(third!.id));
    await settle();
    expect([mounted.last.rejections, mounted.last.state]).toEqual([[], 'synced']);
    expect([...served.server.rows('todos')]).toEqual([
      ['good', { text: 'good' }],
      ['bad-1', { text: 'other' }],
      ['bad-2', { text: 'bad-2' }],
    ]);
  });

  it('CL-7: of a map or a key renders again for those alone, and its functions and list keep their identity', async () => {
    const heard: string[] = [];
    const mounted = mountHook(served.client, () =>
      useWriteRejections({
        map: 'todos',
        key: 'bad-1',
        onRejected: ({ key, map }) => void heard.push(`${map}/${key}`),
      }),
    );
    await write('todos', 'bad-1');
    const { last } = mounted;
    const renders = mounted.renders.length;
    await write('notes', 'bad-1');
    await write('todos', 'bad-2');
    expect(mounted.renders.length).toBe(renders);
    mounted.rerender(() => useWriteRejections({ map: 'todos', key: 'bad-1' }));
    expect(mounted.last).toBe(last);
    expect([last.rejections.map(({ map, key }) => `${map}/${key}`), heard]).toEqual([['todos/bad-1'], ['todos/bad-1']]);
  });

  it('CL-7: follows what another part of the app does, and hears nothing after unmounting', async () => {
    const mounted = mountHook(served.client, () => useWriteRejections());
    await write('todos', 'bad-1');
    await act(() => served.client.rejections.discard(mounted.last.rejections[0]!.id));
    expect(mounted.last.rejections).toEqual([]);
    const renders = mounted.renders.length;
    mounted.unmount();
    await write('todos', 'bad-2');
    expect(mounted.renders.length).toBe(renders);
  });
});
