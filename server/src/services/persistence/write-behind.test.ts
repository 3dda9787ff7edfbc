import { EMPTY_RECORD } from '@topgun/core/crdt';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, test } from 'vitest';

import { createMemoryColdStore, type MemoryColdStore } from '../../drivers/memory-cold-store.js';
import { createMemoryDisk, type MemoryDisk } from '../../drivers/memory-disk.js';
import type { Timers } from '../../ports/environment.js';
import {
  createWriteBehind,
  type WriteBehind,
  type WriteBehindFailure,
  type WriteBehindOptions,
} from './write-behind.js';

/** Timers that wait until a test lets them. */
class HeldTimers implements Timers {
  readonly delays: number[] = [];
  #waiting: (() => void)[] = [];
  after(delayMs: number, run: () => void): () => void {
    this.delays.push(delayMs);
    this.#waiting.push(run);
    return () => {
      this.#waiting = this.#waiting.filter((each) => each !== run);
    };
  }
  get waiting(): number {
    return this.#waiting.length;
  }
  /** Runs what waits, and lets everything that follows from it happen. */
  async fire(): Promise<void> {
    for (const run of this.#waiting.splice(0)) run();
    await settled();
  }
}

const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
const write = (key: string) => ({ map: 'm', key, after: EMPTY_RECORD });

let disk: MemoryDisk;
let store: MemoryColdStore;
let timers: HeldTimers;
let failures: WriteBehindFailure[];
beforeEach(() => {
  disk = createMemoryDisk();
  store = createMemoryColdStore(disk);
  timers = new HeldTimers();
  failures = [];
});

const start = (options: Partial<WriteBehindOptions> = {}): WriteBehind =>
  createWriteBehind({
    coldStore: store,
    timers,
    onFailure: (failure) => void failures.push(failure),
    ...options,
  });

const positions = (): unknown => Object.fromEntries([...disk.coldRows.values()].map((row) => [row.key, row.position]));

describe('write-behind', () => {
  it('PI-4: writes a record once, however often it has changed before', async () => {
    const behind = start();
    expect(await behind.resume()).toBe(0);
    for (let position = 1; position <= 50; position++) behind.add(position, [write('busy'), write(`k${position % 2}`)]);
    expect([store.writes, timers.delays]).toEqual([0, [250]]);
    await timers.fire();
    expect(positions()).toEqual({ busy: 50, k0: 50, k1: 49 });
    expect([store.writes, disk.coldThrough, timers.waiting]).toEqual([1, 50, 0]);
    expect(behind.lag).toEqual({ through: 50, position: 50, rows: 0 });
  });

  it('PI-4: goes in chunks, and after each says only what is true', async () => {
    const behind = start({ chunkRows: 2 });
    for (let position = 1; position <= 5; position++) behind.add(position, [write(`k${position}`)]);
    const progress: number[] = [];
    const original = store.write.bind(store);
    store.write = async (rows, through) => {
      await original(rows, through);
      progress.push(rows.length, through);
    };
    await timers.fire();
    expect(progress).toEqual([2, 2, 2, 4, 1, 5]);
  });

  it('PI-4: what changes while it writes rests before it is written again', async () => {
    const behind = start({ chunkRows: 2 });
    const original = store.write.bind(store);
    let position = 3;
    store.write = async (rows, through) => {
      await original(rows, through);
      if (position < 50) behind.add(++position, [write('busy')]);
    };
    for (let at = 1; at <= 3; at++) behind.add(at, [write('busy'), write(`k${at}`)]);
    await timers.fire();
    // Two writes, so twice the rest.
    expect([store.writes, timers.waiting, timers.delays]).toEqual([2, 1, [250, 500]]);
    await timers.fire();
    expect([store.writes, timers.waiting]).toEqual([3, 1]);
  });

  it('rests no longer once more waits than may', async () => {
    const behind = start({ chunkRows: 1, maxRows: 1 });
    const original = store.write.bind(store);
    store.write = async (rows, through) => {
      await original(rows, through);
      if (through === 1) behind.add(2, [write('b'), write('c'), write('d')]);
    };
    behind.add(1, [write('a')]);
    await timers.fire();
    expect(timers.delays).toEqual([250, 0]);
  });

  it('keeps up with commits that changed no record', async () => {
    const behind = start();
    behind.add(3, []);
    await timers.fire();
    expect([disk.coldThrough, behind.lag.through]).toEqual([3, 3]);
  });

  it('resumes where the store stands', async () => {
    disk.coldThrough = 9;
    const behind = start();
    expect(await behind.resume()).toBe(9);
    expect(behind.lag).toEqual({ through: 9, position: 9, rows: 0 });
    expect(timers.waiting).toBe(0);
    expect(() => behind.add(8, [])).toThrow('position 8');
  });

  it('tries again after a failure, later each time, and loses nothing', async () => {
    const behind = start({ retry: { initialDelayMs: 10, maxDelayMs: 35 } });
    store.failNext(4);
    behind.add(1, [write('a')]);
    await timers.fire();
    behind.add(2, [write('a'), write('b')]);
    for (let i = 0; i < 4; i++) await timers.fire();
    expect(timers.delays).toEqual([250, 10, 20, 35, 35]);
    expect(failures.map(({ code, attempts }) => [code, attempts])).toEqual(
      [1, 2, 3, 4].map((attempts) => ['cold-store-failed', attempts]),
    );
    expect(positions()).toEqual({ a: 2, b: 2 });
    behind.add(3, [write('c')]);
    expect(timers.delays.at(-1)).toBe(250);
  });

  it('PI-10: flush writes everything at once, also what is added while it writes', async () => {
    const behind = start({ chunkRows: 1 });
    behind.add(1, [write('a'), write('b')]);
    const flushed = behind.flush();
    behind.add(2, [write('c')]);
    expect(await flushed).toEqual({ ok: true, value: undefined });
    expect([positions(), disk.coldThrough, timers.waiting]).toEqual([{ a: 1, b: 1, c: 2 }, 2, 0]);
    expect(await behind.flush()).toEqual({ ok: true, value: undefined });
  });

  it('flush says when the store cannot be written, and retries go on', async () => {
    const behind = start();
    behind.add(1, [write('a')]);
    store.failNext();
    expect(await behind.flush()).toMatchObject({ ok: false, error: { code: 'cold-store-failed', attempts: 1 } });
    await timers.fire();
    expect(positions()).toEqual({ a: 1 });
  });

  it('PI-4: bounds its lag: there is no room above the limit until it has caught up', async () => {
    const behind = start({ maxRows: 2, chunkRows: 1 });
    behind.add(1, [write('a'), write('b')]);
    expect(behind.hasRoom).toBe(true);
    await behind.room();
    behind.add(2, [write('c'), write('d')]);
    expect(behind.hasRoom).toBe(false);
    let rows = -1;
    await behind.room().then(() => (rows = behind.lag.rows));
    expect([rows, behind.hasRoom]).toEqual([2, true]);
  });

  it('PI-4: a store that fails keeps nobody waiting, one that works again does', async () => {
    const behind = start({ maxRows: 0 });
    store.failNext();
    behind.add(1, [write('a')]);
    expect(behind.hasRoom).toBe(false);
    await behind.room();
    await settled();
    expect([behind.hasRoom, behind.lag.rows, failures.length]).toEqual([true, 1, 1]);
    await timers.fire();
    behind.add(2, [write('a')]);
    expect(behind.hasRoom).toBe(false);
  });

  it('stopped, it writes nothing more and keeps nobody waiting', async () => {
    const behind = start({ maxRows: 0 });
    behind.add(1, [write('a')]);
    const room = behind.room();
    const stopping = behind.stop();
    await room;
    await stopping;
    const { writes } = store;
    behind.add(2, [write('a')]);
    await behind.flush();
    await timers.fire();
    expect([behind.hasRoom, store.writes, timers.waiting]).toEqual([true, writes, 0]);
  });

  it('PI-4: with failures anywhere, a crash at any time and a resume from `through`, every record ends in its latest state', async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ act: fc.constant('commit'), keys: fc.subarray(['a', 'b', 'c', 'd', 'e']) }) },
      { weight: 2, arbitrary: fc.constant({ act: 'fire', keys: [] as string[] }) },
      fc.constant({ act: 'fail', keys: [] as string[] }),
      fc.constant({ act: 'fail the second chunk', keys: [] as string[] }),
      fc.constant({ act: 'crash', keys: [] as string[] }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        disk = createMemoryDisk();
        const log: (readonly string[])[] = [];
        let behind: WriteBehind;
        const restart = async (): Promise<void> => {
          store = createMemoryColdStore(disk);
          timers = new HeldTimers();
          behind = start({ chunkRows: 2 });
          const through = await behind.resume();
          log.slice(through).forEach((keys, i) => behind.add(through + i + 1, keys.map(write)));
        };
        await restart();
        for (const { act, keys } of steps) {
          if (act === 'commit') behind!.add(log.push(keys), keys.map(write));
          else if (act === 'fire') await timers.fire();
          else if (act === 'fail') store.failNext();
          else if (act === 'fail the second chunk') store.failNext(1, 1);
          else await restart();
        }
        await restart();
        await behind!.flush();
        const latest = new Map(log.flatMap((keys, i) => keys.map((key) => [key, i + 1] as const)));
        expect(positions()).toEqual(Object.fromEntries(latest));
        expect(disk.coldThrough).toBe(log.length);
      }),
      { numRuns: 150 },
    );
  });
});

