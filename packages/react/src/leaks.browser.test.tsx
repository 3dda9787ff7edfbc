import { act, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { collectGarbage, countAlive, heapGrowth } from '../../core/src/client/testing/heap.js';
import {
  TopGunProvider,
  useConnectionState,
  useEntry,
  useInfiniteQuery,
  useMap,
  useMutation,
  useORMap,
  usePNCounter,
  useQuery,
  useSyncProgress,
  useSyncState,
  useSyncStatus,
} from './index.js';
import './testing/mount.js';
import { createServedClient, type ServedClient } from './testing/served-client.js';

interface Todo {
  readonly text: string;
  readonly done: boolean;
}

const HOOKS = 500;
/** Subscriptions that nobody uses any more linger for so long, and somewhat less (SY-6). */
const LINGERED_MS = 60_000;

const uses: readonly ((n: number) => unknown)[] = [
  // A query of each component's own.
  (n) => useQuery<Todo>('todos', { where: { text: `no ${n}` } }, { onChange: () => {} }),
  () => useQuery('todos', { where: { done: false } }, { select: (rows: readonly object[]) => rows.length }),
  (n) => useInfiniteQuery<Todo>('todos', { sort: { text: 'asc' }, limit: 1 + (n % 7) }),
  () => useMap('todos'),
  (n) => useEntry<Todo>('todos', `a${n}`),
  (n) => useSyncState('todos', `a${n}`),
  () => useORMap('tags'),
  (n) => usePNCounter(`likes:${n}`),
  () => useMutation<Todo>('todos'),
  () => useSyncStatus(),
  () => useSyncProgress('todos'),
  () => useConnectionState(),
];

interface ProbeProps {
  readonly n: number;
  /** There to be held, by whoever holds the component. */
  readonly own: object;
}

function Probe({ n }: ProbeProps): ReactNode {
  // The same hook in all renders of one component.
  uses[n % uses.length]?.(n);
  return null;
}

let served: ServedClient;
beforeEach(async () => {
  served = createServedClient();
  await served.client.start();
  for (let i = 0; i < 5; i += 1) served.createElsewhere('todos', `a${i}`, { text: `text ${i}`, done: false });
  await served.settle();
});
afterEach(() => served.client.close());

/** Opens so many hooks at once and closes them. A listener that stays holds the component that it was to tell, and so its `own`. */
async function useHooks(count: number, canaries: WeakRef<object>[]): Promise<void> {
  const root = createRoot(document.createElement('div'));
  const probes = Array.from({ length: count }, (_, n) => {
    const own = {};
    canaries.push(new WeakRef(own));
    return <Probe key={n} n={n} own={own} />;
  });
  await act(async () => {
    root.render(<TopGunProvider client={served.client}>{probes}</TopGunProvider>);
    await served.settle();
  });
  expect(served.client.explain('todos').subscriptions.length).toBeGreaterThan(count / uses.length);
  await act(async () => root.unmount());
  await served.advance(LINGERED_MS);
  served.forgetMessages();
}

it('CL-36: 500 hooks that were opened and closed leave no subscription and no listener in a client that stays', async () => {
  const canaries: WeakRef<object>[] = [];
  await useHooks(HOOKS, canaries);
  expect(served.client.explain('todos').subscriptions).toEqual([]);
  expect(served.client.explain('tags').subscriptions).toEqual([]);
  expect(served.client.explain('likes').subscriptions).toEqual([]);
  await collectGarbage();
  expect(countAlive(canaries)).toBe(0);
}, 180_000);

it('CL-36: the heap does not grow with the hooks that come and go', async () => {
  const growth = await heapGrowth(12, () => useHooks(HOOKS, []));
  // A component that a listener keeps is several times as much.
  expect(growth / HOOKS).toBeLessThan(128);
}, 300_000);
