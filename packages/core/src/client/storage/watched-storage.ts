import type { Environment } from '../ports/environment.js';
import type { Storage, StorageError } from '../ports/storage.js';
import { boundStorage } from './bound-storage.js';

/** Longer than anything takes that is asked of storage in one go, and than it takes to replace a leader that is frozen (CL-4). */
export const STALLED_MS = 10_000;
/** A timer later than this was held up, and so may the answer have been. */
const LATE_MS = 1_500;

const STALLED: StorageError = {
  code: 'stalled',
  message:
    'The storage of this browser does not answer: another tab of this app may hang, and hold it up. ' +
    'The latest changes are in this page alone: keep it open, and close or reload the others.',
};

const ANSWERS_AGAIN: StorageError = {
  code: 'stalled',
  message: 'The storage of this browser answers again. Nothing was lost.',
  isOver: true,
};

/** Hands on what is asked of storage, and sees to its being answered. */
export type AnswerWatch = <T>(asked: Promise<T>) => Promise<T>;

/**
 * CL-8: IndexedDB has transactions wait for each other across tabs, without a limit: one that a hung tab has open holds up everybody's.
 * `told` hears of it once, and when something is answered again. Nothing is given up.
 */
export function watchAnswers(
  { clock, timers }: Pick<Environment, 'clock' | 'timers'>,
  told: (issue: StorageError) => void,
): AnswerWatch {
  let isStalled = false;

  return async (asked) => {
    let cancel = wait();
    function wait(): () => void {
      const dueAt = clock.now() + STALLED_MS;
      return timers.after(STALLED_MS, () => {
        // This tab may have been frozen itself, or its clock set: then it waits anew.
        if (Math.abs(clock.now() - dueAt) >= LATE_MS) cancel = wait();
        else if (!isStalled) {
          isStalled = true;
          told(STALLED);
        }
      });
    }
    try {
      return await asked;
    } finally {
      cancel();
      if (isStalled) {
        isStalled = false;
        told(ANSWERS_AGAIN);
      }
    }
  };
}

/** What the page needs at its start, and what makes writes durable, is watched. The rest can wait. */
export const watchedStorage = (storage: Storage, watch: AnswerWatch): Storage => ({
  ...boundStorage(storage),
  loadOutbox: () => watch(storage.loadOutbox()),
  loadMap: (map) => watch(storage.loadMap(map)),
  commit: (commit) => watch(storage.commit(commit)),
  takeLead: () => watch(storage.takeLead()),
});
