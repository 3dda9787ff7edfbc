/** More acks than this between two pushes do not happen in a session that gets its pushes; the oldest go first. */
const MAX_KEPT = 10_000;

/**
 * The keys of one map whose ops were accepted lately, with the ledger position of the decision. Such a key stays
 * a candidate of every settled view until that view's `through` reaches the position: without it a row that was
 * just acked would vanish between the ack and the push that confirms it.
 *
 * Positions only grow, so the insertion order is their order.
 */
export class RecentAcks {
  #positions = new Map<string, number>();

  /** Position 0 is none: the decision came from elsewhere than the present connection. */
  note(key: string, position: number): void {
    if (position === 0) return;
    this.#positions.delete(key);
    this.#positions.set(key, position);
    // Half at once: taking a map's first entries one by one gets slower with each.
    if (this.#positions.size > 2 * MAX_KEPT) this.#positions = new Map([...this.#positions].slice(-MAX_KEPT));
  }

  isAfter(key: string, through: number): boolean {
    const position = this.#positions.get(key);
    return position !== undefined && position > through;
  }

  /** The keys noted at or below `through`, which it forgets: every settled view knows them by their membership now. */
  take(through: number): string[] {
    const keys: string[] = [];
    for (const [key, position] of this.#positions) {
      if (position > through) break;
      keys.push(key);
      this.#positions.delete(key);
    }
    return keys;
  }

  clear(): void {
    this.#positions.clear();
  }
}
