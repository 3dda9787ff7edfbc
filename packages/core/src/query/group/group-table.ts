import { canonicalText, encodeValue, type Value } from '../../primitives/index.js';

/** Something for each list of values, found without writing a text of them. */
export class GroupTable<T> {
  readonly #depth: number;
  readonly #root = createNode<T>();

  /** `depth`: how many values each list has. */
  constructor(depth: number) {
    this.#depth = depth;
  }

  /** What is held for these values; otherwise what `create` makes for them, held from now on. `read` gives each of them by its place. */
  take(read: (place: number) => Value | undefined, create: () => T): T {
    let node = this.#root;
    for (let place = 0; place < this.#depth; place++) node = nextNode(node, read(place));
    return (node.held ??= create());
  }
}

interface Node<T> {
  readonly scalars: Map<Value | undefined, Node<T>>;
  /** Of objects, arrays and bytes, by canonical text. */
  readonly others: Map<string, Node<T>>;
  held: T | undefined;
}

const createNode = <T>(): Node<T> => ({ scalars: new Map(), others: new Map(), held: undefined });

function nextNode<T>({ scalars, others }: Node<T>, value: Value | undefined): Node<T> {
  if (typeof value !== 'object' || value === null) return nextIn(scalars, value);
  return nextIn(others, canonicalText(encodeValue(value)));
}

function nextIn<K, T>(nodes: Map<K, Node<T>>, key: K): Node<T> {
  let next = nodes.get(key);
  if (next === undefined) nodes.set(key, (next = createNode()));
  return next;
}
