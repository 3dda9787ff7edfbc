import type {
  StorageAdapter,
  Storage,
  StorageCommit,
  StorageError,
} from '../../packages/core/src/client/ports/storage.js';
import type { Timers } from '../../packages/core/src/client/ports/environment.js';
import type { SeededRandom } from '../../packages/core/src/client/testing/seeded-random.js';
import { err, type Result } from '../../packages/core/src/primitives/index.js';
import type { Defects } from './defects.js';

/** A device's database as its tabs share it, and as it outlives them. */
export interface SharedDatabase {
  readonly adapter: StorageAdapter;
  /** Resolves when nothing of tabs that are gone is still to happen: until then nobody else gets in. */
  landing: Promise<unknown>;
}

export interface LocalDiskOptions {
  readonly database: SharedDatabase;
  readonly random: SeededRandom;
  /** The disk's own time: a transaction that was begun ends, whatever becomes of the tab. */
  readonly diskTimers: Timers;
  /** The tab's time: it hears of the end while it runs. */
  readonly tabTimers: Timers;
  /** The longest a transaction takes before, and again after, it takes effect. */
  readonly maxDelayMs: number;
  readonly defects: Defects;
}

/** One tab's way to the storage it shares with its siblings. */
export interface LocalDisk extends StorageAdapter {
  /** The tab is gone. What it asked for last happens before anyone else gets at the database, or never. */
  crash(): void;
  /** So many of the next commits fail and change nothing. */
  failCommits(count: number): void;
}

const FAULT: StorageError = { code: 'failed', message: 'A fault was asked for.' };

const never = <T>(): Promise<T> => new Promise(() => {});

/** Storage that takes its time, so that tabs crash before, during and after their transactions. */
export function createLocalDisk(options: LocalDiskOptions): LocalDisk {
  const { database, random, maxDelayMs, defects } = options;
  const handles: (() => Promise<unknown>)[] = [];
  const working = new Set<() => void>();
  let failures = 0;
  let isCrashed = false;
  /** After the crash: whether what was asked for before it does not happen. */
  let isAbandoned = false;

  const wait = (timers: Timers): Promise<void> =>
    maxDelayMs === 0
      ? Promise.resolve()
      : new Promise((resolve) => timers.after(random.integer(maxDelayMs + 1), () => resolve()));

  /** The disk's part of a transaction; when the tab is gone nobody waits for it any more. */
  async function work(): Promise<void> {
    if (isCrashed) return;
    let finish = (): void => {};
    const cutShort = new Promise<void>((resolve) => (finish = resolve));
    working.add(finish);
    await Promise.race([wait(options.diskTimers), cutShort]);
    working.delete(finish);
  }

  function forget(commit: StorageCommit): StorageCommit {
    const kept = <T>(items: readonly T[] | undefined, isBad: boolean): readonly T[] =>
      (items ?? []).filter(() => !isBad || random.integer(3) > 0);
    return {
      ...commit,
      putOps: kept(commit.putOps, defects.outboxLosesOps === true),
      base: kept(commit.base, defects.baseLosesChanges === true),
    };
  }

  function wrap(storage: Storage): Storage {
    let done: Promise<unknown> = Promise.resolve();
    let answered: Promise<unknown> = Promise.resolve();
    handles.push(() => done);

    // One transaction after the other; the answers come later still, and in the same order.
    function transact<T>(run: () => Promise<T>): Promise<T> {
      const happened = done.then(async () => {
        await work();
        return isAbandoned ? null : { result: await run(), told: wait(options.tabTimers) };
      });
      done = happened;
      const heard = Promise.all([happened, answered]).then(([outcome]) => outcome?.told);
      answered = heard;
      return Promise.all([happened, heard]).then(([outcome]) =>
        outcome === null || isCrashed ? never<T>() : outcome.result,
      );
    }

    return {
      identity: storage.identity,
      loadOutbox: () => transact(() => storage.loadOutbox()),
      loadMap: (map) => transact(() => storage.loadMap(map)),
      loadRejections: () => transact(() => storage.loadRejections()),
      commit: (commit) =>
        transact<Result<void, StorageError>>(() => {
          if (failures === 0) return storage.commit(forget(commit));
          failures -= 1;
          return Promise.resolve(err(FAULT));
        }),
      compact: () => storage.compact(),
      onLost: (listener) => storage.onLost(listener),
      onCorrupt: (listener) => storage.onCorrupt(listener),
      async close() {
        await done;
        await storage.close();
      },
      lease: (request) => transact(() => storage.lease(request)),
      release: (replica, holder) => transact(() => storage.release(replica, holder)),
      destroy: () => transact(() => storage.destroy()),
    };
  }

  return {
    async open(name) {
      await wait(options.tabTimers);
      for (let landing; landing !== database.landing; await landing) landing = database.landing;
      if (isCrashed) return never();
      const opened = await database.adapter.open(name);
      return opened.ok ? { ok: true, value: wrap(opened.value) } : opened;
    },
    crash() {
      isCrashed = true;
      isAbandoned = random.integer(2) === 0;
      for (const finish of working) finish();
      database.landing = Promise.all([database.landing, ...handles.map((landed) => landed())]);
    },
    failCommits(count) {
      failures += count;
    },
  };
}
