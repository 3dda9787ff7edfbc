import type { Value } from '@topgun/core/primitives';
import type { Path } from '@topgun/core/query';
import { ByValue } from './by-value.js';
import type { Cover } from './equality-covers.js';
import { placeValue } from './place-value.js';

/** A record's way through a commit, as far as finding views goes. What it held is asked for only when a place other than the key counts. */
export interface IndexedChange {
  readonly key: string;
  readonly before: () => Value | undefined;
  readonly after: () => Value | undefined;
}

/** The views that demand something of one place. */
interface Place<V> {
  readonly path: Path;
  readonly views: ByValue<Set<V>>;
  /** How many views are in here. */
  demands: number;
}

/**
 * PI-8: finds the views that a change can concern: those that demand what the record held or holds now, and those that demand no
 * equality. A change costs a look for each place that any view demands something of, however many views do. Pure.
 */
export class ViewIndex<V> {
  readonly #places = new Map<string, Place<V>>();
  readonly #covers = new Map<V, Cover>();
  readonly #others = new Set<V>();

  get size(): number {
    return this.#covers.size + this.#others.size;
  }

  /** No view demands an equality: what a record holds need not be looked at. */
  get demandsNothing(): boolean {
    return this.#places.size === 0;
  }

  /** Those that demand none. */
  get others(): ReadonlySet<V> {
    return this.#others;
  }

  *all(): Iterable<V> {
    yield* this.#covers.keys();
    yield* this.#others;
  }

  /** `covers`: any of them is enough to find it. Returns the one that is used: where it shares its place with the fewest; `null` without any. */
  add(view: V, covers: readonly Cover[]): Cover | null {
    this.delete(view);
    const [first, ...others] = covers;
    if (first === undefined) {
      this.#others.add(view);
      return null;
    }
    const cover = others.reduce((best, other) => (this.#crowd(other) < this.#crowd(best) ? other : best), first);
    this.#covers.set(view, cover);
    for (const { path, values } of cover) {
      const place = this.#placeOf(path);
      place.demands += 1;
      for (const value of values) {
        const views = place.views.get(value);
        if (views === undefined) place.views.set(value, new Set([view]));
        else views.add(view);
      }
    }
    return cover;
  }

  delete(view: V): void {
    this.#others.delete(view);
    const cover = this.#covers.get(view);
    if (cover === undefined) return;
    this.#covers.delete(view);
    for (const { path, values } of cover) {
      const place = this.#placeOf(path);
      place.demands -= 1;
      for (const value of values) {
        const views = place.views.get(value);
        if (views?.delete(view) === true && views.size === 0) place.views.delete(value);
      }
      if (place.demands === 0) this.#places.delete(pathText(path));
    }
  }

  /** Each view that the change can concern, once. */
  find({ key, before, after }: IndexedChange): ReadonlySet<V> {
    if (this.#places.size === 0) return this.#others;
    const found = new Set(this.#others);
    for (const { path, views } of this.#places.values()) {
      const was = placeValue(path, key, before);
      const is = placeValue(path, key, after);
      if (was !== undefined) for (const view of views.ofValue(was) ?? []) found.add(view);
      if (is !== undefined && is !== was) for (const view of views.ofValue(is) ?? []) found.add(view);
    }
    return found;
  }

  #placeOf(path: Path): Place<V> {
    const name = pathText(path);
    let place = this.#places.get(name);
    if (place === undefined) this.#places.set(name, (place = { path, views: new ByValue(), demands: 0 }));
    return place;
  }

  /** How many views are asked, at most, when a change concerns this cover. */
  #crowd(cover: Cover): number {
    let crowd = 0;
    for (const { path, values } of cover) {
      const views = this.#places.get(pathText(path))?.views;
      // What is listed counts too: of two quiet covers the one that names less is found less often.
      for (const value of values) crowd += 1 + (views?.get(value)?.size ?? 0);
    }
    return crowd;
  }
}

export const pathText = (path: Path): string => JSON.stringify(path);
