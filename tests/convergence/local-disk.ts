import type {
  KeptView,
  StorageAdapter,
  Storage,
  StorageCommit,
  StorageError,
} from '../../packages/core/src/client/ports/storage.js';
import type { Timers } from '../../packages/core/src/client/ports/environment.js';
import type { SeededRandom } from '../../packages/core/src/client/testing/seeded-random.js';
import { EMPTY_RECORD } from '../../packages/core/src/crdt/index.js';
import { err, ok, type Result } from '../../packages/core/src/primitives/index.js';
import type { Defects } from './defects.js';
import type { SharedDatabase } from './shared-database.js';

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
  /** Told of each transaction that has taken effect, or failed. */
  readonly completed: (what: string) => void;
  /** The tab has begun to lead. */
  readonly leads: () => void;
  /** CL-8: confirmed records have made way. */
  readonly madeRoom: () => void;
  /** What the server had decided is stored for the tab. */
  readonly decided: () => void;
}

/** What the next transactions meet: writes fail, or reads too, as when the browser has closed the database. */
export type DiskFault = 'commits-fail' | 'quota' | 'closed-handle';

/** One tab's way to the storage it shares with its siblings. */
export interface LocalDisk extends StorageAdapter {
  /** CL-2: what it has told the tab that was kept of views, by their keys. */
  readonly toldViews: ReadonlyMap<string, KeptView>;
  /** The tab is gone. What it asked for last happens before anyone else gets at the database, or never. */
  crash(): void;
  /** So many of the next transactions fail this way, and change nothing. */
  fail(fault: DiskFault, count: number): void;
  /** What was still to fail, all or in that way, does not. */
  recover(fault?: DiskFault): void;
  /** As when it crashes, but nothing of what is under way happens: the power is gone. */
  losePower(): void;
}

const ERRORS: Readonly<Record<DiskFault, StorageError>> = {
  'commits-fail': { code: 'failed', message: 'A fault was asked for.' },
  quota: { code: 'quota', message: 'The disk is full, as was asked for.' },
  'closed-handle': { code: 'failed', message: 'The browser has closed the database, as was asked for.' },
};

const never = <T>(): Promise<T> => new Promise(() => {});

