import { isVisible, materialize, type LwwRecord } from '../../crdt/index.js';
import type { ReadonlyKeys } from '../key-set.js';
import { compileComparator, compileRowTest, type Entry, type EntryComparator, type Query } from '../../query/index.js';

/** A subscription whose first answer is complete. */
export interface Answer {
  /** `null`: which rows it should hold, its conditions alone do not tell. */
  readonly query: Query | null;
  /** Then: the rows that it should hold, as far as that was found out. */
  readonly rows?: ReadonlySet<string>;
  readonly members: ReadonlyKeys;
  /** The server may hold back rows after the last member. */
  readonly full: boolean;
  /** An own op of this key was acked that the answer may not show yet. */
  readonly isAhead: (key: string) => boolean;
}

export interface StaleRowsInput {
  /** The confirmed records of the map. */
  readonly base: ReadonlyMap<string, LwwRecord>;
  /** The rows to judge; all of the base when absent. */
  readonly keys?: Iterable<string>;
  /** First answers since the last time. */
  readonly answers: readonly Answer[];
  /** Members of every subscription of the map, the ones in `answers` included: confirmed. Each has its record in the base. */
  readonly confirmed: readonly ReadonlyKeys[];
}

/**
 * SY-2: the confirmed rows which the server, asked for a query they match, did not send: they were deleted or changed
 * elsewhere while nobody looked. Pure. Costs one pass over the base at most, and evaluates only rows no subscription confirms.
 */
export function staleRows(input: StaleRowsInput): readonly string[] {
  const [only = NO_KEYS, ...others] = input.confirmed;
  // As mostly after a reconnect: whoever has the whole map, and is confirmed as much as there is, has nothing else.
  if (input.keys === undefined && others.length === 0 && only.size === input.base.size) return [];
  const claims = input.answers.map((answer) => claimOf(answer, input.base));
  // Nearly every key is: of a map that is asked for once this is all that is done for it.
  const isConfirmed = (key: string): boolean => only.has(key) || others.some((members) => members.has(key));
  const stale: string[] = [];
  for (const key of input.keys ?? input.base.keys()) {
    if (isConfirmed(key)) continue;
    const record = input.base.get(key);
    if (record !== undefined && claims.some((claims) => claims(key, record))) stale.push(key);
  }
  return stale;
}

/** Whether the answer would hold the row, were it as the base has it. */
function claimOf(answer: Answer, base: ReadonlyMap<string, LwwRecord>): (key: string, record: LwwRecord) => boolean {
  const { isAhead, query, rows } = answer;
  if (query === null) return (key) => rows?.has(key) === true && !isAhead(key);
  const { where, limit, after } = query;
  const isWhole = limit === null && after === undefined && where.type === 'and' && where.of.length === 0;
  // What remains of a removed record is no row, but who has the whole map needs no tombstones of it either.
  if (isWhole) return (key) => !isAhead(key);
  const isRow = compileRowTest(query);
  const comparator = compileComparator(query);
  const last = answer.full ? lastMember(answer.members, base, comparator) : null;
  return (key, record) => {
    if (!isVisible(record) || isAhead(key)) return false;
    const value = materialize(record);
    if (value === undefined || !isRow(key, value)) return false;
    return last === null || comparator({ key, value }, last) < 0;
  };
}

function lastMember(
  members: ReadonlyKeys,
  base: ReadonlyMap<string, LwwRecord>,
  comparator: EntryComparator,
): Entry | null {
  let last: Entry | null = null;
  for (const key of members) {
    const value = materialize(base.get(key));
    if (value === undefined) continue;
    const entry = { key, value };
    if (last === null || comparator(last, entry) < 0) last = entry;
  }
  return last;
}

const NO_KEYS: ReadonlyKeys = new Set();
