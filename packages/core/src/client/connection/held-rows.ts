import { materialize, type LwwRecord } from '../../crdt/index.js';
import { recordHash } from '../../merkle/index.js';
import { heldAtStart, type Value } from '../../primitives/index.js';
import { compileRowTest, HeldRowsView, windowSize, type Query, type RowTest } from '../../query/index.js';
import type { Hash64 } from '../ports/environment.js';
import { OfferedRows } from './offered-rows.js';
import { TurnBudget, WORK_OF_HASHING, WORK_OF_LOOKING, WORK_OF_READING } from './turn-budget.js';

/**
 * SY-2: the confirmed rows of one query that this device holds, as the digest it gives to the server. Which rows the server confirmed for
 * it is stored nowhere: they are those of the base that the query picks. A row too many or too few only makes the digest another one.
 *
 * Records never change, so a record that is the same object as last time costs a look.
 */
export class HeldRows {
  readonly rows: OfferedRows;
  readonly #hash: Hash64;
  readonly #matches: RowTest;
  /** With a limit: the first rows of the query, in order. */
  readonly #window: HeldRowsView | null;
  #isWindowLoaded = false;
  /** Everything in the base, as it was last looked at. */
  readonly #seen = new Map<string, LwwRecord>();
  /** With a limit: what is in the trie. */
  readonly #placed = new Map<string, LwwRecord>();

  constructor(hash: Hash64, query: Query) {
    this.#hash = hash;
    this.rows = new OfferedRows(hash);
    this.#matches = compileRowTest(query);
    const window = { ...query, limit: windowSize(query) };
    this.#window = query.limit === null ? null : new HeldRowsView({ query: window, find: null });
  }

  /** Brings it up to date, and yields whenever others should have their turn. The base may change in between: then once more. */
  *update(base: ReadonlyMap<string, LwwRecord>): Generator<void, void> {
    const budget = new TurnBudget();
    for (const [key, record] of heldAtStart(base)) {
      let work = WORK_OF_LOOKING;
      if (this.#seen.get(key) !== record) {
        this.#seen.set(key, record);
        this.#take(key, record);
        if (this.#window === null || this.#isWindowLoaded) work += WORK_OF_HASHING;
      }
      if (budget.spend(work)) yield;
    }
    // All of the base is among what was seen: as many are the same.
    if (this.#seen.size > base.size) this.#forgetAbsent(base);
    if (this.#window === null) return;
    if (!this.#isWindowLoaded || this.#window.isShort) yield* this.#load(this.#window);
    this.#place(this.#window);
  }

  #forgetAbsent(base: ReadonlyMap<string, LwwRecord>): void {
    for (const key of this.#seen.keys()) {
      if (base.has(key)) continue;
      this.#seen.delete(key);
      this.#take(key, undefined);
    }
  }

  /** From what was seen, and not from the base, which may change while others have their turn: the next look finds that. */
  *#load(window: HeldRowsView): Generator<void, void> {
    const loading = window.beginLoad();
    const budget = new TurnBudget();
    for (const [key, record] of this.#seen) {
      const value = materialize(record);
      if (value !== undefined) loading.offer(key, value);
      if (budget.spend(WORK_OF_READING)) yield;
    }
    yield* loading.end();
    this.#isWindowLoaded = true;
  }

  #take(key: string, record: LwwRecord | undefined): void {
    const window = this.#window;
    if (window !== null) {
      // Before it is loaded all is looked at anyway.
      if (this.#isWindowLoaded) window.step([key], () => materialize(record));
      return;
    }
    const value = materialize(record);
    if (this.#isRow(key, record, value)) this.rows.set(key, recordHash(this.#hash, key, record));
    else this.rows.delete(key);
  }

  #isRow(key: string, record: LwwRecord | undefined, value: Value | undefined): record is LwwRecord {
    return record !== undefined && value !== undefined && this.#matches(key, value);
  }

  /** The rows within the window take the place of those that were. */
  #place(window: HeldRowsView): void {
    const rows = new Set<string>();
    for (const { key } of window.rows()) {
      const record = this.#seen.get(key);
      if (record === undefined) continue;
      rows.add(key);
      if (this.#placed.get(key) === record) continue;
      this.#placed.set(key, record);
      this.rows.set(key, recordHash(this.#hash, key, record));
    }
    for (const key of this.#placed.keys()) {
      if (rows.has(key)) continue;
      this.#placed.delete(key);
      this.rows.delete(key);
    }
  }
}
