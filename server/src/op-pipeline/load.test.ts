import type { ReplicaId } from '@topgun/core/clock';
import { beforeEach, expect, test } from 'vitest';
import type { LoadFailure } from '../services/loading/load-failure.js';
import { createRecordedLog } from '../testing/recorded-log.js';
import { settle } from '../testing/test-host.js';
import { LoadStage } from './load.js';
import { createOpSession, type OpSession } from './op-session.js';
import { receive } from './receive.js';
import type { Received } from './stages.js';
import { WaitingBytes } from './waiting-bytes.js';

const replica = 'r.0' as ReplicaId;

/** Partitions below 100 are cold until a test brings them in. */
class World {
  readonly passed: string[] = [];
  readonly faults: string[] = [];
  readonly asked: number[][] = [];
  readonly #hot = new Set<number>();
  #waiting: { readonly partitions: number[]; readonly settle: (failure: LoadFailure | null) => void }[] = [];

  readonly stage = new LoadStage({
    hash: () => 50n,
    need: (needed) => {
      const partitions = [...needed].filter((partition) => partition < 100 && !this.#hot.has(partition));
      this.asked.push([...needed]);
      if (partitions.length === 0) return null;
      return new Promise((resolve) => this.#waiting.push({ partitions, settle: resolve }));
    },
    waiting: new WaitingBytes(),
    log: createRecordedLog().log,
    onLoaded: ({ session, bytes }) => void this.passed.push(`${session.id} ${bytes}`),
    onFault: (session, { code }) => void this.faults.push(`${session.id} ${code}`),
  });

  async bringIn(partition: number, failure: LoadFailure | null = null): Promise<void> {
    if (failure === null) this.#hot.add(partition);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const each of waiting) {
      const isDone = failure !== null || each.partitions.every((needed) => this.#hot.has(needed));
      if (isDone) each.settle(failure);
      else this.#waiting.push(each);
    }
    await settle();
  }
}

function frame(session: OpSession, bytes: number, ...partitions: readonly number[]): Received {
  const batches = partitions.map((partition) => ({ replica, partition, ops: [] }));
  const received = receive({ type: 'submit', session: session.id, batches, bytes }, session, 1_000);
  if (received?.ok !== true) throw new Error('not received');
  return received.value;
}

let world: World;
let [a, b]: [OpSession, OpSession] = [createOpSession('a'), createOpSession('b')];
beforeEach(() => {
  world = new World();
  [a, b] = [createOpSession('a'), createOpSession('b')];
});

test('PI-7: what is hot passes at once; what is not waits, and others pass by', async () => {
  world.stage.take(frame(a, 1, 200));
  world.stage.take(frame(a, 2, 200, 3));
  world.stage.take(frame(b, 3, 201));
  expect(world.passed).toEqual(['a 1', 'b 3']);
  await world.bringIn(3);
  expect(world.passed).toEqual(['a 1', 'b 3', 'a 2']);
});

test('PI-11: of one session nothing passes what came before it, hot or not', async () => {
  world.stage.take(frame(a, 1, 3));
  world.stage.take(frame(a, 2, 200));
  world.stage.take(frame(a, 3, 4));
  world.stage.take(frame(a, 4, 200));
  expect([world.passed, a.waitingBytes]).toEqual([[], 10]);
  await world.bringIn(4);
  expect(world.passed).toEqual([]);
  await world.bringIn(3);
  expect([world.passed, a.waitingBytes]).toEqual([['a 1', 'a 2', 'a 3', 'a 4'], 0]);
  await world.stage.idle();
  world.stage.take(frame(a, 5, 200));
  expect(world.passed.at(-1)).toBe('a 5');
});

test('CR-2: whose the replica is has to be here too, where it is asked for', async () => {
  a.identity = { principal: 'ann', claims: {}, expiresAtMs: null };
  world.stage.take(frame(a, 1, 200));
  expect(world.asked).toEqual([[200, 50]]);
  await world.bringIn(50);
  expect(world.passed).toEqual(['a 1']);
});

test('PI-7: what cannot be read ends the session, whose client sends it again, and no other', async () => {
  world.stage.take(frame(a, 1, 3));
  world.stage.take(frame(a, 2, 200));
  world.stage.take(frame(b, 3, 4));
  await world.bringIn(3, { code: 'unreadable', reason: 'no disk' });
  expect([world.passed, world.faults]).toEqual([[], ['a commit-failed', 'b commit-failed']]);
  await world.stage.idle();
  const again = createOpSession('a2');
  await world.bringIn(3);
  world.stage.take(frame(again, 4, 3));
  expect(world.passed).toEqual(['a2 4']);
});

test('PI-2: a session that sends more than may wait is ended, and nothing of it is decided', async () => {
  world.stage.take(frame(a, 1, 3));
  world.stage.take(frame(a, 8 * 1024 * 1024, 200));
  expect(world.faults).toEqual(['a overloaded']);
  await world.bringIn(3);
  expect([world.passed, a.waitingBytes]).toEqual([[], 0]);
});
