import type { ProgressEvent, SubscriptionKey } from '../ports/tab-events.js';

/** How far the large first answers to one map's queries have come, together. The object changes only with its content. */
export interface SyncProgress {
  readonly map: string;
  /** Rows that are here, of `total` that the server is sending. */
  readonly received: number;
  readonly total: number;
}

/** The answers that are on their way. Only those that come in several messages are known: others are here at once. */
export class SyncProgressStore {
  readonly #tell: (progress: SyncProgress) => void;
  readonly #running = new Map<SubscriptionKey, ProgressEvent>();
  readonly #byMap = new Map<string, SyncProgress>();

  /** `tell` hears of every step, and of the last one of a map with `received` equal to `total`. */
  constructor(tell: (progress: SyncProgress) => void) {
    this.#tell = tell;
  }

  /** `null`: nothing is on its way. */
  of(map: string): SyncProgress | null {
    return this.#byMap.get(map) ?? null;
  }

  note(event: ProgressEvent): void {
    this.#running.set(event.sub, event);
    const progress = this.#sum(event.map);
    this.#byMap.set(event.map, progress);
    this.#tell(progress);
  }

  /** The answers are complete, or will not be: the next ones begin anew. `null`: all. */
  end(subs: readonly SubscriptionKey[] | null): void {
    const ended = subs ?? [...this.#running.keys()];
    const maps = new Set<string>();
    for (const sub of ended) {
      const event = this.#running.get(sub);
      if (event === undefined) continue;
      this.#running.delete(sub);
      maps.add(event.map);
    }
    for (const map of maps) this.#settle(map);
  }

  #settle(map: string): void {
    const before = this.#byMap.get(map);
    const rest = this.#sum(map);
    if (rest.total > 0) this.#byMap.set(map, rest);
    else this.#byMap.delete(map);
    // Whoever shows a bar takes it away, be the answer complete or broken off.
    if (rest.total > 0) this.#tell(rest);
    else if (before !== undefined) this.#tell({ ...before, received: before.total });
  }

  #sum(map: string): SyncProgress {
    let received = 0;
    let total = 0;
    for (const event of this.#running.values()) {
      if (event.map !== map) continue;
      received += event.received;
      total += event.total;
    }
    return { map, received, total };
  }
}
