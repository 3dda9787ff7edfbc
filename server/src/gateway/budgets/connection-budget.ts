import type { Clock } from '../../ports/environment.js';
import type { Account } from './account.js';
import type { Budgets, Costs, Rates } from './budgets.js';
import { LONGEST_BAN_MS, type Ban } from './ban.js';
import type { Overdrawn } from './overdrawn.js';

/** One of the accounts that a connection takes from: its own, its user's, its address's. */
export interface Purse {
  readonly scope: 'connection' | 'user' | 'address';
  readonly account: Account;
  readonly budget: Rates;
  /** How many may stand; `null`: that is limited elsewhere. */
  readonly subscriptions: number | null;
}

/** AB-9: who is kept out when the connection has asked for too much; `null`: nobody knows who it is. */
export interface Bans {
  readonly ofWhom: Ban | null;
  readonly ofAddress: Ban | null;
}

/** Behind an address there may be many who have done nothing. */
const LONGEST_OF_ADDRESS_MS = 60_000;

/** How long somebody has to wait, and whose budget makes them. */
export interface Wait {
  readonly ms: number;
  readonly overdrawn: Overdrawn | null;
}

/** What one connection may have, together with its user's and its address's others. */
export class ConnectionBudget {
  readonly #purses: readonly Purse[];
  readonly #bans: Bans;
  readonly #clock: Clock;
  readonly #patienceMs: number;
  #subscriptions = 0;
  #isClosed = false;

  constructor(purses: readonly Purse[], bans: Bans, { patienceMs }: Pick<Budgets, 'patienceMs'>, clock: Clock) {
    this.#purses = purses;
    this.#bans = bans;
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

  /** AB-9: whose connection is ended for this is kept out; returns for how long. What is merely large may be as large again. */
  keepOut({ scope, resource, retryAfterMs }: Overdrawn): number {
    const isOfAddress = scope === 'address';
    const ban = isOfAddress ? this.#bans.ofAddress : this.#bans.ofWhom;
    const longestMs = isOfAddress ? LONGEST_OF_ADDRESS_MS : LONGEST_BAN_MS;
    return ban?.begin(retryAfterMs, this.#clock.now(), resource !== 'waiting', longestMs) ?? retryAfterMs;
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
