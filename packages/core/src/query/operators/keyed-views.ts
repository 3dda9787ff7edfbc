import { LargeMap, type Value } from '../../primitives/index.js';
import { takeAll } from '../all-steps.js';
import { compilePath, type PathReader } from '../compile-path.js';
import { compileRanking, type Ranking } from '../compile-comparator.js';
import { compilePredicate, type RowTest } from '../predicate/compile-predicate.js';
import type { Change, Entry } from '../entry.js';
import { netSteps } from '../net-steps.js';
import { oncePerKey } from '../once-per-key.js';
import type { RowChange } from './operator.js';
import type { Path, Query } from '../query.js';
import type { ViewStep } from '../view-diff.js';
import { KeyedSlot, presentIn, type HeldRow } from './keyed-slot.js';
import { valueText } from './value-text.js';

/** So many rows are put in order in a step. */
const ROWS_PER_STEP = 2_048;

/** Records of the map that may have one of these values at the path: all that do, and any others, at the state as of now. */
export type LoadRelated = (path: Path, values: readonly Value[]) => Iterable<Entry>;

/** What became of keyed views since the last flush. */
export interface KeyedDiff {
  /** The steps of each value whose shown rows changed, by the value's text; a value that was opened or closed has all its rows. */
  readonly byValue: ReadonlyMap<string, readonly ViewStep[]>;
  /** The same over all values. A row has one value, so it is shown once: one that went from value to value changed, it did not leave. */
  readonly rows: readonly RowChange[];
}

/** Values that are being opened, as far as that has come. */
export interface OpeningValues {
  /** A value, once more if it is open already. All come before the first record. */
  open(value: Value): void;
  /** A record of the map, at the state as of now; no key twice. */
  offer(entry: Entry): void;
  /** No more are offered: the values show their rows, some thousand in a step. No diff says so: who opens values so reads what they show. */
  end(): Generator<void>;
}

/** What keyed views are views of: where, sort and limit of each value's rows, and the path at which the value is. */
export interface KeyedQuery {
  readonly path: Path;
  readonly query: Pick<Query, 'where' | 'sort' | 'limit'>;
}

/**
 * For each value that is open: the rows with that value at the path, under one query's conditions, order and limit per value.
 *
 * Holds the rows of open values only, and learns of the map by loading a value once when it opens and by the map's changes
 * after that. A change costs O(log n) of the rows of its old and its new value, however many values are open. Nothing is said
 * before `flush`, so a batch over several maps comes to one diff.
 */
export class KeyedViews {
  readonly #path: Path;
  readonly #read: PathReader;
  readonly #matches: RowTest;
  readonly #ranking: Ranking;
  readonly #limit: number | null;
  readonly #load: LoadRelated;
  readonly #slots = new LargeMap<KeyedSlot>();
  readonly #held = new LargeMap<HeldRow>();
  readonly #touched = new Set<KeyedSlot>();
  /** The entries that the batch replaced or let go of first, by key: a record that comes back to one of them is that row again. */
  readonly #former = new Map<string, Entry>();

  constructor({ path, query }: KeyedQuery, load: LoadRelated) {
    this.#path = path;
    this.#read = compilePath(path);
    this.#matches = compilePredicate(query.where);
    this.#ranking = compileRanking(query);
    this.#limit = query.limit;
    this.#load = load;
  }

  /** How many values are open. */
  get size(): number {
    return this.#slots.size;
  }

  /** How many rows are held, those beyond the limits included. */
  get held(): number {
    return this.#held.size;
  }

  /** Whether this row is shown under some value. */
  has(key: string): boolean {
    const row = this.#held.get(key);
    return row !== undefined && row.slot.placeOf(row.entry) !== -1;
  }

  /** The text of the value under which this row is held. */
  valueOf(key: string): string | undefined {
    return this.#held.get(key)?.slot.text;
  }

  /** The rows shown under a value, in order; the same array until one of them changes. Empty when it is not open. */
  rows(text: string): readonly Entry[] {
    return this.#slots.get(text)?.rows() ?? [];
  }

  /** How many those are. */
  countOf(text: string): number {
    return this.#slots.get(text)?.shown ?? 0;
  }

