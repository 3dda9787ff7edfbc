import type { SeededRandom } from '../../packages/core/src/client/testing/seeded-random.js';
import type { VirtualDevice } from '../../packages/core/src/client/testing/virtual-time.js';
import type { MemoryDisk } from '../../server/src/drivers/memory-disk.js';
import type { ColdStore } from '../../server/src/ports/cold-store.js';
import type { AppendOutcome, Ledger } from '../../server/src/ports/ledger.js';
import { decodeSegment, encodeSegment } from '../../server/src/services/persistence/segment-codec.js';
import type { Defects } from './defects.js';

export interface ServerStoresOptions {
  readonly disk: MemoryDisk;
  readonly device: VirtualDevice;
  readonly random: SeededRandom;
  readonly ledger: Ledger;
  readonly coldStore: ColdStore;
  readonly maxAppendMs: number;
  readonly defects: Defects;
}

export interface ServerStores {
  readonly ledger: Ledger;
  readonly coldStore: ColdStore;
  /** The process is gone. What is under way may or may not reach the disk, and nobody hears of it. */
  crash(): void;
}

const never = <T>(): Promise<T> => new Promise(() => {});

/** A server's ledger and cold store as one process has them: slow, and gone with it. */
export function createServerStores(options: ServerStoresOptions): ServerStores {
  const { disk, device, random, ledger, coldStore, maxAppendMs, defects } = options;
  let isCrashed = false;
  let underWay: (() => void) | null = null;

  const wait = (): Promise<void> =>
    maxAppendMs === 0
      ? Promise.resolve()
      : new Promise((resolve) => device.timers.after(random.integer(maxAppendMs + 1), () => resolve()));

  /** Without a fence: whoever asks writes. */
  function appendUnfenced(bytes: Uint8Array): AppendOutcome {
    const position = disk.segments.length + 1;
    disk.segments.push({ position, epoch: disk.epoch, bytes: bytes.slice() });
    return { type: 'committed', position };
  }

  function written(bytes: Uint8Array): Uint8Array {
    if (defects.ledgerLosesOps !== true || random.integer(4) > 0) return bytes;
    const segment = decodeSegment(bytes);
    return segment.ok ? encodeSegment({ ...segment.value, entries: segment.value.entries.slice(1) }) : bytes;
  }

  return {
    ledger: {
      claim: () => ledger.claim(),
      async append(bytes) {
        const write = (): Promise<AppendOutcome> =>
          defects.ledgerHasNoFence === true ? Promise.resolve(appendUnfenced(bytes)) : ledger.append(written(bytes));
        underWay = () => void write();
        await wait();
        if (isCrashed) return never();
        underWay = null;
        const outcome = await write();
        await wait();
        return isCrashed ? never() : outcome;
      },
      read: (after) => ledger.read(after),
      close: () => ledger.close(),
    },
    coldStore: {
      through: () => coldStore.through(),
      async write(rows, through) {
        await wait();
        if (isCrashed) return never();
        const kept = defects.coldStoreLosesRows === true ? rows.filter(() => random.integer(4) > 0) : rows;
        await coldStore.write(kept, through);
        return isCrashed ? never() : undefined;
      },
      rows: (map) => coldStore.rows(map),
      close: () => coldStore.close(),
    },
    crash() {
      isCrashed = true;
      if (underWay !== null && random.integer(2) === 0) underWay();
      underWay = null;
    },
  };
}
