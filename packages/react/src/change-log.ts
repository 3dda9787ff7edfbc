import { changesBetween, type ChangeEvent, type QueryHandle, type Row } from '@topgun/core';

export type RowChange<T> = ChangeEvent<Row<T>>;

/** As many changes are kept, unless said otherwise. */
export const DEFAULT_MAX_CHANGES = 1_000;

/**
 * CL-23: what has become of the rows of one query since somebody began to look. The rows that are there first are no changes, nor are those of
 * another page. Until the server has answered for the first time, only what this device writes is: the rest are rows on their way here. Holds the
 * latest changes, and hears of new ones while it is followed.
 */
export class ChangeLog<T> {
  readonly #handle: QueryHandle<Row<T>>;
  readonly #listeners = new Set<(changes: readonly RowChange<T>[]) => void>();
  #changes: readonly RowChange<T>[] = [];
  #lastChange: RowChange<T> | null = null;
  /** What changes are counted from; `null`: from whatever is shown next. */
  #before: readonly Row<T>[] | null = null;
  #maxChanges = DEFAULT_MAX_CHANGES;
  #limit: number | null = null;
  #wasSettled = false;
  #stop: (() => void) | null = null;

  constructor(handle: QueryHandle<Row<T>>) {
    this.#handle = handle;
  }

  /** The same array until there is another change, or they are cleared. */
  get changes(): readonly RowChange<T>[] {
    return this.#changes;
  }

  get lastChange(): RowChange<T> | null {
    return this.#lastChange;
  }

  /** From the next change on so many are kept; the oldest go first. */
  keep(maxChanges: number): void {
    this.#maxChanges = maxChanges;
  }

  /** Follows the query, and calls the listener with each step's changes, which may be none. Returns the end of it. */
  follow(listener: (changes: readonly RowChange<T>[]) => void): () => void {
    const own = (changes: readonly RowChange<T>[]): void => listener(changes);
    // What is there when it starts is no step to tell of.
    this.#stop ??= this.#start();
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
      if (this.#listeners.size > 0) return;
      this.#stop?.();
      this.#stop = null;
    };
  }

  readonly clear = (): void => {
    if (this.#changes.length === 0 && this.#lastChange === null) return;
    this.#changes = [];
    this.#lastChange = null;
    this.#tell([]);
  };

  #start(): () => void {
    this.#before = null;
    return this.#handle.subscribe(() => this.#tell(this.#step()));
  }

  #step(): readonly RowChange<T>[] {
    const { data, settled, status } = this.#handle.getSnapshot();
    const { limit } = this.#handle.getPaginationInfo();
    const before = limit === this.#limit ? this.#before : null;
    const isAnswered = this.#wasSettled;
    this.#before = status === 'loading' ? null : data;
    this.#limit = limit;
    // With another principal's rows all begins anew.
    this.#wasSettled = status !== 'loading' && (isAnswered || settled);
    if (before === null || this.#before === null) return [];
    const steps = changesBetween(before, data);
    const changes = isAnswered ? steps : steps.filter(({ key }) => this.#handle.getSyncState(key) === 'pending');
    const last = changes.at(-1);
    if (last === undefined) return changes;
    this.#lastChange = last;
    this.#changes = this.#maxChanges > 0 ? [...this.#changes, ...changes].slice(-this.#maxChanges) : [];
    return changes;
  }

  #tell(changes: readonly RowChange<T>[]): void {
    for (const listener of [...this.#listeners]) listener(changes);
  }
}
