import { compilePath, type PathReader } from '../compile-path.js';
import type { Change, Entry } from '../entry.js';
import type { RowChange } from './operator.js';
import type { Path, Relation } from '../query.js';
import { LargeMap, type Value } from '../../primitives/index.js';
import { KeyedViews, type KeyedDiff, type LoadRelated } from './keyed-views.js';
import { valueText } from './value-text.js';

/** So many parents, or related rows, are looked at in a step. */
const ROWS_PER_STEP = 2_048;

/** How rows of one map relate to rows of another. */
export type RelatedQuery = Pick<Relation, 'on' | 'query'>;

/**
 * The rows of a map that relate to parent rows: a keyed view for each distinct value among the parents. Holds the value of each
 * parent and the parents of each value, and of the other map what the keyed views hold.
 *
 * Fed by changes of parent rows and by changes of the map, in any order. At `parentsChanged` the map is loaded as it is
 * then, so it must be at the state after the batch.
 */
export class RelatedRows {
  readonly views: KeyedViews;
  readonly #read: PathReader;
  readonly #path: Path;
  readonly #load: LoadRelated;
  readonly #textByParent = new LargeMap<string>();
  readonly #parentsByText = new LargeMap<Set<string>>();

  constructor({ on: [parentPath, path], query }: RelatedQuery, load: LoadRelated) {
    this.views = new KeyedViews({ path, query }, load);
    this.#read = compilePath(parentPath);
    this.#path = path;
    this.#load = load;
  }

  /**
   * Takes further parent rows, of which it has none, by and by. Gives the texts of the values that they are the first to have. No diff says what is related
   * to them: who asks reads it.
   */
  *add(parents: readonly Entry[]): Generator<void, readonly string[]> {
    const { open, offer, end } = this.views.beginOpen();
    const texts: string[] = [];
    const values: Value[] = [];
    let looked = 0;
    for (const { key, value } of parents) {
      const place = this.#read(key, value);
      const text = valueText(place);
      if (text !== null) {
        this.#textByParent.set(key, text);
        if (this.#join(key, text)) {
          texts.push(text);
          values.push(place as Value);
          open(place as Value);
        }
      }
      if (++looked % ROWS_PER_STEP === 0) yield;
    }
    if (values.length === 0) return texts;
    for (const entry of this.#load(this.#path, values)) {
      offer(entry);
      if (++looked % ROWS_PER_STEP === 0) yield;
    }
    yield* end();
    return texts;
  }

  /** Parent rows came, went or changed. */
  parentsChanged(changes: Iterable<RowChange>): void {
    const opened = new Map<string, Value>();
    const closed = new Set<string>();
    for (const { before, after } of changes) {
      const { key } = before ?? (after as NonNullable<typeof after>);
      const value = after === undefined ? undefined : this.#read(key, after.value);
      const text = valueText(value);
      const earlier = this.#textByParent.get(key) ?? null;
      if (text === earlier) continue;
      if (text !== null && this.#join(key, text) && !closed.delete(text)) opened.set(text, value as Value);
      if (earlier !== null && this.#part(key, earlier) && !opened.delete(earlier)) closed.add(earlier);
      if (text === null) this.#textByParent.delete(key);
      else this.#textByParent.set(key, text);
    }
    this.views.open(opened.values());
    this.views.close(closed);
  }

  /** Records of the map changed. */
  apply(changes: readonly Change[]): void {
    this.views.apply(changes);
  }

  /** What changed since the last time. */
  flush(): KeyedDiff {
    return this.views.flush();
  }

  /** The text of the value by which this parent row relates; `null` when it relates to nothing. */
  textOf(parentKey: string): string | null {
    return this.#textByParent.get(parentKey) ?? null;
  }

  /** The keys of the parent rows that have this value. */
  parentsOf(text: string): Iterable<string> {
    return this.#parentsByText.get(text) ?? [];
  }

  /** True when this is the first parent of its value. */
  #join(key: string, text: string): boolean {
    const parents = this.#parentsByText.get(text);
    if (parents === undefined) this.#parentsByText.set(text, new Set([key]));
    else parents.add(key);
    return parents === undefined;
  }

  /** True when that was the last parent of its value. */
  #part(key: string, text: string): boolean {
    const parents = this.#parentsByText.get(text);
    parents?.delete(key);
    if (parents?.size !== 0) return false;
    this.#parentsByText.delete(text);
    return true;
  }
}
