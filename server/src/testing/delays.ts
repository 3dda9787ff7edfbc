import type { PartitionHost } from '../ports/partition-host.js';

/** Holds back what each member says until it is let through, in order. */
export class Delays {
  readonly #held: (() => void)[][] = [];
  isOpen = false;

  readonly between = (member: number, host: PartitionHost): PartitionHost => {
    const held: (() => void)[] = (this.#held[member] = []);
    return {
      ...host,
      onEvent: (listener) =>
        host.onEvent((event) => {
          if (this.isOpen) listener(event);
          else held.push(() => listener(event));
        }),
    };
  };

  letThrough(member: number, count = Infinity): void {
    for (const tell of this.#held[member]!.splice(0, count)) tell();
  }

  open(): void {
    // Whoever hears something may make them say more.
    while (this.#held.some(({ length }) => length > 0)) for (const member of this.#held.keys()) this.letThrough(member);
    this.isOpen = true;
  }
}
