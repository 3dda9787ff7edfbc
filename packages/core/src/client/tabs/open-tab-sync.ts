import { createGroupedTabSync } from './grouped-tab-sync.js';
import { createSolitaryTabSync } from './solitary-tab-sync.js';
import type { TabSync, TabSyncOptions } from './tab-sync.js';

/** CL-4: with locks one tab leads; without them each speaks for itself. Local only there is nobody to speak to. */
export function openTabSync(options: TabSyncOptions): TabSync {
  const { serverUrl, group } = options;
  return serverUrl === null || group.isExclusive
    ? createGroupedTabSync(options)
    : createSolitaryTabSync({ ...options, serverUrl });
}
