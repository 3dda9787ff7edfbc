/**
 * The answer to a query from scratch: each step as the words of the language say and with no regard for speed. It
 * shares no code with the operators, the comparator and the path reader included, so that either can convict the
 * other. For oracles, and for one-off queries over few records.
 */
import { isPlainObject, setOwn, type PlainObject, type Value } from '../../primitives/index.js';
import type { Entry } from '../entry.js';
import { groupsOf, shapeOf } from './groups.js';
import { holds } from './holds.js';
import { scoreOf } from './matches.js';
import { inOrder, place, plain, textOrder } from './values.js';
import type { Cursor, CursorValue, Path, Query, Relation, Within } from '../query.js';

/** What a query may ask for besides the records of its own map. */
export interface EvaluationWorld {
  /** The records of the maps that relations name; a map without an entry is empty. */
  readonly maps?: ReadonlyMap<string, readonly Entry[]>;
}

/**
 * All rows of the query, in order: the entries handed in, or those of its groups. Without what `fields` and `include`
 * show of them.
 */
export function evaluate(query: Query, entries: Iterable<Entry>, world: EvaluationWorld = {}): Entry[] {
  let rows = [...entries].filter((entry) => holds(query.where, entry));
  if (query.within !== undefined) return relatedRows(query, query.within, rows, world);
  if (query.groupBy !== undefined) rows = groupsOf(query.groupBy, rows);
  return firstRows(query, rows);
}

/** The rows of the query as an app sees them: the fields it asked for, with `_key` and its relations. */
export function evaluateShown(query: Query, entries: Iterable<Entry>, world: EvaluationWorld = {}): PlainObject[] {
  return evaluate(query, entries, world).map((entry) => {
    const row: Record<string, unknown> = {};
    for (const [name, value] of shownParts(query, entry)) setOwn(row, name, value);
    row['_key'] = entry.key;
    for (const relation of query.include ?? []) setOwn(row, relation.name, shownRelated(relation, entry, world));
    return row as PlainObject;
  });
}

/** A record that is no object is shown whole, under the name `value`, unless fields are asked for. */
function shownParts({ fields }: Query, entry: Entry): [string, unknown][] {
  if (fields !== undefined) return Object.entries(shapeOf(fields, entry));
  return isPlainObject(entry.value) ? Object.entries(entry.value) : [['value', entry.value]];
}

function shownRelated(relation: Relation, entry: Entry, world: EvaluationWorld): Value {
  const [parentPath, childPath] = relation.on;
  const wanted = place(parentPath, entry);
  const related = recordsOf(relation.map, world).filter((child) => relates(wanted, place(childPath, child)));
  const rows = evaluateShown(relation.query, related, world);
  return relation.one ? (rows[0] ?? null) : rows;
}

/** Per value among the parents, so that the limit is one of each. */
function relatedRows(query: Query, { map, query: parent, on }: Within, rows: Entry[], world: EvaluationWorld): Entry[] {
  const [parentPath, childPath] = on;
  const wanted: Value[] = [];
  for (const row of evaluate(parent, recordsOf(map, world), world)) {
    const value = place(parentPath, row);
    if (value !== undefined && !wanted.some((earlier) => inOrder(earlier, value) === 0)) wanted.push(value);
  }
  const related = wanted.flatMap((value) =>
    firstRows(
      query,
      rows.filter((row) => relates(value, place(childPath, row))),
    ),
  );
  return related.sort((a, b) => byLevels(query, a, b));
}

const relates = (parent: Value | undefined, child: Value | undefined): boolean =>
  parent !== undefined && parent !== null && inOrder(parent, child) === 0;

const recordsOf = (map: string, { maps }: EvaluationWorld): readonly Entry[] => maps?.get(map) ?? [];

function firstRows(query: Query, rows: readonly Entry[]): Entry[] {
  const { after, limit } = query;
  const ordered = rows.toSorted((a, b) => byLevels(query, a, b));
  const later = after === undefined ? ordered : ordered.filter((row) => isAfter(query, after, row));
  return limit === null ? later : later.slice(0, limit);
}

/** What a row is sorted by at one level. */
function sortedBy({ where, groupBy }: Query, path: Path, row: Entry): Value | undefined {
  return path.length === 1 && path[0] === '_score' && groupBy === undefined ? scoreOf(where, row) : place(path, row);
}

function byLevels(query: Query, a: Entry, b: Entry): number {
  for (const [path, direction] of query.sort) {
    const order = inOrder(sortedBy(query, path, a), sortedBy(query, path, b));
    if (order !== 0) return direction === 'asc' ? order : -order;
  }
  return textOrder(a.key, b.key);
}

function isAfter(query: Query, after: Cursor, row: Entry): boolean {
  for (const [level, [path, direction]] of query.sort.entries()) {
    const order = inOrder(sortedBy(query, path, row), heldAt(after.values[level] as CursorValue));
    if (order !== 0) return direction === 'asc' ? order > 0 : order < 0;
  }
  return textOrder(row.key, after.key) > 0;
}

function heldAt(value: CursorValue): Value | undefined {
  return value !== null && typeof value === 'object' && 'missing' in value ? undefined : plain(value);
}
