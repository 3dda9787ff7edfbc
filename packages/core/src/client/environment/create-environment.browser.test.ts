import { expect, it } from 'vitest';

import { DexieAdapter } from '../adapters/dexie-storage.js';
import { createEnvironment } from './create-environment.js';

it('in a page: IndexedDB, the tabs of the browser and its online event', () => {
  const { storage, tabs, network } = createEnvironment();
  expect(storage).toBeInstanceOf(DexieAdapter);
  const group = tabs.join('environment test');
  expect(group.isExclusive).toBe(true);
  group.leave();
  let heard = 0;
  const stop = network.onSignal(() => heard++);
  window.dispatchEvent(new Event('online'));
  stop();
  window.dispatchEvent(new Event('online'));
  expect(heard).toBe(1);
});
