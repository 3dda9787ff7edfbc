/** SY-2: which name the history had by which position, from a position on. */
export class Lineages {
  readonly #names: (readonly [from: number, name: string])[];

  constructor(from: number, name: string) {
    this.#names = [[from, name]];
  }

  /** By this position, not before those noted already, it has this name. */
  note(position: number, name: string): void {
    if (this.#names.at(-1)![1] !== name) this.#names.push([position, name]);
  }

  at(position: number): string {
    const found = this.#names.findLast(([from]) => from <= position) ?? this.#names[0]!;
    return found[1];
  }
}
