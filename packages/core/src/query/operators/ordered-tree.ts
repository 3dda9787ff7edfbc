import { takeAll } from '../all-steps.js';

/** Nodes hold at most this many items; a node that falls below the lower bound joins or shares with a neighbour. */
const MAX_ITEMS = 64;
const MIN_ITEMS = 16;
/** What `load` fills nodes to, leaving room so that the first inserts do not split every leaf. */
const LOAD_ITEMS = 48;
/** So many nodes are made in a step. */
const NODES_PER_STEP = 512;

interface Node<T> {
  /** In a leaf the items, ascending; in a branch the least item of each child. */
  readonly items: T[];
  /** `null` in a leaf. */
  readonly children: Node<T>[] | null;
  /** Number of items in the leaves below. */
  size: number;
}

/**
 * A sorted set that knows ranks: a B+-tree whose nodes count what lies below them. `insert`, `remove`,
 * `rankOf` and `at` cost O(log n) comparisons and moves of at most 64 pointers a level.
 *
 * Needs a total order in which no two different items are equal. An item's place must not change while it
 * is in the tree. No item is referred to after it was removed.
 */
export class OrderedTree<T> {
  readonly #compare: (a: T, b: T) => number;
  #root: Node<T> = leafOf([]);

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#root.size;
  }

  /** Replaces the contents; `sorted` is ascending by this tree's order. O(n), without comparisons. */
  load(sorted: readonly T[]): void {
    this.#root = takeAll(plant(sorted));
  }

  /** `load` by and by: the contents are what they were until the steps are done. `isWanted` is asked before: otherwise they stay so. */
  *loadSteps(sorted: readonly T[], isWanted: () => boolean): Generator<void> {
    const root = yield* plant(sorted);
    if (isWanted()) this.#root = root;
  }

  /** Adds an item and returns its rank. An equal item must not be in the tree. */
  insert(item: T): number {
    const rank = this.add(item);
    if (rank === -1) throw new Error('an equal item is already in the tree');
    return rank;
  }

  /** Adds an item, unless an equal one is there: returns its rank, or -1. */
  add(item: T): number {
    const rank = this.#insertInto(this.#root, item);
    if (this.#root.items.length > MAX_ITEMS) {
      const right = split(this.#root);
      this.#root = branchOf([this.#root, right]);
    }
    return rank;
  }

  /** Removes the item equal to this one and returns the rank it had, or -1 when there is none. */
  remove(item: T): number {
    const rank = this.#removeFrom(this.#root, item);
    const children = this.#root.children;
    if (children?.length === 1) this.#root = children[0] as Node<T>;
    return rank;
  }

  /** Puts an item in the place of the one that is equal to it, which must be there, and returns its rank. */
  replace(item: T): number {
    let node = this.#root;
    let rank = 0;
    while (node.children !== null) {
      const index = this.#childFor(node, item);
      // A branch names the least item of each child: no reference to the old one may stay.
      if (this.#compare(node.items[index] as T, item) === 0) node.items[index] = item;
      for (let i = 0; i < index; i++) rank += (node.children[i] as Node<T>).size;
      node = node.children[index] as Node<T>;
    }
    const index = this.#lowerBound(node.items, item);
    const held = node.items[index];
    if (held === undefined || this.#compare(held, item) !== 0) throw new Error('no equal item is in the tree');
    node.items[index] = item;
    return rank + index;
  }

  /** The item that is equal to this one. */
  find(item: T): T | undefined {
    let node = this.#root;
    while (node.children !== null) node = node.children[this.#childFor(node, item)] as Node<T>;
    const held = node.items[this.#lowerBound(node.items, item)];
    return held !== undefined && this.#compare(held, item) === 0 ? held : undefined;
  }

  /** How many items come before this one; its index when it is in the tree. */
  rankOf(item: T): number {
    let node = this.#root;
    let rank = 0;
    while (node.children !== null) {
      const index = this.#childFor(node, item);
      for (let i = 0; i < index; i++) rank += (node.children[i] as Node<T>).size;
      node = node.children[index] as Node<T>;
    }
    return rank + this.#lowerBound(node.items, item);
  }

  /** The item with this many items before it. */
  at(index: number): T | undefined {
    if (index < 0 || index >= this.#root.size) return undefined;
    let node = this.#root;
    let rest = index;
    while (node.children !== null) {
      let i = 0;
      let child = node.children[0] as Node<T>;
      while (rest >= child.size) {
        rest -= child.size;
        child = node.children[++i] as Node<T>;
      }
      node = child;
    }
    return node.items[rest];
  }

  /** The first `count` items in order, in a new array. O(count). */
  first(count: number): T[] {
    const items: T[] = [];
    collect(this.#root, count, items);
    return items;
  }

  /** The items from index `from` up to, but without, index `to`, in a new array. O(log n + their number). */
  between(from: number, to: number): T[] {
    const items: T[] = [];
    collectBetween(this.#root, from, to, items);
    return items;
  }

  #insertInto(node: Node<T>, item: T): number {
    const { items, children } = node;
    if (children === null) {
      const index = this.#lowerBound(items, item);
      if (index < items.length && this.#compare(items[index] as T, item) === 0) return -1;
      items.splice(index, 0, item);
      node.size++;
      return index;
    }
    const index = this.#childFor(node, item);
    const child = children[index] as Node<T>;
    let rank = this.#insertInto(child, item);
    if (rank === -1) return -1;
    for (let i = 0; i < index; i++) rank += (children[i] as Node<T>).size;
    node.size++;
    items[index] = child.items[0] as T;
    if (child.items.length > MAX_ITEMS) {
      const right = split(child);
      children.splice(index + 1, 0, right);
      items.splice(index + 1, 0, right.items[0] as T);
    }
    return rank;
  }

  #removeFrom(node: Node<T>, item: T): number {
    const { items, children } = node;
    if (children === null) {
      const index = this.#lowerBound(items, item);
      if (index === items.length || this.#compare(items[index] as T, item) !== 0) return -1;
      items.splice(index, 1);
      node.size--;
      return index;
    }
    const index = this.#childFor(node, item);
    const child = children[index] as Node<T>;
    let rank = this.#removeFrom(child, item);
    if (rank === -1) return -1;
    for (let i = 0; i < index; i++) rank += (children[i] as Node<T>).size;
    node.size--;
    // A branch has at least two children, and children far more than one item: the first is there.
    items[index] = child.items[0] as T;
    if (child.items.length < MIN_ITEMS) rebalance(node, index === 0 ? 0 : index - 1);
    return rank;
  }

  /** The child whose range holds the item: the last one that does not begin after it. */
  #childFor(branch: Node<T>, item: T): number {
    let low = 1;
    let high = branch.items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(branch.items[middle] as T, item) <= 0) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Index of the first item that is not before this one. */
  #lowerBound(items: readonly T[], item: T): number {
    let low = 0;
    let high = items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(items[middle] as T, item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function leafOf<T>(items: T[]): Node<T> {
  return { items, children: null, size: items.length };
}

function branchOf<T>(children: Node<T>[]): Node<T> {
  const items = children.map((child) => child.items[0] as T);
  return { items, children, size: sizeOf(children) };
}

function sizeOf<T>(children: readonly Node<T>[]): number {
  let size = 0;
  for (const child of children) size += child.size;
  return size;
}

/** The tree of these items, which are ascending. */
function* plant<T>(sorted: readonly T[]): Generator<void, Node<T>> {
  let level = yield* chunk(sorted, leafOf);
  while (level.length > 1) level = yield* chunk(level, branchOf);
  return level[0] ?? leafOf([]);
}

/** Cuts a list into evenly filled nodes, so that none starts below the lower bound unless it is the only one. */
function* chunk<I, T>(list: readonly I[], nodeOf: (part: I[]) => Node<T>): Generator<void, Node<T>[]> {
  const count = Math.ceil(list.length / LOAD_ITEMS);
  const nodes: Node<T>[] = [];
  for (let i = 0; i < count; i++) {
    const from = Math.floor((list.length * i) / count);
    const to = Math.floor((list.length * (i + 1)) / count);
    nodes.push(nodeOf(list.slice(from, to)));
    if (nodes.length % NODES_PER_STEP === 0) yield;
  }
  return nodes;
}

/** Moves the upper half of a node into a new one, which is returned. */
function split<T>(node: Node<T>): Node<T> {
  const middle = node.items.length >>> 1;
  const items = node.items.splice(middle);
  const children = node.children?.splice(middle) ?? null;
  const right = { items, children, size: children === null ? items.length : sizeOf(children) };
  node.size -= right.size;
  return right;
}

/** Joins the child at `index` with the next one, and splits them evenly again when they do not fit in one. */
function rebalance<T>(branch: Node<T>, index: number): void {
  const children = branch.children as Node<T>[];
  const left = children[index] as Node<T>;
  const right = children[index + 1] as Node<T>;
  left.items.push(...right.items);
  left.children?.push(...(right.children as Node<T>[]));
  left.size += right.size;
  if (left.items.length <= MAX_ITEMS) {
    children.splice(index + 1, 1);
    branch.items.splice(index + 1, 1);
  } else {
    const upper = split(left);
    children[index + 1] = upper;
    branch.items[index + 1] = upper.items[0] as T;
  }
}

function collect<T>(node: Node<T>, count: number, into: T[]): void {
  if (node.children === null) {
    for (const item of node.items) {
      if (into.length >= count) return;
      into.push(item);
    }
    return;
  }
  for (const child of node.children) {
    if (into.length >= count) return;
    collect(child, count, into);
  }
}

function collectBetween<T>(node: Node<T>, from: number, to: number, into: T[]): void {
  if (node.children === null) {
    for (let i = Math.max(0, from); i < Math.min(to, node.items.length); i++) into.push(node.items[i] as T);
    return;
  }
  let start = 0;
  for (const child of node.children) {
    if (start >= to) return;
    if (start + child.size > from) collectBetween(child, from - start, to - start, into);
    start += child.size;
  }
}