test('PI-7: what comes late of earlier commits is written too, and until it is the store is not said to be any further', async () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const late = fc.array(fc.record({ key, position: fc.integer({ min: 3, max: 9 }) }), { maxLength: 6 });
  const step = fc.constantFrom('live', 'late', 'fire', 'fail', 'release');
  await fc.assert(
    fc.asyncProperty(late, fc.array(step, { maxLength: 30 }), async (owed, steps) => {
      const own = createMemoryDisk();
      own.coldThrough = 2;
      const place = createMemoryColdStore(own);
      const moved = new HeldTimers();
      const behind = createWriteBehind({ coldStore: place, timers: moved, onFailure: () => undefined, chunkRows: 2 });
      await behind.resume();
      const held = behind.hold();
      // Up to 9 the log says more than is told at first.
      behind.add(9, []);
      const waiting = [...owed].sort((a, b) => a.position - b.position);
      const truth = new Map<string, number>();
      for (const each of waiting) truth.set(`late ${each.key}`, each.position);
      let position = 9;
      let isHeld = true;
      const tellLate = (): void => {
        for (const each of waiting.splice(0, 1)) held.addLate(each.position, [write(`late ${each.key}`)]);
      };
      const release = (): void => {
        while (waiting.length > 0) tellLate();
        if (isHeld) held.release();
        isHeld = false;
      };
      const isTrue = (): void => {
        for (const [of, at] of truth) {
          if (at <= own.coldThrough) expect(own.coldRows.get(`m\0${of}`)?.position).toBeGreaterThanOrEqual(at);
        }
        if (isHeld) expect(own.coldThrough).toBe(2);
      };
      for (const each of steps) {
        if (each === 'live') {
          position += 1;
          behind.add(position, [write(`live ${position % 3}`)]);
          truth.set(`live ${position % 3}`, position);
        } else if (each === 'late') tellLate();
        else if (each === 'fail') place.failNext();
        else if (each === 'release') release();
        else await moved.fire();
        isTrue();
      }
      release();
      for (let turn = 0; turn < 40 && behind.lag.through < position; turn += 1) await moved.fire();
      isTrue();
      expect([own.coldThrough, own.coldRows.size]).toEqual([position, truth.size]);
      await behind.flush();
    }),
    { numRuns: 150 },
  );
});
