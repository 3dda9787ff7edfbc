import { assertNever, type Value } from '../../primitives/index.js';
import { compilePath, type PathReader } from '../compile-path.js';
import type { Entry } from '../entry.js';
import type { Aggregate } from '../query.js';
import { ExactSum } from './exact-sum.js';
import { ValueBag } from './value-bag.js';

/** One aggregate of one group, kept as its rows come and go. What it says depends on the present rows alone. */
export interface RunningAggregate {
  add(row: Entry): void;
  /** Takes out a row that was added, as it was then. */
  remove(row: Entry): void;
  result(): Value;
}

/** Makes what an aggregate needs for each group. */
export function compileAggregate([, fn, path]: Aggregate): () => RunningAggregate {
  if (path === null) return () => new Count((key) => key);
  const read = compilePath(path);
  switch (fn) {
    case 'count':
      return () => new Count(read);
    case 'sum':
      return () => new Sum(read);
    case 'avg':
      return () => new Average(read);
    case 'min':
      return () => new Extreme(read, (bag) => bag.least());
    case 'max':
      return () => new Extreme(read, (bag) => bag.greatest());
    default:
      return assertNever(fn);
  }
}

class Count implements RunningAggregate {
  readonly #read: PathReader;
  #count = 0;

  constructor(read: PathReader) {
    this.#read = read;
  }

  add({ key, value }: Entry): void {
    if (isThere(this.#read(key, value))) this.#count++;
  }

  remove({ key, value }: Entry): void {
    if (isThere(this.#read(key, value))) this.#count--;
  }

  result(): number {
    return this.#count;
  }
}

/** What is not a number counts as nothing. */
class Sum implements RunningAggregate {
  protected readonly sum = new ExactSum();
  protected numbers = 0;
  readonly #read: PathReader;

  constructor(read: PathReader) {
    this.#read = read;
  }

  add({ key, value }: Entry): void {
    const number = this.#read(key, value);
    if (typeof number !== 'number') return;
    this.sum.add(number);
    this.numbers++;
  }

  remove({ key, value }: Entry): void {
    const number = this.#read(key, value);
    if (typeof number !== 'number') return;
    this.sum.subtract(number);
    this.numbers--;
  }

  result(): number | null {
    return this.sum.total();
  }
}

class Average extends Sum {
  override result(): number | null {
    return this.numbers === 0 ? null : this.sum.average(this.numbers);
  }
}

class Extreme implements RunningAggregate {
  readonly #read: PathReader;
  readonly #pick: (bag: ValueBag) => Value | undefined;
  readonly #bag = new ValueBag();

  constructor(read: PathReader, pick: (bag: ValueBag) => Value | undefined) {
    this.#read = read;
    this.#pick = pick;
  }

  add({ key, value }: Entry): void {
    const found = this.#read(key, value);
    if (isThere(found)) this.#bag.add(found);
  }

  remove({ key, value }: Entry): void {
    const found = this.#read(key, value);
    if (isThere(found)) this.#bag.remove(found);
  }

  result(): Value {
    return this.#pick(this.#bag) ?? null;
  }
}

const isThere = (value: Value | undefined): value is NonNullable<Value> => value !== undefined && value !== null;
