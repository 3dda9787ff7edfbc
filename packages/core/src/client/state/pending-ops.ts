import type { Op, OpId } from '../../crdt/index.js';
import { opIdText } from '../storage/op-id.js';

/**
 * The durable, undecided ops this tab knows of: its own, its siblings' and those left by closed tabs, of all maps, loaded or
 * not. Holds no op whose transaction has not completed.
 */
export class PendingOps {
  readonly #byMap = new Map<string, Map<string, Op>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds an op, or puts it in the place of the one with its id. */
  put(op: Op): void {
    const ops = this.#byMap.get(op.map) ?? new Map<string, Op>();
    this.#byMap.set(op.map, ops);
    const sizeBefore = ops.size;
    ops.set(opIdText(op), op);
    this.#size += ops.size - sizeBefore;
  }

  remove(op: OpId & { readonly map: string }): void {
    const ops = this.#byMap.get(op.map);
    if (ops === undefined || !ops.delete(opIdText(op))) return;
    this.#size--;
    if (ops.size === 0) this.#byMap.delete(op.map);
  }

  /** In the order they became known, which is each replica's order. */
  of(map: string): Iterable<Op> {
    return this.#byMap.get(map)?.values() ?? [];
  }

  *all(): Iterable<Op> {
    for (const ops of this.#byMap.values()) yield* ops.values();
  }

  clear(): void {
    this.#byMap.clear();
    this.#size = 0;
  }
}
