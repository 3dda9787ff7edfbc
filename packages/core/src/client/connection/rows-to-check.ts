import { isVisible, type LwwRecord } from '../../crdt/index.js';
import { recordHash } from '../../merkle/index.js';
import { heldAtStart } from '../../primitives/index.js';
import { KEY_FIELD, type Query } from '../../query/index.js';
import type { ReadonlyKeys } from '../key-set.js';
import type { Hash64 } from '../ports/environment.js';
import { OfferedRows } from './offered-rows.js';
import { TurnBudget, WORK_OF_LOOKING } from './turn-budget.js';

/** How many rows are named in one question: what is said and done for it takes a few milliseconds on both sides. */
export const ROWS_PER_QUESTION = 250;

/**
 * RU-6: the keys of the confirmed records that no subscription speaks for, those that were left over from the last time first. A removed record of which nothing but
 * its stamps is left tells nobody anything. Yields whenever others should have their turn; what changes meanwhile is asked about or not, and it ends however much that is.
 */
export function* keysToCheck(
  records: ReadonlyMap<string, LwwRecord>,
  confirmed: readonly ReadonlyKeys[],
  leftOver: ReadonlySet<string>,
): Generator<void, readonly string[]> {
  const budget = new TurnBudget();
  const first: string[] = [];
  const then: string[] = [];
  for (const [key, record] of heldAtStart(records)) {
    if (budget.spend(WORK_OF_LOOKING)) yield;
    if (confirmed.some((keys) => keys.has(key)) || (!isVisible(record) && record.fields.size === 0)) continue;
    (leftOver.has(key) ? first : then).push(key);
  }
  return first.concat(then);
}

/** The maps by their names, beginning after the one that was looked through last, so that whoever is interrupted again and again comes to all of them. Pure. */
export function mapsInTurn(maps: readonly string[], last: string | null): readonly string[] {
  const sorted = [...maps].sort();
  if (last === null) return sorted;
  return [...sorted.filter((map) => map > last), ...sorted.filter((map) => map <= last)];
}

/** Asks for the rows of these keys and no others. */
export const keysQuery = (keys: readonly string[]): Query => ({
  where: { type: 'in', path: [KEY_FIELD], values: [...keys] },
  sort: [],
  limit: null,
});

/** SY-2: what of these records shows, as it is offered to the server. */
export function offeredRows(hash: Hash64, records: Iterable<readonly [key: string, record: LwwRecord]>): OfferedRows {
  const rows = new OfferedRows(hash);
  for (const [key, record] of records) if (isVisible(record)) rows.set(key, recordHash(hash, key, record));
  return rows;
}
