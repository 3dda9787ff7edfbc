import type { Result } from '../../primitives/index.js';
import type { Timers } from '../ports/environment.js';
import type { Storage, StorageError } from '../ports/storage.js';

/** CL-4: the number under which this tab leads. */
export interface LeadNumber {
  /** `null`: it has not been taken yet. */
  current(): number | null;
  /** Takes it, once; again when that has failed. */
  take(): Promise<Result<number, StorageError>>;
  /** Whether no other has begun to lead since. Storage that cannot tell is asked again, and not for ever. */
  isLatest(): Promise<boolean>;
  stop(): void;
}

const ASK_AGAIN_MS = 1_000;
const TIMES_ASKED = 5;

export function createLeadNumber(storage: Pick<Storage, 'takeLead' | 'latestLead'>, timers: Timers): LeadNumber {
  let number: number | null = null;
  let endWait = (): void => {};
  let isOver = false;
  let taking: Promise<Result<number, StorageError>> | null = null;

  async function takeOnce(): Promise<Result<number, StorageError>> {
    const taken = await storage.takeLead();
    if (taken.ok) number = taken.value;
    else taking = null;
    return taken;
  }

  function wait(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = timers.after(ASK_AGAIN_MS, resolve);
      endWait = () => {
        cancel();
        resolve();
      };
    });
  }

  return {
    current: () => number,
    take: () => (taking ??= takeOnce()),
    async isLatest() {
      if (number === null) return true;
      for (let asked = 1; asked <= TIMES_ASKED && !isOver; asked += 1) {
        const latest = await storage.latestLead();
        if (latest.ok) return latest.value <= number;
        if (!isOver) await wait();
      }
      return true;
    },
    stop() {
      isOver = true;
      endWait();
    },
  };
}
