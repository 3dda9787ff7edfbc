import type { LwwRecord } from '@topgun/core/crdt';
import type { Value } from '@topgun/core/primitives';
import type { Path } from '@topgun/core/query';
import type { RecordChange } from '../crdt/overlay.js';
import { literalOf } from './by-value.js';
import { coversOf, type Cover } from './equality-covers.js';
import { KeysByValue } from './keys-by-value.js';
import type { LiveView } from './live-view.js';
import { isKeyPath } from './place-value.js';
import { shownValue } from './shown-value.js';
import { ValueRoutes } from './value-routes.js';
import { pathText, ViewIndex, type IndexedChange } from './view-index.js';

/** When so many views demand something of a place, the map's keys are sorted by what is there, so that further ones need no scan. */
export const SORTED_FROM = 3;

type Records = () => Iterable<readonly [key: string, record: LwwRecord]>;

/** PI-8: the live views of one map, found by the equality they demand; and the records they begin with, found likewise. */
export class MapViews {
  readonly #records: Records;
  readonly #index = new ViewIndex<LiveView>();
  /** Of related rows. */
  readonly #routes = new ValueRoutes<LiveView>();
  /** By the text of the path. */
  readonly #sorted = new Map<string, KeysByValue>();
  readonly #covers = new Map<LiveView, Cover>();

  constructor(records: Records) {
    this.#records = records;
  }

  get size(): number {
    return this.#index.size + this.#routes.size;
  }

  add(view: LiveView): void {
    const { where, within } = view.query;
    if (within !== undefined) {
      this.#routes.add(view, within.on[1]);
      return;
    }
    const cover = this.#index.add(view, coversOf(where));
    if (cover !== null) this.#covers.set(view, cover);
  }

  delete(view: LiveView): void {
    this.#routes.delete(view);
    this.#index.delete(view);
    const cover = this.#covers.get(view) ?? [];
    this.#covers.delete(view);
    const places = cover.map(({ path }) => path);
    if (view.query.within !== undefined) places.push(view.query.within.on[1]);
    for (const path of places) {
      if (this.#index.demands(path) === 0 && !this.#routes.has(path)) this.#sorted.delete(pathText(path));
    }
  }

  /** QU-45: from now on changes of records that hold the value, or held it, concern this view of related rows; until `closeValue`. */
  openValue(view: LiveView, value: Value): void {
    this.#routes.open(view, value);
  }

  closeValue(view: LiveView, value: Value): void {
    this.#routes.close(view, value);
  }

  /** Keys of all records that hold one of these values at the place. */
  *keysWith(path: Path, values: readonly Value[]): Iterable<string> {
    for (const value of values) {
      if (!isKeyPath(path)) yield* this.#sort(path).keys(literalOf(value));
      else if (typeof value === 'string') yield value;
    }
  }

  /** Keys among which all rows of the view are; `null`: every record has to be looked at. */
  candidates(view: LiveView): Iterable<string> | null {
    let least: readonly ReadonlySet<string>[] | null = null;
    for (const cover of coversOf(view.query.where)) {
      const keys = this.#keysOf(cover);
      if (keys !== null && (least === null || total(keys) < total(least))) least = keys;
    }
    if (least === null || least.length === 1) return least === null ? null : least[0]!;
    return new Set(least.flatMap((keys) => [...keys]));
  }

  /** Takes one change of the map, which the state has by now. Says which views it can concern. */
  change(change: RecordChange): ReadonlySet<LiveView> {
    const { key } = change;
    const before = (): ReturnType<typeof shownValue> => change.before && shownValue(change.before);
    const after = (): ReturnType<typeof shownValue> => change.after && shownValue(change.after);
    for (const keys of this.#sorted.values()) keys.change(key, before, after);
    const indexed: IndexedChange = { key, before, after };
    const found = this.#index.find(indexed);
    const related = this.#routes.find(indexed);
    return related.size === 0 ? found : new Set([...found, ...related]);
  }

  #keysOf(cover: Cover): readonly ReadonlySet<string>[] | null {
    const found: ReadonlySet<string>[] = [];
    for (const { path, values } of cover) {
      const sorted = isKeyPath(path) ? null : this.#sortedBy(path);
      if (sorted === undefined) return null;
      if (sorted === null) found.push(new Set(values.filter((value) => typeof value === 'string')));
      else for (const value of values) found.push(sorted.keys(value));
    }
    return found;
  }

  #sortedBy(path: Path): KeysByValue | undefined {
    const isWorthIt = this.#index.demands(path) >= SORTED_FROM;
    return isWorthIt ? this.#sort(path) : this.#sorted.get(pathText(path));
  }

  #sort(path: Path): KeysByValue {
    const name = pathText(path);
    let sorted = this.#sorted.get(name);
    if (sorted !== undefined) return sorted;
    this.#sorted.set(name, (sorted = new KeysByValue(path)));
    for (const [key, record] of this.#records()) {
      sorted.change(
        key,
        () => undefined,
        () => shownValue(record),
      );
    }
    return sorted;
  }
}

const total = (sets: readonly ReadonlySet<string>[]): number => sets.reduce((sum, { size }) => sum + size, 0);
