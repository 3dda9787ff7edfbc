import { materialize, type LwwRecord } from '@topgun/core/crdt';
import { canonicalJson, isPlainObject, type Value } from '@topgun/core/primitives';
import { evaluate, windowSize, type Entry, type GroupBy, type Path, type Query } from '@topgun/core/query';

/** The records of several maps. */
export type Maps = ReadonlyMap<string, ReadonlyMap<string, LwwRecord>>;

/** The rows that the server's view of a query shows, in words as plain as can be: windows with their slack, groups, related rows. */
export function naiveView(query: Query, map: string, maps: Maps): Entry[] {
  if (query.within === undefined) return naiveWindow(query, entriesOf(maps, map));
  const { within } = query;
  const [parentPath, path] = within.on;
  const values = new Map<string, Value>();
  for (const parent of naiveView(within.query, within.map, maps)) {
    const value = placeOf(parentPath, parent);
    if (value !== undefined && value !== null) values.set(canonicalJson(value), value);
  }
  return [...values.keys()].flatMap((text) => naiveRelated(query, path, text, entriesOf(maps, map)));
}

/** The rows shown under one value. */
export function naiveRelated(query: Query, path: Path, text: string, entries: readonly Entry[]): Entry[] {
  const related = entries.filter((entry) => {
    const value = placeOf(path, entry);
    return value !== undefined && canonicalJson(value) === text;
  });
  return naiveWindow(query, related);
}

function naiveWindow({ where, sort, limit, after, groupBy }: Query, entries: readonly Entry[]): Entry[] {
  const all = { type: 'and', of: [] } as const;
  let rows = evaluate({ where, sort: [], limit: null }, entries);
  if (groupBy !== undefined) rows = naiveGroups(groupBy, rows);
  rows = evaluate({ where: all, sort, limit: null }, rows);
  if (after !== undefined) {
    // The place itself as a row among them: what is behind it comes after.
    const value: Record<string, Value> = {};
    for (const [at, [[name]]] of sort.entries()) {
      const literal = after.values[at]!;
      if (typeof literal === 'object' && literal !== null) continue;
      if (name !== undefined && name !== '_key') value[name] = literal;
    }
    const place = { key: after.key, value };
    rows = rows.filter(
      (row) => evaluate({ where: all, sort, limit: null }, [row, place])[1] === row && !isAt(row, place),
    );
  }
  return rows.slice(0, limit === null ? undefined : windowSize({ limit }));

  function isAt(row: Entry, place: Entry): boolean {
    return evaluate({ where: all, sort, limit: null }, [place, row])[0] === row;
  }
}

/** Knows the aggregates that the tests ask for, of whole numbers. */
function naiveGroups({ by, aggregates }: GroupBy, rows: readonly Entry[]): Entry[] {
  const groups = new Map<string, Entry[]>();
  for (const row of rows) {
    const key = canonicalJson(by.map((path) => [placeOf(path, row)].filter((value) => value !== undefined)));
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups].map(([key, members]) => {
    const value: Record<string, Value> = {};
    for (const [name] of by) {
      const held = placeOf([name!], members[0]!);
      if (held !== undefined) value[name!] = held;
    }
    for (const [name, fn, path] of aggregates) {
      const numbers = members
        .map((row) => (path === null ? 1 : placeOf(path, row)))
        .filter((n) => typeof n === 'number');
      const sum = numbers.reduce((total, n) => total + n, 0);
      value[name] = {
        count: numbers.length,
        sum,
        avg: sum / numbers.length,
        min: Math.min(...numbers),
        max: Math.max(...numbers),
      }[fn];
      if (!Number.isFinite(value[name])) value[name] = null;
    }
    return { key, value };
  });
}

export function entriesOf(maps: Maps, map: string): Entry[] {
  return [...(maps.get(map) ?? [])].flatMap(([key, record]) => {
    const value = materialize(record);
    return value === undefined ? [] : [{ key, value }];
  });
}

function placeOf(path: Path, { key, value }: Entry): Value | undefined {
  if (path.length === 1 && path[0] === '_key') return key;
  let place: Value | undefined = value;
  for (const name of path) {
    place = isPlainObject(place) && Object.hasOwn(place, name) ? (place as Record<string, Value>)[name] : undefined;
  }
  return place;
}
