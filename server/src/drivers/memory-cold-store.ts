import type { ColdRow, ColdStore } from '../ports/cold-store.js';
import type { MemoryDisk } from './memory-disk.js';

/** A cold store for tests and the simulator: the whole contract, and failing writes on request. */
export interface MemoryColdStore extends ColdStore {
  /** After `spared` more that do not, `count` writes throw and leave nothing behind. */
  failNext(count?: number, spared?: number): void;
  /** Writes wait until the returned function is called. */
  hold(): () => void;
  /** How many writes were asked for, failed ones included. */
  readonly writes: number;
}

/** Keeps its rows on `disk`, which outlives it. */
export function createMemoryColdStore(disk: MemoryDisk): MemoryColdStore {
  let failures = 0;
  let sparedBefore = 0;
  let writes = 0;
  let closed = false;
  let held: Promise<void> = Promise.resolve();

  const turn = async (): Promise<void> => {
    await Promise.resolve();
    if (closed) throw new Error('the cold store is closed');
  };

  return {
    get writes() {
      return writes;
    },
    failNext(count = 1, spared = 0) {
      failures += count;
      sparedBefore = spared;
    },
    hold() {
      let release = (): void => undefined;
      held = new Promise((resolve) => (release = resolve));
      return () => release();
    },
    async through(): Promise<number> {
      await turn();
      return disk.coldThrough;
    },
    async write(rows, through): Promise<void> {
      writes += 1;
      await held;
      await turn();
      if (failures > 0 && sparedBefore > 0) {
        sparedBefore -= 1;
      } else if (failures > 0) {
        failures -= 1;
        throw new Error('a fault was asked for');
      }
      for (const row of rows) {
        const place = `${row.map}\0${row.key}`;
        const held = disk.coldRows.get(place);
        // What is not there and no later than where the store stands was forgotten (CR-10).
        if ((held?.position ?? disk.coldThrough) >= row.position) continue;
        if (row.state === null) disk.coldRows.delete(place);
        else disk.coldRows.set(place, { ...row });
      }
      disk.coldThrough = Math.max(disk.coldThrough, through);
    },
    async rows(map): Promise<readonly ColdRow[]> {
      await turn();
      const found = [...disk.coldRows.values()].filter((row) => row.map === map);
      return found.sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
    },
    async close(): Promise<void> {
      await Promise.resolve();
      closed = true;
    },
  };
}
