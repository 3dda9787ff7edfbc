import type { Clock } from '../../ports/environment.js';
import { Account } from './account.js';
import { Accounts } from './accounts.js';
import type { Budgets, SharedBudget } from './budgets.js';
import { ConnectionBudget, type Malformed, type Purse } from './connection-budget.js';
import type { Overdrawn } from './overdrawn.js';
import type { Rate } from './rate.js';

/** AB-9: so many of one address are told why nobody is let in; beyond that they are turned away unheard. */
const TOLD: Rate = { perS: 5, burst: 100 };

/** Who has had what of a server (AB-1). It decides nothing about what anybody may do. */
export class BudgetBook {
  readonly #budgets: Budgets;
  readonly #clock: Clock;
  readonly #users = new Accounts();
  readonly #addresses = new Accounts();
  /** Of those who are no user, by their address. */
  readonly #nobodies = new Accounts();
  #connections = 0;

  constructor(budgets: Budgets, clock: Clock) {
    this.#budgets = budgets;
    this.#clock = clock;
  }

  /** How many accounts are kept. */
  get accounts(): number {
    return this.#users.size + this.#addresses.size + this.#nobodies.size;
  }

  /** Somebody opens a line, before anything is known of them but from where. Counted, whether or not they are let in, until `leave`. */
  arrive(address: string | null): Arrival {
    const now = this.#clock.now();
    const { connections, address: budget } = this.#budgets;
    const account = address === null ? null : this.#addresses.of(address, now);
    const refusal =
      this.#connections >= connections
        ? tooMany('server', 'connections', this.#budgets)
        : account === null
          ? null
          : (tooSoon(account, 'address', now) ?? refusalOfOneMore(account, 'address', budget, now, this.#budgets));
    if (refusal?.scope === 'address') account!.chargeOne('told', TOLD, 1, now);
    this.#connections += 1;
    if (account !== null) account.connections += 1;
    let isGone = false;
    return {
      refusal,
      leave: () => {
        if (isGone) return;
        isGone = true;
        this.#connections -= 1;
        if (account !== null) account.connections -= 1;
      },
    };
  }

  /** AB-9: whoever comes from there would be refused, as many have been told: nobody needs to hear them. Counts nothing. */
  turnsAway(address: string | null): boolean {
    if (address === null) return false;
    const now = this.#clock.now();
    const account = this.#addresses.of(address, now);
    if (account.waitForOne('told', TOLD, 1, now) === 0) return false;
    const { connections, connects } = this.#budgets.address;
    return (
      account.ban.leftMs(now) > 0 ||
      account.connections >= connections ||
      account.waitForOne('connects', connects, 1, now) > 0
    );
  }

  /** AB-9: whether they have to wait before they come back. */
  tooSoon(principal: string | null, address: string | null): Overdrawn | null {
    const now = this.#clock.now();
    const account = this.#accountOf(principal, address, now);
    return account === null ? null : tooSoon(account, principal === null ? 'address' : 'user', now);
  }

  /** Whether one more connection of this user is too many; it counts as tried. */
  refusalOf(principal: string): Overdrawn | null {
    const now = this.#clock.now();
    return refusalOfOneMore(this.#users.of(principal, now), 'user', this.#budgets.user, now, this.#budgets);
  }

  /** Who is no user is one of those at their address. */
  #accountOf(principal: string | null, address: string | null, now: number): Account | null {
    if (principal !== null) return this.#users.of(principal, now);
    return address === null ? null : this.#nobodies.of(address, now);
  }

  /** A connection stands, of somebody (`null`: nobody in particular), from somewhere; until it is closed. */
  open(principal: string | null, address: string | null): ConnectionBudget {
    const now = this.#clock.now();
    const { connection, user, address: ofAddress } = this.#budgets;
    const purses: Purse[] = [
      { scope: 'connection', account: new Account(), budget: connection, subscriptions: null, waitingBytes: null },
    ];
    if (principal !== null) {
      const account = this.#users.of(principal, now);
      account.connections += 1;
      purses.push({ scope: 'user', account, budget: user, ...standing(user) });
    }
    const place = address === null ? null : this.#addresses.of(address, now);
    if (place !== null) {
      purses.push({ scope: 'address', account: place, budget: ofAddress, ...standing(ofAddress) });
    }
    const whose = this.#accountOf(principal, address, now);
    const bans = { ofWhom: whose?.ban ?? null, ofAddress: place?.ban ?? null };
    // Of nobody in particular from nowhere in particular there is this connection and no other.
    const malformed: Malformed =
      whose === null
        ? { scope: 'connection', account: purses[0]!.account }
        : { scope: principal === null ? 'connection' : 'user', account: whose };
    return new ConnectionBudget(purses, bans, malformed, this.#budgets, this.#clock);
  }
}

const standing = ({ subscriptions, waitingBytes }: SharedBudget): Pick<Purse, 'subscriptions' | 'waitingBytes'> => ({
  subscriptions,
  waitingBytes,
});

/** A line that was opened. */
export interface Arrival {
  /** Why nobody is let in by it; `null`: nothing speaks against it so far. */
  readonly refusal: Overdrawn | null;
  leave(): void;
}

function tooSoon({ ban }: Account, scope: 'user' | 'address', now: number): Overdrawn | null {
  const retryAfterMs = ban.leftMs(now);
  return retryAfterMs === 0 ? null : { scope, resource: 'returns', retryAfterMs };
}

function refusalOfOneMore(
  account: Account,
  scope: 'user' | 'address',
  { connects, connections }: SharedBudget,
  now: number,
  budgets: Budgets,
): Overdrawn | null {
  if (account.connections >= connections) return tooMany(scope, 'connections', budgets);
  const waitMs = account.waitForOne('connects', connects, 1, now);
  if (waitMs > 0) return { scope, resource: 'connects', retryAfterMs: Math.ceil(waitMs) };
  account.chargeOne('connects', connects, 1, now);
  return null;
}

/** When one of those that stand ends nobody knows. */
const tooMany = (scope: Overdrawn['scope'], resource: Overdrawn['resource'], { patienceMs }: Budgets): Overdrawn => ({
  scope,
  resource,
  retryAfterMs: patienceMs,
});
