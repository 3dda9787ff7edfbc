import { materialize } from '../../crdt/index.js';
import { sameValue, type Value } from '../../primitives/index.js';
import {
  compileComparator,
  compilePath,
  compilePredicate,
  type Entry,
  type EntryComparator,
  type PathReader,
  type RowTest,
  type Within,
} from '../../query/index.js';
import type { MapStore } from './map-store.js';
import type { Subscription } from './subscription.js';

/** A part of a query with relations, as it is on the wire: the records of one map, and where they are asked for. */
export interface QueryPart {
  readonly store: MapStore;
  readonly subscription: Subscription;
}

/**
 * SY-5: whether the related rows that are shown are surely the server's, under this client's pending edits.
 *
 * The server sends what is related to the parents *it* knows, and for each value no more than a window. So what this client edits makes
 * unsure only: a parent that the server does not have yet, or has with another value; and, where a window is full, an edit of a
 * row in it that may have taken it out. Costs a look at each record with an edit on its way.
 */
export class RelationConfidence {
  readonly #parent: QueryPart;
  readonly #child: QueryPart;
  readonly #readParent: PathReader;
  readonly #readChild: PathReader;
  readonly #matches: RowTest;
  readonly #compare: EntryComparator;

  constructor(parent: QueryPart, child: QueryPart, { on: [parentPath, childPath] }: Within) {
    this.#parent = parent;
    this.#child = child;
    this.#readParent = compilePath(parentPath);
    this.#readChild = compilePath(childPath);
    this.#matches = compilePredicate(child.subscription.query.where);
    this.#compare = compileComparator(child.subscription.query);
  }

  /** For settled subscriptions. */
  isSure(): boolean {
    for (const key of editedKeys(this.#parent)) if (!this.#isKnownParent(key)) return false;
    const { subscription } = this.#child;
    if (subscription.query.limit === null || !subscription.isFull) return true;
    for (const key of editedKeys(this.#child)) {
      if (subscription.members.has(key) && !this.#staysInWindow(key)) return false;
    }
    return true;
  }

  /** The server has it as a parent, with the value by which it is related here. */
  #isKnownParent(key: string): boolean {
    const { store, subscription } = this.#parent;
    const shown = store.values.get(key);
    // Who is no row relates to nothing, and what is not related to is not shown.
    if (shown === undefined) return true;
    const before = confirmedValue(this.#parent, key);
    if (before === undefined || !subscription.members.has(key)) return false;
    return isSame(this.#readParent(key, before), this.#readParent(key, shown));
  }

  #staysInWindow(key: string): boolean {
    const before = confirmedValue(this.#child, key);
    const value = this.#child.store.values.get(key);
    if (before === undefined || value === undefined || !this.#matches(key, value)) return false;
    const isPlaced = this.#compare(entry(key, before), entry(key, value)) === 0;
    return isPlaced && isSame(this.#readChild(key, before), this.#readChild(key, value));
  }
}

/** Records whose shown value the server's answers may not have yet. */
function* editedKeys({ store, subscription }: QueryPart): Iterable<string> {
  yield* store.overlay.pendingKeys();
  yield* store.acks.keysAfter(subscription.through);
}

/** What the server's answers say of the record; `undefined` where that is not known here any more: its ack is newer than they are. */
function confirmedValue({ store, subscription }: QueryPart, key: string): Value | undefined {
  return store.acks.isAfter(key, subscription.through) ? undefined : materialize(store.overlay.baseRecords().get(key));
}

const entry = (key: string, value: Value): Entry => ({ key, value });

const isSame = (a: Value | undefined, b: Value | undefined): boolean =>
  a === undefined || b === undefined ? a === b : sameValue(a, b);
