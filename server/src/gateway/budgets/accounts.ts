import { Account } from './account.js';

/** Looked through for accounts that say nothing any more when there are so many, and whenever they have doubled. */
const FIRST_SWEEP = 1_000;

/** The accounts of users, or of addresses. One that says no more than a new one would is forgotten some time, so that they do not pile up. */
export class Accounts {
  readonly #byName = new Map<string, Account>();
  #sweepAt = FIRST_SWEEP;

  get size(): number {
    return this.#byName.size;
  }

  of(name: string, now: number): Account {
    let account = this.#byName.get(name);
    if (account !== undefined) return account;
    if (this.#byName.size >= this.#sweepAt) this.#sweep(now);
    this.#byName.set(name, (account = new Account()));
    return account;
  }

  #sweep(now: number): void {
    for (const [name, account] of this.#byName) if (account.isBlank(now)) this.#byName.delete(name);
    this.#sweepAt = Math.max(FIRST_SWEEP, this.#byName.size * 2);
  }
}
