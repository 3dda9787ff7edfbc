import { describe, expect, it } from 'vitest';
import type { Stamp } from '../../clock/index.js';
import { applyOp, EMPTY_RECORD, type LwwRecord } from '../../crdt/index.js';
import type { ReplicaId } from '../../clock/index.js';
import { err, ok, type Result } from '../../primitives/index.js';
import type { StorageError } from '../ports/storage.js';
import type { TabEvent } from '../ports/tab-events.js';
import { createVirtualTime } from '../testing/virtual-time.js';
import { createBroughtRows } from './brought-rows.js';

const record = (n: number): LwwRecord =>
  applyOp(EMPTY_RECORD, {
    kind: 'create',
    replica: 'a.0' as ReplicaId,
    seq: n,
    stamp: `-----------a.0` as Stamp,
    map: 'm',
    key: `k${n}`,
    restart: false,
    fields: [{ name: 'n', value: n }],
  });

function setUp(rows: number, canStore = true) {
  const time = createVirtualTime();
  const happened: string[] = [];
  const told: TabEvent[] = [];
  let answer: Result<Map<string, LwwRecord>, StorageError> = ok(
    new Map(Array.from({ length: rows }, (_, n) => [`k${n}`, record(n)])),
  );
  const brought = createBroughtRows({
    storage: {
      loadMap: (map) => {
        happened.push(`load ${map}`);
        return Promise.resolve(answer);
      },
    },
    commits: {
      store: () => {
        happened.push('stored');
        return Promise.resolve(canStore);
      },
    },
    environment: { ...time.device(), log: (level) => void happened.push(level) },
    tell(event) {
      told.push(event);
      happened.push('tell');
    },
    recheck: (map) => void happened.push(`recheck ${map}`),
  });
  return { time, happened, told, brought, fail: (error: StorageError) => void (answer = err(error)) };
}

describe('CL-8: what was brought into a database that was made anew', () => {
  it('is told to all as storage holds it, after what this tab had to store, and then held against the server', async () => {
    const { brought, time, happened, told } = setUp(1);
    brought.take(['m']);
    await time.settle();
    expect(happened).toEqual(['stored', 'load m', 'tell', 'recheck m']);
    const changes = [{ type: 'merge', key: 'k0', delta: record(0) }];
    expect(told).toEqual([{ type: 'changes', maps: [{ map: 'm', changes }], subs: [], through: null }]);
  });

  it('is told in turns of the page where it is much, each row once', async () => {
    const { brought, time, happened, told } = setUp(3_000);
    brought.take(['m']);
    await time.settle();
    expect(happened).toEqual(['stored', 'load m', 'tell']);
    await time.advance(10);
    expect(happened).toEqual(['stored', 'load m', 'tell', 'tell', 'tell', 'recheck m']);
    const keys = told.flatMap((event) => (event.type === 'changes' ? event.maps : [])).flatMap((map) => map.changes);
    expect(new Set(keys.map(({ key }) => key)).size).toBe(3_000);
  });

  it('of which there is nothing is held against the server all the same', async () => {
    const { brought, time, happened } = setUp(0);
    brought.take(['m', 'n']);
    await time.settle();
    expect(happened.filter((each) => each !== 'stored')).toEqual(['load m', 'load n', 'recheck m', 'recheck n']);
  });

  it('is told by nobody who stops, or cannot read it', async () => {
    const stopping = setUp(3_000);
    stopping.brought.take(['m']);
    await stopping.time.settle();
    stopping.brought.stop();
    await stopping.time.advance(10);
    expect(stopping.happened).toEqual(['stored', 'load m', 'tell']);
    expect(stopping.time.pendingTimers()).toBe(0);
    const blind = setUp(1);
    blind.fail({ code: 'unavailable', message: 'broken' });
    blind.brought.take(['m']);
    await blind.time.settle();
    expect(blind.happened).toEqual(['stored', 'load m', 'warn']);
    const stuck = setUp(1, false);
    stuck.brought.take(['m']);
    await stuck.time.settle();
    expect(stuck.happened).toEqual(['stored']);
  });
});
