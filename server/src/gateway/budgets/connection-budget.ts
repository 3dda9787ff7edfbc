import type { Clock } from '../../ports/environment.js';
import type { Account } from './account.js';
import type { Budgets, Costs, Rates } from './budgets.js';
import type { Overdrawn } from './overdrawn.js';

/** One of the accounts that a connection takes from: its own, its user's, its address's. */
export interface Purse {
  readonly scope: 'connection' | 'user' | 'address';
  readonly account: Account;
  readonly budget: Rates;
  /** How many may stand; `null`: that is limited elsewhere. */
  readonly subscriptions: number | null;
}

/** How long somebody has to wait, and whose budget makes them. */
export interface Wait {
  readonly ms: number;
  readonly overdrawn: Overdrawn | null;
}

/** What one connection may have, together with its user's and its address's others. */
export class ConnectionBudget {
  readonly #purses: readonly Purse[];
  readonly #clock: Clock;
  readonly #patienceMs: number;
  #subscriptions = 0;
  #isClosed = false;

  constructor(purses: readonly Purse[], { patienceMs }: Pick<Budgets, 'patienceMs'>, clock: Clock) {
    this.#purses = purses;
    this.#patienceMs = patienceMs;
    this.#clock = clock;
  }

  /** How long whoever takes this has to wait. Takes nothing. */
  waitFor(costs: Costs): Wait {
    const now = this.#clock.now();
    let longest: Wait = { ms: 0, overdrawn: null };
    for (const { scope, account, budget } of this.#purses) {
      const { ms, resource } = account.waitFor(budget, costs, now);
      if (resource === null || ms <= longest.ms) continue;
      longest = { ms, overdrawn: { scope, resource, retryAfterMs: Math.ceil(ms) } };
    }
    return longest;
  }

  charge(costs: Costs): void {
    const now = this.#clock.now();
    for (const { account, budget } of this.#purses) account.charge(budget, costs, now);
  }

  /** Takes it, unless that would take longer than anybody is let wait: then nothing is taken. */
  take(costs: Costs): Wait {
    const wait = this.waitFor(costs);
    if (wait.ms <= this.#patienceMs) this.charge(costs);
    return wait.ms <= this.#patienceMs ? { ms: wait.ms, overdrawn: null } : wait;
  }

  /** So many subscriptions stand now. What keeps one more from standing, where there is one more; `null`: nothing. */
  holdSubscriptions(count: number): Overdrawn | null {
    const more = count - this.#subscriptions;
    const full =
      more > 0
        ? this.#purses.find(({ account, subscriptions }) => account.subscriptions + more > (subscriptions ?? Infinity))
        : undefined;
    if (full !== undefined) return { scope: full.scope, resource: 'subscriptions', retryAfterMs: this.#patienceMs };
    for (const { account } of this.#purses) account.subscriptions += more;
    this.#subscriptions = count;
    return null;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.holdSubscriptions(0);
    for (const { scope, account } of this.#purses) if (scope === 'user') account.connections -= 1;
  }
}
