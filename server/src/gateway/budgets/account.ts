import { Ban } from './ban.js';
import type { Costs, Rates, Resource } from './budgets.js';
import { ALL_PAID, take, type PaidAt, type Rate } from './rate.js';

/** What one connection, user or address has had. */
export class Account {
  /** Those that have taken something that may not be paid for yet. */
  readonly #paidAt = new Map<string, PaidAt>();
  /** What stands of it. */
  connections = 0;
  subscriptions = 0;
  /** Bytes of messages that have not had their turn. */
  waitingBytes = 0;
  /** AB-9: whether whoever has it is let in. */
  readonly ban = new Ban();

  /** How long whoever takes this has to wait, and for want of what. */
  waitFor(rates: Rates, costs: Costs, now: number): { readonly ms: number; readonly resource: Resource | null } {
    let longest: { ms: number; resource: Resource | null } = { ms: 0, resource: null };
    for (const resource of Object.keys(costs) as Resource[]) {
      const ms = this.waitForOne(resource, rates[resource], costs[resource]!, now);
      if (ms > longest.ms) longest = { ms, resource };
    }
    return longest;
  }

  waitForOne(name: string, rate: Rate, cost: number, now: number): number {
    return take(rate, this.#paidAt.get(name) ?? ALL_PAID, cost, now).waitMs;
  }

  charge(rates: Rates, costs: Costs, now: number): void {
    for (const resource of Object.keys(costs) as Resource[]) {
      this.chargeOne(resource, rates[resource], costs[resource]!, now);
    }
  }

  chargeOne(name: string, rate: Rate, cost: number, now: number): void {
    this.#paidAt.set(name, take(rate, this.#paidAt.get(name) ?? ALL_PAID, cost, now).paidAt);
  }

  /** It says no more than a new one would. */
  isBlank(now: number): boolean {
    if (this.connections > 0 || this.subscriptions > 0 || this.waitingBytes > 0 || !this.ban.isForgotten(now))
      return false;
    for (const paidAt of this.#paidAt.values()) if (paidAt > now) return false;
    return true;
  }
}
