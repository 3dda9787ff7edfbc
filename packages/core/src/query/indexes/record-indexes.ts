import { assertNever, type Value } from '../../primitives/index.js';
import type { Change, Entry } from '../entry.js';
import { KEY_FIELD, type Path, type Predicate } from '../query.js';
import { compilePath } from '../compile-path.js';
import type { Access, IndexKind, RelatedAccess, IndexStatistics, NarrowAccess, WantedOrder } from './access.js';
import { INDEX_LIMITS, IndexPolicy, type IndexLimits } from './index-policy.js';
import { IndexSet } from './index-set.js';
import { planQuery, type Plan } from './plan-query.js';

/** The visible records of one map as they are now. */
export interface RecordSet {
  readonly size: number;
  get(key: string): Value | undefined;
  /** May be read while they change, and ends whatever is written meanwhile: what is there all along is met once. */
  entries(): Iterable<Entry>;
}

/** What a query has to look at. */
export interface Selection {
  readonly plan: Plan;
  /** Every record that can meet the query, and maybe others: in order, where the plan says so. To be read at once, before the records change. */
  readonly entries: Iterable<Entry>;
  /** Who reads them in order and has not enough after so many had better look at all records. */
  readonly maxLooks: number;
}

/** Takes the steps of a work, all of them at once or by and by. */
export type TakeSteps = (steps: Iterator<void>) => void;

