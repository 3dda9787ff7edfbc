/** Numbers in the place of keys, for what is sent often. A number is of one key for ever: an answer that comes late names nobody else. */
export class KeyNumbers {
  readonly #numbers = new Map<string, number>();
  readonly #keys = new Map<number, string>();
  #next = 0;

  of(key: string): number {
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#next++;
      this.#numbers.set(key, number);
      this.#keys.set(number, key);
    }
    return number;
  }

  key(number: number): string | undefined {
    return this.#keys.get(number);
  }

  forget(key: string): void {
    const number = this.#numbers.get(key);
    if (number === undefined) return;
    this.#numbers.delete(key);
    this.#keys.delete(number);
  }
}
