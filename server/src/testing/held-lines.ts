import type { PartitionHost } from '../ports/partition-host.js';

export type HeldWay = 'to' | 'from';

/** What passes between the members and who makes one of them, one at a time. */
export class HeldLines {
  readonly #held: Record<HeldWay, (() => void)[][]> = { to: [], from: [] };
  readonly #open: Record<HeldWay, boolean> = { to: false, from: false };

  readonly between = (member: number, host: PartitionHost): PartitionHost => {
    for (const way of ['to', 'from'] as const) this.#held[way][member] = [];
    return {
      ...host,
      send: (command) => this.#pass('to', member, () => host.send(command)),
      onEvent: (listener) => host.onEvent((event) => this.#pass('from', member, () => listener(event))),
    };
  };

  letThrough(way: HeldWay, member: number): void {
    this.#held[way][member]?.shift()?.();
  }

  /** From here on nothing is held that passes this way; left out: either. */
  open(...ways: readonly HeldWay[]): void {
    for (const way of ways.length > 0 ? ways : (['to', 'from'] as const)) {
      this.#open[way] = true;
      for (const held of this.#held[way]) while (held.length > 0) held.shift()!();
    }
  }

  #pass(way: HeldWay, member: number, run: () => void): void {
    const held = this.#held[way][member]!;
    if (this.#open[way] && held.length === 0) run();
    else held.push(run);
  }
}
