/**
 * Shares one object per key among all who hold it, and forgets it when nobody does: queries come and go with the
 * components that ask them.
 */
export class WeakRegistry<V extends object> {
  readonly #refs = new Map<string, WeakRef<V>>();
  readonly #collected = new FinalizationRegistry<string>((key) => {
    // A successor under the same key may be in place already.
    if (this.#refs.get(key)?.deref() === undefined) this.#refs.delete(key);
  });

  get(key: string, create: () => V): V {
    const known = this.#refs.get(key)?.deref();
    if (known !== undefined) return known;
    const created = create();
    this.#refs.set(key, new WeakRef(created));
    this.#collected.register(created, key);
    return created;
  }

  *values(): Iterable<V> {
    for (const ref of this.#refs.values()) {
      const value = ref.deref();
      if (value !== undefined) yield value;
    }
  }
}
