import type { Query } from '../../query/index.js';
import { subscriptionKey } from '../tabs/subscription-key.js';
import type { SubscriptionKey } from '../ports/tab-events.js';
import type { TabSync } from '../tabs/tab-sync.js';
import { Subscription, type SubscriptionPort } from './subscription.js';
import { WeakRegistry } from './weak-registry.js';

/** This tab's subscriptions: one per map and query, the open ones asked for at the `TabSync` of the day. */
export class Subscriptions implements SubscriptionPort {
  readonly #known = new WeakRegistry<Subscription>();
  readonly #open = new Map<SubscriptionKey, Subscription>();
  #sync: Pick<TabSync, 'openSubscription' | 'closeSubscription'> | null = null;

  of(map: string, query: Query): Subscription {
    const key = subscriptionKey(map, query);
    return this.#known.get(key, () => new Subscription(key, map, query, this));
  }

  /** Only open ones have a confirmed side. */
  find(key: SubscriptionKey): Subscription | undefined {
    return this.#open.get(key);
  }

  all(): Iterable<Subscription> {
    return this.#open.values();
  }

  open(subscription: Subscription): void {
    this.#open.set(subscription.key, subscription);
    this.#sync?.openSubscription(subscription.key, subscription.map, subscription.query);
  }

  close(subscription: Subscription): void {
    this.#open.delete(subscription.key);
    this.#sync?.closeSubscription(subscription.key);
  }

  /** There is somebody to ask: everything open is asked for. */
  connect(sync: Pick<TabSync, 'openSubscription' | 'closeSubscription'>): void {
    this.#sync = sync;
    for (const { key, map, query } of this.#open.values()) sync.openSubscription(key, map, query);
  }

  /** Nobody answers any more: what was confirmed is not. */
  disconnect(): void {
    this.#sync = null;
    for (const subscription of this.#open.values()) subscription.unsettle();
  }
}
