import type { Op, OpId } from '../../crdt/index.js';
import { OpIdMap } from '../storage/op-id-map.js';

/**
 * The durable, undecided ops this tab knows of: its own, its siblings' and those left by closed tabs, of all maps, loaded or
 * not. Holds no op whose transaction has not completed.
 */
export class PendingOps {
  readonly #byMap = new Map<string, OpIdMap<Op>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds an op, or puts it in the place of the one with its id. */
  put(op: Op): void {
    let ops = this.#byMap.get(op.map);
    if (ops === undefined) this.#byMap.set(op.map, (ops = new OpIdMap()));
    const sizeBefore = ops.size;
    ops.set(op, op);
    this.#size += ops.size - sizeBefore;
  }

  /** The op as it stands there. */
  find(op: OpId & { readonly map: string }): Op | undefined {
    return this.#byMap.get(op.map)?.get(op);
  }

  remove(op: OpId & { readonly map: string }): void {
    const ops = this.#byMap.get(op.map);
    if (ops?.take(op) === undefined) return;
    this.#size--;
    if (ops.size === 0) this.#byMap.delete(op.map);
  }

  /** In the order they became known, as far as they are one replica's. */
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