/** Storage that takes its time, so that tabs crash before, during and after their transactions. */
export function createLocalDisk(options: LocalDiskOptions): LocalDisk {
  const { database, random, maxDelayMs, defects } = options;
  const handles: (() => Promise<unknown>)[] = [];
  const working = new Set<() => void>();
  const faults: DiskFault[] = [];
  const toldViews = new Map<string, KeptView>();
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
      ...(defects.keptOpsAreLost === true ? { keepOps: [] } : {}),
    };
  }

  function tellView(loaded: Result<KeptView | null, StorageError>): Result<KeptView | null, StorageError> {
    if (!loaded.ok || loaded.value === null) return loaded;
    const { key, records } = loaded.value;
    toldViews.set(key, loaded.value);
    if (defects.keptViewsAreWrong !== true) return loaded;
    const values = [...records.values()].reverse();
    return ok({
      ...loaded.value,
      records: new Map([...records.keys()].map((its, i) => [its, values[i] ?? EMPTY_RECORD])),
    });
  }

  function wrap(storage: Storage): Storage {
    let done: Promise<unknown> = Promise.resolve();
    let answered: Promise<unknown> = Promise.resolve();
    handles.push(() => done);

    // One transaction after the other; the answers come later still, and in the same order.
    function transact<T>(
      what: string,
      isWrite: boolean,
      run: () => Promise<Result<T, StorageError>>,
    ): Promise<Result<T, StorageError>> {
      // Code of a tab that is gone may still run a little in this process; nothing it asks for reaches the disk.
      if (isCrashed) return never();
      const happened = done.then(async () => {
        await work();
        if (isAbandoned) return null;
        const [fault] = faults;
        const isHit = fault !== undefined && (isWrite || fault === 'closed-handle');
        if (isHit) faults.shift();
        const result = isHit ? err(ERRORS[fault]) : await run();
        options.completed(isHit ? `${what}: ${fault}` : what);
        return { result, told: wait(options.tabTimers) };
      });
      done = happened;
      const heard = Promise.all([happened, answered]).then(([outcome]) => outcome?.told);
      answered = heard;
      return Promise.all([happened, heard]).then(([outcome]) =>
        outcome === null || isCrashed ? never<Result<T, StorageError>>() : outcome.result,
      );
    }

    return {
      identity: storage.identity,
      loadOutbox: () => transact('load the outbox', false, () => storage.loadOutbox()),
      loadMap: (map) => transact(`load ${map}`, false, () => storage.loadMap(map)),
      loadRejections: () => transact('load rejections', false, () => storage.loadRejections()),
      keptThrough: () => transact('see what is kept', false, () => storage.keptThrough()),
      loadKept: () => transact('load kept ops', false, () => storage.loadKept()),
      loadView: (key) => transact('load a view', false, () => storage.loadView(key)).then(tellView),
      keepView: (view) => transact('keep a view', true, () => storage.keepView(view)),
      commit: (commit) =>
        transact(describe(commit), true, async () => {
          const done = await storage.commit(forget(commit));
          if (done.ok && (commit.keepOps ?? []).length > 0) options.decided();
          return done;
        }),
      noteUse: (map, now) => storage.noteUse(map, now),
      storedMaps: () => transact('see what is stored', false, () => storage.storedMaps()),
      // Deleting takes no room, and makes some.
      evict: (maps) =>
        transact(`evict ${maps.join(', ')}`, false, async () => {
          const evicted = await storage.evict(maps);
          const outbox = defects.evictionTakesTheOutbox === true ? await storage.loadOutbox() : null;
          if (outbox?.ok === true) await storage.commit({ removeOps: outbox.value.map(({ op }) => op) });
          if (evicted.ok) options.madeRoom();
          return evicted;
        }),
      compact: (keptSince) => storage.compact(keptSince),
      onLost: (listener) => storage.onLost(listener),
      onCorrupt: (listener) => storage.onCorrupt(listener),
      async close() {
        await done;
        await storage.close();
      },
      lease: (request) => transact(`lease ${request.replica}`, true, () => storage.lease(request)),
      release: (replica, holder) => transact(`release ${replica}`, true, () => storage.release(replica, holder)),
      takeLead: () =>
        transact('take the lead', true, async () => {
          const taken = await storage.takeLead();
          if (taken.ok) options.leads();
          return taken;
        }),
      latestLead: () => transact('see who leads', false, () => storage.latestLead()),
      destroy: () => transact('destroy', true, () => storage.destroy()),
    };
  }

  function crash(abandons: boolean): void {
    isCrashed = true;
    isAbandoned = abandons;
    for (const finish of working) finish();
    database.landing = Promise.all([database.landing, ...handles.map((landed) => landed())]);
  }

  return {
    toldViews,
    async open(name) {
      if (name.endsWith(':device')) return isCrashed ? never() : database.notes.open(name);
      await wait(options.tabTimers);
      for (let landing; landing !== database.landing; await landing) landing = database.landing;
      if (isCrashed) return never();
      const opened = await database.adapter.open(name);
      return opened.ok ? { ok: true, value: wrap(opened.value) } : opened;
    },
    crash: () => crash(random.integer(2) === 0),
    losePower: () => crash(true),
    recover(fault) {
      const left = fault === undefined ? [] : faults.filter((each) => each !== fault);
      faults.splice(0, faults.length, ...left);
    },
    fail(fault, count) {
      for (let i = 0; i < count; i += 1) faults.push(fault);
    },
  };
}

function describe({ putOps, removeOps, base, addRejections }: StorageCommit): string {
  const ops = (putOps ?? []).map(({ op, handed }) => `${op.replica}:${op.seq}${handed ? ' handed' : ''}`);
  const changes = (base ?? []).flatMap(({ map, changes: its }) => its.map(({ key, type }) => `${type} ${map}/${key}`));
  const gone = (removeOps ?? []).map(({ replica, seq }) => `${replica}:${seq}`);
  return `commit put [${ops.join(' ')}] remove [${gone.join(' ')}] base [${changes.join(', ')}] refused ${addRejections?.length ?? 0}`;
}
