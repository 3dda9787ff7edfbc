import { LargeMap, type Value } from '../../primitives/index.js';
import type { Change, Entry } from '../entry.js';
import type { RowChange } from './operator.js';
import type { LoadRelated } from './keyed-views.js';
import { RelatedRows, type RelatedQuery } from './related-rows.js';

/** The changes of one batch by the map they are of; `null`: every map may be another one, and is to be loaded anew. */
export type MapChanges = { get(map: string): readonly Change[] | undefined } | null;

/** Turns related rows into what is shown of them, and follows what they include in turn. */
export interface ShownRelated {
  get(key: string): Entry | undefined;
  /** Takes further related rows, of which it has none, by and by. */
  add(rows: readonly Entry[]): Generator<void>;
  /** Takes changes of the related rows and says which are shown otherwise now. */
  take(changes: readonly RowChange[], batch: MapChanges): ReadonlySet<string>;
}

/** So many related rows are looked at in a step. */
const ROWS_PER_STEP = 2_048;

/** One relation of a join. */
export interface RelationSource extends RelatedQuery {
  readonly name: string;
  readonly map: string;
  readonly one: boolean;
}

/**
 * One relation in all parent rows: related rows → what is shown of them → a list for each value. All parents of one value have
 * the same list, and it stays the same one until something in it changes.
 */
export class JoinedRelation {
  readonly name: string;
  readonly #map: string;
  readonly #one: boolean;
  readonly #related: RelatedRows;
  readonly #shown: ShownRelated;
  readonly #lists = new LargeMap<readonly Value[]>();

  constructor(relation: RelationSource, shown: ShownRelated, load: LoadRelated) {
    this.name = relation.name;
    this.#map = relation.map;
    this.#one = relation.one;
    this.#related = new RelatedRows(relation, load);
    this.#shown = shown;
  }

  /** Takes further parent rows, of which it has none, by and by. */
  *add(parents: readonly Entry[]): Generator<void> {
    const texts = yield* this.#related.add(parents);
    const { views } = this.#related;
    const rows: Entry[] = [];
    let looked = 0;
    for (const text of texts) {
      for (const row of views.rows(text)) rows.push(row);
      if (++looked % ROWS_PER_STEP === 0) yield;
    }
    yield* this.#shown.add(rows);
    for (const text of texts) {
      const list: Value[] = [];
      if (++looked % ROWS_PER_STEP === 0) yield;
      for (const { key } of views.rows(text)) {
        list.push(this.#shown.get(key)?.value as Value);
        if (++looked % ROWS_PER_STEP === 0) yield;
      }
      if (list.length > 0) this.#lists.set(text, list);
    }
  }

  /** Takes changes of the parent rows and of the maps, and says in which parents the relation shows otherwise now. */
  take(parents: readonly RowChange[], batch: MapChanges): Set<string> {
    if (batch === null) this.#related.views.reload();
    else this.#related.apply(batch.get(this.#map) ?? []);
    this.#related.parentsChanged(parents);
    const diff = this.#related.flush();
    const affected = new Set(diff.byValue.keys());
    for (const key of this.#shown.take(diff.rows, batch)) {
      const text = this.#related.views.valueOf(key);
      if (text !== undefined) affected.add(text);
    }
    const changed = new Set<string>();
    for (const text of affected) {
      if (this.#renew(text)) for (const parent of this.#related.parentsOf(text)) changed.add(parent);
    }
    return changed;
  }

  /** What this parent row shows under the relation's name. */
  valueOf(parentKey: string): Value {
    const text = this.#related.textOf(parentKey);
    const list = text === null ? NONE : (this.#lists.get(text) ?? NONE);
    return this.#one ? (list[0] ?? null) : list;
  }

  /** True when the list of this value is another one now. */
  #renew(text: string): boolean {
    const held = this.#lists.get(text) ?? NONE;
    const list = this.#related.views.rows(text).map(({ key }) => this.#shown.get(key)?.value as Value);
    if (list.length === held.length && list.every((value, i) => value === held[i])) return false;
    if (list.length === 0) this.#lists.delete(text);
    else this.#lists.set(text, list);
    return true;
  }
}

const NONE: readonly Value[] = [];
