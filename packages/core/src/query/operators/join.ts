import { isPlainObject, LargeMap, sameValue, type Value } from '../../primitives/index.js';
import type { Entry } from '../entry.js';
import type { RowChange } from './operator.js';
import type { Path, Query } from '../query.js';
import { JoinedRelation, type MapChanges, type ShownRelated } from './joined-relation.js';
import type { LoadRelated } from './keyed-views.js';
import { compileProjection } from './project.js';
import { relatedValue, withFields } from './related-value.js';

/** So many rows are joined in a step. */
const ROWS_PER_STEP = 2_048;

/** Where related rows are loaded from: the records of a map that may have one of the values at the path. */
export type LoadFrom = (map: string, path: Path, values: readonly Value[]) => Iterable<Entry>;

export interface JoinOptions {
  readonly load: LoadFrom;
}

/** A row as it came, and as it is shown. */
interface JoinedRow {
  readonly source: Entry;
  /** Its own part: the record, or the chosen fields of it. */
  readonly own: Value;
  /** What its relations show, in their order. */
  readonly related: readonly Value[];
  readonly shown: Entry;
}

/**
 * Output: the rows of the input with the chosen fields alone, and with their related rows in them. Holds each row as it came and
 * as shown. A row in which neither changed keeps its entry; a change in a related map looks at the rows that relate to it
 * and at no others. What other maps hold it learns from the diffs of keyed views.
 */
export class Join implements ShownRelated {
  readonly #shape: JoinShape;
  readonly #project: ((row: Entry) => Value) | null;
  readonly #relations: readonly JoinedRelation[];
  /** What the related rows of each relation include in turn. */
  readonly #inner: readonly Join[];
  readonly #finish: (row: Entry) => Entry;
  readonly #rows = new LargeMap<JoinedRow>();
  #former: Join | null;

  /** `finish` has the last word on what is shown of a row. Rows that say what they say in `former`, which is of the same shape, are those. */
  constructor(shape: JoinShape, options: JoinOptions, finish = asIs, former: Join | null = null) {
    const { fields, include = [] } = shape;
    this.#shape = shape;
    this.#project = fields === undefined ? null : compileProjection(fields);
    this.#finish = finish;
    this.#former = former;
    const { load } = options;
    this.#inner = include.map(
      ({ query }, i) => new Join(query, options, inAnotherRow, former === null ? null : former.#inner[i]),
    );
    this.#relations = include.map((relation, i) => {
      const loadRelated: LoadRelated = (path, values) => load(relation.map, path, values);
      return new JoinedRelation(relation, this.#inner[i] as Join, loadRelated);
    });
  }

  /** A join of the same shape that holds nothing. Until it is told to `standAlone`, rows that say what they say here are the same objects. */
  successor(options: JoinOptions): Join {
    return new Join(this.#shape, options, this.#finish, this);
  }

  /** Forgets what it is the successor of. */
  standAlone(): void {
    this.#former = null;
    for (const inner of this.#inner) inner.standAlone();
  }

  /** The row as shown. */
  get(key: string): Entry | undefined {
    return this.#rows.get(key)?.shown;
  }

  /** The row as it came. */
  source(key: string): Entry | undefined {
    return this.#rows.get(key)?.source;
  }

  *add(rows: readonly Entry[]): Generator<void> {
    for (const relation of this.#relations) yield* relation.add(rows);
    let joined = 0;
    for (const row of rows) {
      this.#renew(row);
      if (++joined % ROWS_PER_STEP === 0) yield;
    }
  }

  take(changes: readonly RowChange[], batch: MapChanges): ReadonlySet<string> {
    const affected = new Map<string, Entry>();
    for (const { before, after } of changes) {
      if (after !== undefined) affected.set(after.key, after);
      else if (before !== undefined) this.#rows.delete(before.key);
    }
    for (const relation of this.#relations) {
      for (const key of relation.take(changes, batch)) {
        const source = this.source(key);
        if (source !== undefined && !affected.has(key)) affected.set(key, source);
      }
    }
    const changed = new Set<string>();
    for (const [key, source] of affected) if (this.#renew(source)) changed.add(key);
    return changed;
  }

  /** True when the row is shown otherwise now. */
  #renew(source: Entry): boolean {
    const { key } = source;
    const before = this.#rows.get(key);
    // As long as there is a former row, it is that which is seen.
    const held = this.#formerRow(key) ?? before;
    const own = this.#ownPart(source, held);
    const related = this.#relations.map((relation, i) => {
      const value = relation.valueOf(key);
      // A row that relates by another value now may have the same rows.
      const former = held?.related[i];
      return former !== undefined && sameValue(value, former) ? former : value;
    });
    const isSame = held !== undefined && own === held.own && related.every((value, i) => value === held.related[i]);
    const shown = isSame ? held.shown : this.#finish({ key, value: this.#joined(own, related) });
    this.#rows.set(key, { source, own, related, shown });
    return shown !== before?.shown;
  }

  #formerRow(key: string): JoinedRow | undefined {
    return this.#former === null ? undefined : this.#former.#rows.get(key);
  }

  #ownPart(source: Entry, held: JoinedRow | undefined): Value {
    if (this.#project === null || held?.source === source)
      return this.#project === null ? source.value : (held?.own as Value);
    const own = this.#project(source);
    return held !== undefined && sameValue(own, held.own) ? held.own : own;
  }

  #joined(own: Value, related: readonly Value[]): Value {
    if (this.#relations.length === 0) return own;
    const fields = this.#relations.map(({ name }, i) => [name, related[i] as Value] as const);
    return withFields(isPlainObject(own) ? own : { value: own }, fields);
  }
}

type JoinShape = Pick<Query, 'fields' | 'include'>;

const asIs = (row: Entry): Entry => row;

const inAnotherRow = (row: Entry): Entry => ({ key: row.key, value: relatedValue(row) });
