import type { LwwRecord } from '@topgun/core/crdt';
import type { Path } from '@topgun/core/query';
import type { RecordChange } from '../crdt/overlay.js';
import { coversOf, type Cover } from './equality-covers.js';
import { KeysByValue } from './keys-by-value.js';
import type { LiveView } from './live-view.js';
import { isKeyPath } from './place-value.js';
import { shownValue } from './shown-value.js';
import { pathText, ViewIndex, type IndexedChange } from './view-index.js';

/** When so many views demand something of a place, the map's keys are sorted by what is there, so that further ones need no scan. */
export const SORTED_FROM = 3;

type Records = () => Iterable<readonly [key: string, record: LwwRecord]>;

/** PI-8: the live views of one map, found by the equality they demand; and the records they begin with, found likewise. */
export class MapViews {
  readonly #records: Records;
  readonly #index = new ViewIndex<LiveView>();
  /** By the text of the path. */
  readonly #sorted = new Map<string, KeysByValue>();
  readonly #covers = new Map<LiveView, Cover>();

  constructor(records: Records) {
    this.#records = records;
  }

  get size(): number {
    return this.#index.size;
  }

  add(view: LiveView): void {
    const cover = this.#index.add(view, coversOf(view.query.where));
    if (cover !== null) this.#covers.set(view, cover);
  }

  delete(view: LiveView): void {
    this.#index.delete(view);
    const cover = this.#covers.get(view);
    if (cover === undefined) return;
    this.#covers.delete(view);
    for (const { path } of cover) if (this.#index.demands(path) === 0) this.#sorted.delete(pathText(path));
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
    return this.#index.find({ key, before, after } satisfies IndexedChange);
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
    const name = pathText(path);
    let sorted = this.#sorted.get(name);
    if (sorted !== undefined || this.#index.demands(path) < SORTED_FROM) return sorted;
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
