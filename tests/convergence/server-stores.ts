import type { SeededRandom } from '../../packages/core/src/client/testing/seeded-random.js';
import type { VirtualDevice } from '../../packages/core/src/client/testing/virtual-time.js';
import { lastPosition, type MemoryDisk } from '../../server/src/drivers/memory-disk.js';
import type { ColdRow, ColdStore } from '../../server/src/ports/cold-store.js';
import type { AppendOutcome, Ledger } from '../../server/src/ports/ledger.js';
import type { SnapshotStore, StoredHead, StoredSnapshot } from '../../server/src/ports/snapshot-store.js';
import { readFacts, SnapshotWriter } from '../../server/src/services/layout/snapshot-layout.js';
import { decodeSegment, encodeSegment } from '../../server/src/services/persistence/segment-codec.js';
import type { Defects } from './defects.js';
import { must } from './violation.js';

export interface ServerStoresOptions {
  readonly disk: MemoryDisk;
  readonly device: VirtualDevice;
  readonly random: SeededRandom;
  readonly ledger: Ledger;
  readonly coldStore: ColdStore;
  readonly snapshots: SnapshotStore;
  readonly maxAppendMs: number;
  readonly defects: Defects;
  /** Told of what it finds to be wrong with them. */
  readonly asks: (check: () => void) => void;
}

export interface ServerStores {
  readonly ledger: Ledger;
  readonly coldStore: ColdStore;
  readonly snapshots: SnapshotStore;
  /** The process is gone. What is under way may or may not reach the disk, and nobody hears of it. */
  crash(): void;
  /** The machine is gone: of what was written, what was not synced is lost. */
  losePower(): void;
}

const never = <T>(): Promise<T> => new Promise(() => {});

/** How long a ledger that lies about it takes to sync. */
const LATE_SYNC_MS = 5_000;

