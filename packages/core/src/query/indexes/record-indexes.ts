import { assertNever, type Value } from '../../primitives/index.js';
import type { Change, Entry } from '../entry.js';
import { KEY_FIELD, type Path, type Predicate } from '../query.js';
import type { Access, IndexKind, IndexStatistics, NarrowAccess } from './access.js';
import { INDEX_LIMITS, IndexPolicy, type IndexLimits } from './index-policy.js';
import { IndexSet } from './index-set.js';
import { planQuery, type Plan } from './plan-query.js';

/** The visible records of one map as they are now. */
export interface RecordSet {
  readonly size: number;
  get(key: string): Value | undefined;
  entries(): Iterable<Entry>;
}

/** What a query has to look at. */
export interface Selection {
  readonly plan: Plan;
  /** Every record that can meet the query, and maybe others. To be read at once, before the records change. */
  readonly entries: Iterable<Entry>;
}

/**
 * The secondary indexes of one map. They are made when queries that look at much have missed them often enough, kept by changes,
 * and let go of under memory pressure; whoever asks gets the same answer either way. They hold values and keys, never a record:
 * what they find is read from the records.
 *
 * Whoever feeds it passes every change of every record, `before` included, once the records have it and before anybody asks.
 */
export class RecordIndexes {
  readonly #records: RecordSet;
  readonly #limits: IndexLimits;
  readonly #indexes = new IndexSet();
  readonly #statistics: IndexStatistics;
  #policy: IndexPolicy;

  constructor(records: RecordSet, limits: IndexLimits = INDEX_LIMITS) {
    this.#records = records;
    this.#limits = limits;
    this.#policy = new IndexPolicy(limits);
    const indexes = this.#indexes;
    this.#statistics = {
      get size() {
        return records.size;
      },
      countEqual: (path, values) => indexes.countEqual(path, values),
      countBetween: (path, range) => indexes.countBetween(path, range),
    };
  }

  /** How many records there are. */
  get size(): number {
    return this.#records.size;
  }

  /** The indexes there are. */
  get kinds(): readonly IndexKind[] {
    return this.#indexes.kinds;
  }

  /** About how much memory they take. */
  get bytes(): number {
    return this.#indexes.bytes;
  }

  apply(changes: readonly Change[]): void {
    this.#indexes.apply(changes);
  }

  /** The records that a query with these conditions has to look at. */
  select(where: Predicate): Selection {
    const plan = this.plan(where);
    const index = this.#policy.choose(plan, this.#records);
    if (index === null) return { plan, entries: this.#read(plan.access) };
    this.create(index);
    const next = this.plan(where);
    return { plan: next, entries: this.#read(next.access) };
  }

  /** How such a query would be answered now. Asking makes no index. */
  plan(where: Predicate): Plan {
    return planQuery(where, this.#statistics);
  }

  /** Makes an index without waiting for it to be missed. */
  create(kind: IndexKind): void {
    this.#indexes.create(kind, this.#records.entries());
  }

  /** The records that may have one of these values at the path. */
  related(path: Path, values: readonly Value[]): Iterable<Entry> {
    if (path.length === 1 && path[0] === KEY_FIELD) {
      return this.#read({ type: 'keys', keys: values.filter((value) => typeof value === 'string') });
    }
    if (this.#indexes.countEqual(path, []) === null) {
      const kind: IndexKind = { type: 'hash', path };
      if (!this.#policy.isDue(kind, this.#records)) return this.#records.entries();
      this.create(kind);
    }
    return this.#read({ type: 'hash', path, values });
  }

  /** Lets go of indexes, those not used for longest first, until the rest takes no more than this. They may be made again. */
  drop(maxBytes = 0): void {
    while (this.#indexes.bytes > maxBytes && this.#indexes.dropOldest() !== null);
    // A habit has to show anew, or what was let go of would be made again at once.
    this.#policy = new IndexPolicy(this.#limits);
  }

  /** The records are other ones altogether. */
  reset(): void {
    while (this.#indexes.dropOldest() !== null);
    this.#policy = new IndexPolicy(this.#limits);
  }

  #read(access: Access): Iterable<Entry> {
    return access.type === 'scan' ? this.#records.entries() : this.#entriesOf(new Set(this.#keys(access)));
  }

  *#entriesOf(keys: Iterable<string>): Iterable<Entry> {
    for (const key of keys) {
      const value = this.#records.get(key);
      if (value !== undefined) yield { key, value };
    }
  }

  *#keys(access: NarrowAccess): Iterable<string> {
    switch (access.type) {
      case 'nothing':
        return;
      case 'keys':
        yield* access.keys;
        return;
      case 'hash':
        yield* this.#indexes.findEqual(access.path, access.values);
        return;
      case 'range':
        yield* this.#indexes.findBetween(access.path, access.range);
        return;
      case 'union':
        for (const part of access.of) yield* this.#keys(part);
        return;
      default:
        assertNever(access);
    }
  }
}
