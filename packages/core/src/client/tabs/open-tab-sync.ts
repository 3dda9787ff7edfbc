import { createSolitaryTabSync } from './solitary-tab-sync.js';
import { createTabSync, type TabSync, type TabSyncOptions } from './tab-sync.js';

/** CL-4: with locks one tab leads; without them each speaks for itself. Local only there is nobody to speak to. */
export function openTabSync(options: TabSyncOptions): TabSync {
  const { serverUrl, group } = options;
  return serverUrl === null || group.isExclusive
    ? createTabSync(options)
    : createSolitaryTabSync({ ...options, serverUrl });
}