/** A server's ledger and cold store as one process has them: slow, and gone with it. */
export function createServerStores(options: ServerStoresOptions): ServerStores {
  const { disk, device, random, ledger, coldStore, snapshots, maxAppendMs, defects } = options;
  let isCrashed = false;
  /** PI-3: the epoch under which this server may write. */
  let claimed: number | null = null;
  let underWay: (() => void) | null = null;
  /** How to take back what is written and not synced, the last first. */
  const unsynced: (() => void)[] = [];

  const wait = (): Promise<void> =>
    maxAppendMs === 0
      ? Promise.resolve()
      : new Promise((resolve) => device.timers.after(random.integer(maxAppendMs + 1), () => resolve()));

  /** By itself, so that what it does is not decided by what others do. */
  const waitForSnapshot = (): Promise<void> =>
    new Promise((resolve) => device.timers.after(maxAppendMs / 2, () => resolve()));

  /** What another server claimed was synced before it could be claimed. */
  function takeBack(undo: () => void): () => void {
    const { epoch } = disk;
    return () => {
      if (disk.epoch === epoch) undo();
    };
  }

  async function sync(undo: () => void): Promise<void> {
    unsynced.push(undo);
    const synced = (): void => void unsynced.splice(unsynced.indexOf(undo), 1);
    if (defects.ledgerAcksBeforeSync === true) {
      device.timers.after(LATE_SYNC_MS, synced);
      return;
    }
    await wait();
    if (!isCrashed) synced();
  }

  /** Without a fence: whoever asks writes. */
  function appendUnfenced(bytes: Uint8Array): AppendOutcome {
    const position = lastPosition(disk) + 1;
    disk.segments.push({ position, epoch: disk.epoch, bytes: bytes.slice() });
    return { type: 'committed', position };
  }

  function written(bytes: Uint8Array): Uint8Array {
    if (defects.ledgerLosesOps !== true || random.integer(4) > 0) return bytes;
    const segment = decodeSegment(bytes);
    return segment.ok ? encodeSegment({ ...segment.value, entries: segment.value.entries.slice(1) }) : bytes;
  }

  /** Takes no turn of its own: whoever asked goes on when it would have without. */
  function noted<T>(asked: Promise<T>, epochOf: (told: T) => number | null): Promise<T> {
    asked.then(
      (told) => (claimed = epochOf(told) ?? claimed),
      () => {},
    );
    return asked;
  }

  /** PI-3: what is told to be written was written while nobody had claimed the ledger since. */
  function judgeFence(outcome: AppendOutcome): void {
    if (outcome.type !== 'committed') return;
    const segment = disk.segments.findLast(({ position }) => position === outcome.position);
    const isFenced = segment === undefined || segment.epoch === claimed;
    must(isFenced, 'one-server', () => {
      return `a server that has epoch ${claimed} wrote segment ${outcome.position} in epoch ${segment?.epoch}`;
    });
  }

  async function appendAndSync(bytes: Uint8Array): Promise<AppendOutcome> {
    const write = (): Promise<AppendOutcome> =>
      defects.ledgerHasNoFence === true ? Promise.resolve(appendUnfenced(bytes)) : ledger.append(written(bytes));
    underWay = () => void write();
    await wait();
    if (isCrashed) return never();
    underWay = null;
    const last = lastPosition(disk);
    const outcome = await write();
    if (isCrashed) return never();
    options.asks(() => judgeFence(outcome));
    if (lastPosition(disk) > last) await sync(takeBack(() => void disk.segments.pop()));
    await wait();
    return isCrashed ? never() : outcome;
  }

  function undoRows(rows: readonly ColdRow[]): () => void {
    const through = disk.coldThrough;
    const before = rows.map(({ map, key }) => [`${map}\0${key}`, disk.coldRows.get(`${map}\0${key}`)] as const);
    return () => {
      for (const [place, row] of before) {
        if (row === undefined) disk.coldRows.delete(place);
        else disk.coldRows.set(place, row);
      }
      disk.coldThrough = through;
    };
  }

  function undoSnapshots(written: readonly StoredSnapshot[]): () => void {
    const before = written.map(({ partition }) => [partition, disk.snapshots.get(partition)] as const);
    const progress = disk.snapshotProgress;
    return () => {
      for (const [partition, snapshot] of before) {
        if (snapshot === undefined) disk.snapshots.delete(partition);
        else disk.snapshots.set(partition, snapshot);
      }
      disk.snapshotProgress = progress;
    };
  }

  return {
    ledger: {
      claim: () => noted(ledger.claim(), ({ epoch }) => epoch),
      renew: () => (isCrashed ? never() : noted(ledger.renew(), (epoch) => epoch)),
      append: (bytes) => (isCrashed ? never() : appendAndSync(bytes)),
      read: (after) => ledger.read(after),
      async trim(through) {
        await waitForSnapshot();
        if (isCrashed) return never();
        // What is not synced may be taken back, and is the last of the log then.
        if (unsynced.length === 0) await ledger.trim(through);
        return isCrashed ? never() : undefined;
      },
      close: () => ledger.close(),
    },
    coldStore: {
      through: () => coldStore.through(),
      async write(rows, through) {
        await wait();
        if (isCrashed) return never();
        const kept = defects.coldStoreLosesRows === true ? rows.filter(() => random.integer(4) > 0) : rows;
        const undo = takeBack(undoRows(kept));
        await coldStore.write(kept, through);
        if (isCrashed) return never();
        await sync(undo);
        return isCrashed ? never() : undefined;
      },
      rows: (map) => coldStore.rows(map),
      close: () => coldStore.close(),
    },
    snapshots: {
      progress: () => snapshots.progress(),
      async *heads() {
        for await (const heads of snapshots.heads()) {
          yield defects.partitionsOpenEmpty === true
            ? heads.map((stored) => ({ ...stored, head: emptied(stored) }))
            : heads;
        }
      },
      async records(partition) {
        await waitForSnapshot();
        if (isCrashed) return never();
        const stored = await snapshots.records(partition);
        return defects.partitionsOpenEmpty === true && stored !== null
          ? { ...stored, bytes: new Uint8Array() }
          : stored;
      },
      async write(epoch, written, progress) {
        await waitForSnapshot();
        if (isCrashed) return never();
        const undo = takeBack(undoSnapshots(written));
        // What is not written is older than the log goes back.
        const kept = defects.snapshotsAreOld === true ? written.slice(1) : written;
        const isMine = await snapshots.write(epoch, kept, progress);
        if (isCrashed) return never();
        if (isMine) await sync(undo);
        return isCrashed ? never() : isMine;
      },
      close: () => snapshots.close(),
    },
    crash() {
      isCrashed = true;
      if (underWay !== null && random.integer(2) === 0) underWay();
      underWay = null;
    },
    losePower() {
      isCrashed = true;
      underWay = null;
      for (const undo of unsynced.splice(0).reverse()) undo();
    },
  };
}

/** The same partition, as if it had no records. */
function emptied({ head }: StoredHead): Uint8Array | null {
  const facts = head === null ? null : readFacts(head);
  return facts?.ok === true ? new SnapshotWriter(facts.value).finish().head : head;
}
