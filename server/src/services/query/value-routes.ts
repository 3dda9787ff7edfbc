import type { Value } from '@topgun/core/primitives';
import type { Literal, Path } from '@topgun/core/query';
import { ByValue, literalOf } from './by-value.js';
import { placeValue } from './place-value.js';
import { pathText, type IndexedChange } from './view-index.js';

/** The views that follow values at one place. */
interface Place<V> {
  readonly path: Path;
  readonly views: ByValue<Set<V>>;
  /** How many views follow it, values or none. */
  followers: number;
}

/**
 * QU-45: finds the views of related rows that a change concerns: those that are open for what the record held or holds at their place.
 * A change costs a look for each such place, however many views and values there are. Pure.
 */
export class ValueRoutes<V> {
  readonly #places = new Map<string, Place<V>>();
  /** The place of each view, and what it is open for, by text. */
  readonly #views = new Map<V, { readonly place: Place<V>; readonly values: Map<string, Literal> }>();

  get size(): number {
    return this.#views.size;
  }

  /** Whether any view follows this place. */
  has(path: Path): boolean {
    return this.#places.has(pathText(path));
  }

  add(view: V, path: Path): void {
    this.delete(view);
    const name = pathText(path);
    let place = this.#places.get(name);
    if (place === undefined) this.#places.set(name, (place = { path, views: new ByValue(), followers: 0 }));
    place.followers += 1;
    this.#views.set(view, { place, values: new Map() });
  }

  delete(view: V): void {
    const route = this.#views.get(view);
    if (route === undefined) return;
    for (const literal of route.values.values()) remove(route.place, literal, view);
    this.#views.delete(view);
    route.place.followers -= 1;
    if (route.place.followers === 0) this.#places.delete(pathText(route.place.path));
  }

  open(view: V, value: Value): void {
    const route = this.#views.get(view);
    if (route === undefined) throw new Error('a value is opened for a view that is not here');
    const literal = literalOf(value);
    route.values.set(textOf(literal), literal);
    const views = route.place.views.get(literal);
    if (views === undefined) route.place.views.set(literal, new Set([view]));
    else views.add(view);
  }

  close(view: V, value: Value): void {
    const route = this.#views.get(view);
    const literal = literalOf(value);
    if (route?.values.delete(textOf(literal)) === true) remove(route.place, literal, view);
  }

  /** Each view that the change concerns, once. */
  find({ key, before, after }: IndexedChange): ReadonlySet<V> {
    if (this.#places.size === 0) return NONE;
    const found = new Set<V>();
    for (const { path, views } of this.#places.values()) {
      const was = placeValue(path, key, before);
      const is = placeValue(path, key, after);
      if (was !== undefined) for (const view of views.ofValue(was) ?? []) found.add(view);
      if (is !== undefined && is !== was) for (const view of views.ofValue(is) ?? []) found.add(view);
    }
    return found;
  }
}

function remove<V>({ views }: Place<V>, literal: Literal, view: V): void {
  const held = views.get(literal);
  if (held?.delete(view) === true && held.size === 0) views.delete(literal);
}

const textOf = (literal: Literal): string => JSON.stringify(literal);

const NONE: ReadonlySet<never> = new Set();
