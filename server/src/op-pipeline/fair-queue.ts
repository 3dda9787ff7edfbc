/** PI-39: what a tenant has served of it at a turn, about. */
export const TURN_COST = 16 * 1024;

export interface FairQueueOptions<Item> {
  /** Items of one lane come out in their order. */
  readonly laneOf: (item: Item) => object;
  /** Whose turn an item takes. Those of one lane may be of several. */
  readonly tenantOf: (item: Item) => string;
  readonly costOf: (item: Item) => number;
}

/** One line of items that keep their order. */
interface Lane<Item> {
  readonly key: object;
  readonly items: Item[];
  /** How many of them have been taken. */
  taken: number;
}

/** Lanes whose first item is of this tenant, one item of each in turn. */
interface Tenant<Item> {
  readonly name: string;
  readonly lanes: Lane<Item>[];
  credit: number;
}

/**
 * PI-39: gives out items by turns: each tenant that has some gets the same share of what they cost, and within a tenant lanes alternate. Who asks for
 * little waits for one turn of each other tenant, whatever they have piled up (deficit round robin, Shreedhar and Varghese, 1995). It never holds back an item that is alone.
 */
export class FairQueue<Item> {
  readonly #options: FairQueueOptions<Item>;
  readonly #lanes = new Map<object, Lane<Item>>();
  /** The first of them has the turn. */
  readonly #tenants = new Map<string, Tenant<Item>>();
  #length = 0;

  constructor(options: FairQueueOptions<Item>) {
    this.#options = options;
  }

  get length(): number {
    return this.#length;
  }

  /** Whether something waits that has to come out before it. */
  hasLaneOf(item: Item): boolean {
    return this.#lanes.has(this.#options.laneOf(item));
  }

  push(item: Item): void {
    this.#length += 1;
    const key = this.#options.laneOf(item);
    const lane = this.#lanes.get(key);
    if (lane !== undefined) {
      lane.items.push(item);
      return;
    }
    const begun: Lane<Item> = { key, items: [item], taken: 0 };
    this.#lanes.set(key, begun);
    this.#join(begun);
  }

  /** The item whose turn it is; stays so until it is shifted. `undefined`: there is none. */
  peek(): Item | undefined {
    for (;;) {
      const [tenant] = this.#tenants.values();
      if (tenant === undefined) return undefined;
      if (this.#tenants.size === 1 || tenant.credit > 0) return headOf(tenant.lanes[0]);
      // Its turn is over, and begins anew behind the others'.
      this.#tenants.delete(tenant.name);
      this.#tenants.set(tenant.name, tenant);
      tenant.credit += TURN_COST;
    }
  }

  /** Takes out what `peek` says. */
  shift(): Item | undefined {
    const item = this.peek();
    const [tenant] = this.#tenants.values();
    const lane = tenant?.lanes.shift();
    if (item === undefined || tenant === undefined || lane === undefined) return undefined;
    this.#length -= 1;
    // Who was alone owes nobody.
    tenant.credit = this.#tenants.size === 1 ? TURN_COST : tenant.credit - this.#options.costOf(item);
    lane.taken += 1;
    if (lane.taken === lane.items.length) this.#lanes.delete(lane.key);
    else this.#join(lane);
    // Not before: whose lane goes on keeps the turn, and what is left of it.
    if (tenant.lanes.length === 0) this.#tenants.delete(tenant.name);
    return item;
  }

  /** Takes out all of its lane, in their order. */
  withdraw(item: Item): readonly Item[] {
    const lane = this.#lanes.get(this.#options.laneOf(item));
    if (lane === undefined) return [];
    const items = lane.items.slice(lane.taken);
    this.#lanes.delete(lane.key);
    this.#length -= items.length;
    const tenant = this.#tenants.get(this.#options.tenantOf(headOf(lane)!));
    tenant?.lanes.splice(tenant.lanes.indexOf(lane), 1);
    if (tenant?.lanes.length === 0) this.#tenants.delete(tenant.name);
    return items;
  }

  /** All that wait, in no order. */
  *[Symbol.iterator](): IterableIterator<Item> {
    for (const { items, taken } of this.#lanes.values()) yield* items.slice(taken);
  }

  clear(): void {
    this.#lanes.clear();
    this.#tenants.clear();
    this.#length = 0;
  }

  /** Of the tenant that the lane's first item is of, as the last of its lanes. */
  #join(lane: Lane<Item>): void {
    if (lane.taken > KEPT_TAKEN) {
      lane.items.splice(0, lane.taken);
      lane.taken = 0;
    }
    const name = this.#options.tenantOf(headOf(lane)!);
    const standing = this.#tenants.get(name);
    if (standing === undefined) this.#tenants.set(name, { name, lanes: [lane], credit: TURN_COST });
    else standing.lanes.push(lane);
  }
}

/** So many items that were taken are cleared at once. */
const KEPT_TAKEN = 64;

const headOf = <Item>(lane: Lane<Item> | undefined): Item | undefined => lane?.items[lane.taken];
