import type { Entry } from '../entry.js';

/** One row entering, changing in or leaving an operator's output. Not both sides are `undefined`. */
export interface RowChange {
  readonly before: Entry | undefined;
  readonly after: Entry | undefined;
}

export type Emit<Out> = (change: Out) => void;

/**
 * One step of a view's pipeline. It takes changes of its input and emits changes of its output; the output
 * is always what the operator's own definition gives for the whole present input, evaluated from scratch.
 *
 * What every operator keeps:
 * - `before` and `after` of a change have one key. `before` is the very object that was last emitted as
 *   `after` (or returned by `load`) for that key, and `undefined` exactly when the output has no such row.
 * - A row that stays in the output unchanged is not emitted, and its entry stays the same object.
 * - State is updated before anything is emitted, so that who receives a change may read the operator.
 * - What one `push` causes is emitted before it returns. The same key may be emitted again by the next
 *   push of a batch; composing the two is the view's work.
 * - Nothing is kept of a row that left.
 */
export interface Operator<In, Out extends RowChange> {
  /** Forgets everything, takes `rows` as the whole input and returns the whole output. Emits nothing. */
  load(rows: Iterable<Entry>): readonly Entry[];
  push(change: In, emit: Emit<Out>): void;
}
