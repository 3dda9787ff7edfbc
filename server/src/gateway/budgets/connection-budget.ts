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
  /** How much may wait; `null`: that is limited elsewhere. */
  readonly waitingBytes: number | null;
}

/** AB-9: who is kept out when the connection has asked for too much; `null`: nobody knows who it is. */
export interface Bans {
  readonly ofWhom: Ban | null;
  readonly ofAddress: Ban | null;
}

/** AB-9: whose messages that cannot be understood are counted. */
export interface Malformed {
  readonly scope: Purse['scope'];
  readonly account: Account;
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
  readonly #budgets: Pick<Budgets, 'patienceMs' | 'malformed'>;
  readonly #malformed: Malformed;
  #subscriptions = 0;
  #waitingBytes = 0;
  #isClosed = false;

  constructor(
    purses: readonly Purse[],
    bans: Bans,
    malformed: Malformed,
    budgets: Pick<Budgets, 'patienceMs' | 'malformed'>,
    clock: Clock,
  ) {
    this.#purses = purses;
    this.#bans = bans;
    this.#malformed = malformed;
    this.#budgets = budgets;
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
    const isServed = wait.ms <= this.#budgets.patienceMs;
    if (isServed) this.charge(costs);
    return isServed ? { ms: wait.ms, overdrawn: null } : wait;
  }

  /** AB-9: whose connection is ended for this is kept out; returns for how long. What is merely large may be as large again. */
  keepOut({ scope, resource, retryAfterMs }: Overdrawn): number {
    const isOfAddress = scope === 'address';
    const ban = isOfAddress ? this.#bans.ofAddress : this.#bans.ofWhom;
    const longestMs = isOfAddress ? LONGEST_OF_ADDRESS_MS : LONGEST_BAN_MS;
    return ban?.begin(retryAfterMs, this.#clock.now(), resource !== 'waiting', longestMs) ?? retryAfterMs;
  }

  /** AB-9: one more message that cannot be understood. What is to be said to whoever has sent too many of them; `null`: nothing yet. */
  noteMalformed(): Overdrawn | null {
    const { scope, account } = this.#malformed;
    const { malformed, patienceMs } = this.#budgets;
    const now = this.#clock.now();
    const waitMs = account.waitForOne('malformed', malformed, 1, now);
    if (waitMs === 0) account.chargeOne('malformed', malformed, 1, now);
    return waitMs === 0
      ? null
      : { scope, resource: 'malformed', retryAfterMs: Math.max(patienceMs, Math.ceil(waitMs)) };
  }

  /** AB-3: so many bytes more wait, or less. Whose others already have as much waiting as may, where these have to wait for long; they do not count then. */
  holdWaiting(bytes: number, mayRefuse: boolean): Overdrawn | null {
    if (this.#isClosed) return null;
    const full = mayRefuse
      ? this.#purses.find(({ account, waitingBytes }) => account.waitingBytes + bytes > (waitingBytes ?? Infinity))
      : undefined;
    if (full !== undefined) return { scope: full.scope, resource: 'waiting', retryAfterMs: this.#budgets.patienceMs };
    for (const { account } of this.#purses) account.waitingBytes += bytes;
    this.#waitingBytes += bytes;
    return null;
  }

  /** So many subscriptions stand now. What keeps one more from standing, where there is one more; `null`: nothing. */
  holdSubscriptions(count: number): Overdrawn | null {
    const more = count - this.#subscriptions;
    const full =
      more > 0
        ? this.#purses.find(({ account, subscriptions }) => account.subscriptions + more > (subscriptions ?? Infinity))
        : undefined;
    if (full !== undefined)
      return { scope: full.scope, resource: 'subscriptions', retryAfterMs: this.#budgets.patienceMs };
    for (const { account } of this.#purses) account.subscriptions += more;
    this.#subscriptions = count;
    return null;
  }

  close(): void {
    if (this.#isClosed) return;
    this.holdWaiting(-this.#waitingBytes, false);
    this.#isClosed = true;
    this.holdSubscriptions(0);
    for (const { scope, account } of this.#purses) if (scope === 'user') account.connections -= 1;
  }
}
