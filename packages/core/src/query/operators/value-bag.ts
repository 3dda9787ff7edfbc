import type { Value } from '../../primitives/index.js';
import { compareValues } from '../compare-values.js';
import { OrderedTree } from './ordered-tree.js';

interface Held {
  readonly value: Value;
  count: number;
}

/** A changing bag of values that knows its least and its greatest, in O(log n). Equal values are held once, and counted. */
export class ValueBag {
  readonly #tree = new OrderedTree<Held>((a, b) => compareValues(a.value, b.value));

  /** How many different values it holds. */
  get size(): number {
    return this.#tree.size;
  }

  add(value: Value): void {
    const held = this.#find(value);
    if (held === undefined) this.#tree.insert({ value, count: 1 });
    else held.count++;
  }

  /** Takes out one value that is equal to this one, which must be there. */
  remove(value: Value): void {
    const held = this.#find(value);
    if (held === undefined) throw new Error('no equal value is in the bag');
    if (held.count === 1) this.#tree.remove(held);
    else held.count--;
  }

  least(): Value | undefined {
    return this.#tree.at(0)?.value;
  }

  greatest(): Value | undefined {
    return this.#tree.at(this.#tree.size - 1)?.value;
  }

  #find(value: Value): Held | undefined {
    return this.#tree.find({ value, count: 0 });
  }
}
