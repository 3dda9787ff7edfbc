import type { TopGunClient } from '@topgun/core';
import { act } from 'react';
import { renderToString } from 'react-dom/server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { TopGunProvider, useORMap, usePNCounter } from './index.js';
import { createLocalClient, mountHook, unmountAll } from './testing/mount.js';

let client: TopGunClient;
const write = (change: () => unknown): void => act(() => void change());

beforeEach(async () => {
  client = createLocalClient();
  await client.start();
  await client.getMap('tags').loaded();
  await client.getMap('likes').loaded();
});
afterEach(async () => {
  unmountAll();
  await client.close();
});

describe('useORMap', () => {
  it('CL-1, CR-6: renders again at any change of values, in the render it causes', () => {
    const mounted = mountHook(client, () => useORMap<string, string>('tags').get('post'));
    write(() => client.getORMap('tags').add('post', 'a'));
    write(() => client.getORMap('tags').add('post', 'b'));
    expect(mounted.last).toEqual(['a', 'b']);
    write(() => client.getORMap('tags').remove('post', 'a'));
    expect(mounted.last).toEqual(['b']);
  });

  it('gives the same handle every time, and null for a falsy map', () => {
    const mounted = mountHook(client, () => useORMap('tags'));
    const first = mounted.last;
    expect(first).toBe(client.getORMap('tags'));
    mounted.rerender(() => useORMap('tags'));
    expect(mounted.last).toBe(first);
    expect(mountHook(client, () => useORMap(undefined)).last).toBeNull();
  });

  it('hears nothing after unmounting', () => {
    const mounted = mountHook(client, () => useORMap('tags'));
    mounted.unmount();
    const { length } = mounted.renders;
    write(() => client.getORMap('tags').add('post', 'a'));
    expect(mounted.renders).toHaveLength(length);
  });
});

describe('usePNCounter', () => {
  it('CL-1, CR-7: shows a count in the render it causes, and its functions are stable', () => {
    const mounted = mountHook(client, () => usePNCounter('likes:1'));
    const { increment, decrement, add } = mounted.last;
    write(() => increment());
    write(() => add(5));
    write(() => decrement());
    expect(mounted.last.value).toBe(5);
    expect(mounted.last).toMatchObject({ increment, decrement, add });
  });

  it('does not render again for other counters, and keeps its result while the value does', () => {
    const mounted = mountHook(client, () => usePNCounter('likes:1'));
    const before = mounted.last;
    const { length } = mounted.renders;
    write(() => client.getPNCounter('likes:2').increment());
    expect(mounted.renders).toHaveLength(length);
    mounted.rerender(() => usePNCounter('likes:1'));
    expect(mounted.last).toBe(before);
  });

  it('follows a name that changes, and null disables it', () => {
    write(() => client.getPNCounter('likes:2').add(2));
    const mounted = mountHook(client, () => usePNCounter('likes:1').value);
    mounted.rerender(() => usePNCounter('likes:2').value);
    expect(mounted.last).toBe(2);
    expect(mountHook(client, () => usePNCounter(null)).last).toBeNull();
  });

  it('renders on a server as 0', () => {
    const Likes = () => usePNCounter('likes:1').value;
    expect(
      renderToString(
        <TopGunProvider client={client}>
          <Likes />
        </TopGunProvider>,
      ),
    ).toBe('0');
  });
});
