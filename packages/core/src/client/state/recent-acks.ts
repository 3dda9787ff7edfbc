/** More acks than this between two pushes do not happen in a session that gets its pushes; the oldest go first. */
const MAX_KEPT = 10_000;

/**
 * The keys of one map whose ops were accepted lately, with the ledger position of the decision. Such a key stays
 * a candidate of every settled view until that view's `through` reaches the position: without it a row that was
 * just acked would vanish between the ack and the push that confirms it.
 *
 * Positions only grow, so acks are a queue; of a key the last one counts.
 */
export class RecentAcks {
  readonly #positions = new Map<string, number>();
  /** The acks in their order, each at one place of the two. */
  #keys: string[] = [];
  #at: number[] = [];

  /** Position 0 is none: the decision came from elsewhere than the present connection. */
  note(key: string, position: number): void {
    if (position === 0) return;
    this.#positions.set(key, position);
    this.#keys.push(key);
    this.#at.push(position);
    // Half at once: taking the first ones one by one is slow.
    if (this.#keys.length > 2 * MAX_KEPT) this.#forget(MAX_KEPT);
  }

  isAfter(key: string, through: number): boolean {
    const position = this.#positions.get(key);
    return position !== undefined && position > through;
  }

  /** The keys of which it is so. */
  *keysAfter(through: number): Iterable<string> {
    for (const [key, position] of this.#positions) if (position > through) yield key;
  }

  /** The keys noted at or below `through`, which it forgets: every settled view knows them by their membership now. */
  take(through: number): string[] {
    let count = 0;
    while ((this.#at[count] ?? Infinity) <= through) count++;
    return count === 0 ? [] : this.#forget(count);
  }

  clear(): void {
    this.#positions.clear();
    this.#keys = [];
    this.#at = [];
  }

  /** Forgets the oldest `count` acks. Returns the keys that have no later one. */
  #forget(count: number): string[] {
    const keys: string[] = [];
    for (let i = 0; i < count; i++) {
      const key = this.#keys[i] as string;
      if (this.#positions.get(key) === this.#at[i] && this.#positions.delete(key)) keys.push(key);
    }
    this.#keys = this.#keys.slice(count);
    this.#at = this.#at.slice(count);
    return keys;
  }
}
