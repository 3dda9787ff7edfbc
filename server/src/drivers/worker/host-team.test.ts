import type { Hash64 } from '@topgun/core/primitives';
import { DEFAULT_LIMITS } from '@topgun/core/protocol';
import { beforeAll, expect, test } from 'vitest';

import { loadXxhash } from '../../adapters/xxhash.js';
import { FakeThread } from '../../testing/fake-thread.js';
import { createManualTimers } from '../../testing/manual-timers.js';
import { createRecordedLog } from '../../testing/recorded-log.js';
import { settle } from '../../testing/test-host.js';
import type { MemberStores } from '../composite/shared-stores.js';
import { createMemoryColdStore } from '../memory-cold-store.js';
import { createMemoryDisk } from '../memory-disk.js';
import { createMemoryLedger } from '../memory-ledger.js';
import { createMemorySnapshotStore } from '../memory-snapshot-store.js';
import type { LifeNews } from './host-life.js';
import { HostTeam } from './host-team.js';

let hash: Hash64;
beforeAll(async () => {
  hash = await loadXxhash();
});

const endOfTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function setUp() {
  const disk = createMemoryDisk();
  const threads: FakeThread[] = [];
  const stores: MemberStores[] = [];
  const news: LifeNews[] = [];
  const team = new HostTeam(
    {
      threads: 2,
      startThread(_index, own) {
        stores.push(own);
        threads.push(new FakeThread());
        return threads.at(-1)!;
      },
      store: {
        ledger: createMemoryLedger(disk),
        coldStore: createMemoryColdStore(disk),
        snapshots: createMemorySnapshotStore(disk),
      },
      hash,
      clock: { now: () => 0 },
      random: { id: (length) => 'x'.repeat(length) },
      timers: createManualTimers(),
      log: createRecordedLog().log,
      limits: DEFAULT_LIMITS,
      faultOf: (error) => ({ code: 'database', message: String(error) }),
    },
    (heard) => news.push(heard),
  );
  for (const { coldStore, ledger } of stores) {
    await ledger.claim();
    await coldStore.through();
  }
  return { disk, news, stores, team, threads };
}

const started = { lineage: 'memory', position: 0, forgottenThrough: 0 };

test('PI-51: a team has started when all its threads have, and each is told of sessions', async () => {
  const { team, threads } = await setUp();
  let outcome: unknown = null;
  void team.started.then((value) => (outcome = value));
  threads[0]!.say({ type: 'started', started });
  await settle();
  expect(outcome).toBeNull();
  threads[1]!.say({ type: 'started', started });
  await settle();
  expect(outcome).toEqual({ ok: true, value: { lineage: 'memory', position: 0 } });
  team.send({ type: 'announce', session: 's', replicas: [] });
  await endOfTurn();
  expect(threads.map(({ received }) => received.length)).toEqual([1, 1]);
  expect(team.queued).toBe(2);
});

test('PI-51: with one thread all end, nothing more of them is heard, and what is under way at the ledger is decided before', async () => {
  const { disk, news, stores, team, threads } = await setUp();
  for (const thread of threads) thread.say({ type: 'started', started });
  await team.started;
  const appended = stores[0]!.ledger.append(new TextEncoder().encode('{"v":2}'));
  let ended: string | null = null;
  void team.ended.then((reason) => (ended = reason));
  threads[1]!.die(new Error('out of memory'));
  await settle();
  expect(threads[0]!.isTerminated).toBe(true);
  expect(ended).toBe('out of memory');
  const { length } = disk.segments;
  threads[0]!.say({ type: 'log', level: 'warn', message: 'late' });
  void stores[0]!.ledger.append(new TextEncoder().encode('{"v":2}'));
  await settle();
  expect(disk.segments).toHaveLength(length);
  expect(news).toEqual([]);
  void appended;
});

test('PI-51: a thread that cannot start ends the others, and says why', async () => {
  const { team, threads } = await setUp();
  threads[0]!.say({ type: 'started', started });
  threads[1]!.say({ type: 'start-failed', fault: { code: 'ledger-damaged', message: 'Position 3 is damaged.' } });
  expect(await team.started).toEqual({
    ok: false,
    error: { code: 'ledger-damaged', message: 'Position 3 is damaged.' },
  });
  await settle();
  expect(threads.map(({ isTerminated }) => isTerminated)).toEqual([true, true]);
});
