/**
 * HK-1: in which order things may begin that belong to replicas. Of one replica they begin one after the other, in the order in which they
 * came, each when the one before it is done; what has no replica in common with what came before waits for nothing.
 *
 * Holds no timer and calls nobody: who asks is told what may begin now.
 */
export class ReplicaLine<Item extends object> {
  /** By replica, those that are not done, in the order in which they came. The first may have begun. */
  readonly #lines = new Map<string, Item[]>();
  /** Of each, the replicas it is of, and how many of them have others before it. */
  readonly #items = new Map<Item, { readonly replicas: readonly string[]; behind: number }>();

  /** How many are not done. */
  get size(): number {
    return this.#items.size;
  }

  /** Takes it in. True: it may begin now. An item is taken in once. */
  add(item: Item, replicas: Iterable<string>): boolean {
    const distinct = [...new Set(replicas)];
    let behind = 0;
    for (const replica of distinct) {
      const line = this.#lines.get(replica);
      if (line === undefined) this.#lines.set(replica, [item]);
      else {
        line.push(item);
        behind += 1;
      }
    }
    this.#items.set(item, { replicas: distinct, behind });
    return behind === 0;
  }

  /** It had begun and is done. Returns those that may begin now, in the order in which they came. */
  done(item: Item): readonly Item[] {
    const own = this.#items.get(item);
    if (own === undefined) return [];
    this.#items.delete(item);
    const next: Item[] = [];
    for (const replica of own.replicas) {
      const line = this.#lines.get(replica)!;
      line.shift();
      const [first] = line;
      if (first === undefined) {
        this.#lines.delete(replica);
        continue;
      }
      const waiting = this.#items.get(first)!;
      waiting.behind -= 1;
      if (waiting.behind === 0) next.push(first);
    }
    return next;
  }
}
