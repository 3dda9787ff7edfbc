import type { LwwRecord } from '../../crdt/index.js';
import { recordHash } from '../../merkle/index.js';
import type { Query } from '../../query/index.js';
import type { Hash64 } from '../ports/environment.js';
import { OfferedRows } from './offered-rows.js';
import { PickedRows, type Bases } from './picked-rows.js';
import { TurnBudget, WORK_OF_HASHING, WORK_OF_LOOKING } from './turn-budget.js';

/**
 * SY-2, QU-45: the confirmed rows of a query within another that this device holds, as the digest it gives to the server: what the query picks of
 * the bases of its own map and of its parents'. Like `HeldRows`, but all is looked at each time, since a parent may bring any row or take it along.
 */
export class HeldRelated {
  readonly rows: OfferedRows;
  readonly #hash: Hash64;
  readonly #picked: PickedRows;
  readonly #placed = new Map<string, LwwRecord>();

  constructor(hash: Hash64, map: string, query: Query) {
    this.#hash = hash;
    this.rows = new OfferedRows(hash);
    this.#picked = new PickedRows(map, query);
  }

  /** Brings it up to date, and yields whenever others should have their turn. The bases may change in between: then once more. */
  *update(bases: Bases): Generator<void, void> {
    const budget = new TurnBudget();
    const rows = yield* this.#picked.pick(bases, budget);
    for (const [key, record] of rows) {
      if (this.#placed.get(key) === record) {
        if (budget.spend(WORK_OF_LOOKING)) yield;
        continue;
      }
      this.#placed.set(key, record);
      this.rows.set(key, recordHash(this.#hash, key, record));
      if (budget.spend(WORK_OF_HASHING)) yield;
    }
    if (this.#placed.size === rows.size) return;
    for (const key of this.#placed.keys()) {
      if (rows.has(key)) continue;
      this.#placed.delete(key);
      this.rows.delete(key);
    }
  }
}
