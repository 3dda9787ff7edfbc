/** Who has to be alone, one after the other, in the order in which they came; by name. */
export class Lanes {
  readonly #tails = new Map<string, Promise<void>>();

  /** Resolves when all before are out again. What it resolves to lets the next one in. */
  async enter(name: string): Promise<() => void> {
    const before = this.#tails.get(name);
    let leave = (): void => undefined;
    const tail = new Promise<void>((resolve) => (leave = resolve));
    this.#tails.set(name, tail);
    await before;
    return () => {
      if (this.#tails.get(name) === tail) this.#tails.delete(name);
      leave();
    };
  }
}
