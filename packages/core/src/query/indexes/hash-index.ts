import { canonicalJson, type Value } from '../../primitives/index.js';
import { compilePath, type PathReader } from '../compile-path.js';
import type { Entry } from '../entry.js';
import type { Path } from '../query.js';

/** Estimates, for deciding what to let go of: a key in a set, and a value with its place in the map and its set. */
const BYTES_PER_KEY = 40;
const BYTES_PER_VALUE = 200;
const BYTES_PER_CHARACTER = 2;

type Scalar = null | boolean | number | string;

/** One key alone needs no set. */
type Keys = string | Set<string>;

/** Which records have a given value at the path. Records without a value there are not in it. */
export class HashIndex {
  readonly path: Path;
  readonly #read: PathReader;
  readonly #byScalar = new Map<Scalar, Keys>();
  /** Arrays, objects and bytes, by canonical text. */
  readonly #byText = new Map<string, Keys>();
  #size = 0;
  #characters = 0;

  constructor(path: Path) {
    this.path = path;
    this.#read = compilePath(path);
  }

  /** How many records it holds. */
  get size(): number {
    return this.#size;
  }

  /** How many different values it holds. */
  get values(): number {
    return this.#byScalar.size + this.#byText.size;
  }

  /** About how much memory it takes. */
  get bytes(): number {
    return this.#size * BYTES_PER_KEY + this.values * BYTES_PER_VALUE + this.#characters * BYTES_PER_CHARACTER;
  }

  /** Adds these records. */
  load(entries: Iterable<Entry>): void {
    for (const entry of entries) this.add(entry);
  }

  /** Adds a record. One that is in already is not there twice. */
  add({ key, value }: Entry): void {
    const place = this.#read(key, value);
    if (place === undefined) return;
    if (isScalar(place)) {
      if (put(this.#byScalar, place, key)) this.#size++;
      return;
    }
    const text = canonicalJson(place);
    if (!this.#byText.has(text)) this.#characters += text.length;
    if (put(this.#byText, text, key)) this.#size++;
  }

  /** Takes out a record as it was. One that is not in is no error. */
  remove({ key, value }: Entry): void {
    const place = this.#read(key, value);
    if (place === undefined) return;
    if (isScalar(place)) {
      if (take(this.#byScalar, place, key)) this.#size--;
      return;
    }
    const text = canonicalJson(place);
    if (!take(this.#byText, text, key)) return;
    this.#size--;
    if (!this.#byText.has(text)) this.#characters -= text.length;
  }

  /** Takes a record as it is now instead of as it was. One whose value is the same costs no look. */
  change(key: string, before: Value | undefined, after: Value | undefined): void {
    const was = before === undefined ? undefined : this.#read(key, before);
    const is = after === undefined ? undefined : this.#read(key, after);
    if (was === is) return;
    if (before !== undefined) this.remove({ key, value: before });
    if (after !== undefined) this.add({ key, value: after });
  }

  /** The keys of the records with this value, in no order. */
  find(value: Value): Iterable<string> {
    const keys = this.#keysOf(value);
    return typeof keys === 'string' ? [keys] : (keys ?? []);
  }

  /** How many records have this value. */
  count(value: Value): number {
    const keys = this.#keysOf(value);
    return typeof keys === 'string' ? 1 : (keys?.size ?? 0);
  }

  #keysOf(value: Value): Keys | undefined {
    return isScalar(value) ? this.#byScalar.get(value) : this.#byText.get(canonicalJson(value));
  }
}

const isScalar = (value: Value): value is Scalar => typeof value !== 'object' || value === null;

/** True when the key was not there. */
function put<V>(index: Map<V, Keys>, value: V, key: string): boolean {
  const keys = index.get(value);
  if (keys === undefined) {
    index.set(value, key);
    return true;
  }
  if (typeof keys === 'string') {
    if (keys === key) return false;
    index.set(value, new Set([keys, key]));
    return true;
  }
  const { size } = keys;
  return keys.add(key).size > size;
}

/** True when the key was there. */
function take<V>(index: Map<V, Keys>, value: V, key: string): boolean {
  const keys = index.get(value);
  if (typeof keys === 'string') return keys === key && index.delete(value);
  if (keys?.delete(key) !== true) return false;
  if (keys.size === 0) index.delete(value);
  return true;
}
