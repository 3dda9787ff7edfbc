import type { Query } from '../../query/index.js';
import { KeySet, type ReadonlyKeys } from '../key-set.js';
import type { SubscriptionKey } from '../ports/tab-events.js';
import { rowsMap } from '../rows-map.js';
import type { TopGunError } from '../../primitives/index.js';

/** Where a subscription is asked for: the tab's `TabSync` while there is one. */
export interface SubscriptionPort {
  open(subscription: Subscription): void;
  close(subscription: Subscription): void;
}

/** What the server has confirmed of a subscription. */
interface Confirmed {
  readonly members: KeySet;
  full: boolean;
  through: number;
}

/**
 * This tab's share of one standing request: who uses it, and the mirror of what the server confirmed (SY-1). Asked
 * for while it has users. Holds keys only; records are the map store's.
 */
export class Subscription {
  readonly key: SubscriptionKey;
  readonly map: string;
  readonly query: Query;
  /** The map that its rows are kept in. */
  readonly rowsMap: string;
  readonly #port: SubscriptionPort;
  #users = 0;
  #open = false;
  #confirmed: Confirmed | null = null;
  #error: TopGunError | null = null;
  #generation = 0;

  constructor(key: SubscriptionKey, map: string, query: Query, port: SubscriptionPort) {
    this.key = key;
    this.map = map;
    this.query = query;
    this.rowsMap = rowsMap(map, query);
    this.#port = port;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** The server's whole answer is known, and pushes keep it current. */
  get isSettled(): boolean {
    return this.#confirmed !== null;
  }

  /** Grows when the members are replaced as a whole: what is derived from them starts over. */
  get generation(): number {
    return this.#generation;
  }

  get error(): TopGunError | null {
    return this.#error;
  }

  /** The server's window is full, so it may hold back rows that sort after it. */
  get isFull(): boolean {
    return this.#confirmed?.full ?? false;
  }

  get through(): number {
    return this.#confirmed?.through ?? 0;
  }

  get members(): ReadonlyKeys {
    return this.#confirmed?.members ?? NO_KEYS;
  }

  /** Uses it until the returned function is called. */
  use(): () => void {
    this.#users++;
    if (!this.#open) {
      this.#open = true;
      this.#port.open(this);
    }
    let used = true;
    return () => {
      if (!used) return;
      used = false;
      this.#users--;
      // A component that unsubscribes and subscribes again at once (StrictMode does) costs nothing.
      if (this.#users === 0) void Promise.resolve().then(() => this.#closeUnused());
    };
  }

  settle(members: Iterable<string>, full: boolean, through: number): void {
    this.#confirmed = { members: KeySet.of(members), full, through };
    this.#error = null;
    this.#generation++;
  }

  unsettle(): void {
    this.#confirmed = null;
    this.#generation++;
  }

  fail(error: TopGunError): void {
    this.#error = error;
    this.unsettle();
  }

  move(entered: readonly string[], left: readonly string[], full: boolean): void {
    if (this.#confirmed === null) return;
    for (const key of left) this.#confirmed.members.delete(key);
    for (const key of entered) this.#confirmed.members.add(key);
    this.#confirmed.full = full;
  }

  advance(through: number): void {
    if (this.#confirmed !== null && this.#confirmed.through < through) this.#confirmed.through = through;
  }

  #closeUnused(): void {
    if (this.#users > 0 || !this.#open) return;
    this.#open = false;
    this.#confirmed = null;
    this.#error = null;
    this.#generation++;
    this.#port.close(this);
  }
}

const NO_KEYS: ReadonlyKeys = new KeySet();
