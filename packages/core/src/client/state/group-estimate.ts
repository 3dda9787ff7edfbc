import { canonicalJson, isPlainObject, setOwn, type PlainObject, type Value } from '../../primitives/index.js';
import {
  compareValues,
  compilePath,
  compilePredicate,
  createView,
  groupKey,
  type Aggregate,
  type AggregateFunction,
  type Entry,
  type GroupBy,
  type Query,
} from '../../query/index.js';

/** A record with an edit that the server's groups do not have yet. */
export interface Edit {
  readonly key: string;
  /** As the groups have it in them. */
  readonly before: Value | undefined;
  /** As it is shown here. */
  readonly after: Value | undefined;
}

export interface GroupedQuery extends Pick<Query, 'where'> {
  readonly groupBy: GroupBy;
}

/** What becomes of the server's groups under some edits: those that are other than the server says. */
export type EstimatedGroups = ReadonlyMap<string, Value | undefined>;

/**
 * QU-60: the server's groups under this client's edits, as well as can be told without the other rows: counts and sums are moved by what
 * was edited, extremes grow and do not shrink, an average stays until the server says it anew. Pure.
 */
export function compileGroupEstimate(query: GroupedQuery): GroupEstimate {
  const { groupBy, where } = query;
  const matches = compilePredicate(where);
  const readers = [...groupBy.by, ...groupBy.aggregates.flatMap(([, , path]) => (path === null ? [] : [path]))].map(
    compilePath,
  );

  /** All that the groups see of a record. */
  function contribution(key: string, value: Value | undefined): string | null {
    if (value === undefined || !matches(key, value)) return null;
    return groupKey(readers.map((read) => read(key, value)));
  }

  const parts = (entries: readonly Entry[]): ReadonlyMap<string, Value> => {
    const view = createView({ where, groupBy, sort: [], limit: null });
    view.load(entries);
    return new Map(view.rows().map(({ key, value }) => [key, value]));
  };

  return {
    isNeutral: ({ key, before, after }) => contribution(key, before) === contribution(key, after),
    groups(edits, confirmed) {
      const removed = parts(sideOf(edits, 'before'));
      const added = parts(sideOf(edits, 'after'));
      const groups = new Map<string, Value | undefined>();
      for (const key of new Set([...removed.keys(), ...added.keys()])) {
        const group = estimate(groupBy, confirmed(key), removed.get(key), added.get(key));
        groups.set(key, group);
      }
      return groups;
    },
  };
}

export interface GroupEstimate {
  /** Whether the edit changes nothing about any group. */
  isNeutral(edit: Edit): boolean;
  /** `confirmed`: the group as the server says it. */
  groups(edits: Iterable<Edit>, confirmed: (key: string) => Value | undefined): EstimatedGroups;
}

function sideOf(edits: Iterable<Edit>, side: 'before' | 'after'): Entry[] {
  const entries: Entry[] = [];
  for (const edit of edits) {
    const value = edit[side];
    if (value !== undefined) entries.push({ key: edit.key, value });
  }
  return entries;
}

function estimate(
  { aggregates }: GroupBy,
  confirmed: Value | undefined,
  removed: Value | undefined,
  added: Value | undefined,
): Value | undefined {
  if (!isPlainObject(confirmed)) return added;
  const group: Record<string, unknown> = { ...(confirmed as PlainObject) };
  for (const aggregate of aggregates) {
    const [name, fn] = aggregate;
    const rows = [confirmed, removed, added].map((side) => aggregateOf(side, name));
    const value = MOVED[fn](rows[0] ?? null, rows[1] ?? null, rows[2] ?? null);
    // Nothing is left of a group whose rows were counted, and of which the last one went.
    if (isRowCount(aggregate) && Number(value) <= 0) return undefined;
    setOwn(group, name, value);
  }
  return canonicalJson(group as PlainObject) === canonicalJson(confirmed as PlainObject)
    ? confirmed
    : (group as PlainObject);
}

const aggregateOf = (group: Value | undefined, name: string): Value | undefined =>
  isPlainObject(group) && Object.hasOwn(group, name) ? (group as PlainObject)[name] : undefined;

const isRowCount = ([, fn, path]: Aggregate): boolean => fn === 'count' && path === null;

type Move = (confirmed: Value, removed: Value, added: Value) => Value;

/** QU-14: what is out of range is `null`. */
const moveNumber: Move = (confirmed, removed, added) => {
  if (confirmed === null) return null;
  const moved = Number(confirmed) - Number(removed ?? 0) + Number(added ?? 0);
  return Number.isFinite(moved) ? moved : null;
};

const furthest =
  (direction: 1 | -1): Move =>
  (confirmed, _removed, added) => {
    if (confirmed === null || added === null) return confirmed ?? added;
    return compareValues(added, confirmed) * direction > 0 ? added : confirmed;
  };

const MOVED: { readonly [fn in AggregateFunction]: Move } = {
  count: moveNumber,
  sum: moveNumber,
  avg: (confirmed) => confirmed,
  min: furthest(-1),
  max: furthest(1),
};