  /** All rows shown, value by value. */
  *shown(): Iterable<Entry> {
    for (const slot of this.#slots.values()) yield* slot.rows();
  }

  /** Opens values, each once more if it is open already. Those that were not are loaded together. */
  open(values: Iterable<Value>): void {
    const opened: KeyedSlot[] = [];
    for (const value of values) this.#openOne(value, opened);
    if (opened.length === 0) return;
    const missing = opened.map(({ value }) => value);
    for (const entry of this.#load(this.#path, missing)) this.#offer(entry);
    for (const slot of opened) {
      takeAll(slot.fill());
      slot.enter();
      this.#touched.add(slot);
    }
  }

  /** `open` by and by, with the values that are opened and the records that are offered. From the first of them to the last step nothing else is done. */
  beginOpen(): OpeningValues {
    const opened: KeyedSlot[] = [];
    return {
      open: (value) => this.#openOne(value, opened),
      offer: (entry) => this.#offer(entry),
      end: () => fillAll(opened),
    };
  }

  /** One that was not open is put to `opened`. */
  #openOne(value: Value, opened: KeyedSlot[]): void {
    const text = valueText(value);
    if (text === null) return;
    let slot = this.#slots.get(text);
    if (slot === undefined) {
      slot = new KeyedSlot(text, value, this.#ranking, this.#limit);
      this.#slots.set(text, slot);
      opened.push(slot);
    }
    slot.users++;
  }

  /** Closes values, each as often as it is named. What nobody opened again goes with the next flush. */
  close(texts: Iterable<string>): void {
    for (const text of texts) {
      const slot = this.#slots.get(text);
      if (slot === undefined) throw new Error('a value is closed that is not open');
      slot.users--;
      this.#touched.add(slot);
    }
  }

  /** Takes changes of the map. `before` is not read. */
  apply(changes: readonly Change[]): void {
    if (this.#slots.size === 0) return;
    for (const { key, after } of oncePerKey(changes)) this.#push(key, after);
  }

  /** Loads all open values anew: the map is another one. Rows whose value is the one held keep their entry. */
  reload(): void {
    if (this.#slots.size === 0) return;
    const gone = new Set(this.#held.keys());
    const values = Array.from(this.#slots.values(), ({ value }) => value);
    for (const { key, value } of [...this.#load(this.#path, values)]) {
      gone.delete(key);
      this.#push(key, value);
    }
    for (const key of gone) this.#push(key, undefined);
  }

  /** What changed since the last time. */
  flush(): KeyedDiff {
    if (this.#touched.size === 0) return NOTHING;
    this.#dropUnused();
    const byValue = new Map<string, readonly ViewStep[]>();
    const before = new Map<string, Entry>();
    const after = new Map<string, Entry>();
    for (const slot of this.#touched) {
      const touched = slot.settle();
      const present = presentIn(slot, (key) => this.#held.get(key));
      const steps = netSteps(touched, present);
      slot.conclude(steps.length > 0);
      if (steps.length === 0) continue;
      byValue.set(slot.text, steps);
      for (const step of steps) {
        const earlier = touched.get(step.key);
        if (earlier !== undefined) before.set(step.key, earlier);
        if (step.type !== 'leave') after.set(step.key, step.entry);
      }
    }
    this.#touched.clear();
    this.#former.clear();
    return { byValue, rows: rowChanges(before, after) };
  }

  #push(key: string, value: Value | undefined): void {
    const held = this.#held.get(key);
    const slot = value === undefined ? undefined : this.#slotOf(key, value);
    if (slot === undefined || value === undefined) {
      if (held !== undefined) this.#leave(held);
      return;
    }
    if (held?.slot === slot) {
      if (held.entry.value === value) return;
      const entry = this.#entryOf(key, value, held.entry);
      this.#held.set(key, { entry, slot });
      this.#send(slot, { before: held.entry, after: entry });
      return;
    }
    if (held !== undefined) this.#leave(held);
    const entry = this.#entryOf(key, value, held?.entry);
    this.#held.set(key, { entry, slot });
    this.#send(slot, { before: undefined, after: entry });
  }

  /** The open slot in which this record is a row. */
  #slotOf(key: string, value: Value): KeyedSlot | undefined {
    const text = valueText(this.#read(key, value));
    const slot = text === null ? undefined : this.#slots.get(text);
    return slot !== undefined && this.#matches(key, value) ? slot : undefined;
  }

  /** The entry of a record: the one that was there before the batch, where it is the same record. */
  #entryOf(key: string, value: Value, held: Entry | undefined): Entry {
    if (held !== undefined && !this.#former.has(key)) this.#former.set(key, held);
    const former = this.#former.get(key);
    return former?.value === value ? former : { key, value };
  }

  #leave({ entry, slot }: HeldRow): void {
    if (!this.#former.has(entry.key)) this.#former.set(entry.key, entry);
    this.#held.delete(entry.key);
    this.#send(slot, { before: entry, after: undefined });
  }

  #send(slot: KeyedSlot, change: RowChange): void {
    slot.push(change);
    this.#touched.add(slot);
  }

  /** A record that may be a row of a value that is being opened. */
  #offer({ key, value }: Entry): void {
    const slot = this.#slotOf(key, value);
    // What was open before has its rows.
    if (slot === undefined || slot.waiting === null) return;
    const held = this.#held.get(key);
    if (held !== undefined) {
      if (held.slot === slot) return;
      // Its change is on the way: until then it stood under its former value.
      this.#leave(held);
    }
    const row = this.#entryOf(key, value, undefined);
    this.#held.set(key, { entry: row, slot });
    slot.waiting.push(row);
  }

  /** Lets go of what is no longer open. Its rows leave, as far as they were shown. */
  #dropUnused(): void {
    for (const slot of this.#touched) {
      if (slot.users > 0) continue;
      this.#slots.delete(slot.text);
      for (const entry of slot.all()) this.#held.delete(entry.key);
      slot.clear();
    }
  }
}

function* fillAll(opened: readonly KeyedSlot[]): Generator<void> {
  let shown = 0;
  for (const slot of opened) {
    yield* slot.fill();
    // A value without rows is some work too.
    shown += slot.size + 1;
    if (shown < ROWS_PER_STEP) continue;
    shown = 0;
    yield;
  }
}

const NOTHING: KeyedDiff = { byValue: new Map(), rows: [] };

function rowChanges(before: ReadonlyMap<string, Entry>, after: ReadonlyMap<string, Entry>): RowChange[] {
  const changes: RowChange[] = [];
  for (const [key, earlier] of before) {
    const later = after.get(key);
    if (later !== earlier) changes.push({ before: earlier, after: later });
  }
  for (const [key, later] of after) if (!before.has(key)) changes.push({ before: undefined, after: later });
  return changes;
}
