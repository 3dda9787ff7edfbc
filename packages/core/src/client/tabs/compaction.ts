import type { Environment } from '../ports/environment.js';
import type { Storage } from '../ports/storage.js';

/** How long after a commit the journal is folded: often enough for a short load, seldom enough to stay out of the way. */
export const COMPACTION_DELAY_MS = 10_000;

/** SY-2: how long accepted ops are kept, to be given back to a ledger that was put back to an older state. */
export const KEPT_FOR_MS = 7 * 86_400_000;

/** CL-2: the leading tab folds the journal into pages, in steps, while something is written. */
export interface Compaction {
  /** This tab leads from now on. */
  start(): void;
  /** Something was stored. */
  touch(): void;
  stop(): Promise<void>;
}

export function createCompaction(options: {
  readonly storage: Storage;
  readonly environment: Pick<Environment, 'clock' | 'timers' | 'log'>;
}): Compaction {
  const { storage, environment } = options;
  let isLeading = false;
  let isDirty = false;
  let running: Promise<void> | null = null;
  let cancel: (() => void) | null = null;

  function schedule(): void {
    if (!isLeading || !isDirty || running !== null || cancel !== null) return;
    cancel = environment.timers.after(COMPACTION_DELAY_MS, () => {
      cancel = null;
      isDirty = false;
      running = run()
        .catch((error: unknown) => environment.log('error', 'compacting the storage failed', error))
        .finally(() => {
          running = null;
          schedule();
        });
    });
  }

  async function run(): Promise<void> {
    let keptSince: number | undefined = environment.clock.now() - KEPT_FOR_MS;
    for (;;) {
      if (!isLeading) return;
      const step = await storage.compact(keptSince);
      // Once in a run is enough.
      keptSince = undefined;
      if (!step.ok) {
        environment.log('warn', `the storage was not compacted: ${step.error.message}`, step.error);
        return;
      }
      if (!step.value) return;
    }
  }

  return {
    start() {
      isLeading = true;
      // Whoever led before may have left something.
      isDirty = true;
      schedule();
    },
    touch() {
      isDirty = true;
      schedule();
    },
    async stop() {
      isLeading = false;
      cancel?.();
      cancel = null;
      await running;
    },
  };
}