const AT_ONCE: TakeSteps = (steps) => {
  while (steps.next().done !== true);
};

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
  readonly #takeSteps: TakeSteps;
  readonly #indexes = new IndexSet();
  readonly #statistics: IndexStatistics;
  #policy: IndexPolicy;

  /** `takeSteps`: of the making of an index. Until it is made, queries do without. */
  constructor(records: RecordSet, limits: IndexLimits = INDEX_LIMITS, takeSteps: TakeSteps = AT_ONCE) {
    this.#records = records;
    this.#limits = limits;
    this.#takeSteps = takeSteps;
    this.#policy = new IndexPolicy(limits);
    const indexes = this.#indexes;
    this.#statistics = {
      get size() {
        return records.size;
      },
      countEqual: (path, values) => indexes.countEqual(path, values),
      countBetween: (path, range) => indexes.countBetween(path, range),
      countFirst: (order) => this.#countFirst(order),
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

  /** Whether no index is there, nor in the making: changes are no matter to it. */
  get isEmpty(): boolean {
    return this.#indexes.isEmpty;
  }

  apply(changes: readonly Change[]): void {
    this.#indexes.apply(changes);
  }

  /** The records that a query with these conditions has to look at; with `order`, who wants the first ones alone. */
  select(where: Predicate, order: WantedOrder | null = null): Selection {
    const plan = this.plan(where, order);
    const missed = this.#missed(plan, order);
    if (missed === null) return this.#selection(plan);
    this.#make(missed);
    return this.#selection(this.plan(where, order));
  }

  /** Somebody looks at all records for such a query: makes the index that is missed, if it is due. */
  looksAtAll(where: Predicate): void {
    const missed = this.#missed(this.plan(where), null);
    if (missed !== null) this.#make(missed);
  }

  /** How such a query would be answered now. Asking makes no index. */
  plan(where: Predicate, order: WantedOrder | null = null): Plan {
    return planQuery(where, this.#statistics, order);
  }

  /** Makes an index without waiting for it to be missed. */
  create(kind: IndexKind): void {
    this.#indexes.create(kind, this.#records.entries());
  }

  /** The same step by step, while the records change. Keys need none. */
  *build(kind: IndexKind): Generator<void> {
    if (isKeyPath(kind.path)) return;
    yield* this.#indexes.build(kind, this.#records.entries(), this.#limits.recordsPerStep);
  }

  /** How those that are related at the path would be found now. Asking makes no index. */
  relatedAccess(path: Path): RelatedAccess {
    if (isKeyPath(path)) return 'keys';
    return this.#indexes.countEqual(path, []) === null ? 'scan' : 'hash';
  }

  /** The records that may have one of these values, which differ, at the path. May be read while records change: what stays as it is, is met once. */
  related(path: Path, values: readonly Value[]): Iterable<Entry> {
    if (isKeyPath(path)) {
      return this.#read({ type: 'keys', keys: values.filter((value) => typeof value === 'string') });
    }
    if (this.relatedAccess(path) === 'scan') {
      const kind: IndexKind = { type: 'hash', path };
      if (this.#policy.isDue(kind, this.#records)) this.#make(kind);
      if (this.relatedAccess(path) === 'scan') return this.#records.entries();
    }
    // A record has one value there, so none is met twice, and none has to be remembered.
    return this.#entriesOf(this.#keys({ type: 'hash', path, values }));
  }

  /** Lets go of indexes, those not used for longest first, until the rest takes no more than this. They may be made again. */
  drop(maxBytes = 0): void {
    this.#indexes.abandon();
    while (this.#indexes.bytes > maxBytes && this.#indexes.dropOldest() !== null);
    // A habit has to show anew, or what was let go of would be made again at once.
    this.#policy = new IndexPolicy(this.#limits);
  }

  /** The records are other ones altogether. */
  reset(): void {
    this.#indexes.abandon();
    while (this.#indexes.dropOldest() !== null);
    this.#policy = new IndexPolicy(this.#limits);
  }

  /** The index that the plan lacks, if it is to be made. */
  #missed(plan: Plan, order: WantedOrder | null): IndexKind | null {
    const index = this.#policy.choose(plan, this.#records);
    if (index !== null || order === null || plan.access.type !== 'scan') return index;
    const { path } = order;
    if (this.#indexes.countOrdered(path) !== null || !this.#policy.isDueInOrder(order, this.#records)) return null;
    return { type: 'ordered', path };
  }

  #selection(plan: Plan): Selection {
    const { access } = plan;
    const maxLooks = access.type === 'order' ? this.size * this.#limits.maxShareInOrder : Infinity;
    return { plan, entries: this.#read(access), maxLooks };
  }

  #countFirst(order: WantedOrder): number | null {
    const { path, direction, count } = order;
    const { size } = this.#records;
    const held = this.#indexes.countOrdered(path);
    // Records without a value are in no index. They come last when the order is reversed, first otherwise.
    const holdsFirst = held === size || (direction === 'desc' && held !== null && held > count);
    const first = holdsFirst ? this.#indexes.countFirst(order) : null;
    return first !== null && first <= size * this.#limits.maxShareInOrder ? first : null;
  }

  #make(kind: IndexKind): void {
    this.#takeSteps(this.#indexes.build(kind, this.#records.entries(), this.#limits.recordsPerStep));
  }

  #read(access: Access): Iterable<Entry> {
    switch (access.type) {
      case 'scan':
        return this.#records.entries();
      case 'order':
        return this.#inOrder(access);
      case 'range':
        // None is in it twice, and the last ones need not be looked up for those who read the first ones.
        return this.#entriesOf(this.#keys(access));
      default:
        return this.#entriesOf(new Set(this.#keys(access)));
    }
  }

  *#inOrder({ path, direction }: Extract<Access, { type: 'order' }>): Iterable<Entry> {
    yield* this.#entriesOf(this.#indexes.findBetween(path, null, direction));
    if (this.#indexes.countOrdered(path) === this.size) return;
    const read = compilePath(path);
    for (const entry of this.#records.entries()) if (read(entry.key, entry.value) === undefined) yield entry;
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
        yield* this.#indexes.findBetween(access.path, access.range, access.direction);
        return;
      case 'union':
        for (const part of access.of) yield* this.#keys(part);
        return;
      default:
        assertNever(access);
    }
  }
}

const isKeyPath = (path: Path): boolean => path.length === 1 && path[0] === KEY_FIELD;
