import type { Timers } from '../../ports/environment.js';
import type { ModelTable, RowOutcome } from '../../ports/model-table.js';

/** How long after one that nobody answered it is asked again, where nobody else asks. */
const ASK_AGAIN_MS = 2_000;

/** A table that is asked by many, and of which it is known whether it answers. */
export interface WatchedTable extends ModelTable {
  /** MO-8: who asked last was not answered. */
  readonly isOutOfReach: boolean;
  /** Asks nothing of its own any more. */
  stop(): void;
}

export interface TableWatch {
  readonly timers: Timers;
  /** It is out of reach, and why; or not any more: `null`. */
  readonly onChange: (reason: string | null) => void;
}

/**
 * Says of each question whether it was answered. While none was it asks for a row itself, so that an end of it is noticed though nobody else asks. What may
 * be said without asking the database (there is nothing to poll, no column could hold the key) is no answer of it.
 */
export function watchTable(table: ModelTable, { timers, onChange }: TableWatch): WatchedTable {
  let isOutOfReach = false;
  let isStopped = false;
  let cancel: (() => void) | null = null;

  const askAgain = (): void => {
    if (cancel !== null || isStopped) return;
    cancel = timers.after(ASK_AGAIN_MS, () => {
      cancel = null;
      if (isOutOfReach) watched.page(null, 1, null).catch(() => undefined);
    });
  };

  const heard = async <T>(question: () => Promise<T>, isOfTheDatabase: (answer: T) => boolean): Promise<T> => {
    try {
      const answer = await question();
      if (isOfTheDatabase(answer) && isOutOfReach) {
        isOutOfReach = false;
        onChange(null);
      }
      return answer;
    } catch (error) {
      if (!isOutOfReach) {
        isOutOfReach = true;
        onChange(error instanceof Error ? error.message : String(error));
      }
      askAgain();
      throw error;
    }
  };

  const watched: WatchedTable = {
    get isOutOfReach() {
      return isOutOfReach;
    },
    check: () =>
      heard(
        () => table.check(),
        ({ ok }) => ok,
      ),
    read: (keys) =>
      heard(
        () => table.read(keys),
        (rows) => rows.length > 0,
      ),
    page: (after, limit, since) =>
      heard(
        () => table.page(after, limit, since),
        () => true,
      ),
    mark: () =>
      heard(
        () => table.mark(),
        (mark) => mark !== null,
      ),
    insert: (rows) =>
      heard(
        () => table.insert(rows),
        (outcomes) => outcomes.some(isDone),
      ),
    update: (row, write) => heard(() => table.update(row, write), isDone),
    remove: (row) => heard(() => table.remove(row), isDone),
    stop() {
      isStopped = true;
      cancel?.();
    },
  };
  return watched;
}

const isDone = ({ type }: RowOutcome): boolean => type !== 'refused';
